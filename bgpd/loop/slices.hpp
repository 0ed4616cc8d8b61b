#pragma once
/// Long work in small pieces between socket and timer events: each turn of the loop every worker gets one slice.
#include <chrono>
#include <functional>
#include <memory>

namespace boost::asio { class io_context; }

namespace avocet::loop {

class Slices {
 public:
  /// Works for at most about the given time; true if more is left.
  using Worker = std::function<bool(std::chrono::nanoseconds)>;

  /// 2 ms keeps keepalives and the control socket prompt and still costs the loop's own overhead only now and then.
  explicit Slices(boost::asio::io_context& io, std::chrono::nanoseconds slice = std::chrono::milliseconds(2));
  ~Slices();
  Slices(const Slices&) = delete;

  void add(Worker worker);  ///< called in the order added
  /// There is work: the workers are called soon, and again until all of them say that nothing is left.
  void wake();

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace avocet::loop
