/// Literals of addresses and of nets: prefixes, ROAs, nets of VPNs and with a source, flow specifications, Ethernets.
#include <algorithm>
#include <optional>

#include "bgpd/config/grammar_filter.hpp"
#include "bgpd/config/language.hpp"
#include "bgpd/config/vocabulary.hpp"
#include "bgpd/filter/flow.hpp"
#include "bgpd/filter/overlay.hpp"

namespace avocet::config {
namespace {

using filter::EvpnType;
using filter::ExpressionPtr;
using filter::FlowComponent;
using filter::NetKind;
using filter::Type;

/// 1.6 has one daemon for each family.
void check_family(Parser& parser, const Token& at) {
  if (parser.dialect == filter::Dialect::bird2 || parser.symbols.is_question() || at.address().family() == parser.family)
    return;
  parser.fail(
      at, fmt::format("this configuration is one of BIRD 1.6 for {}: addresses of the other family have no place in it",
                      parser.family == proto::Family::ipv4 ? "IPv4" : "IPv6"));
}

proto::Prefix prefix_at(Parser& parser, const Token& address, const Token& length) {
  // ::ffff:0.0.0.0/96 is a prefix of IPv6: how it is written decides.
  auto family = address.text.find(':') == address.text.npos ? proto::Family::ipv4 : proto::Family::ipv6;
  if (length.kind != TokenKind::number || length.number > proto::max_length_bits(family))
    parser.fail(length, fmt::format("expected a prefix length from 0 to {}, found {}", proto::max_length_bits(family),
                                    describe(length)));
  auto net = family == proto::Family::ipv4 ? proto::Prefix::make(address.address(), length.number)
                                           : proto::Prefix::v6(address.address(), length.number);
  if (net.address != address.address())
    parser.fail(address, fmt::format("{}/{} has bits behind its length", address.address().text(), length.number),
                fmt::format("did you mean {}?", net.text()));
  return net;
}

/// `ADDRESS/LENGTH` without anything behind it.
proto::Prefix plain_prefix(Parser& parser) {
  auto& address = parser.next();
  if (address.kind != TokenKind::ip)
    parser.fail(address, fmt::format("expected a prefix, found {}", describe(address)));
  parser.expect("/");
  return prefix_at(parser, address, parser.next());
}

bool plain_prefix_begins(const Parser& parser) { return parser.peek().kind == TokenKind::ip && parser.peek(1).is("/"); }

/// After `max`: `LENGTH as ASN`.
ExpressionPtr parse_roa(Parser& parser, const Token& at, const proto::Prefix& net) {
  auto longest = parse_number(parser, "the longest length of a ROA", net.length, proto::max_length_bits(net.family));
  parser.expect("as");
  auto beside = filter::roa_bytes(static_cast<std::uint8_t>(longest), parse_int(parser));
  return constant_at(at, filter::Value::net(filter::roa_kind(net.family), net, beside));
}

/// After `from`: the prefix of the source.
ExpressionPtr parse_sadr(Parser& parser, const Token& at, const proto::Prefix& net) {
  auto& second = parser.peek();
  auto source = plain_prefix(parser);
  if (net.family != proto::Family::ipv6 || source.family != proto::Family::ipv6)
    parser.fail(second, "only nets of IPv6 have a source, and both prefixes are of IPv6");
  std::array<std::uint8_t, 17> beside{};
  source.address.to_bytes(std::span(beside).first<16>());
  beside[16] = source.length;
  return constant_at(at, filter::Value::net(NetKind::sadr, net, beside));
}

/// A colon with a number behind it, both glued to what stands before.
bool glued_number(const Parser& parser, std::size_t ahead) {
  auto &colon = parser.peek(ahead), &number = parser.peek(ahead + 1);
  return colon.is(":") && colon.glued && number.kind == TokenKind::number && number.glued;
}

/// `1:2`, `1.2.3.4:5`; `0:1:2` and `2:1:2` say the type too.
std::uint64_t parse_rd(Parser& parser) {
  auto& first = parser.next();
  std::optional<std::uint32_t> type;
  auto administrator = first;
  if (glued_number(parser, 2)) {
    type = first.number;
    parser.next();
    administrator = parser.next();
  }
  parser.next();
  std::uint64_t second = parser.next().number;
  if (type && (first.kind != TokenKind::number || (*type != 0 && *type != 2)))
    parser.fail(first, "the type of a route distinguisher of two numbers is 0 or 2");
  bool address = first.kind == TokenKind::ip;
  std::uint64_t key = address ? first.address().v4_bits() : administrator.number;
  if (type == 0u && key > 0xffff)
    parser.fail(administrator, "the first part of a route distinguisher of type 0 must be at most 65535");
  bool wide = address || key > 0xffff || type == 2u;
  if (wide && second > 0xffff) parser.fail(first, "the second part of this route distinguisher must be at most 65535");
  return !wide ? key << 32 | second : (address ? std::uint64_t{1} : std::uint64_t{2}) << 48 | key << 16 | second;
}

// ---- flow specifications

/// Reads what stands between the braces.
class FlowReader {
 public:
  FlowReader(Parser& parser, proto::Family family) : parser_(parser), family_(family), builder_(family) {}

