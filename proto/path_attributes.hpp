#pragma once
/// Path attributes as they stand in UPDATEs and in dumps, RFC 4271 section 4.3.
#include <vector>

#include "proto/attributes.hpp"
#include "proto/writer.hpp"

namespace avocet::proto {

/// One attribute: flags, type, a length of one or two octets as it needs, value.
void put_attribute(Writer& writer, std::uint8_t flags, unsigned code, Bytes value);

/// Appends all BGP attributes of a canonical set; without NEXT_HOP where MP_REACH_NLRI shall hold it. Without `as4` AS
/// numbers have two octets, RFC 6793 section 4.2.2.
void put_attributes(AttributeView attributes, bool as4, bool with_next_hop, std::vector<std::uint8_t>& out);

}  // namespace avocet::proto
