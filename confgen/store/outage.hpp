#pragma once
/// What a store says while its server cannot be asked, and how long it waits between attempts.
#include <chrono>
#include <functional>
#include <optional>
#include <random>
#include <string>

namespace avocet::confgen {

using Say = std::function<void(const std::string& line)>;

/// Waiting times that double, each with jitter, so that a thousand nodes do not come back at once.
class Backoff {
 public:
  /// From 250 ms to 8 s, each shortened at random by up to a half.
  std::chrono::milliseconds next();
  void reset() { step_ = 0; }

 private:
  int step_ = 0;
  std::minstd_rand random_{std::random_device{}()};
};

/// One outage is told in two lines: its first failure, and its end with what changed meanwhile. Another reason is told
/// too, but not soon and ever more seldom.
class Outage {
 public:
  Outage(std::string store, Say say) : store_(std::move(store)), say_(std::move(say)) {}
  /// `hint` tells what becomes of the configuration meanwhile.
  void failed(const std::string& why, const std::string& hint);
  /// One object or key is different from what it was before the outage.
  void changed() { ++changes_; }
  void over();
  bool lasts() const { return since_.has_value(); }
  const std::string& why() const { return why_; }

 private:
  std::string store_, why_;
  Say say_;
  std::optional<std::chrono::steady_clock::time_point> since_;
  std::chrono::steady_clock::time_point next_word_;  ///< another reason is not told before
  int words_ = 0;
  std::string told_;
  std::size_t changes_ = 0;
};

}  // namespace avocet::confgen
