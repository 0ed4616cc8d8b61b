/// Communities from text: BIRD's forms, and the IANA names of well-known ones.
#include <charconv>
#include <optional>

#include <fmt/format.h>

#include "proto/community.hpp"

namespace avocet::proto {
namespace {

tl::unexpected<TextError> wrong(std::size_t position, std::string what) {
  return tl::make_unexpected(TextError{position, std::move(what)});
}

/// Walks "(a, b, c)"; blanks between the parts mean nothing.
class Cursor {
 public:
  explicit Cursor(std::string_view text) : text_(text) { skip_blanks(); }
  std::size_t position() const { return at_; }
  bool at_end() const { return at_ == text_.size(); }

  Parsed<void> expect(char sign) {
    if (at_end() || text_[at_] != sign) return wrong(at_, fmt::format("expected '{}'", sign));
    ++at_;
    skip_blanks();
    return {};
  }
  /// Letters, digits and dots, as they stand: a keyword, a number or an IPv4 address.
  std::string_view word() {
    auto end = text_.find_first_of(" \t,()", at_);
    auto taken = text_.substr(at_, end == text_.npos ? text_.npos : end - at_);
    at_ += taken.size();
    skip_blanks();
    return taken;
  }
  /// Decimal, or hexadecimal after 0x.
  Parsed<std::uint32_t> number(std::uint32_t most) {
    auto start = at_;
    auto digits = word();
    bool hexadecimal = digits.starts_with("0x") || digits.starts_with("0X");
    if (hexadecimal) digits.remove_prefix(2);
    std::uint32_t value = 0;
    auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value, hexadecimal ? 16 : 10);
    if (error != std::errc{} || end != digits.data() + digits.size() || value > most)
      return wrong(start, fmt::format("expected a number from 0 to {}", most));
    return value;
  }
  Parsed<void> end() const {
    if (!at_end()) return wrong(at_, "unexpected text after a community");
    return {};
  }

 private:
  void skip_blanks() {
    while (!at_end() && (text_[at_] == ' ' || text_[at_] == '\t')) ++at_;
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

constexpr std::uint32_t any16 = 0xffff, any32 = 0xffffffff;

struct Name {
  std::string_view name;
  Community community;
};
constexpr Name names[] = {
    {"graceful-shutdown", well_known::graceful_shutdown}, {"llgr-stale", well_known::llgr_stale},
    {"no-llgr", well_known::no_llgr},                     {"blackhole", well_known::blackhole},
    {"no-export", well_known::no_export},                 {"no-advertise", well_known::no_advertise},
    {"no-export-subconfed", well_known::no_export_subconfed}};

Parsed<ExtendedCommunity> parse_generic(Cursor& cursor) {
  AVOCET_TRY_VOID(cursor.expect(','));
  std::uint64_t high = AVOCET_TRY(cursor.number(any32));
  AVOCET_TRY_VOID(cursor.expect(','));
  return ExtendedCommunity{high << 32 | AVOCET_TRY(cursor.number(any32))};
}

/// Key and value of a route target or origin: the key chooses among the three layouts of RFC 7153.
Parsed<ExtendedCommunity> parse_keyed(Cursor& cursor, std::uint8_t subtype) {
  AVOCET_TRY_VOID(cursor.expect(','));
  auto ahead = cursor;
  auto quad = Address::parse(ahead.word());
  bool is_quad = quad && quad->is_v4();
  if (is_quad) cursor = ahead;
  auto key = is_quad ? quad->v4_bits() : AVOCET_TRY(cursor.number(any32));
  AVOCET_TRY_VOID(cursor.expect(','));
  auto data = AVOCET_TRY(cursor.number(is_quad || key > any16 ? any16 : any32));
  return ExtendedCommunity::make(subtype, key, data, is_quad);
}

/// (unknown 0x4002, key, value): the type says how wide key and value are.
Parsed<ExtendedCommunity> parse_unknown(Cursor& cursor) {
  auto start = cursor.position();
  std::uint64_t type = AVOCET_TRY(cursor.number(any16));
  auto layout = type >> 8 & 0xbf;  // without the non-transitive bit
  if (layout > 2) return wrong(start, "this type has no key and value; write (generic, 0x..., 0x...)");
  AVOCET_TRY_VOID(cursor.expect(','));
  auto ahead = cursor;
  auto quad = Address::parse(ahead.word());
  bool is_quad = layout == 1 && quad && quad->is_v4();
  if (is_quad) cursor = ahead;
  std::uint64_t key = is_quad ? quad->v4_bits() : AVOCET_TRY(cursor.number(layout == 0 ? any16 : any32));
  AVOCET_TRY_VOID(cursor.expect(','));
  auto data = AVOCET_TRY(cursor.number(layout == 0 ? any32 : any16));
  return ExtendedCommunity{type << 48 | key << (layout == 0 ? 32 : 16) | data};
}

}  // namespace

Parsed<Community> Community::parse(std::string_view text) {
  for (auto& known : names)
    if (known.name == text) return known.community;
  Cursor cursor(text);
  AVOCET_TRY_VOID(cursor.expect('('));
  auto asn = AVOCET_TRY(cursor.number(any16));
  AVOCET_TRY_VOID(cursor.expect(','));
  auto data = AVOCET_TRY(cursor.number(any16));
  AVOCET_TRY_VOID(cursor.expect(')'));
  AVOCET_TRY_VOID(cursor.end());
  return make(asn, data);
}

Parsed<ExtendedCommunity> ExtendedCommunity::parse(std::string_view text) {
  Cursor cursor(text);
  AVOCET_TRY_VOID(cursor.expect('('));
  auto start = cursor.position();
  auto kind = cursor.word();
  constexpr std::uint8_t route_target = 2, route_origin = 3;
  auto parsed = kind == "rt"        ? parse_keyed(cursor, route_target)
                : kind == "ro"      ? parse_keyed(cursor, route_origin)
                : kind == "generic" ? parse_generic(cursor)
                : kind == "unknown" ? parse_unknown(cursor)
                                    : wrong(start, "expected 'rt', 'ro', 'generic' or 'unknown'");
  if (!parsed) return parsed;
  AVOCET_TRY_VOID(cursor.expect(')'));
  AVOCET_TRY_VOID(cursor.end());
  return parsed;
}

Parsed<LargeCommunity> LargeCommunity::parse(std::string_view text) {
  Cursor cursor(text);
  LargeCommunity out;
  AVOCET_TRY_VOID(cursor.expect('('));
  out.asn = AVOCET_TRY(cursor.number(any32));
  AVOCET_TRY_VOID(cursor.expect(','));
  out.data1 = AVOCET_TRY(cursor.number(any32));
  AVOCET_TRY_VOID(cursor.expect(','));
  out.data2 = AVOCET_TRY(cursor.number(any32));
  AVOCET_TRY_VOID(cursor.expect(')'));
  AVOCET_TRY_VOID(cursor.end());
  return out;
}

}  // namespace avocet::proto
