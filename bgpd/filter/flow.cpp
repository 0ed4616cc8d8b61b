#include "bgpd/filter/flow.hpp"

#include <array>
#include <bit>

#include <fmt/format.h>

namespace avocet::filter {
namespace {

using proto::Bytes;
using proto::Family;
using namespace flow_operator;

constexpr std::uint8_t last_one = 0x80;  // an operator's bit, as are the two that give the length of its value
constexpr unsigned length_shift = 4;

bool is_prefix(FlowComponent component) { return component <= FlowComponent::source; }
bool is_mask(FlowComponent component) {
  return component == FlowComponent::tcp_flags || component == FlowComponent::fragment;
}

std::uint32_t largest(FlowComponent component) {
  switch (component) {
    case FlowComponent::protocol:
    case FlowComponent::icmp_type:
    case FlowComponent::icmp_code: return 0xff;
    case FlowComponent::dscp: return 0x3f;
    case FlowComponent::label: return 0xffffffff;
    default: return 0xffff;
  }
}

std::size_t bytes_of(unsigned bits) { return (bits + 7) / 8; }

std::array<std::uint8_t, 16> address_bytes(const proto::Address& address, Family family) {
  std::array<std::uint8_t, 16> bytes{};
  if (family == Family::ipv4) {
    for (unsigned i = 0; i < 4; ++i) bytes[i] = static_cast<std::uint8_t>(address.v4_bits() >> (24 - 8 * i));
    return bytes;
  }
  for (unsigned i = 0; i < 8; ++i) {
    bytes[i] = static_cast<std::uint8_t>(address.high >> (56 - 8 * i));
    bytes[i + 8] = static_cast<std::uint8_t>(address.low >> (56 - 8 * i));
  }
  return bytes;
}

/// Calls visit(bit) with the places of the bits that are set.
template <class Visit>
void for_bits(Bytes bytes, Visit visit) {
  for (std::size_t i = 0; i < bytes.size() * 8; ++i)
    if (bytes[i / 8] >> (7 - i % 8) & 1) visit(i);
}

/// Walks over components; what was built here is whole, so that nothing needs to be checked.
class Walk {
 public:
  Walk(Bytes flow, Family family) : rest_(flow), family_(family) {}
  bool at_end() const { return rest_.empty(); }
  FlowComponent component() const { return static_cast<FlowComponent>(rest_[0]); }
  /// Takes a component: its bytes without the kind.
  Bytes take() {
    auto whole = rest_.subspan(1);
    std::size_t size = 0;
    if (!is_prefix(component())) {
      while (!(whole[size] & last_one)) size += 1 + value_bytes(whole[size]);
      size += 1 + value_bytes(whole[size]);
    } else if (family_ == Family::ipv4) {
      size = 1 + bytes_of(whole[0]);
    } else {
      size = 2 + bytes_of(whole[0] - whole[1]);
    }
    rest_ = rest_.subspan(1 + size);
    return whole.first(size);
  }
  static std::size_t value_bytes(std::uint8_t operators) { return std::size_t{1} << (operators >> length_shift & 3); }

