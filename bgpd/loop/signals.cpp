#include "bgpd/loop/signals.hpp"

#include <boost/asio/signal_set.hpp>

namespace avocet::loop {

struct Signals::State : std::enable_shared_from_this<State> {
  State(boost::asio::io_context& io, std::function<void(int)> call) : set(io), handler(std::move(call)) {}

  void wait() {
    set.async_wait([weak = weak_from_this()](boost::system::error_code error, int number) {
      auto self = weak.lock();
      if (!self || error) return;
      self->wait();
      self->handler(number);
    });
  }

  boost::asio::signal_set set;
  std::function<void(int)> handler;
};

Signals::Signals(boost::asio::io_context& io, std::initializer_list<int> numbers, std::function<void(int)> handler)
    : state_(std::make_shared<State>(io, std::move(handler))) {
  for (int number : numbers) state_->set.add(number);
  state_->wait();
}

Signals::~Signals() = default;

}  // namespace avocet::loop
