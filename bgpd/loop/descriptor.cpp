#include "bgpd/loop/descriptor.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>

namespace avocet::loop {

using Stream = boost::asio::posix::stream_descriptor;

struct Descriptor::State {
  State(boost::asio::io_context& io, int fd) : stream(io, fd) {}
  Stream stream;
  bool waiting[2] = {};
};

namespace {

template <class State>
void wait(const std::shared_ptr<State>& state, Stream::wait_type what, bool write, std::function<void()> callback) {
  if (std::exchange(state->waiting[write], true)) return;
  state->stream.async_wait(
      what, [weak = std::weak_ptr(state), write, callback = std::move(callback)](boost::system::error_code error) {
        auto self = weak.lock();
        if (!self || error == boost::asio::error::operation_aborted) return;
        self->waiting[write] = false;
        callback();
      });
}

}  // namespace

Descriptor::Descriptor(boost::asio::io_context& io, int fd) : state_(std::make_shared<State>(io, fd)) {}
Descriptor::~Descriptor() = default;
int Descriptor::fd() const { return state_->stream.native_handle(); }

void Descriptor::when_readable(std::function<void()> callback) {
  wait(state_, Stream::wait_read, false, std::move(callback));
}

void Descriptor::when_writable(std::function<void()> callback) {
  wait(state_, Stream::wait_write, true, std::move(callback));
}

}  // namespace avocet::loop
