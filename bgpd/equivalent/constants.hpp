#pragma once
/// What filters are made of: the values they compare with and the attributes they look at or change.
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "bgpd/filter/code.hpp"
#include "bgpd/filter/prefix_set.hpp"
#include "proto/community.hpp"

namespace avocet::equivalent {

/// Sorted, so that what is made of them is the same in every run. Ranges are there by their two ends.
struct Constants {
  std::vector<filter::PrefixPattern> prefixes;
  std::set<std::uint32_t> numbers;
  std::set<proto::Community> communities;
  std::set<proto::ExtendedCommunity> extended;
  std::set<proto::LargeCommunity> large;
  std::set<proto::Address> addresses;
  std::set<std::string> strings;
  std::set<std::uint8_t> sources;                         ///< RTS_*
  std::vector<std::vector<filter::MaskItem>> masks;       ///< borrowing their sets from the programs
  std::map<std::uint16_t, filter::Attribute> attributes;  ///< that stand in a route's attribute block, by code
  std::set<std::uint16_t> written;                        ///< codes of those that are set
  std::set<filter::Attribute::Kind> facts;                ///< other things of a route that are looked at
  std::set<std::string> judging_tables;                   ///< ROA and ASPA tables that are asked

  bool reads(filter::Attribute::Kind fact) const { return facts.contains(fact); }
};

/// Adds what a program and the functions it calls contain.
void gather(const filter::Program& program, Constants& constants);

}  // namespace avocet::equivalent
