/// The vocabulary of `protocol bfd`, and of what BGP sessions ask of it (reference 6.6).
#include <ctime>
#include <iomanip>
#include <sstream>

#include <fmt/format.h>

#include "bgpd/config/vocabulary.hpp"

namespace avocet::config {
namespace {

using bfd::BfdOptions;
using bfd::InterfaceOptions;
using bfd::Key;
using bfd::Neighbor;
using bfd::RequestOptions;
using bfd::SessionOptions;
using proto::BfdAuthentication;

/// What the packet's 32 bits of microseconds can say. Zero would mean "never".
Value<std::uint64_t> interval() {
  auto value = fine_time();
  value.read = [read = value.read](Parser& parser) {
    auto& first = parser.peek();
    auto time = read(parser);
    if (time == 0 || time > 0xffffffff) parser.fail(first, "an interval must be 1 us to 4294 s");
    return time;
  };
  value.text = [](const std::uint64_t& time) {
    if (time % 1'000'000 == 0) return fmt::format("{} s", time / 1'000'000);
    return time % 1000 == 0 ? fmt::format("{} ms", time / 1000) : fmt::format("{} us", time);
  };
  return value;
}

constexpr std::pair<const char*, BfdAuthentication> kinds[] = {
    {"none", BfdAuthentication::none},
    {"simple", BfdAuthentication::simple},
    {"keyed md5", BfdAuthentication::keyed_md5},
    {"keyed sha1", BfdAuthentication::keyed_sha1},
    {"meticulous keyed md5", BfdAuthentication::meticulous_keyed_md5},
    {"meticulous keyed sha1", BfdAuthentication::meticulous_keyed_sha1}};

const Value<BfdAuthentication>& authentication() {
  static const auto value = [] {
    Value<BfdAuthentication> made{"none|simple|[meticulous] keyed md5|sha1", "keyed sha1", {}, {}, {}};
    made.read = [](Parser& parser) -> BfdAuthentication {
      for (auto& [words, kind] : kinds)
        if (accept_words(parser, words)) return kind;
      parser.fail(parser.peek(), fmt::format("expected none, simple, or [meticulous] keyed md5 or sha1, found {}",
                                             describe(parser.peek())));
    };
    made.text = [](const BfdAuthentication& wanted) -> std::string {
      for (auto& [words, kind] : kinds)
        if (kind == wanted) return words;
      return {};
    };
    return made;
  }();
  return value;
}

constexpr const char* date_format = "%Y-%m-%d %H:%M:%S";

/// `"2026-01-31"` or `"2026-01-31 12:00:00"`, local time.
std::int64_t read_time(Parser& parser) {
  auto& at = parser.peek();
  auto text = parse_string(parser);
  for (auto* format : {date_format, "%Y-%m-%d"}) {
    std::tm parts{};
    parts.tm_isdst = -1;
    auto* end = ::strptime(text.c_str(), format, &parts);
    if (!end || *end) continue;
    if (auto time = std::mktime(&parts); time >= 0) return time;
  }
  parser.fail(at, fmt::format("\"{}\" is no time", text), "write \"YYYY-MM-DD\" or \"YYYY-MM-DD HH:MM:SS\"");
}

std::string time_text(std::int64_t time) {
  std::time_t seconds = time;
  std::tm parts{};
  ::localtime_r(&seconds, &parts);
  std::ostringstream text;
  text << std::put_time(&parts, date_format);
  return text.str();
}

/// The times of a key, by their words; `from` and `to` stand for both.
using Bound = std::optional<std::int64_t> Key::*;
constexpr std::pair<const char*, Bound> bounds[] = {{"generate from", &Key::generate_from},
                                                    {"generate to", &Key::generate_to},
                                                    {"accept from", &Key::accept_from},
                                                    {"accept to", &Key::accept_to}};

bool read_bound(Parser& parser, Key& key) {
  for (auto& [words, bound] : bounds)
    if (accept_words(parser, words)) {
      key.*bound = read_time(parser);
      return true;
    }
  if (parser.accept("from")) {
    key.generate_from = key.accept_from = read_time(parser);
    return true;
  }
  if (!parser.accept("to")) return false;
  key.generate_to = key.accept_to = read_time(parser);
  return true;
}

/// `"text" [{ id N; generate from "TIME"; ... }]`. Without an id, keys are counted from one.
Key read_key(Parser& parser, std::size_t before) {
  Key key;
  key.id = static_cast<std::uint8_t>(before + 1);
  auto& first = parser.peek();
  key.secret = parse_string(parser);
  if (key.secret.empty()) parser.fail(first, "a password must not be empty");
  if (!parser.accept("{")) return key;
  while (!parser.accept("}")) {
    auto& word = parser.peek();
    if (parser.accept("id"))
      key.id = static_cast<std::uint8_t>(parse_number(parser, "the id of a password", 0, 255));
    else if (word.is("algorithm"))
      parser.fail(word, "the algorithm of a BFD password is that of 'authentication'");
    else if (!read_bound(parser, key))
      parser.fail(word,
                  fmt::format("expected id, generate from, generate to, accept from, accept to, from or to, found {}",
                              describe(word)));
    parser.expect(";");
  }
  return key;
}

/// `{ password "a"; password "b" { ... }; }`
void read_keys(Parser& parser, std::vector<Key>& keys) {
  parser.expect("{");
  while (!parser.accept("}")) {
    if (!parser.accept("key")) parser.expect("password");
    keys.push_back(read_key(parser, keys.size()));
    parser.expect(";");
  }
}

std::string key_text(const Key& key) {
  auto text = fmt::format("\"{}\" {{ id {};", key.secret, key.id);
  for (auto& [words, bound] : bounds)
    if (key.*bound) text += fmt::format(" {} \"{}\";", words, time_text(*(key.*bound)));
  return text + " }";
}

/// Of an interface, or of whoever asks for a session: the same words for fields of the same names.
template <class Object>
Slot<Object> key_slot() {
  return {"\"<text>\" [{ id <0..255>; generate from \"<time>\"; ... }]",
          "\"secret\" { id 3; }",
          [](Parser& parser, Object& object) { object.keys.push_back(read_key(parser, object.keys.size())); },
          [](const Object& a, const Object& b) { return a.keys == b.keys; },
          [](const Object& object) {
            return object.keys.empty() ? std::string("none") : fmt::format("{} (hidden)", object.keys.size());
          },
          [](const Object& object) {
            std::vector<std::string> lines;
            for (auto& key : object.keys) lines.push_back(key_text(key));
            return lines;
          }};
}

template <class Object>
Slot<Object> shared_interval_slot() {
  auto slot = into(&Object::min_rx, interval());
  slot.read = [](Parser& parser, Object& object) {
    object.min_rx = object.min_tx = static_cast<std::uint32_t>(interval().read(parser));
  };
  return alias(std::move(slot));
}

template <class Object>
const Table<Object>& session_options() {
  using enum In;
  using enum Effect;
  static const Table<Object> table = {
      {"interval", both, none, shared_interval_slot<Object>(), "Both of the intervals below."},
      {"min rx interval", both, none, into(&Object::min_rx, interval()), "Shortest interval we can receive at."},
      {"min tx interval", both, none, into(&Object::min_tx, interval()), "Shortest interval we send at."},
      {"idle tx interval", both, none, into(&Object::idle_tx, interval()), "Interval while the session is down."},
      {"multiplier", both, none, into(&Object::multiplier, number(1, 255)), "Lost packets that end the session."},
      {"passive", both, none, into(&Object::passive, boolean()), "Wait for the neighbour's packets."},
      {"authentication", both, none, into(&Object::authentication, authentication()), "How packets are signed."},
      {"password", both, none, key_slot<Object>(), "Key of the signatures; several may be written."},
      {"key", both, none, alias(key_slot<Object>()), "The same."},
      {"passwords", both, none,
       alias(form<Object>(
           "{ password \"<text>\"; ... }", "{ password \"secret\"; }",
           [](Parser& parser, Object& object) { read_keys(parser, object.keys); },
           [](const Object&) { return std::string(); })),
       "Several of them."},
  };
  return table;
}

const Table<RequestOptions>& graceful_option() {
  static const Table<RequestOptions> table = {
      {"graceful", In::both, Effect::none,
       form<RequestOptions>(
           "", "", [](Parser&, RequestOptions& request) { request.graceful = true; },
           [](const RequestOptions& request) { return std::string(request.graceful ? "on" : ""); }),
       "Keep the routes as over a graceful restart."}};
  return table;
}

/// Keys without a signature, or one without keys, are half of a wish.
template <class Object>
void check_keys(Parser& parser, const Token& at, const Object& object) {
  bool signs = false;
  if constexpr (requires { object.authentication.has_value(); })
    signs = object.authentication.value_or(BfdAuthentication::none) != BfdAuthentication::none;
  else
    signs = object.authentication != BfdAuthentication::none;
  if (signs == !object.keys.empty()) return;
  if (signs) parser.fail(at, "authentication of BFD without a password", "write 'password \"...\";' beside it");
  parser.diagnostics.warning(at.place, "a password of BFD without 'authentication' has no effect",
                             "write 'authentication meticulous keyed sha1;' beside it");
}

/// `{ min rx interval 10 ms; ... }`
template <class Object>
void read_session(Parser& parser, Object& object, const Table<RequestOptions>* more = nullptr) {
  auto at = parser.peek();
  parser.expect("{");
  object.keys.clear();  // as in BIRD they are not gathered over several blocks
  RequestOptions none;
  while (!parser.accept("}")) {
    if (parser.accept(";")) continue;
    Matcher matcher(parser);
    matcher.offer(session_options<Object>(), object);
    if constexpr (std::is_same_v<Object, RequestOptions>)
      if (more) matcher.offer(*more, object);
    matcher.read([] { return "BFD sessions"; });
    parser.expect(";");
  }
  check_keys(parser, at, object);
}

/// The rows that differ from a fresh object's, as a file has them; "" if none does.
template <class Object>
std::string session_block(const Object& object) {
  std::string text;
  for (auto& row : session_options<Object>()) {
    if (row.slot.same(object, Object())) continue;
    for (auto& line : row.slot.written ? row.slot.written(object) : std::vector<std::string>{row.slot.text(object)})
      text += fmt::format("  {} {};\n", row.words, line);
  }
  return text;
}

/// For people: no secrets.
template <class Object>
std::string session_summary(const Object& object) {
  std::vector<std::string> parts;
  for (auto& row : session_options<Object>())
    if (!row.slot.alias && !row.slot.same(object, Object()))
      parts.push_back(fmt::format("{} {}", row.words, row.slot.text(object)));
  return parts.empty() ? "defaults" : fmt::format("{}", fmt::join(parts, ", "));
}

void read_interface(Parser& parser, BfdOptions& options) {
  auto& first = parser.peek();
  InterfaceOptions interface;
  interface.patterns = parse_interface_patterns(parser);
  for (auto& pattern : interface.patterns)
    if (pattern.prefix) parser.fail(first, "BFD looks at names of interfaces, not at prefixes");
  if (parser.peek().is("{")) read_session(parser, interface.session);
  options.interfaces.push_back(std::move(interface));
}

Slot<BfdOptions> interface_slot() {
  return {
      "<patterns> [{ <options> }]",
      "\"*\" { interval 100 ms; multiplier 3; }",
      read_interface,
      [](const BfdOptions& a, const BfdOptions& b) { return a.interfaces == b.interfaces; },
      [](const BfdOptions& options) {
        std::vector<std::string> parts;
        for (auto& one : options.interfaces)
          parts.push_back(fmt::format("{} ({})", interface_patterns_text(one.patterns), session_summary(one.session)));
        return parts.empty() ? "none" : fmt::format("{}", fmt::join(parts, " "));
      },
      [](const BfdOptions& options) {
        std::vector<std::string> lines;
        for (auto& one : options.interfaces) {
          auto block = session_block(one.session);
          lines.push_back(interface_patterns_text(one.patterns) + (block.empty() ? "" : " {\n" + block + "}"));
        }
        return lines;
      }};
}

Slot<BfdOptions> multihop_slot() {
  return {"{ <options> }",
          "{ interval 200 ms; }",
          [](Parser& parser, BfdOptions& options) {
            options.multihop = {};
            if (parser.peek().is("{")) read_session(parser, options.multihop);
          },
          [](const BfdOptions& a, const BfdOptions& b) { return a.multihop == b.multihop; },
          [](const BfdOptions& options) { return session_summary(options.multihop); },
          [](const BfdOptions& options) {
            return std::vector<std::string>{"{\n" + session_block(options.multihop) + "}"};
          }};
}

/// `A[%if] [dev "if"] [local B] [multihop BOOL]`
void read_neighbor(Parser& parser, BfdOptions& options) {
  auto at = parser.peek();
  Neighbor neighbor;
  neighbor.address = parse_address(parser);
  neighbor.interface = parse_scope(parser);
  for (;;)
    if (parser.accept("dev"))
      neighbor.interface = parse_string(parser);
    else if (parser.accept("local"))
      neighbor.local = parse_address(parser);
    else if (parser.accept("multihop"))
      neighbor.multihop = parse_bool(parser);
    else
      break;
  if (neighbor.multihop && !neighbor.interface.empty()) parser.fail(at, "a multihop neighbor has no interface");
  if (neighbor.multihop && neighbor.local.is_unspecified())
    parser.fail(at, "a multihop neighbor needs 'local' and our address");
  options.neighbors.push_back(std::move(neighbor));
}

std::string neighbor_text(const Neighbor& neighbor) {
  auto text = neighbor.address.text();
  if (!neighbor.interface.empty()) text += fmt::format(" dev \"{}\"", neighbor.interface);
  if (!neighbor.local.is_unspecified()) text += " local " + neighbor.local.text();
  return text + (neighbor.multihop ? " multihop on" : "");
}

std::vector<std::string> neighbor_lines(const BfdOptions& options) {
  std::vector<std::string> lines;
  for (auto& neighbor : options.neighbors) lines.push_back(neighbor_text(neighbor));
  return lines;
}

Slot<BfdOptions> neighbor_slot() {
  return {"<ip> [dev \"<if>\"] [local <ip>] [multihop <bool>]",
          "192.0.2.1 dev \"eth0\"",
          read_neighbor,
          [](const BfdOptions& a, const BfdOptions& b) { return a.neighbors == b.neighbors; },
          [](const BfdOptions& options) {
            return options.neighbors.empty() ? "none" : fmt::format("{}", fmt::join(neighbor_lines(options), ", "));
          },
          neighbor_lines};
}

/// `[ipv4|ipv6] [direct|multihop]`: what is not named of a pair is taken too.
void read_accept(Parser& parser, BfdOptions& options) {
  options.accept_ipv4 = options.accept_ipv6 = options.accept_direct = options.accept_multihop = true;
  for (;;)
    if (parser.accept("ipv4"))
      options.accept_ipv4 = true, options.accept_ipv6 = false;
    else if (parser.accept("ipv6"))
      options.accept_ipv4 = false, options.accept_ipv6 = true;
    else if (parser.accept("direct"))
      options.accept_direct = true, options.accept_multihop = false;
    else if (parser.accept("multihop"))
      options.accept_direct = false, options.accept_multihop = true;
    else
      return;
}

std::string accept_text(const BfdOptions& options) {
  std::vector<std::string> words;
  if (options.accept_ipv4 != options.accept_ipv6) words.emplace_back(options.accept_ipv4 ? "ipv4" : "ipv6");
  if (options.accept_direct != options.accept_multihop)
    words.emplace_back(options.accept_direct ? "direct" : "multihop");
  return fmt::format("{}", fmt::join(words, " "));
}

Table<BfdOptions> make_bfd_options() {
  using enum In;
  using enum Effect;
  using B = BfdOptions;
  return {
      {"interface", both, none, interface_slot(),
       "Options of direct sessions; the first list that matches the interface counts."},
      {"multihop", both, none, multihop_slot(), "Options of multihop sessions."},
      {"neighbor", both, none, neighbor_slot(), "A session that nothing else has to want."},
      {"accept", bird2, none, form<B>("[ipv4|ipv6] [direct|multihop]", "ipv4 direct", read_accept, accept_text),
       "Which sessions are taken; without words all."},
      {"strict bind", bird2, none, into(&B::strict_bind, boolean()), "Listen on the local addresses of sessions only."},
      {"zero udp6 checksum rx", bird2, none, into(&B::zero_udp6_checksum_rx, boolean()),
       "Take IPv6 packets without checksum."},
  };
}

}  // namespace

const Table<BfdOptions>& bfd_options() {
  static const auto table = make_bfd_options();
  return table;
}
const Table<SessionOptions>& bfd_session_options() { return session_options<SessionOptions>(); }

void read_bfd_request(Parser& parser, std::optional<RequestOptions>& request) {
  auto& first = parser.peek();
  bool block = first.is("{"), graceful = !block && parser.accept("graceful");
  if (!block && !graceful && !parse_bool(parser)) return request.reset();
  if (!request) request.emplace();  // what a template has of it goes on to hold
  request->graceful |= graceful;
  if (block) read_session(parser, *request, &graceful_option());
}

std::string bfd_request_text(const std::optional<RequestOptions>& request) {
  if (!request) return "off";
  auto rest = *request;
  rest.graceful = false;
  auto* mode = request->graceful ? "graceful" : "on";
  return rest == RequestOptions() ? mode : fmt::format("{} ({})", mode, session_summary(rest));
}

std::string bfd_request_written(const std::optional<RequestOptions>& request) {
  if (!request) return "off";
  auto block = session_block(*request);
  if (block.empty()) return request->graceful ? "graceful" : "on";
  return "{\n" + std::string(request->graceful ? "  graceful;\n" : "") + block + "}";
}

}  // namespace avocet::config
