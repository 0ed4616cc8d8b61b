#include "bgpd/config/model.hpp"

namespace avocet::config {

const rib::ProtocolOptions& common(const ProtocolConfig& protocol) {
  return std::visit([](auto& options) -> const rib::ProtocolOptions& { return options.protocol; }, protocol);
}
rib::ProtocolOptions& common(ProtocolConfig& protocol) {
  return std::visit([](auto& options) -> rib::ProtocolOptions& { return options.protocol; }, protocol);
}

const char* kind_name(const ProtocolConfig& protocol) {
  constexpr const char* names[] = {"device", "direct", "kernel", "static", "pipe", "bgp", "mrt", "rpki", "bmp", "bfd"};
  static_assert(std::size(names) == std::variant_size_v<ProtocolConfig>);
  return names[protocol.index()];
}

void for_channels(const ProtocolConfig& protocol, const std::function<void(const rib::ChannelOptions&)>& visit) {
  std::visit(
      [&](auto& options) {
        using Options = std::decay_t<decltype(options)>;
        if constexpr (std::is_same_v<Options, session::BgpOptions>) {
          for (auto& channel : options.channels) visit(channel.channel);
        } else if constexpr (requires { options.channels; }) {
          for (auto& channel : options.channels) visit(channel);
        } else if constexpr (requires { options.channel; }) {
          visit(options.channel);
        }
      },
      protocol);
}

}  // namespace avocet::config
