#include "proto/as_path.hpp"

#include <fmt/format.h>

namespace avocet::proto {
namespace {

constexpr std::uint8_t max_segment = 255;  // the count is one octet

bool is_set(SegmentType type) { return type == SegmentType::set || type == SegmentType::confederation_set; }
bool is_confederation(SegmentType type) {
  return type == SegmentType::confederation_sequence || type == SegmentType::confederation_set;
}

void append_asn(std::vector<std::uint8_t>& out, std::uint32_t asn) {
  for (int shift = 24; shift >= 0; shift -= 8) out.push_back(static_cast<std::uint8_t>(asn >> shift));
}

/// Numbers one by one, without the two shortcuts of the length rule: for counting what AS4_PATH covers.
unsigned hops(SegmentType type, AsNumbers numbers) {
  if (is_confederation(type) || !numbers.size()) return 0;
  return is_set(type) ? 1 : static_cast<unsigned>(numbers.size());
}

}  // namespace

unsigned as_path_length(Bytes path) {
  unsigned length = 0;
  for_segments(path, [&](SegmentType type, AsNumbers numbers) { length += hops(type, numbers); });
  return length;
}

std::uint32_t as_path_first(Bytes path) {
  std::uint32_t first = 0;
  bool decided = false;
  for_segments(path, [&](SegmentType type, AsNumbers numbers) {
    if (decided || !numbers.size()) return;
    decided = true;
    if (!is_set(type)) first = numbers[0];
  });
  return first;
}

std::uint32_t as_path_last(Bytes path) {
  std::uint32_t last = 0;
  for_segments(path, [&](SegmentType type, AsNumbers numbers) {
    if (numbers.size()) last = is_set(type) ? 0 : numbers[numbers.size() - 1];
  });
  return last;
}

std::uint32_t as_path_last_nonaggregated(Bytes path) {
  std::uint32_t last = 0;
  bool aggregated = false;
  for_segments(path, [&](SegmentType type, AsNumbers numbers) {
    aggregated |= is_set(type);
    if (!aggregated && numbers.size()) last = numbers[numbers.size() - 1];
  });
  return last;
}

unsigned as_path_count(Bytes path, std::uint32_t asn) {
  unsigned count = 0;
  for_segments(path, [&](SegmentType, AsNumbers numbers) {
    for (std::size_t i = 0; i < numbers.size(); ++i) count += numbers[i] == asn;
  });
  return count;
}

bool as_path_has_sets(Bytes path) {
  bool found = false;
  for_segments(path, [&](SegmentType type, AsNumbers) { found |= is_set(type); });
  return found;
}

std::vector<std::uint8_t> as_path_prepended(Bytes path, std::uint32_t asn, SegmentType type) {
  bool joins = path.size() >= 2 && path[0] == static_cast<std::uint8_t>(type) && path[1] < max_segment;
  std::vector<std::uint8_t> out;
  out.reserve(path.size() + 6);
  out.push_back(static_cast<std::uint8_t>(type));
  out.push_back(joins ? static_cast<std::uint8_t>(path[1] + 1) : 1);
  append_asn(out, asn);
  auto rest = joins ? path.subspan(2) : path;
  out.insert(out.end(), rest.begin(), rest.end());
  return out;
}

void prepend_as(AttributeBlock& block, std::uint32_t asn, SegmentType type) {
  block.set(AttributeCode::as_path, as_path_prepended(block.view().value(AttributeCode::as_path), asn, type));
}

std::vector<std::uint8_t> as_path_without_confederation(Bytes path) {
  std::vector<std::uint8_t> out;
  for_segments(path, [&](SegmentType type, AsNumbers numbers) {
    if (is_confederation(type)) return;
    out.push_back(static_cast<std::uint8_t>(type));
    out.push_back(static_cast<std::uint8_t>(numbers.size()));
    for (std::size_t i = 0; i < numbers.size(); ++i) append_asn(out, numbers[i]);
  });
  return out;
}

std::string as_path_text(Bytes path) {
  std::string out;
  for_segments(path, [&](SegmentType type, AsNumbers numbers) {
    const char* open = type == SegmentType::set                      ? "{"
                       : type == SegmentType::confederation_sequence ? "("
                       : type == SegmentType::confederation_set      ? "({"
                                                                     : "";
    const char* close = type == SegmentType::set                      ? "}"
                        : type == SegmentType::confederation_sequence ? ")"
                        : type == SegmentType::confederation_set      ? "})"
                                                                      : "";
    if (!out.empty()) out += ' ';
    out += open;
    for (std::size_t i = 0; i < numbers.size(); ++i) fmt::format_to(std::back_inserter(out), "{}{}", i ? " " : "", numbers[i]);
    out += close;
  });
  return out;
}

std::vector<std::uint8_t> merge_as4_path(Bytes path, Bytes as4_path) {
  // Confederation segments in AS4_PATH are an error of the sender and are left out (RFC 6793 section 6).
  auto tail = as_path_without_confederation(as4_path);
  auto known = as_path_length(tail), total = as_path_length(path);
  if (known > total) return {path.begin(), path.end()};
  // The leading hops that AS4_PATH does not cover come from AS_PATH.
  auto missing = total - known;
  std::vector<std::uint8_t> out;
  for_segments(path, [&](SegmentType type, AsNumbers numbers) {
    if (is_confederation(type)) {
      if (missing == 0 && !out.empty()) return;
      out.push_back(static_cast<std::uint8_t>(type));
      out.push_back(static_cast<std::uint8_t>(numbers.size()));
      for (std::size_t i = 0; i < numbers.size(); ++i) append_asn(out, numbers[i]);
      return;
    }
    if (missing == 0) return;
    auto take = is_set(type) ? numbers.size() : std::min<std::size_t>(numbers.size(), missing);
    out.push_back(static_cast<std::uint8_t>(type));
    out.push_back(static_cast<std::uint8_t>(take));
    for (std::size_t i = 0; i < take; ++i) append_asn(out, numbers[i]);
    missing -= std::min(missing, hops(type, numbers));
  });
  // Two sequences that meet become one, so that equal paths are equal bytes.
  bool joins = tail.size() >= 2 && out.size() >= 2 && tail[0] == static_cast<std::uint8_t>(SegmentType::sequence);
  std::size_t head = 0;
  for (std::size_t at = 0; joins && at < out.size(); at += 2 + std::size_t{4} * out[at + 1]) head = at;
  if (joins && out[head] == tail[0] && out[head + 1] + tail[1] <= max_segment) {
    out[head + 1] = static_cast<std::uint8_t>(out[head + 1] + tail[1]);
    out.insert(out.end(), tail.begin() + 2, tail.end());
  } else {
    out.insert(out.end(), tail.begin(), tail.end());
  }
  return out;
}

std::vector<std::uint8_t> as_path_two_octet(Bytes path, bool& lossy) {
  std::vector<std::uint8_t> out;
  lossy = false;
  for_segments(path, [&](SegmentType type, AsNumbers numbers) {
    out.push_back(static_cast<std::uint8_t>(type));
    out.push_back(static_cast<std::uint8_t>(numbers.size()));
    for (std::size_t i = 0; i < numbers.size(); ++i) {
      auto asn = numbers[i] > 0xffff ? as_trans : numbers[i];
      lossy |= asn != numbers[i];
      out.push_back(static_cast<std::uint8_t>(asn >> 8));
      out.push_back(static_cast<std::uint8_t>(asn));
    }
  });
  return out;
}

}  // namespace avocet::proto
