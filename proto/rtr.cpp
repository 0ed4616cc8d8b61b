#include "proto/rtr.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "proto/reader.hpp"
#include "proto/writer.hpp"

namespace avocet::proto::rtr {
namespace {

constexpr std::size_t serial_bytes = 12, ipv4_bytes = 20, ipv6_bytes = 32, end_v0_bytes = 12, end_bytes = 24,
                      aspa_bytes = 12, error_bytes = 16, old_aspa_bytes = 16;
constexpr std::size_t reported_bytes = 256;  // of a PDU that is sent back

tl::unexpected<Fault> fault(ErrorCode code, std::string what) {
  return tl::make_unexpected(Fault{code, std::move(what)});
}
tl::unexpected<Fault> corrupt(std::string what) { return fault(ErrorCode::corrupt_data, std::move(what)); }

Read<void> require_length(const Frame& frame, std::size_t wanted) {
  if (frame.bytes.size() == wanted) return {};
  return corrupt(fmt::format("the length of {} is {}, not {}", type_name(frame.type), frame.bytes.size(), wanted));
}

Read<Body> decode_prefix(const Frame& frame, Reader& reader) {
  auto family = frame.type == PduType::ipv4_prefix ? Family::ipv4 : Family::ipv6;
  AVOCET_TRY_VOID(require_length(frame, family == Family::ipv4 ? ipv4_bytes : ipv6_bytes));
  PrefixRecord record;
  record.announce = reader.u8() & 1;
  unsigned length = reader.u8();
  record.max_length = reader.u8();
  reader.u8();
  auto address = family == Family::ipv4 ? Address::v4(reader.u32()) : Address::from_bytes(reader.bytes(16));
  record.asn = reader.u32();
  if (length > max_length_bits(family)) return corrupt(fmt::format("the prefix length is {}", length));
  if (record.max_length < length || record.max_length > max_length_bits(family))
    return corrupt(fmt::format("the max length of {}/{} is {}", address.text(), length, record.max_length));
  record.net = family == Family::ipv4 ? Prefix::v4(address.v4_bits(), length) : Prefix::v6(address, length);
  return record;
}

/// Before draft 11 the flags stood in the first byte behind the length, and the number of providers behind them; all
/// that announced or withdrew something was at least 16 bytes long, and the bytes of the flags of now were zero: a
/// withdrawal with providers, which there is not.
bool is_old_aspa(Bytes bytes) {
  if (bytes.size() < old_aspa_bytes || bytes[2] != 0) return false;
  return old_aspa_bytes + 4u * (bytes[10] << 8 | bytes[11]) == bytes.size();
}

Read<Body> decode_aspa(const Frame& frame, Reader& reader) {
  if (frame.bytes.size() < aspa_bytes || frame.bytes.size() % 4)
    return corrupt(fmt::format("the length of ASPA is {}", frame.bytes.size()));
  if (is_old_aspa(frame.bytes)) return OldAspa{};
  AspaRecord record;
  record.announce = frame.bytes[2] & 1;
  record.customer = reader.u32();
  record.providers.resize(reader.left() / 4);
  for (auto& provider : record.providers) provider = reader.u32();
  auto refuse = [&](const char* what) {
    return fault(ErrorCode::provider_list, fmt::format("the ASPA of AS{} {}", record.customer, what));
  };
  auto& list = record.providers;
  if (!record.announce && !list.empty()) return refuse("is withdrawn with a list of providers");
  if (record.announce && list.empty()) return refuse("has no providers, not even AS0");
  if (std::adjacent_find(list.begin(), list.end(), std::greater_equal<>()) != list.end())
    return refuse("does not have its providers in ascending order");
  if (list.size() > 1 && list.front() == 0) return refuse("has AS0 beside other providers");
  return record;
}

Read<Body> decode_error(const Frame& frame, Reader& reader) {
  auto too_short = [&] { return corrupt("the lengths inside of Error Report do not fit"); };
  if (frame.bytes.size() < error_bytes) return too_short();
  ErrorReport report;
  report.code = static_cast<ErrorCode>(frame.bytes[2] << 8 | frame.bytes[3]);
  auto pdu = reader.bytes(reader.u32());
  auto text = reader.bytes(reader.u32());
  if (!reader.ok() || reader.left()) return too_short();
  report.pdu.assign(pdu.begin(), pdu.end());
  report.text.assign(text.begin(), text.end());
  while (!report.text.empty() && report.text.back() == '\0') report.text.pop_back();  // as some caches end it
  return report;
}

struct Encoder {
  std::uint8_t version;
  Writer writer;

  void header(PduType type, unsigned field, std::size_t length) {
    writer.u8(version);
    writer.u8(static_cast<unsigned>(type));
    writer.u16(field);
    writer.u32(static_cast<std::uint32_t>(length));
  }
  void serial(PduType type, std::uint16_t session, std::uint32_t number) {
    header(type, session, serial_bytes);
    writer.u32(number);
  }

