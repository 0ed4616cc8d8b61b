/// UPDATE messages to values, with every remedy of RFC 7606. What is wrong with one attribute stands in one row or one
/// function below; nothing here knows a session beyond UpdateContext.
#include <algorithm>
#include <array>
#include <bitset>

#include "proto/aigp.hpp"
#include "proto/as_path.hpp"
#include "proto/message.hpp"
#include "proto/reader.hpp"

namespace avocet::proto {
namespace {

// UPDATE Message Error and its subcodes, RFC 4271 section 6.3.
constexpr std::uint8_t update_error = 3;
enum Subcode : std::uint8_t {
  malformed_list = 1, unrecognized_well_known = 2, missing_well_known = 3, flags_error = 4, length_error = 5,
  invalid_origin = 6, invalid_next_hop = 8, optional_error = 9, malformed_as_path = 11,
};
constexpr std::uint8_t unicast = 1;

DecodeError error(Remedy remedy, Subcode subcode, std::size_t offset, const char* what) {
  return {remedy, update_error, subcode, static_cast<std::uint16_t>(offset), what};
}
tl::unexpected<DecodeError> reset(Subcode subcode, std::size_t offset, const char* what) {
  return tl::make_unexpected(error(Remedy::session_reset, subcode, offset, what));
}

/// What may be said against the value of an attribute.
struct Complaint {
  Remedy remedy;
  Subcode subcode;
  const char* what;
};
using Verdict = std::optional<Complaint>;

constexpr Complaint withdraw(Subcode subcode, const char* what) { return {Remedy::treat_as_withdraw, subcode, what}; }
constexpr Complaint discard(const char* what) { return {Remedy::attribute_discard, optional_error, what}; }

/// A list of whole elements, at least one (RFC 7606 sections 7.8, 7.10, 7.14; RFC 8092 section 5).
Verdict check_list(Bytes value, std::size_t element, const char* what) {
  if (value.empty() || value.size() % element) return withdraw(length_error, what);
  return std::nullopt;
}

bool all_zero(Bytes bytes) {
  return std::all_of(bytes.begin(), bytes.end(), [](auto byte) { return byte == 0; });
}

/// Section 7.2, RFC 5065 section 5, RFC 7607: segments must add up, be known, not be empty, and hold no AS 0.
Verdict check_as_path(Bytes value, bool four_octets, const UpdateContext& context) {
  std::size_t width = four_octets ? 4 : 2;
  Reader reader(value);
  while (reader.left()) {
    auto type = reader.u8();
    auto count = reader.u8();
    auto numbers = reader.bytes(count * width);
    if (!reader.ok()) return withdraw(malformed_as_path, "AS_PATH segment runs past the end of the attribute");
    if (type < 1 || type > 4) return withdraw(malformed_as_path, "AS_PATH segment type is unknown");
    if (count == 0) return withdraw(malformed_as_path, "AS_PATH segment is empty");
    if (type > 2 && !context.confederation_member)
      return withdraw(malformed_as_path, "AS_PATH has a confederation segment from outside a confederation");
    if ((type == 1 || type == 4) && !context.allow_as_sets)
      return withdraw(malformed_as_path, "AS_PATH has a set, which is not allowed here (RFC 9774)");
    // RFC 7607 is for the border: what an internal peer let in (real tables do hold AS 0) stays equal inside the AS.
    for (std::size_t i = 0; context.external && i < count; ++i) {
      if (all_zero(numbers.subspan(i * width, width))) return withdraw(malformed_as_path, "AS_PATH contains AS 0");
    }
  }
  return std::nullopt;
}

const UpdateContext within_confederation = [] {
  UpdateContext context;
  context.confederation_member = true;
  return context;
}();

bool usable_next_hop(const Address& address, const UpdateContext& context) {
  return !address.is_unspecified() && !address.is_multicast() && (context.loopback_peer || !address.is_loopback()) &&
         address != Address::v4(0xffffffff);
}

/// One attribute's value, for codes that need no more than a look. Attributes that only internal peers may send are
/// discarded from external ones (sections 7.5, 7.9, 7.10).
Verdict check_value(AttributeCode code, Bytes value, const UpdateContext& context) {
  switch (code) {
    case AttributeCode::origin:
      if (value.size() != 1) return withdraw(length_error, "ORIGIN is not one byte long");
      if (value[0] > 2) return withdraw(invalid_origin, "ORIGIN is not 0, 1 or 2");
      return std::nullopt;
    case AttributeCode::as_path: return check_as_path(value, context.as4, context);
    case AttributeCode::next_hop:
      if (value.size() != 4) return withdraw(length_error, "NEXT_HOP is not four bytes long");
      if (!usable_next_hop(Address::from_bytes(value), context)) return withdraw(invalid_next_hop, "NEXT_HOP is no host's address");
      return std::nullopt;
    case AttributeCode::med:
      if (value.size() != 4) return withdraw(length_error, "MULTI_EXIT_DISC is not four bytes long");
      return std::nullopt;
    case AttributeCode::local_pref:
      if (context.external && !context.allow_local_pref) return discard("LOCAL_PREF from an external peer");
      if (value.size() != 4) return withdraw(length_error, "LOCAL_PREF is not four bytes long");
      return std::nullopt;
    case AttributeCode::atomic_aggregate:
      if (!value.empty()) return discard("ATOMIC_AGGREGATE has a value");
      return std::nullopt;
    case AttributeCode::aggregator:
      if (value.size() != (context.as4 ? 8u : 6u)) return discard("AGGREGATOR has a wrong length");
      // RFC 7607, at the border as for AS_PATH.
      if (context.external && all_zero(value.first(value.size() - 4))) return discard("AGGREGATOR has AS 0");
      return std::nullopt;
    case AttributeCode::communities: return check_list(value, 4, "COMMUNITIES is not a list of four-byte values");
    case AttributeCode::originator_id:
      if (context.external) return discard("ORIGINATOR_ID from an external peer");
      if (value.size() != 4) return withdraw(length_error, "ORIGINATOR_ID is not four bytes long");
      return std::nullopt;
    case AttributeCode::cluster_list:
      if (context.external) return discard("CLUSTER_LIST from an external peer");
      return check_list(value, 4, "CLUSTER_LIST is not a list of four-byte values");
    case AttributeCode::extended_communities:
      return check_list(value, 8, "EXTENDED COMMUNITIES is not a list of eight-byte values");
    case AttributeCode::large_communities: return check_list(value, 12, "LARGE_COMMUNITY is not a list of twelve-byte values");
    case AttributeCode::only_to_customer:
      if (value.size() != 4) return withdraw(length_error, "OTC is not four bytes long");
      if (AsNumbers(value)[0] == 0) return withdraw(optional_error, "OTC is AS 0");  // RFC 7607
      return std::nullopt;
    case AttributeCode::as4_path:
      if (context.as4) return discard("AS4_PATH from a peer with four-octet AS numbers");
      // Confederation segments in it are left out when the paths are merged (RFC 6793 section 6).
      if (check_as_path(value, true, within_confederation)) return discard("AS4_PATH is malformed");
      return std::nullopt;
    case AttributeCode::as4_aggregator:
      if (context.as4) return discard("AS4_AGGREGATOR from a peer with four-octet AS numbers");
      if (value.size() != 8) return discard("AS4_AGGREGATOR is not eight bytes long");
      if (all_zero(value.first(4))) return discard("AS4_AGGREGATOR has AS 0");
      return std::nullopt;
    case AttributeCode::aigp:
      if (auto* fault = aigp_fault(value)) return discard(fault);
      return std::nullopt;
    default: return std::nullopt;
  }
}

bool known(unsigned code) {
  if (code == code_of(AttributeCode::pmsi_tunnel)) return false;  // not interpreted
  return canonical_flags(static_cast<AttributeCode>(code)) != 0;
}

/// Section 3 (c): optional and transitive bits of a known attribute must be the specified ones, and Partial is only for optional
/// transitive ones (RFC 4271 section 4.3). An attribute whose remedy for everything is to be discarded is discarded here too.
Verdict check_flags(AttributeCode code, std::uint8_t flags) {
  constexpr std::uint8_t kind = flag::optional | flag::transitive;
  auto canonical = static_cast<std::uint8_t>(canonical_flags(code) & kind);
  bool fits = (flags & kind) == canonical && (!(flags & flag::partial) || canonical == kind);
  if (fits) return std::nullopt;
  if (code == AttributeCode::atomic_aggregate || code == AttributeCode::aggregator || code == AttributeCode::aigp)
    return discard("attribute flags do not fit the attribute");
  return withdraw(flags_error, "attribute flags do not fit the attribute");
}

/// Collects the parts of one message while its attributes are walked.
class Decoder {
 public:
  Decoder(const UpdateContext& context, Update& out) : context_(context), out_(out) {}

