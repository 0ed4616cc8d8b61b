/// What is asked of attribute values after decoding: AS paths and community lists, in text and in two-octet form.
#include "proto/as_path.hpp"
#include "proto/community.hpp"
#include "test/fuzz/require.hpp"

using namespace avocet::proto;

namespace {

/// The leading part of the bytes that is a path as the decoder lets it through: known, non-empty segments.
Bytes well_formed(Bytes bytes) {
  std::size_t at = 0;
  while (bytes.size() - at >= 2) {
    std::size_t segment = 2 + std::size_t{4} * bytes[at + 1];
    if (bytes[at] < 1 || bytes[at] > 4 || bytes[at + 1] == 0 || bytes.size() - at < segment) break;
    at += segment;
  }
  return bytes.first(at);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  std::size_t split = 1 + std::size_t{data[0]} * (size - 1) / 255;
  auto path = well_formed({data + 1, split - 1}), as4_path = well_formed({data + split, size - split});

  require(as_path_text(path).empty() == path.empty());
  auto longer = as_path_prepended(path, 65001);
  require(as_path_first(longer) == 65001 && as_path_length(longer) == as_path_length(path) + 1);
  require(as_path_count(longer, 65001) == as_path_count(path, 65001) + 1 && well_formed(longer).size() == longer.size());
  auto external = as_path_without_confederation(path);
  require(as_path_length(external) == as_path_length(path) && well_formed(external).size() == external.size());
  auto all = as_path_filtered(path, [](std::uint32_t) { return true; });
  require(all == std::vector<std::uint8_t>(path.begin(), path.end()));

  bool lossy = false;
  require(as_path_two_octet(path, lossy).size() <= path.size());
  auto merged = merge_as4_path(path, as4_path);
  require(well_formed(merged).size() == merged.size());
  // RFC 6793 section 4.2.3: AS4_PATH replaces the tail, so the path keeps its length.
  require(as_path_length(merged) == as_path_length(path));

  Bytes list(data, size);
  for_communities<Community>(list, [](Community one) { require(Community::parse(one.text()) == one); });
  for_communities<ExtendedCommunity>(list, [](ExtendedCommunity one) {
    auto again = ExtendedCommunity::parse(one.text());
    require(again && again->text() == one.text());
  });
  for_communities<LargeCommunity>(list, [&](LargeCommunity one) {
    require(LargeCommunity::parse(one.text()) == one && has_community(list, one));
  });
  return 0;
}
