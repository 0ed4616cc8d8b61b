#pragma once
/// UNIX signals as calls from the event loop.
#include <functional>
#include <initializer_list>
#include <memory>

namespace boost::asio { class io_context; }

namespace avocet::loop {

/// Takes these signals over for its lifetime and calls `handler` with the number of each that arrives.
class Signals {
 public:
  Signals(boost::asio::io_context& io, std::initializer_list<int> numbers, std::function<void(int)> handler);
  ~Signals();
  Signals(const Signals&) = delete;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace avocet::loop