  std::vector<std::uint8_t> read() {
    parser_.expect("{");
    while (!parser_.accept("}")) {
      if (parser_.at_end())
        parser_.fail(parser_.peek(), "a '}' is missing", "the flow specification is still open at the end of the file");
      component();
      parser_.expect(";");
    }
    return builder_.bytes();
  }

 private:
  void check(const Token& at, const char* problem) {
    if (problem) parser_.fail(at, problem);
  }

  void component() {
    auto& at = parser_.peek();
    auto which = take_component();
    check(at, builder_.begin(which));
    if (which == FlowComponent::destination || which == FlowComponent::source) return prefix();
    if (which == FlowComponent::tcp_flags) return masks();
    if (which == FlowComponent::fragment) return fragments();
    numbers();
  }

  FlowComponent take_component() {
    auto& at = parser_.peek();
    std::string known;
    for (auto which = FlowComponent::destination; which <= FlowComponent::label;
         which = static_cast<FlowComponent>(static_cast<int>(which) + 1)) {
      for (auto family : {proto::Family::ipv4, proto::Family::ipv6})
        if (accept_words(parser_, filter::flow_words(which, family))) return which;
      known += fmt::format("{}{}", known.empty() ? "" : ", ", filter::flow_words(which, family_));
    }
    parser_.fail(at, fmt::format("expected a component of a flow specification ({}), found {}", known, describe(at)));
  }

  void prefix() {
    auto& at = parser_.peek();
    auto net = plain_prefix_begins(parser_) ? plain_prefix(parser_) : parse_prefix(parser_);
    if (net.family != family_)
      parser_.fail(at, fmt::format("{} is not of the family of this flow specification", net.text()));
    unsigned offset = 0;
    if (family_ == proto::Family::ipv6 && parser_.accept("offset")) {
      offset = parse_int(parser_);
      if (offset > net.length) parser_.fail(at, "the offset of a prefix is at most its length");
    }
    builder_.add_prefix(net, offset);
  }

  /// The relation that stands here, if one does.
  std::optional<std::uint8_t> relation() {
    using namespace filter::flow_operator;
    constexpr std::pair<const char*, std::uint8_t> words[] = {
        {"true", 0}, {"=", equal},         {">", greater},         {">=", greater | equal},
        {"<", less}, {"<=", less | equal}, {"!=", less | greater}, {"false", less | greater | equal}};
    for (auto& [word, bits] : words)
      if (parser_.accept(word)) return bits;
    return std::nullopt;
  }

  void number(unsigned operators) {
    auto& at = parser_.peek();
    check(at, builder_.add_number(static_cast<std::uint8_t>(operators), parse_int(parser_)));
  }

  /// `> 24 && < 30 || 40..50,60..70,80`
  void numbers() {
    using namespace filter::flow_operator;
    unsigned joined = 0;
    do {
      auto& at = parser_.peek();
      if (auto bits = relation()) {
        number(joined | *bits);
        continue;
      }
      if (joined)
        parser_.fail(at,
                     fmt::format("expected =, !=, <, <=, >, >=, true or false behind '&&', found {}", describe(at)));
      do values();
      while (parser_.accept(","));
    } while (more(joined));
  }

  /// `80` or `40..50`
  void values() {
    using namespace filter::flow_operator;
    auto& at = parser_.peek();
    auto low = parse_int(parser_);
    if (!parser_.accept("..")) return check(at, builder_.add_number(equal, low));
    check(at, builder_.add_number(greater | equal, low));
    number(and_ | less | equal);
  }

