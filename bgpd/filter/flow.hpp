#pragma once
/// Flow specifications as values, RFC 8955 and RFC 8956: the components of one, in ascending order, as they stand on
/// the wire.
#include <map>
#include <string>
#include <vector>

#include "proto/attributes.hpp"
#include "proto/ip.hpp"

namespace avocet::filter {

/// Kinds of components; the numbers are IANA's.
enum class FlowComponent : std::uint8_t {
  destination = 1,
  source,
  protocol,
  port,
  destination_port,
  source_port,
  icmp_type,
  icmp_code,
  tcp_flags,
  packet_length,
  dscp,
  fragment,
  label,
};
/// The words of a component, as "icmp type"; `protocol` is "next header" in IPv6.
const char* flow_words(FlowComponent component, proto::Family family);

/// Bits of an operator, RFC 8955 section 4.2.1.
namespace flow_operator {
constexpr std::uint8_t equal = 1, greater = 2, less = 4, and_ = 0x40;
constexpr std::uint8_t match = 1, not_ = 2;  ///< of a bit mask
}  // namespace flow_operator

/// Puts components together in any order. Functions that can refuse return null, or why they do.
class FlowBuilder {
 public:
  explicit FlowBuilder(proto::Family family) : family_(family) {}
  /// What follows belongs to this component. The same one again right behind itself goes on.
  const char* begin(FlowComponent component);
  /// `offset`: leading bits of an IPv6 prefix that do not count, RFC 8956 section 3.1.
  void add_prefix(const proto::Prefix& net, unsigned offset = 0);
  const char* add_number(std::uint8_t operators, std::uint32_t value);
  /// `value/mask`, negated or not; only `and_` of the operators is looked at.
  const char* add_mask(std::uint8_t operators, bool negated, std::uint32_t value, std::uint32_t mask);
  std::vector<std::uint8_t> bytes() const;

 private:
  void put(std::uint8_t operators, std::uint32_t value);

  proto::Family family_;
  FlowComponent current_ = {};
  std::map<FlowComponent, std::vector<std::uint8_t>> components_;
  std::size_t last_operator_ = 0;  ///< in the current component
};

/// The destination or source of a flow specification; of length 0 if it names none.
proto::Prefix flow_prefix(proto::Family family, proto::Bytes flow, FlowComponent which);
/// "flow4 { dst 10.0.0.0/8; port 80; }"
std::string flow_text(proto::Family family, proto::Bytes flow);

}  // namespace avocet::filter
