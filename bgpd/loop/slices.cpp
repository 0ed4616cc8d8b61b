#include "bgpd/loop/slices.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <vector>

namespace avocet::loop {

struct Slices::State : std::enable_shared_from_this<State> {
  State(boost::asio::io_context& context, std::chrono::nanoseconds length) : io(context), slice(length) {}

  void wake() {
    if (std::exchange(posted, true)) return;
    boost::asio::post(io, [weak = weak_from_this()] {
      if (auto self = weak.lock()) self->turn();
    });
  }

  void turn() {
    posted = false;  // before the work: what it wakes must not be lost
    bool more = false;
    for (auto& worker : workers) more |= worker(slice);
    if (more) wake();
  }

  boost::asio::io_context& io;
  std::chrono::nanoseconds slice;
  std::vector<Worker> workers;
  bool posted = false;
};

Slices::Slices(boost::asio::io_context& io, std::chrono::nanoseconds slice)
    : state_(std::make_shared<State>(io, slice)) {}
Slices::~Slices() = default;
void Slices::add(Worker worker) { state_->workers.push_back(std::move(worker)); }
void Slices::wake() { state_->wake(); }

}  // namespace avocet::loop
