/// Text of people and of control clients: addresses, prefixes, communities and reply lines.
#include <string_view>

#include "proto/bird_reply.hpp"
#include "proto/community.hpp"
#include "proto/ip.hpp"
#include "test/fuzz/require.hpp"

using namespace avocet::proto;

namespace {

void addresses(std::string_view text) {
  if (auto address = Address::parse(text)) {
    auto again = Address::parse(address->text());
    require(again && *again == *address);
  } else {
    require(address.error().position <= text.size() && !address.error().what.empty());
  }
  for (bool allow_host : {false, true})
    if (auto prefix = Prefix::parse(text, allow_host)) {
      auto again = Prefix::parse(prefix->text());
      require(again && *again == *prefix);
      require(prefix->contains(*prefix) && prefix->contains(prefix->address));
    } else {
      require(prefix.error().position <= text.size() && !prefix.error().what.empty());
    }
}

template <class C> void communities(std::string_view text) {
  auto community = C::parse(text);
  if (!community) {
    require(community.error().position <= text.size() && !community.error().what.empty());
    return;
  }
  auto again = C::parse(community->text());
  require(again && again->text() == community->text());
}

/// The lines are the same in whatever pieces the bytes arrive.
void reply_lines(std::string_view text) {
  ReplyParser whole, pieces;
  whole.feed(text);
  for (char c : text) {
    pieces.feed({&c, 1});
    while (auto line = pieces.next()) require(line == whole.next());
  }
  require(!whole.next());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view text(reinterpret_cast<const char*>(data), size);
  addresses(text);
  communities<Community>(text);
  communities<ExtendedCommunity>(text);
  communities<LargeCommunity>(text);
  reply_lines(text);
  return 0;
}
