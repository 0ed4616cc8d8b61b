#include "confgen/service_records.hpp"

#include <arpa/inet.h>
#include <arpa/nameser.h>
#include <resolv.h>

#include <algorithm>
#include <tuple>

namespace avocet::confgen {

namespace {

constexpr int before_target = 6;  // priority, weight and port, two bytes each

}  // namespace

std::vector<ServiceRecord> read_service_records(std::span<const unsigned char> message) {
  std::vector<ServiceRecord> all;
  ns_msg parsed;
  if (message.empty() || ::ns_initparse(message.data(), static_cast<int>(message.size()), &parsed) != 0) return all;
  auto end = message.data() + message.size();
  for (int i = 0; i < ns_msg_count(parsed, ns_s_an); ++i) {
    ns_rr record;
    char target[NS_MAXDNAME];
    if (::ns_parserr(&parsed, ns_s_an, i, &record) != 0 || ns_rr_type(record) != ns_t_srv ||
        ns_rr_rdlen(record) <= before_target ||
        ::dn_expand(message.data(), end, ns_rr_rdata(record) + before_target, target, sizeof target) < 0)
      continue;
    auto number = [&](int j) { return ns_rr_rdata(record)[2 * j] << 8 | ns_rr_rdata(record)[2 * j + 1]; };
    all.push_back({number(0), number(1), number(2), target});
    if (!all.back().target.ends_with(".")) all.back().target += '.';
  }
  auto order = [](auto& r) { return std::tie(r.target, r.port, r.priority, r.weight); };
  std::sort(all.begin(), all.end(), [&](auto& a, auto& b) { return order(a) < order(b); });
  return all;
}

std::vector<ServiceRecord> lookup_services(const std::string& name) {
  unsigned char answer[NS_MAXMSG];
  int size = ::res_query(name.c_str(), ns_c_in, ns_t_srv, answer, sizeof answer);
  if (size <= 0) return {};
  return read_service_records({answer, std::min<std::size_t>(static_cast<std::size_t>(size), sizeof answer)});
}

}  // namespace avocet::confgen
