#pragma once
/// What confgen tells people, in few lines: a message that repeats is told once a minute, events that crowd are summed
/// up.
#include <chrono>
#include <functional>
#include <map>
#include <string>

namespace avocet::confgen {

class Teller {
 public:
  using Clock = std::chrono::steady_clock;
  using Say = std::function<void(const std::string& line)>;
  explicit Teller(Say say) : say_(std::move(say)) {}

  /// Something is wrong, or may be. The same words within a minute are counted, not told.
  void problem(const std::string& line, Clock::time_point now = Clock::now());
  /// It is over: should it come again, that is news, though not within a second.
  void mended(const std::string& line);
  /// Something was done. Of many within a second the first few are told, and then one a second with how many it stands
  /// for.
  void event(const std::string& line, Clock::time_point now = Clock::now());
  /// Tells what was held back, once its time has come. Call it now and then.
  void tick(Clock::time_point now = Clock::now());

 private:
  struct Told {
    Clock::time_point when;
    std::size_t again = 0;  ///< how often since
    bool mended = false;    ///< since then
  };
  Say say_;
  std::map<std::string, Told> problems_;
  Clock::time_point last_event_;
  int at_once_ = 0;       ///< events told without a pause
  std::size_t held_ = 0;  ///< events not told, of which `held_line_` is the last
  std::string held_line_;
};

}  // namespace avocet::confgen
