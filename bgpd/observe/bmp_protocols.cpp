#include "bgpd/observe/bmp_protocols.hpp"

namespace avocet::observe {

void BmpProtocols::add(BmpOptions options) {
  auto name = options.protocol.name;
  bool disabled = options.protocol.disabled;
  auto protocol = std::make_shared<rib::Protocol>();
  protocol->options = options.protocol;
  protocol->kind = rib::ProtocolKind::bmp;
  protocol->since = std::chrono::system_clock::now();
  scene_.rib.add_protocol(protocol);
  auto station = std::make_unique<BmpStation>(scene_, std::move(options), protocol);
  if (!disabled) station->start();
  instances_[name] = {protocol, std::move(station)};
}

void BmpProtocols::remove(const std::string& name) {
  auto instance = instances_.extract(name);
  if (instance.empty()) return;
  instance.mapped().station.reset();
  scene_.rib.remove_protocol(*instance.mapped().protocol);
}

void BmpProtocols::retune(BmpOptions options) {
  if (auto at = instances_.find(options.protocol.name); at != instances_.end())
    at->second.station->retune(std::move(options));
}

bool BmpProtocols::enable(const std::string& name) {
  auto at = instances_.find(name);
  if (at == instances_.end() || at->second.protocol->state != rib::ProtocolState::down) return false;
  at->second.station->start();
  return true;
}

bool BmpProtocols::disable(const std::string& name) {
  auto at = instances_.find(name);
  if (at == instances_.end() || at->second.protocol->state == rib::ProtocolState::down) return false;
  at->second.station->stop();
  return true;
}

void BmpProtocols::session_up(const rib::Protocol& protocol) {
  for (auto& [name, instance] : instances_) instance.station->session_up(protocol);
}

void BmpProtocols::session_down(const rib::Protocol& protocol, const session::SessionEnd& end) {
  for (auto& [name, instance] : instances_) instance.station->session_down(protocol, end);
}

void BmpProtocols::forget_table(const rib::Table& table) {
  for (auto& [name, instance] : instances_) instance.station->forget_table(table);
}

bool BmpProtocols::work(std::chrono::nanoseconds budget) {
  if (instances_.empty()) return false;
  auto deadline = std::chrono::steady_clock::now() + budget;
  bool more = false;
  for (auto& [name, instance] : instances_) more |= instance.station->work(deadline);
  return more;
}

std::optional<BmpStatus> BmpProtocols::status(const std::string& name) const {
  auto at = instances_.find(name);
  if (at == instances_.end()) return std::nullopt;
  return at->second.station->status();
}

const BmpOptions* BmpProtocols::options(const std::string& name) const {
  auto at = instances_.find(name);
  return at == instances_.end() ? nullptr : &at->second.station->options();
}

void BmpProtocols::shutdown() {
  for (auto& [name, instance] : instances_) instance.station->stop();
}

}  // namespace avocet::observe
