#pragma once
/// Routes made of what two filters contain: every value that one of them compares with, and its neighbours.
#include <optional>
#include <random>
#include <span>

#include "bgpd/equivalent/world.hpp"

namespace avocet::equivalent {

/// One route to try. Attributes are as in the first configuration; custom ones may have other codes in the second.
struct Route {
  proto::Prefix net;
  const Origin* origin = nullptr;
  proto::Destination destination;
  proto::AttributeBlock attributes;
};

/// How routes come to the filters that are asked.
enum class Meeting : std::uint8_t {
  import_bgp,    ///< as the session hands them over: BGP attributes only
  import_local,  ///< as a kernel, direct or static protocol makes them
  table,         ///< out of a table: with whatever the import side may have left
};

class Corpus {
 public:
  /// One value index for each dimension: net, origin, destination, then attributes.
  using Choice = std::vector<std::uint32_t>;

  /// `constants` of both filters. The world must outlive the corpus, and so must the origins.
  Corpus(const Constants& constants, World& world, std::vector<const Origin*> origins, Meeting meeting);

  std::size_t dimensions() const { return 3 + attributes_.size(); }
  std::size_t size(std::size_t dimension) const;
  Route make(const Choice& choice) const;

 private:
  using Octets = std::vector<std::uint8_t>;
  struct Dimension {
    std::uint16_t code;
    std::vector<std::optional<Octets>> values;  ///< nothing: absent; the first is the plain case
  };
  void add_nets(const Constants& constants);
  void add_destinations(const Constants& constants);
  void add_attribute(const filter::Attribute& attribute, const Constants& constants);
  proto::Destination as_static(const proto::Destination& wanted) const;
  bool may_have(const Origin& origin, std::uint16_t code) const;

  World& world_;
  Meeting meeting_;
  std::vector<proto::Prefix> nets_;
  std::vector<const Origin*> origins_;
  std::vector<proto::Destination> ways_, dead_ends_;
  std::vector<Dimension> attributes_;
};

}  // namespace avocet::equivalent
