#pragma once
/// A route as a running filter reads and changes it: the input stays as it is, the first change copies.
#include "bgpd/filter/arena.hpp"
#include "bgpd/filter/attribute.hpp"
#include "bgpd/filter/program.hpp"

namespace avocet::filter {

class RouteAccess {
 public:
  RouteAccess(const RouteFacts& route, proto::AttributeView attributes, const Snapshot& snapshot, Edits& edits,
              Arena& arena, Dialect dialect)
      : route_(route), input_(attributes), snapshot_(snapshot), edits_(edits), arena_(arena), dialect_(dialect) {}

  /// The value, undefined if the route has none.
  Value read(const Attribute& attribute) const;
  /// Null, or why the attribute cannot have this value.
  const char* write(const Attribute& attribute, const Value& value);
  void erase(const Attribute& attribute);
  int roa_check(std::string_view table, const proto::Prefix& net, std::uint32_t asn) const {
    return snapshot_.roa_check(table, net, asn);
  }
  int aspa_check(std::string_view table, proto::Bytes path, bool upstream) const {
    return snapshot_.aspa_check(table, path, upstream);
  }
  const proto::Prefix& net() const { return route_.net; }
  bool has_path() const { return current().has(proto::AttributeCode::as_path); }
  std::uint32_t origin_as() const;

 private:
  proto::AttributeView current() const { return edits_.changed ? edits_.attributes.view() : input_; }
  proto::AttributeBlock& changing();
  Value read_present(const Attribute& attribute, proto::Bytes bytes) const;
  Value absent(const Attribute& attribute) const;
  Value address_value(proto::Address address) const;

  proto::DestinationKind kind() const { return redirected_ ? destination_.kind : route_.destination; }
  std::span<const proto::NextHop> hops() const { return redirected_ ? destination_.hops : route_.hops; }
  Value destination_value() const;
  const char* redirect(proto::DestinationKind kind, std::vector<proto::NextHop> hops);
  const char* write_destination(const Value& value);
  const char* write_gateway(const Value& value);
  const char* write_interface(const Value& value);
  const char* write_hop(const Attribute& attribute, const Value& value);
  const char* write_entry(const Attribute& attribute, const Value& value);

  const RouteFacts& route_;
  proto::AttributeView input_;
  const Snapshot& snapshot_;
  Edits& edits_;
  Arena& arena_;
  Dialect dialect_;
  bool redirected_ = false;
  proto::Destination destination_;                ///< if redirected
  mutable const Attribute* last_read_ = nullptr;  ///< since the last change: a filter may ask the same a hundred times
  mutable Value last_value_;
};

}  // namespace avocet::filter
