#pragma once
/// Filters that failed while they ran: how often each line did, and on which route last. BIRD has a log line only.
#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "proto/ip.hpp"

namespace avocet::observe {

struct FilterError {
  std::uint64_t count = 0;
  std::chrono::system_clock::time_point first, last;
  proto::Prefix net;     ///< of the last one
  std::string protocol;  ///< whose filter ran last; "" for an export filter that several sessions share
};

/// Counts by place and reason ("bird.conf:41: ..."). Keeps the first `limit` of them; more are only counted.
class FilterErrors {
 public:
  static constexpr std::size_t limit = 256;

  void add(std::string_view what, const proto::Prefix& net, std::string_view protocol) {
    auto now = std::chrono::system_clock::now();
    auto at = by_line_.find(what);
    if (at == by_line_.end()) {
      if (by_line_.size() >= limit) {
        ++others_;
        return;
      }
      at = by_line_.emplace(what, FilterError{.first = now}).first;
    }
    auto& error = at->second;
    ++error.count;
    error.last = now;
    error.net = net;
    error.protocol = protocol;
  }
  void clear() { by_line_.clear(), others_ = 0; }
  const std::map<std::string, FilterError, std::less<>>& by_line() const { return by_line_; }
  std::uint64_t others() const { return others_; }  ///< of lines beyond the limit

 private:
  std::map<std::string, FilterError, std::less<>> by_line_;
  std::uint64_t others_ = 0;
};

}  // namespace avocet::observe
