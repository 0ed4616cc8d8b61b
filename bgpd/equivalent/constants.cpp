#include "bgpd/equivalent/constants.hpp"

#include "bgpd/filter/set.hpp"
#include "proto/as_path.hpp"

namespace avocet::equivalent {
namespace {

using filter::Type;

class Gatherer {
 public:
  explicit Gatherer(Constants& constants) : to_(constants) {}

  void code(const filter::Code& code) {
    if (!seen_.insert(&code).second) return;
    for (auto& constant : code.constants) value(constant.value);
    for (auto& attribute : code.attributes) {
      if (attribute.code) to_.attributes.emplace(attribute.code, attribute);
      to_.facts.insert(attribute.kind);
    }
    for (auto& instruction : code.instructions) {
      if (instruction.op == filter::Op::set) to_.written.insert(code.attributes[instruction.number].code);
      if (instruction.op != filter::Op::roa_check && instruction.op != filter::Op::aspa_check) continue;
      to_.judging_tables.emplace(code.constants[instruction.number].value.text());
      auto& path = *filter::find_attribute("bgp_path", code.dialect);  // looked at without being named
      to_.attributes.emplace(path.code, path);
    }
    for (auto& called : code.calls)
      if (called) this->code(*called);
  }

 private:
  void value(const filter::Value& value) {
    switch (value.type) {
      case Type::prefix: to_.prefixes.push_back(filter::PrefixPattern::exact(value.net())); break;
      case Type::prefix_set:
        for (auto& pattern : value.as_prefix_set().patterns()) to_.prefixes.push_back(pattern);
        break;
      case Type::set: set(value.as_set()); break;
      case Type::mask: mask(value); break;
      case Type::string: to_.strings.emplace(value.text()); break;
      case Type::path:
        proto::for_segments(value.bytes(), [&](proto::SegmentType, proto::AsNumbers path) {
          for (std::size_t i = 0; i < path.size(); ++i) to_.numbers.insert(path[i]);
        });
        break;
      case Type::clist:
        proto::for_communities<proto::Community>(value.bytes(), [&](auto c) { to_.communities.insert(c); });
        break;
      case Type::eclist:
        proto::for_communities<proto::ExtendedCommunity>(value.bytes(), [&](auto c) { to_.extended.insert(c); });
        break;
      case Type::lclist:
        proto::for_communities<proto::LargeCommunity>(value.bytes(), [&](auto c) { to_.large.insert(c); });
        break;
      default: element(value.type, value.tag, value.key);
    }
  }

  void element(Type type, std::uint8_t tag, const filter::Key& key) {
    auto number = static_cast<std::uint32_t>(key.low);
    switch (type) {
      case Type::integer: to_.numbers.insert(number); break;
      case Type::pair: to_.communities.insert({number}); break;
      case Type::quad: to_.addresses.insert(proto::Address::v4(number)); break;
      case Type::ip: to_.addresses.insert({key.high, key.low}); break;
      case Type::ec: to_.extended.insert({key.low}); break;
      case Type::lc:
        to_.large.insert({static_cast<std::uint32_t>(key.high), static_cast<std::uint32_t>(key.low >> 32), number});
        break;
      case Type::enumeration:
        if (tag == filter::enumeration::source) to_.sources.insert(static_cast<std::uint8_t>(number));
        break;
      default: break;
    }
  }

  void set(const filter::Set& set) {
    auto type = set.element();
    for (auto& range : set.ranges()) {
      element(type.type, type.tag, range.low);
      element(type.type, type.tag, range.high);
    }
    for (auto& block : set.blocks())
      for (auto asn : {block.asn_low, block.asn_high})
        for (auto data : {block.data_low, block.data_high}) to_.communities.insert(proto::Community::make(asn, data));
  }

  void mask(const filter::Value& value) {
    auto view = filter::mask_of(value);
    to_.masks.emplace_back(view.begin(), view.end());
    for (auto& item : view) {
      if (item.kind == filter::MaskItem::Kind::range) to_.numbers.insert({item.low, item.high});
      if (item.kind == filter::MaskItem::Kind::set) set(*item.set);
    }
  }

  Constants& to_;
  std::set<const filter::Code*> seen_;
};

}  // namespace

void gather(const filter::Program& program, Constants& constants) {
  if (program.code) Gatherer(constants).code(*program.code);
}

}  // namespace avocet::equivalent
