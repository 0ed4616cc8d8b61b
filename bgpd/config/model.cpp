#include "bgpd/config/model.hpp"

namespace avocet::config {

const rib::ProtocolOptions& common(const ProtocolConfig& protocol) {
  return std::visit([](auto& options) -> const rib::ProtocolOptions& { return options.protocol; }, protocol);
}
rib::ProtocolOptions& common(ProtocolConfig& protocol) {
  return std::visit([](auto& options) -> rib::ProtocolOptions& { return options.protocol; }, protocol);
}

const char* kind_name(const ProtocolConfig& protocol) {
  constexpr const char* names[] = {"device", "direct", "kernel", "static", "pipe", "bgp"};
  static_assert(std::size(names) == std::variant_size_v<ProtocolConfig>);
  return names[protocol.index()];
}

}  // namespace avocet::config
