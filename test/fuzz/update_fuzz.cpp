/// UPDATE in every context; the first byte chooses it. What is announced must survive being sent on and read again.
#include "proto/message.hpp"
#include "test/fuzz/require.hpp"

using namespace avocet::proto;

namespace {

UpdateContext context_from(std::uint8_t choice) {
  UpdateContext context;
  context.as4 = choice & 1;
  context.external = choice & 2;
  context.allow_local_pref = choice & 4;
  context.allow_as_sets = !(choice & 8);
  context.confederation_member = choice & 16;
  for (auto family : {Family::ipv4, Family::ipv6}) {
    auto& negotiated = context.families.of(family);
    negotiated.active = family == Family::ipv4 || !(choice & 128);
    negotiated.add_path_receive = choice & 32;
  }
  context.families.ipv4.extended_next_hop = choice & 64;
  return context;
}

/// Reads all that was written; `each` sees every message.
template <class Each> void decode_all(Bytes wire, const UpdateContext& context, std::size_t max_bytes, Each each) {
  Update update;
  while (!wire.empty()) {
    auto header = decode_header(wire, max_bytes);
    require(header && header->type == MessageType::update && header->length <= wire.size());
    require(decode_update(wire.first(header->length).subspan(header_size_bytes), context, update).has_value());
    require(update.tolerated.empty());
    each(update);
    wire = wire.subspan(header->length);
  }
}

void send_on(AttributeView attributes, std::span<const Nlri> nlri, const UpdateContext& context) {
  static std::vector<std::uint8_t> wire;
  wire.clear();
  EncodeContext encoding{.as4 = context.as4, .add_path = context.families.of(nlri.front().prefix.family).add_path_receive,
                         .max_bytes = max_extended_message_bytes};
  if (!encode_announcements(attributes, nlri, encoding, wire)) {
    require(wire.empty());
    return;
  }
  std::vector<Nlri> heard;
  decode_all(wire, context, encoding.max_bytes, [&](const Update& again) {
    require(again.attributes.view() == attributes);
    heard.insert(heard.end(), again.announced.begin(), again.announced.end());
  });
  require(heard == std::vector<Nlri>(nlri.begin(), nlri.end()));
}

void withdraw(std::span<const Nlri> nlri, const UpdateContext& context) {
  static std::vector<std::uint8_t> wire;
  wire.clear();
  EncodeContext encoding{.add_path = context.families.of(nlri.front().prefix.family).add_path_receive};
  encode_withdrawals(nlri, encoding, wire);
  std::vector<Nlri> heard;
  decode_all(wire, context, encoding.max_bytes,
             [&](const Update& again) { heard.insert(heard.end(), again.withdrawn.begin(), again.withdrawn.end()); });
  require(heard == std::vector<Nlri>(nlri.begin(), nlri.end()));
}

/// Runs of one family: what one call of the encoder takes.
template <class Each> void by_family(const std::vector<Nlri>& nlri, Each each) {
  for (auto family : {Family::ipv4, Family::ipv6}) {
    std::vector<Nlri> part;
    for (auto& one : nlri)
      if (one.prefix.family == family) part.push_back(one);
    if (!part.empty()) each(part);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  auto context = context_from(data[0]);
  static Update update;
  if (auto decoded = decode_update({data + 1, size - 1}, context, update); !decoded) {
    require(decoded.error().remedy == Remedy::session_reset && decoded.error().code == 3);
    return 0;
  }
  for (auto& nlri : {update.announced, update.withdrawn})
    for (auto& one : nlri) {
      require(one.prefix.length <= max_length_bits(one.prefix.family));
      require(one.prefix == (one.prefix.family == Family::ipv4 ? Prefix::v4(one.prefix.address.v4_bits(), one.prefix.length)
                                                               : Prefix::v6(one.prefix.address, one.prefix.length)));
    }
  require(!update.treated_as_withdraw || update.announced.empty());
  require(update.announced.empty() == update.attributes.view().empty());
  int last = -1;
  update.attributes.view().for_each([&](const AttributeEntry& entry) {
    require(code_of(entry.code) > last && code_of(entry.code) < 256);
    require(entry.code != AttributeCode::mp_reach && entry.code != AttributeCode::mp_unreach &&
            entry.code != AttributeCode::as4_path && entry.code != AttributeCode::as4_aggregator);
    last = code_of(entry.code);
  });
  // Sending on what was just heard: the two forms of one message carry two next hops and are two batches.
  if (!update.classic_next_hop)
    by_family(update.announced, [&](const std::vector<Nlri>& part) { send_on(update.attributes, part, context); });
  by_family(update.withdrawn, [&](const std::vector<Nlri>& part) { withdraw(part, context); });
  return 0;
}
