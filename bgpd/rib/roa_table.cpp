#include "bgpd/rib/roa_table.hpp"

#include <bitset>

namespace avocet::rib {

RoaTable::RoaTable(RoaTableOptions options) : options_(std::move(options)) { replace("", options_.roas); }

bool RoaTable::replace(const std::string& source, std::vector<Roa> roas) {
  auto& present = sources_[source];
  bool changed = present != roas;
  if (roas.empty()) sources_.erase(source);
  else present = std::move(roas);
  if (changed) index();
  return changed;
}

void RoaTable::index() {
  permits_.clear();
  std::bitset<129> lengths;
  for (auto& [source, roas] : sources_)
    for (auto& roa : roas) {
      permits_[roa.net].push_back({roa.asn, roa.max_length});
      lengths.set(roa.net.length);
    }
  lengths_.clear();
  for (unsigned length = 0; length < lengths.size(); ++length)
    if (lengths[length]) lengths_.push_back(static_cast<std::uint8_t>(length));
}

RoaState RoaTable::check(const proto::Prefix& net, std::uint32_t asn) const {
  auto answer = RoaState::unknown;
  if (net.family != options_.family) return answer;
  for (auto length : lengths_) {
    if (length > net.length) break;
    auto around = net.family == proto::Family::ipv4 ? proto::Prefix::v4(net.address.v4_bits(), length) : proto::Prefix::v6(net.address, length);
    auto found = permits_.find(around);
    if (found == permits_.end()) continue;
    for (auto& permit : found->second)
      if (permit.asn == asn && asn != 0 && net.length <= permit.max_length) return RoaState::valid;
    answer = RoaState::invalid;
  }
  return answer;
}

}  // namespace avocet::rib