 private:
  Bytes rest_;
  Family family_;
};

unsigned offset_of(Bytes component, Family family) { return family == Family::ipv4 ? 0 : component[1]; }

proto::Prefix read_prefix(Bytes component, Family family) {
  unsigned length = component[0], offset = offset_of(component, family);
  proto::Address address = family == Family::ipv4 ? proto::Address::v4(0) : proto::Address();
  auto last = proto::max_length_bits(family) - 1;
  for_bits(component.subspan(family == Family::ipv4 ? 1 : 2), [&](std::size_t bit) {
    auto place = last - (bit + offset);
    (place < 64 ? address.low : address.high) |= std::uint64_t{1} << (place % 64);
  });
  return family == Family::ipv4 ? proto::Prefix::make(address, length) : proto::Prefix::v6(address, length);
}

/// `operator value` after each other; empty behind the last one.
struct Term {
  std::uint8_t operators = 0;
  std::uint32_t value = 0;
};
std::vector<Term> terms_of(Bytes component) {
  std::vector<Term> terms;
  while (!component.empty()) {
    Term term{component[0], 0};
    auto size = Walk::value_bytes(component[0]);
    for (std::size_t i = 1; i <= size; ++i) term.value = term.value << 8 | component[i];
    component = component.subspan(1 + size);
    terms.push_back(term);
  }
  return terms;
}

std::uint8_t relation(const Term& term) { return term.operators & (less | greater | equal); }

std::string number_terms(const std::vector<Term>& terms) {
  constexpr const char* words[] = {"true ", "", "> ", ">= ", "< ", "<= ", "!= ", "false "};
  constexpr std::uint8_t at_least = greater | equal, at_most = less | equal;
  std::string text;
  for (std::size_t i = 0; i < terms.size(); ++i) {
    auto& term = terms[i];
    bool joined = term.operators & and_;
    if (i > 0) {
      // Values and ranges in a row are a list, as in the language.
      auto before = relation(terms[i - 1]);
      bool list =
          !joined && (relation(term) == equal || relation(term) == at_least) && (before == equal || before == at_most);
      text += list ? "," : joined ? " && " : " || ";
    }
    bool range = !joined && relation(term) == at_least && i + 1 < terms.size() && (terms[i + 1].operators & and_) &&
                 relation(terms[i + 1]) == at_most;
    if (range)
      text += fmt::format("{}..{}", term.value, terms[++i].value);
    else
      text += fmt::format("{}{}", words[relation(term)], term.value);
  }
  return text;
}

const char* fragment_word(std::uint32_t bits) {
  switch (bits) {
    case 1: return "dont_fragment";
    case 2: return "is_fragment";
    case 4: return "first_fragment";
    case 8: return "last_fragment";
    default: return nullptr;
  }
}

std::string mask_terms(const std::vector<Term>& terms, bool fragment) {
  std::string text;
  for (auto& term : terms) {
    if (!text.empty()) text += term.operators & and_ ? " && " : " || ";
    bool matches = term.operators & match, negated = term.operators & not_;
    if (matches == negated) text += '!';
    auto word = fragment ? fragment_word(term.value) : nullptr;
    if (word)
      text += fmt::format("{}{}", matches ? "" : "!", word);
    else
      text += fmt::format("{:#x}/{:#x}", matches ? term.value : 0, term.value);
  }
  return text;
}

}  // namespace

const char* flow_words(FlowComponent component, Family family) {
  switch (component) {
    case FlowComponent::destination: return "dst";
    case FlowComponent::source: return "src";
    case FlowComponent::protocol: return family == Family::ipv4 ? "proto" : "next header";
    case FlowComponent::port: return "port";
    case FlowComponent::destination_port: return "dport";
    case FlowComponent::source_port: return "sport";
    case FlowComponent::icmp_type: return "icmp type";
    case FlowComponent::icmp_code: return "icmp code";
    case FlowComponent::tcp_flags: return "tcp flags";
    case FlowComponent::packet_length: return "length";
    case FlowComponent::dscp: return "dscp";
    case FlowComponent::fragment: return "fragment";
    case FlowComponent::label: return "label";
  }
  return "";
}

const char* FlowBuilder::begin(FlowComponent component) {
  bool known = components_.contains(component);
  if (component == FlowComponent::label && family_ == Family::ipv4) return "only IPv6 has a flow label";
  if (known && (component != current_ || is_prefix(component))) return "this component stands twice";
  current_ = component;
  return nullptr;
}

void FlowBuilder::add_prefix(const proto::Prefix& net, unsigned offset) {
  auto& out = components_[current_];
  out.push_back(net.length);
  if (family_ == Family::ipv6) out.push_back(static_cast<std::uint8_t>(offset));
  auto bytes = address_bytes(net.address, family_);
  std::vector<std::uint8_t> pattern(bytes_of(net.length - offset));
  for_bits(bytes, [&](std::size_t bit) {
    if (bit >= offset && bit < net.length)
      pattern[(bit - offset) / 8] |= static_cast<std::uint8_t>(0x80 >> (bit - offset) % 8);
  });
  out.insert(out.end(), pattern.begin(), pattern.end());
}

void FlowBuilder::put(std::uint8_t operators, std::uint32_t value) {
  auto& out = components_[current_];
  if (!out.empty()) out[last_operator_] &= static_cast<std::uint8_t>(~last_one);
  last_operator_ = out.size();
  // RFC 8956 section 3.7 wants labels in four octets.
  unsigned size = value > 0xffff || current_ == FlowComponent::label ? 4 : value > 0xff ? 2 : 1;
  out.push_back(static_cast<std::uint8_t>(operators | last_one | std::countr_zero(size) << length_shift));
  while (size-- > 0) out.push_back(static_cast<std::uint8_t>(value >> 8 * size));
}

const char* FlowBuilder::add_number(std::uint8_t operators, std::uint32_t value) {
  if (value > largest(current_)) return "this number is too large for its component";
  put(operators, value);
  return nullptr;
}

const char* FlowBuilder::add_mask(std::uint8_t operators, bool negated, std::uint32_t value, std::uint32_t mask) {
  // RFC 8955 section 4.2.2.12: the first bit, "don't fragment", is IPv4's.
  std::uint32_t known = current_ == FlowComponent::tcp_flags ? 0xfff : family_ == Family::ipv4 ? 0xf : 0xe;
  if (mask & ~known)
    return current_ == FlowComponent::tcp_flags ? "a mask of TCP flags is at most 0xfff"
                                                : "this kind of fragment does not exist in IPv6";
  if (value & ~mask) return "the value has bits outside of its mask";
  if (negated && value != 0 && value != mask) return "negated, the value must be 0 or the mask itself";
  auto joined = static_cast<std::uint8_t>(operators & and_);
  std::uint8_t inverse = negated ? not_ : 0;
  if (auto set = value & mask) {
    put(static_cast<std::uint8_t>((joined | inverse) ^ match), set);
    joined = and_;
  }
  if (auto clear = ~value & mask) put(static_cast<std::uint8_t>((joined | inverse) ^ not_), clear);
  return nullptr;
}

std::vector<std::uint8_t> FlowBuilder::bytes() const {
  std::vector<std::uint8_t> out;
  for (auto& [component, content] : components_) {
    if (content.empty()) continue;
    out.push_back(static_cast<std::uint8_t>(component));
    out.insert(out.end(), content.begin(), content.end());
  }
  return out;
}

proto::Prefix flow_prefix(Family family, Bytes flow, FlowComponent which) {
  for (Walk walk(flow, family); !walk.at_end();) {
    bool wanted = walk.component() == which;
    auto content = walk.take();
    if (wanted) return read_prefix(content, family);
  }
  return family == Family::ipv4 ? proto::Prefix::v4(0, 0) : proto::Prefix::v6({}, 0);
}

std::string flow_text(Family family, Bytes flow) {
  std::string text = family == Family::ipv4 ? "flow4 { " : "flow6 { ";
  for (Walk walk(flow, family); !walk.at_end();) {
    auto component = walk.component();
    auto content = walk.take();
    text += flow_words(component, family);
    text += ' ';
    if (is_prefix(component)) {
      text += read_prefix(content, family).text();
      if (auto offset = offset_of(content, family)) text += fmt::format(" offset {}", offset);
    } else {
      auto terms = terms_of(content);
      text += is_mask(component) ? mask_terms(terms, component == FlowComponent::fragment) : number_terms(terms);
    }
    text += "; ";
  }
  return text + "}";
}

}  // namespace avocet::filter
