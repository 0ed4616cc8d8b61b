/// UPDATE messages from canonical attributes: the hot path of the update groups. RFC 4271 section 4.3, RFC 4760.
#include <algorithm>
#include <utility>

#include "proto/as_path.hpp"
#include "proto/message.hpp"
#include "proto/message_header.hpp"
#include "proto/path_attributes.hpp"

namespace avocet::proto {
namespace {

constexpr unsigned unicast = 1;
constexpr std::size_t update_head_bytes = header_size_bytes + 2 + 2;  // withdrawn length, attribute length
// Flags, type, two length octets, AFI, SAFI, next hop length, reserved octet.
constexpr std::size_t mp_reach_head_bytes = 4 + 2 + 1 + 1 + 1, mp_unreach_head_bytes = 4 + 2 + 1;

/// AGGREGATOR for a peer that knows two octets only, RFC 6793 section 4.2.2.
void put_aggregator_two_octet(Writer& writer, const AttributeEntry& entry, std::vector<std::uint8_t>& as4_aggregator) {
  AsNumbers numbers(entry.value.first(4));
  auto asn = numbers[0];
  std::uint8_t value[6] = {};
  auto shown = asn > 0xffff ? as_trans : asn;
  value[0] = static_cast<std::uint8_t>(shown >> 8);
  value[1] = static_cast<std::uint8_t>(shown);
  std::copy(entry.value.begin() + 4, entry.value.end(), value + 2);
  put_attribute(writer, entry.flags, code_of(entry.code), value);
  if (asn > 0xffff) as4_aggregator.assign(entry.value.begin(), entry.value.end());
}

}  // namespace

void put_attribute(Writer& writer, std::uint8_t flags, unsigned code, Bytes value) {
  bool long_value = value.size() > 255;
  writer.u8(long_value ? flags | flag::extended_length : flags & ~flag::extended_length);
  writer.u8(code);
  if (long_value)
    writer.u16(static_cast<unsigned>(value.size()));
  else
    writer.u8(static_cast<unsigned>(value.size()));
  writer.bytes(value);
}

void put_attributes(AttributeView attributes, bool as4, bool with_next_hop, std::vector<std::uint8_t>& out) {
  Writer writer(out);
  std::vector<std::uint8_t> as4_path, as4_aggregator;
  auto put_as4 = [&] {
    for (auto& [code, value] : {std::pair{AttributeCode::as4_path, &as4_path}, {AttributeCode::as4_aggregator, &as4_aggregator}}) {
      if (!value->empty()) put_attribute(writer, canonical_flags(code), code_of(code), *value);
      value->clear();
    }
  };
  attributes.for_each([&](const AttributeEntry& entry) {
    auto code = code_of(entry.code);
    if (code > 255 || (entry.code == AttributeCode::next_hop && !with_next_hop)) return;
    if (!as4) {
      if (code > code_of(AttributeCode::as4_path)) put_as4();
      if (entry.code == AttributeCode::as_path) {
        bool lossy = false;
        put_attribute(writer, entry.flags, code, as_path_two_octet(entry.value, lossy));
        if (lossy) as4_path = as_path_without_confederation(entry.value);
        return;
      }
      if (entry.code == AttributeCode::aggregator && entry.value.size() == 8)
        return put_aggregator_two_octet(writer, entry, as4_aggregator);
    }
    put_attribute(writer, entry.flags, code, entry.value);
  });
  put_as4();
}

namespace {

/// How many of `nlri` fit into `room` bytes, at least one.
std::size_t fitting(std::span<const Nlri> nlri, bool add_path, std::size_t room) {
  std::size_t count = 0;
  for (std::size_t used = 0; count < nlri.size(); ++count) {
    used += nlri_size_bytes(nlri[count], add_path);
    if (used > room) break;
  }
  return count;
}

void put_nlri(std::span<const Nlri> nlri, bool add_path, std::vector<std::uint8_t>& out) {
  for (auto& one : nlri) encode_nlri(one, add_path, out);
}

}  // namespace

std::size_t encode_announcements(AttributeView attributes, std::span<const Nlri> nlri, const EncodeContext& context,
                                 std::vector<std::uint8_t>& out) {
  if (nlri.empty()) return 0;
  auto family = nlri.front().prefix.family;
  auto next_hop = attributes.value(AttributeCode::next_hop);
  bool classic = family == Family::ipv4 && next_hop.size() == 4;
  // Kept between calls: the daemon has one thread, and its capacity is reached after a few sets.
  thread_local std::vector<std::uint8_t> encoded;
  encoded.clear();
  put_attributes(attributes, context.as4, classic, encoded);
  auto fixed = update_head_bytes + encoded.size() + (classic ? 0 : mp_reach_head_bytes + next_hop.size());
  auto largest = (context.add_path ? 4u : 0u) + 1 + max_length_bits(family) / 8;
  if (fixed + largest > context.max_bytes) return 0;
  auto room = context.max_bytes - fixed;

  std::size_t messages = 0;
  Writer writer(out);
  while (!nlri.empty()) {
    auto part = nlri.first(fitting(nlri, context.add_path, room));
    nlri = nlri.subspan(part.size());
    auto start = begin_message(writer, MessageType::update);
    writer.u16(0);
    auto length_at = writer.position();
    writer.u16(0);
    if (!classic) {
      // MP_REACH_NLRI comes first, RFC 7606 section 5.1.
      writer.u8(flag::optional | flag::extended_length);
      writer.u8(code_of(AttributeCode::mp_reach));
      auto value_length_at = writer.position();
      writer.u16(0);
      writer.u16(static_cast<unsigned>(family));
      writer.u8(unicast);
      writer.u8(static_cast<unsigned>(next_hop.size()));
      writer.bytes(next_hop);
      writer.u8(0);
      put_nlri(part, context.add_path, out);
      writer.patch_u16(value_length_at, writer.position() - value_length_at - 2);
    }
    writer.bytes(encoded);
    writer.patch_u16(length_at, writer.position() - length_at - 2);
    if (classic) put_nlri(part, context.add_path, out);
    end_message(writer, start);
    ++messages;
  }
  return messages;
}

std::size_t encode_withdrawals(std::span<const Nlri> nlri, const EncodeContext& context, std::vector<std::uint8_t>& out) {
  std::size_t messages = 0;
  Writer writer(out);
  while (!nlri.empty()) {
    auto family = nlri.front().prefix.family;
    bool classic = family == Family::ipv4;
    auto room = context.max_bytes - update_head_bytes - (classic ? 0 : mp_unreach_head_bytes);
    auto part = nlri.first(fitting(nlri, context.add_path, room));
    nlri = nlri.subspan(part.size());
    auto start = begin_message(writer, MessageType::update);
    auto withdrawn_at = writer.position();
    writer.u16(0);
    if (classic) {
      put_nlri(part, context.add_path, out);
      writer.patch_u16(withdrawn_at, writer.position() - withdrawn_at - 2);
      writer.u16(0);
    } else {
      auto length_at = writer.position();
      writer.u16(0);
      writer.u8(flag::optional | flag::extended_length);
      writer.u8(code_of(AttributeCode::mp_unreach));
      auto value_length_at = writer.position();
      writer.u16(0);
      writer.u16(static_cast<unsigned>(family));
      writer.u8(unicast);
      put_nlri(part, context.add_path, out);
      writer.patch_u16(value_length_at, writer.position() - value_length_at - 2);
      writer.patch_u16(length_at, writer.position() - length_at - 2);
    }
    end_message(writer, start);
    ++messages;
  }
  return messages;
}

std::vector<std::uint8_t> encode_end_of_rib(Family family) {
  std::vector<std::uint8_t> out;
  Writer writer(out);
  auto start = begin_message(writer, MessageType::update);
  writer.u16(0);
  if (family == Family::ipv4) {
    writer.u16(0);
  } else {
    writer.u16(6);
    writer.u8(flag::optional);
    writer.u8(code_of(AttributeCode::mp_unreach));
    writer.u8(3);
    writer.u16(static_cast<unsigned>(family));
    writer.u8(unicast);
  }
  end_message(writer, start);
  return out;
}

}  // namespace avocet::proto
