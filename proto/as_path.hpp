#pragma once
/// AS paths over canonical AS_PATH bytes (4-octet numbers): what the decision process, filters and printers ask of them.
/// RFC 4271 section 4.3 (b), RFC 5065 (confederations), RFC 6793 (2-octet peers).
#include <cstdint>
#include <string>
#include <vector>

#include "proto/attributes.hpp"

namespace avocet::proto {

enum class SegmentType : std::uint8_t { set = 1, sequence = 2, confederation_sequence = 3, confederation_set = 4 };

/// Stands for an AS number that does not fit two octets (RFC 6793 section 9).
constexpr std::uint32_t as_trans = 23456;

/// The numbers of one segment.
class AsNumbers {
 public:
  explicit AsNumbers(Bytes bytes) : bytes_(bytes) {}
  std::size_t size() const { return bytes_.size() / 4; }
  std::uint32_t operator[](std::size_t i) const {
    return static_cast<std::uint32_t>(bytes_[4 * i]) << 24 | static_cast<std::uint32_t>(bytes_[4 * i + 1]) << 16 |
           static_cast<std::uint32_t>(bytes_[4 * i + 2]) << 8 | bytes_[4 * i + 3];
  }

 private:
  Bytes bytes_;
};

/// Calls visit(SegmentType, AsNumbers) for each segment, first to last. The path must be well formed (the decoder saw to it).
template <class Visit> void for_segments(Bytes path, Visit visit) {
  while (path.size() >= 2) {
    std::size_t bytes = std::size_t{4} * path[1];
    if (path.size() < 2 + bytes) return;
    visit(static_cast<SegmentType>(path[0]), AsNumbers(path.subspan(2, bytes)));
    path = path.subspan(2 + bytes);
  }
}

/// Length for the decision process and `.len`: a set counts one, confederation segments none (RFC 4271 9.1.2.2 a, RFC 5065 5.3).
unsigned as_path_length(Bytes path);
/// The neighbouring AS; 0 if the path is empty or does not begin with a sequence.
std::uint32_t as_path_first(Bytes path);
/// The originating AS; 0 if the path is empty or ends with a set.
std::uint32_t as_path_last(Bytes path);
/// The last AS before any set.
std::uint32_t as_path_last_nonaggregated(Bytes path);
/// How often an AS occurs, sets and confederation segments included (loop detection, RFC 4271 section 9.1.2).
unsigned as_path_count(Bytes path, std::uint32_t asn);
bool as_path_has_sets(Bytes path);

/// Puts one AS in front: into the first segment if it is of this type and has room, else into a new one (RFC 4271 5.1.2).
std::vector<std::uint8_t> as_path_prepended(Bytes path, std::uint32_t asn, SegmentType type = SegmentType::sequence);
void prepend_as(AttributeBlock& block, std::uint32_t asn, SegmentType type = SegmentType::sequence);
/// Without confederation segments, as true external peers must see it (RFC 5065 section 4.1 c).
std::vector<std::uint8_t> as_path_without_confederation(Bytes path);
/// Keeps the numbers for which keep(asn) holds; empty segments vanish.
template <class Keep> std::vector<std::uint8_t> as_path_filtered(Bytes path, Keep keep) {
  std::vector<std::uint8_t> out;
  for_segments(path, [&](SegmentType type, AsNumbers numbers) {
    auto head = out.size();
    out.push_back(static_cast<std::uint8_t>(type));
    out.push_back(0);
    for (std::size_t i = 0; i < numbers.size(); ++i)
      if (keep(numbers[i])) {
        for (int shift = 24; shift >= 0; shift -= 8) out.push_back(static_cast<std::uint8_t>(numbers[i] >> shift));
        ++out[head + 1];
      }
    if (!out[head + 1]) out.resize(head);
  });
  return out;
}

/// "65001 65055", "1 {2 3}", "(65010) 1": BIRD's form.
std::string as_path_text(Bytes path);

/// The path of a peer that knows only two octets, completed by its AS4_PATH (RFC 6793 section 4.2.3).
std::vector<std::uint8_t> merge_as4_path(Bytes path, Bytes as4_path);
/// Two-octet form for such a peer; `lossy` tells that AS_TRANS stands in and AS4_PATH must be sent.
std::vector<std::uint8_t> as_path_two_octet(Bytes path, bool& lossy);

}  // namespace avocet::proto