  void operator()(const SerialNotify& pdu) { serial(PduType::serial_notify, pdu.session, pdu.serial); }
  void operator()(const SerialQuery& pdu) { serial(PduType::serial_query, pdu.session, pdu.serial); }
  void operator()(const ResetQuery&) { header(PduType::reset_query, 0, header_bytes); }
  void operator()(const CacheResponse& pdu) { header(PduType::cache_response, pdu.session, header_bytes); }
  void operator()(const CacheReset&) { header(PduType::cache_reset, 0, header_bytes); }
  void operator()(const OldAspa&) {}
  void operator()(const RouterKey&) {}
  void operator()(const PrefixRecord& pdu) {
    bool v4 = pdu.net.family == Family::ipv4;
    header(v4 ? PduType::ipv4_prefix : PduType::ipv6_prefix, 0, v4 ? ipv4_bytes : ipv6_bytes);
    writer.u8(pdu.announce);
    writer.u8(pdu.net.length);
    writer.u8(pdu.max_length);
    writer.u8(0);
    std::array<std::uint8_t, 16> address;
    auto count = pdu.net.address.to_bytes(address);
    // The mapped part of IPv6 is IPv6 here, too.
    if (!v4 && count == 4) {
      std::array<std::uint8_t, 16> mapped{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
      std::copy_n(address.begin(), 4, mapped.begin() + 12);
      address = mapped;
    }
    writer.bytes(Bytes(address).first(v4 ? 4 : 16));
    writer.u32(pdu.asn);
  }
  void operator()(const AspaRecord& pdu) {
    header(PduType::aspa, pdu.announce ? 0x100 : 0, aspa_bytes + 4 * pdu.providers.size());
    writer.u32(pdu.customer);
    for (auto provider : pdu.providers) writer.u32(provider);
  }
  void operator()(const EndOfData& pdu) {
    header(PduType::end_of_data, pdu.session, version == 0 ? end_v0_bytes : end_bytes);
    writer.u32(pdu.serial);
    if (version == 0) return;
    auto intervals = pdu.intervals.value_or(Intervals());
    writer.u32(intervals.refresh);
    writer.u32(intervals.retry);
    writer.u32(intervals.expire);
  }
  void operator()(const ErrorReport& pdu) {
    auto about = Bytes(pdu.pdu).first(std::min(pdu.pdu.size(), reported_bytes));
    header(PduType::error_report, static_cast<unsigned>(pdu.code), error_bytes + about.size() + pdu.text.size());
    writer.u32(static_cast<std::uint32_t>(about.size()));
    writer.bytes(about);
    writer.u32(static_cast<std::uint32_t>(pdu.text.size()));
    for (auto c : pdu.text) writer.u8(static_cast<std::uint8_t>(c));
  }
};

}  // namespace

const char* type_name(PduType type) {
  constexpr const char* names[] = {"Serial Notify", "Serial Query", "Reset Query",  "Cache Response",
                                   "IPv4 Prefix",   "unknown PDU",  "IPv6 Prefix",  "End of Data",
                                   "Cache Reset",   "Router Key",   "Error Report", "ASPA"};
  auto number = static_cast<std::size_t>(type);
  return number < std::size(names) ? names[number] : "unknown PDU";
}

std::string error_name(ErrorCode code) {
  constexpr const char* names[] = {"Corrupt Data",
                                   "Internal Error",
                                   "No Data Available",
                                   "Invalid Request",
                                   "Unsupported Protocol Version",
                                   "Unsupported PDU Type",
                                   "Withdrawal of Unknown Record",
                                   "Duplicate Announcement Received",
                                   "Unexpected Protocol Version",
                                   "ASPA Provider List Error"};
  auto number = static_cast<std::size_t>(code);
  return number < std::size(names) ? names[number] : fmt::format("error {}", number);
}

Read<std::optional<Frame>> first_frame(Bytes bytes) {
  if (bytes.size() < header_bytes) return std::nullopt;
  Reader reader(bytes);
  Frame frame;
  frame.version = reader.u8();
  frame.type = static_cast<PduType>(reader.u8());
  reader.u16();
  std::size_t length = reader.u32();
  if (length < header_bytes || length > max_pdu_bytes)
    return corrupt(fmt::format("the length of {} is {}", type_name(frame.type), length));
  if (length > bytes.size()) return std::nullopt;
  frame.bytes = bytes.first(length);
  return frame;
}

Read<Body> decode(const Frame& frame) {
  Reader reader(frame.bytes);
  reader.u16();
  auto session = reader.u16();
  reader.u32();
  switch (frame.type) {
    case PduType::serial_notify:
      AVOCET_TRY_VOID(require_length(frame, serial_bytes));
      return SerialNotify{session, reader.u32()};
    case PduType::serial_query:
      AVOCET_TRY_VOID(require_length(frame, serial_bytes));
      return SerialQuery{session, reader.u32()};
    case PduType::reset_query: AVOCET_TRY_VOID(require_length(frame, header_bytes)); return ResetQuery{};
    case PduType::cache_response: AVOCET_TRY_VOID(require_length(frame, header_bytes)); return CacheResponse{session};
    case PduType::cache_reset: AVOCET_TRY_VOID(require_length(frame, header_bytes)); return CacheReset{};
    case PduType::ipv4_prefix:
    case PduType::ipv6_prefix: return decode_prefix(frame, reader);
    case PduType::end_of_data: {
      AVOCET_TRY_VOID(require_length(frame, frame.version == 0 ? end_v0_bytes : end_bytes));
      EndOfData end{session, reader.u32(), {}};
      if (frame.version == 0) return end;
      end.intervals.emplace();
      end.intervals->refresh = reader.u32();
      end.intervals->retry = reader.u32();
      end.intervals->expire = reader.u32();
      return end;
    }
    case PduType::router_key:
      if (frame.version >= 1) return RouterKey{};
      break;
    case PduType::error_report: return decode_error(frame, reader);
    case PduType::aspa:
      if (frame.version >= 2) return decode_aspa(frame, reader);
      break;
  }
  return fault(ErrorCode::unsupported_pdu,
               fmt::format("version {} has no PDU of type {}", frame.version, static_cast<unsigned>(frame.type)));
}

void encode(const Body& body, std::uint8_t version, std::vector<std::uint8_t>& out) {
  std::visit(Encoder{version, Writer(out)}, body);
}

}  // namespace avocet::proto::rtr
