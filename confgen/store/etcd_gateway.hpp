#pragma once
/// What etcd v3 says through its JSON gateway, as values: requests to text, answers from text. No I/O.
#include <tl/expected.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace avocet::confgen::etcd {

struct KeyValue {
  std::string key, value;
  std::int64_t revision = 0;  ///< of its last change
  bool erased = false;        ///< in a watch only
  friend bool operator==(const KeyValue&, const KeyValue&) = default;
};

/// A page of a list.
struct Page {
  std::uint64_t cluster = 0;  ///< another number is another cluster, even behind the same address
  std::int64_t revision = 0;
  std::vector<KeyValue> pairs;
  bool more = false;
};

/// One message of a watch.
struct Notice {
  std::uint64_t cluster = 0;
  std::int64_t revision = 0;
  std::vector<KeyValue> events;
  int watch = 0;                                              ///< which prefix, counted from 1
  bool created = false, cancelled = false, fragment = false;  ///< fragment: more events of this revision follow
  std::int64_t compacted = 0;                                 ///< events up to here are gone; only when cancelled
  std::string reason;                                         ///< of the cancellation
};

/// What etcd refuses with: gRPC's code and its words.
struct Refusal {
  int code = 0;
  std::string what;
};
namespace code {
constexpr int invalid_argument = 3, permission_denied = 7, resource_exhausted = 8, out_of_range = 11,
              unauthenticated = 16;
}

/// The end of the range of all keys that start with this text.
std::string range_end(const std::string& prefix);

/// `revision` 0 is the newest; `from` is the first key, `end` the first that is too far.
std::string range_request(const std::string& from, const std::string& end, std::int64_t revision, int limit);
/// All keys that start with a text, and up to which revision they are known.
struct Watched {
  std::string prefix;
  std::int64_t revision = 0;
};
/// What changed since then, of each, in one stream. Watch numbers are places in the list, counted from 1.
std::string watch_request(const std::vector<Watched>& all);
std::string authenticate_request(const std::string& user, const std::string& password);

/// The error tells what is wrong with the text.
tl::expected<Page, std::string> read_page(std::string_view json);
tl::expected<std::string, std::string> read_token(std::string_view json);
tl::expected<Notice, Refusal> read_notice(std::string_view json);
/// Of an answer that is not 2xx; its own text if it is no JSON.
Refusal read_refusal(std::string_view json);

}  // namespace avocet::confgen::etcd