  bool more(unsigned& joined) {
    joined = parser_.peek().is("&&") ? filter::flow_operator::and_ : 0;
    return parser_.accept("&&") || parser_.accept("||");
  }
  /// Between masks a comma says `&&`.
  bool more_masks(unsigned& joined) {
    if (!parser_.accept(",")) return more(joined);
    joined = filter::flow_operator::and_;
    return true;
  }

  /// `0x03/0x0f && !0/0x10`
  void masks() {
    unsigned joined = 0;
    do {
      bool negated = parser_.accept("!");
      auto& at = parser_.peek();
      auto value = parse_int(parser_);
      parser_.expect("/");
      check(at, builder_.add_mask(static_cast<std::uint8_t>(joined), negated, value, parse_int(parser_)));
    } while (more_masks(joined));
  }

  void fragments() {
    constexpr std::pair<const char*, std::uint32_t> words[] = {
        {"dont_fragment", 1}, {"is_fragment", 2}, {"first_fragment", 4}, {"last_fragment", 8}};
    unsigned joined = 0;
    do {
      bool negated = parser_.accept("!");
      auto& at = parser_.next();
      std::uint32_t bits = 0;
      for (auto& [word, value] : words)
        if (at.is(word)) bits = value;
      if (!bits)
        parser_.fail(at, fmt::format("expected dont_fragment, is_fragment, first_fragment or last_fragment, found {}",
                                     describe(at)));
      check(at, builder_.add_mask(static_cast<std::uint8_t>(joined), false, negated ? 0 : bits, bits));
    } while (more_masks(joined));
  }

