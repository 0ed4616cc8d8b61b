#pragma once
/// The objects that came over the network so far, from one source or from two.
#include <cstdint>
#include <optional>

#include "confgen/store/store.hpp"

namespace avocet::confgen {

struct ObjectTable {
  using Name = std::pair<std::string, std::string>;  ///< kind and name

  /// Puts an object in, with metadata.name; the same one again changes nothing. `place` is what a person knows it by.
  /// True if something is different now.
  bool put(const Name& name, boost::json::object body, const std::string& place);
  /// What is there cannot be read; what it said before stays its body.
  void put_unreadable(const Name& name, const std::string& why, const std::string& place);
  bool erase(const Name& name);

  /// If set, this node's pod CIDRs are its blocks (all nodes' if it is ""): each becomes a BlockAffinity.
  std::optional<std::string> pod_cidrs_of;
  Objects objects;
  std::uint64_t revision = 0;           ///< of the newest change
  std::uint64_t peerings_revision = 0;  ///< of the newest change of what names secrets and service addresses
  bool changed = false;                 ///< since someone set it to false
  std::vector<std::string> problems;    ///< not told yet
};

}  // namespace avocet::confgen