  Decoded<void> run(Bytes body);

 private:
  Decoded<void> walk(Bytes attributes, std::size_t base);
  Decoded<void> attribute(std::uint8_t flags, unsigned code, Bytes value, std::size_t offset);
  Decoded<void> mp_reach(Bytes value, std::size_t offset);
  Decoded<void> mp_unreach(Bytes value, std::size_t offset);
  void tolerate(const Complaint& complaint, std::size_t offset) {
    out_.tolerated.push_back(error(complaint.remedy, complaint.subcode, offset, complaint.what));
    withdraw_ |= complaint.remedy == Remedy::treat_as_withdraw;
  }
  void store(AttributeCode code, std::uint8_t flags, Bytes value);
  void settle_as4();
  void require(bool there, const char* what) {
    if (!there) tolerate(withdraw(missing_well_known, what), 0);
  }
  bool active(Family family) const { return context_.families.of(family).active; }
  bool add_path(Family family) const { return context_.families.of(family).add_path_receive; }

  const UpdateContext& context_;
  Update& out_;
  bool withdraw_ = false;
  bool any_attribute_ = false;
  std::bitset<256> seen_;
  Bytes as4_path_, as4_aggregator_;
  std::array<std::uint8_t, 32> mp_next_hop_{};
  std::size_t mp_next_hop_size_ = 0;
  bool mp_reach_here_ = false;
  bool reachable_ = false;  // some NLRI was announced, be it of a family that is not spoken here
  std::optional<Family> mp_unreach_family_;
};

void Decoder::store(AttributeCode code, std::uint8_t flags, Bytes value) {
  auto partial = static_cast<std::uint8_t>(flags & flag::partial);
  auto canonical = canonical_flags(code);
  if (canonical & flag::transitive && canonical & flag::optional) canonical |= partial;
  if (code == AttributeCode::as_path && !context_.as4) {
    std::vector<std::uint8_t> wide;
    for (Reader reader(value); reader.left();) {
      wide.push_back(reader.u8());
      auto count = reader.u8();
      wide.push_back(count);
      for (unsigned i = 0; i < count; ++i) {
        wide.insert(wide.end(), 2, 0);
        wide.push_back(reader.u8());
        wide.push_back(reader.u8());
      }
    }
    return out_.attributes.set(code, canonical, wide);
  }
  if (code == AttributeCode::aggregator && !context_.as4) {
    std::array<std::uint8_t, 8> wide{};
    std::copy(value.begin(), value.end(), wide.begin() + 2);
    return out_.attributes.set(code, canonical, wide);
  }
  out_.attributes.set(code, canonical, value);
}

Decoded<void> Decoder::attribute(std::uint8_t flags, unsigned code, Bytes value, std::size_t offset) {
  bool repeated = seen_[code];
  seen_[code] = true;
  auto known_code = static_cast<AttributeCode>(code);
  bool multiprotocol = known_code == AttributeCode::mp_reach || known_code == AttributeCode::mp_unreach;
  if (repeated) {
    // Section 3 (g): the first one counts, except that the multiprotocol attributes must not be repeated at all.
    if (multiprotocol) return reset(malformed_list, offset, "MP_REACH_NLRI or MP_UNREACH_NLRI occurs twice");
    tolerate(discard("attribute occurs twice; the first one counts"), offset);
    return {};
  }
  if (code == 0) {
    tolerate(discard("attribute type 0 is reserved"), offset);
    return {};
  }
  if (!known(code)) {
    if (!(flags & flag::optional)) return reset(unrecognized_well_known, offset, "a well-known attribute is not known here");
    // RFC 4271 section 9: transitive ones pass through with the Partial bit, others end here.
    if (flags & flag::transitive)
      out_.attributes.set(known_code, flag::optional | flag::transitive | flag::partial, value);
    return {};
  }
  if (multiprotocol) {
    if (auto complaint = check_flags(known_code, flags)) tolerate(*complaint, offset);
    return known_code == AttributeCode::mp_reach ? mp_reach(value, offset) : mp_unreach(value, offset);
  }
  auto complaint = check_flags(known_code, flags);
  if (!complaint) complaint = check_value(known_code, value, context_);
  if (complaint) {
    tolerate(*complaint, offset);
    return {};
  }
  if (known_code == AttributeCode::as4_path)
    as4_path_ = value;
  else if (known_code == AttributeCode::as4_aggregator)
    as4_aggregator_ = value;
  else
    store(known_code, flags, value);
  return {};
}

/// RFC 4760 section 3 and RFC 7606 section 7.11: what cannot be parsed resets, since the NLRI cannot be found; a next hop that
/// is only unusable withdraws.
Decoded<void> Decoder::mp_reach(Bytes value, std::size_t offset) {
  Reader reader(value);
  auto afi = reader.u16();
  auto safi = reader.u8();
  auto next_hop = reader.bytes(reader.u8());
  reader.u8();  // reserved; once a count of SNPAs
  if (!reader.ok()) return reset(optional_error, offset, "MP_REACH_NLRI ends too early");
  reachable_ = reader.left() != 0;
  if ((afi != 1 && afi != 2) || safi != unicast || !active(static_cast<Family>(afi))) {
    tolerate(discard("MP_REACH_NLRI of a family that was not negotiated"), offset);
    return {};
  }
  auto family = static_cast<Family>(afi);
  auto size = next_hop.size();
  bool ipv6_hop = size == 16 || size == 32;
  bool fits = family == Family::ipv6 ? ipv6_hop : size == 4 || (ipv6_hop && context_.families.ipv4.extended_next_hop);
  if (!fits) return reset(optional_error, offset, "MP_REACH_NLRI has a next hop of a wrong length");
  auto first_nlri = out_.announced.size();
  AVOCET_TRY_VOID(decode_nlri(reader.rest(), family, add_path(family), out_.announced));
  if (out_.announced.size() == first_nlri) return {};
  auto address = Address::from_bytes(next_hop.first(std::min<std::size_t>(size, 16)));
  if (!usable_next_hop(address, context_)) {
    // A sender without a global address may put its link-local one alone, or zeroes in front of it (RFC 2545).
    bool only_link_local = size == 32 && Address::from_bytes(next_hop.subspan(16)).is_link_local();
    if (!only_link_local) tolerate(withdraw(invalid_next_hop, "MP_REACH_NLRI has a next hop that is no host's address"), offset);
  }
  std::copy(next_hop.begin(), next_hop.end(), mp_next_hop_.begin());
  mp_next_hop_size_ = size;
  mp_reach_here_ = true;
  return {};
}

Decoded<void> Decoder::mp_unreach(Bytes value, std::size_t offset) {
  Reader reader(value);
  auto afi = reader.u16();
  auto safi = reader.u8();
  if (!reader.ok()) return reset(optional_error, offset, "MP_UNREACH_NLRI ends too early");
  if ((afi != 1 && afi != 2) || safi != unicast || !active(static_cast<Family>(afi))) {
    tolerate(discard("MP_UNREACH_NLRI of a family that was not negotiated"), offset);
    return {};
  }
  mp_unreach_family_ = static_cast<Family>(afi);
  return decode_nlri(reader.rest(), *mp_unreach_family_, add_path(*mp_unreach_family_), out_.withdrawn);
}

Decoded<void> Decoder::walk(Bytes attributes, std::size_t base) {
  Reader reader(attributes);
  while (reader.left()) {
    any_attribute_ = true;
    auto offset = base + reader.offset();
    auto flags = reader.u8();
    auto code = reader.u8();
    auto value = reader.bytes(flags & flag::extended_length ? reader.u16() : reader.u8());
    if (!reader.ok()) {
      // Section 4: the total length is relied upon to find the NLRI; what was announced is withdrawn.
      tolerate(withdraw(malformed_list, "attribute runs past the end of the attributes"), offset);
      return {};
    }
    AVOCET_TRY_VOID(attribute(flags, code, value, offset));
  }
  return {};
}

/// RFC 6793 section 4.2.3: completes AS_PATH and AGGREGATOR of a two-octet peer. When both aggregators came and AGGREGATOR
/// holds a real number, a two-octet speaker has aggregated since, and neither of the AS4 attributes describes the route.
void Decoder::settle_as4() {
  if (context_.as4) return;
  auto aggregator = out_.attributes.view().find(AttributeCode::aggregator);
  bool stale = aggregator && AsNumbers(aggregator->value.first(4))[0] != as_trans;
  if (stale && !as4_aggregator_.empty()) return;
  if (aggregator && !as4_aggregator_.empty()) {
    auto flags = aggregator->flags;
    out_.attributes.set(AttributeCode::aggregator, flags, as4_aggregator_);
  }
  if (!as4_path_.empty())
    out_.attributes.set(AttributeCode::as_path, merge_as4_path(out_.attributes.view().value(AttributeCode::as_path), as4_path_));
}

Decoded<void> Decoder::run(Bytes body) {
  Reader reader(body);
  auto withdrawn = reader.bytes(reader.u16());
  auto attributes = reader.bytes(reader.u16());
  if (!reader.ok()) return reset(malformed_list, 0, "withdrawn routes and attributes do not fit into the UPDATE");
  auto attributes_at = 2 + withdrawn.size() + 2;
  auto nlri = reader.rest();
  AVOCET_TRY_VOID(decode_nlri(withdrawn, Family::ipv4, add_path(Family::ipv4), out_.withdrawn));
  AVOCET_TRY_VOID(walk(attributes, attributes_at));
  auto multiprotocol_count = out_.announced.size();
  AVOCET_TRY_VOID(decode_nlri(nlri, Family::ipv4, add_path(Family::ipv4), out_.announced));
  bool classic = out_.announced.size() > multiprotocol_count;
  // Section 5.2: without reachable NLRI nobody can be sure that none was lost in the damage, so nothing less will do.
  if (withdraw_ && !classic && !reachable_) {
    auto cause = std::find_if(out_.tolerated.begin(), out_.tolerated.end(),
                              [](const DecodeError& one) { return one.remedy == Remedy::treat_as_withdraw; });
    return reset(malformed_list, cause->offset, "an attribute is malformed and no route is announced");
  }

  if (out_.announced.empty()) {
    // Nothing announced: an End-of-RIB marker is an UPDATE with nothing at all, or with an empty MP_UNREACH_NLRI alone.
    if (out_.withdrawn.empty() && !any_attribute_) out_.end_of_rib_ipv4 = true;
    if (out_.withdrawn.empty() && mp_unreach_family_ && seen_.count() == 1)
      (*mp_unreach_family_ == Family::ipv4 ? out_.end_of_rib_ipv4 : out_.end_of_rib_ipv6) = true;
    out_.attributes.clear();
    out_.treated_as_withdraw = withdraw_;
    return {};
  }
  auto view = out_.attributes.view();
  require(seen_[code_of(AttributeCode::origin)], "ORIGIN is missing");
  require(seen_[code_of(AttributeCode::as_path)], "AS_PATH is missing");
  if (classic) require(view.has(AttributeCode::next_hop) || withdraw_, "NEXT_HOP is missing");
  if (withdraw_) {
    out_.withdrawn.insert(out_.withdrawn.end(), out_.announced.begin(), out_.announced.end());
    out_.announced.clear();
    out_.attributes.clear();
    out_.treated_as_withdraw = true;
    return {};
  }
  settle_as4();
  if (mp_reach_here_) {
    if (classic) out_.classic_next_hop = out_.attributes.view().address(AttributeCode::next_hop);
    out_.attributes.set(AttributeCode::next_hop, Bytes(mp_next_hop_).first(mp_next_hop_size_));
  } else if (!classic) {
    out_.attributes.erase(AttributeCode::next_hop);
  }
  return {};
}

}  // namespace

void Update::clear() {
  attributes.clear();
  announced.clear();
  withdrawn.clear();
  tolerated.clear();
  end_of_rib_ipv4 = end_of_rib_ipv6 = treated_as_withdraw = false;
  classic_next_hop.reset();
}

std::optional<Family> update_family(Bytes body) {
  Reader reader(body);
  auto withdrawn = reader.bytes(reader.u16());
  auto attributes = Reader(reader.bytes(reader.u16()));
  if (!reader.ok()) return std::nullopt;
  bool classic = !withdrawn.empty() || reader.left() > 0 || attributes.left() == 0;  // without anything it is End-of-RIB
  if (classic) return Family::ipv4;
  while (attributes.ok() && attributes.left() > 0) {
    bool long_value = attributes.u8() & flag::extended_length;
    auto code = static_cast<AttributeCode>(attributes.u8());
    Reader value(attributes.bytes(long_value ? attributes.u16() : attributes.u8()));
    if (!attributes.ok() || (code != AttributeCode::mp_reach && code != AttributeCode::mp_unreach)) continue;
    auto afi = value.u16();
    constexpr unsigned unicast = 1;
    if (value.u8() != unicast || (afi != 1 && afi != 2)) return std::nullopt;
    return static_cast<Family>(afi);
  }
  return std::nullopt;
}

Decoded<void> decode_update(Bytes body, const UpdateContext& context, Update& out) {
  out.clear();
  return Decoder(context, out).run(body);
}

}  // namespace avocet::proto
