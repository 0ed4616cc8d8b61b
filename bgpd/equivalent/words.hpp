#pragma once
/// Routes and answers in words.
#include "bgpd/config/model.hpp"
#include "bgpd/config/symbols.hpp"
#include "bgpd/equivalent/explore.hpp"

namespace avocet::equivalent {

/// Names of attributes as the first configuration writes them.
class AttributeNames {
 public:
  AttributeNames(filter::Dialect dialect, const config::Symbols& symbols);
  /// "bgp_med 5"
  std::string text(std::uint16_t code, proto::Bytes value) const;
  std::string name(std::uint16_t code) const;
  std::string value(std::uint16_t code, proto::Bytes value) const;

 private:
  std::map<std::uint16_t, std::pair<std::string, filter::Attribute>> known_;
};

/// "bird.conf:41:3 (function f), called at ..." ; the file's name without its directory.
std::string place_text(const filter::Trace& trace);
/// Several lines: how many routes, where decided, and one of them with both answers. `passed`: "sends", "accepts", ...
std::string group_text(const Group& group, const World& world, const AttributeNames& names, const char* passed);
std::string destination_text(const proto::Destination& destination, const rib::Rib& rib);

}  // namespace avocet::equivalent