  Parser& parser_;
  proto::Family family_;
  filter::FlowBuilder builder_;
};

// ---- nets of Ethernets and of their VPNs

std::uint64_t parse_mac(Parser& parser) {
  auto& token = parser.next();
  if (!token.is_mac()) parser.fail(token, fmt::format("expected a MAC as 02:00:5e:10:00:01, found {}", describe(token)));
  return mac_of(token);
}

/// Behind `eth`: a MAC, and `vlan N` if it has one.
ExpressionPtr parse_ethernet_net(Parser& parser, const Token& word) {
  auto mac = parse_mac(parser);
  constexpr std::uint32_t last_vlan = 4095;  // IEEE 802.1Q
  auto vlan = parser.accept("vlan") ? parse_number(parser, "a VLAN", 0, last_vlan) : 0;
  auto beside = filter::ethernet_bytes(mac, static_cast<std::uint16_t>(vlan));
  return constant_at(word, filter::Value::net(NetKind::ethernet, {}, beside));
}

/// Behind `neighbor`: `ADDRESS%INTERFACE`, the interface by its number.
ExpressionPtr parse_neighbor_net(Parser& parser, const Token& word) {
  auto address = parse_address(parser);
  parser.expect("%");
  auto beside = filter::neighbor_bytes(parse_int(parser));
  return constant_at(word, filter::Value::net(NetKind::neighbor, {address, address.family(), 0}, beside));
}

std::optional<EvpnType> evpn_type(const Token& token) {
  constexpr std::pair<const char*, EvpnType> words[] = {
      {"ead", EvpnType::auto_discovery}, {"mac", EvpnType::mac}, {"imet", EvpnType::multicast}, {"es", EvpnType::segment}};
  for (auto& [word, type] : words)
    if (token.is(word)) return type;
  return std::nullopt;
}

/// `ead RD TAG SEGMENT`, `mac RD TAG MAC *`, `mac RD TAG MAC ADDRESS`, `imet RD TAG ADDRESS`, `es RD SEGMENT ADDRESS`
ExpressionPtr parse_evpn_net(Parser& parser, const Token& word) {
  filter::EvpnNet net;
  net.type = *evpn_type(parser.next());
  if (!rd_begins(parser))
    parser.fail(parser.peek(), fmt::format("expected a route distinguisher as 64512:1, found {}", describe(parser.peek())));
  net.rd = parse_rd(parser);
  if (net.type != EvpnType::segment) net.tag = parse_int(parser);
  if (net.type == EvpnType::mac) net.mac = parse_mac(parser);
  if (net.type == EvpnType::auto_discovery || net.type == EvpnType::segment) {
    auto& at = parser.peek();
    auto constant = constant_of(parser, at, parse_primary(parser));
    auto& bytes = constant.value;
    if (!bytes.is(Type::bytes) || bytes.size != net.segment.size())
      parser.fail(at, fmt::format("expected the 10 bytes of a segment, found {}", describe(at)));
    std::copy(bytes.bytes().begin(), bytes.bytes().end(), net.segment.begin());
  }
  bool open = net.type == EvpnType::mac && parser.accept("*");
  if (!open && net.type != EvpnType::auto_discovery) net.address = parse_address(parser);
  return constant_at(word, filter::Value::net(NetKind::evpn, {}, filter::evpn_bytes(net)));
}

}  // namespace

bool rd_begins(const Parser& parser) { return glued_number(parser, 1); }

ExpressionPtr parse_rd_or_vpn_net(Parser& parser) {
  auto& first = parser.peek();
  auto rd = parse_rd(parser);
  if (!plain_prefix_begins(parser)) return constant_at(first, filter::Value::number(Type::rd, rd));
  auto net = plain_prefix(parser);
  std::array<std::uint8_t, 8> beside{};
  for (unsigned i = 0; i < beside.size(); ++i) beside[i] = static_cast<std::uint8_t>(rd >> (56 - 8 * i));
  return constant_at(
      first, filter::Value::net(net.family == proto::Family::ipv4 ? NetKind::vpn4 : NetKind::vpn6, net, beside));
}

std::optional<proto::Prefix> accept_plain_net(Parser& parser) {
  auto& address = parser.peek();
  if (!plain_prefix_begins(parser) || parser.peek(3).kind != TokenKind::punctuation) return std::nullopt;
  check_family(parser, address);
  parser.next();
  parser.next();
  return prefix_at(parser, address, parser.next());
}

ExpressionPtr parse_ip_or_net(Parser& parser) {
  bool bird2 = parser.dialect == filter::Dialect::bird2;
  if (rd_begins(parser) && parser.peek().address().is_v4() && bird2) return parse_rd_or_vpn_net(parser);
  auto& address = parser.next();
  check_family(parser, address);
  if (!parser.accept("/")) return constant_at(address, filter::Value::ip(address.address()));
  auto net = prefix_at(parser, address, parser.next());
  if (parser.accept("max")) return parse_roa(parser, address, net);
  if (bird2 && parser.accept("from")) return parse_sadr(parser, address, net);
  return constant_at(address, filter::Value::prefix(net));
}

bool worded_net_begins(const Parser& parser) {
  auto &token = parser.peek(), &next = parser.peek(1);
  if (token.kind != TokenKind::word || parser.dialect == filter::Dialect::bird1) return false;
  return ((token.is("flow4") || token.is("flow6")) && next.is("{")) ||
         ((token.is("aspa") || token.is("mpls")) && next.kind == TokenKind::number) ||
         (token.is("eth") && next.is_mac()) || (token.is("neighbor") && next.kind == TokenKind::ip) ||
         (token.is("evpn") && evpn_type(next));
}

ExpressionPtr parse_worded_net(Parser& parser) {
  auto& word = parser.next();
  if (word.is("aspa")) return constant_at(word, filter::Value::numbered_net(NetKind::aspa, parser.next().number));
  if (word.is("mpls")) {
    constexpr std::uint32_t last_label = 0xfffff;  // RFC 3032
    auto label = parse_number(parser, "an MPLS label", 0, last_label);
    return constant_at(word, filter::Value::numbered_net(NetKind::mpls, label));
  }
  if (word.is("eth")) return parse_ethernet_net(parser, word);
  if (word.is("neighbor")) return parse_neighbor_net(parser, word);
  if (word.is("evpn")) return parse_evpn_net(parser, word);
  auto family = word.is("flow4") ? proto::Family::ipv4 : proto::Family::ipv6;
  auto flow = FlowReader(parser, family).read();
  constexpr std::size_t longest = 0xfff;  // RFC 8955 section 4.1
  if (flow.size() > longest) parser.fail(word, "the flow specification is longer than 4095 bytes");
  auto destination = filter::flow_prefix(family, flow, FlowComponent::destination);
  return constant_at(word, filter::Value::net(word.is("flow4") ? NetKind::flow4 : NetKind::flow6, destination, flow));
}

std::uint64_t mac_of(const Token& token) {
  std::uint64_t mac = 0;
  for (char c : token.text)
    if (c != ':') mac = mac << 4 | static_cast<unsigned>(c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10);
  return mac;
}

}  // namespace avocet::config
