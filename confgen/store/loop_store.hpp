#pragma once
/// A store whose changes come over the network, in the loop.
#include "confgen/store/http.hpp"
#include "confgen/store/store.hpp"

namespace avocet::confgen {

class LoopStore : public Store {
 public:
  explicit LoopStore(http::Loop& loop) : loop_(loop) {}
  /// Whether `list` would give something else than the last time, and all of it.
  virtual bool changed() const = 0;
  bool wait(std::chrono::milliseconds limit) override {
    bool before = complete();
    return loop_.run(
        limit, [&] { return changed() || complete() != before; }, wake);
  }

 protected:
  /// What came since the last wait, for example while a burst was left to pass.
  void catch_up() {
    loop_.run(std::chrono::milliseconds(0), [] { return true; });
  }

 private:
  http::Loop& loop_;
};

}  // namespace avocet::confgen
