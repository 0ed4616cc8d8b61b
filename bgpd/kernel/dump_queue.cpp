#include "bgpd/kernel/dump_queue.hpp"

#include <algorithm>
#include <deque>

#include <linux/rtnetlink.h>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>

namespace avocet::kernel {
namespace {

constexpr std::size_t messages_a_turn = 2000;  // about 1 ms of parsing

}  // namespace

struct DumpQueue::State {
  State(boost::asio::io_context& io, Listener listener) : listener(std::move(listener)), stream(io) {}

  Listener listener;
  Netlink socket;
  boost::asio::posix::stream_descriptor stream;
  std::deque<Dump> queue;  // front is running
  bool running = false;
  std::chrono::steady_clock::time_point began;

  bool request(Dump what) {
    switch (what) {
      case Dump::links: return socket.request_dump(RTM_GETLINK, AF_UNSPEC);
      case Dump::addresses: return socket.request_dump(RTM_GETADDR, AF_UNSPEC);
      default: return socket.request_dump(RTM_GETROUTE, what == Dump::routes4 ? AF_INET : AF_INET6);
    }
  }

  Netlink::Read read() { return socket.read(listener.message, messages_a_turn); }

  void start() {
    if (queue.empty()) return;
    running = true;
    began = std::chrono::steady_clock::now();
    auto what = queue.front();
    listener.begins(what);
    if (request(what)) return wait();
    queue.pop_front();
    running = false;
    listener.interrupted(what);
  }

  void wait() {
    stream.async_wait(boost::asio::posix::stream_descriptor::wait_read, [this](auto error) {
      if (!error) turn();
    });
  }

  void turn() {
    auto result = read();
    if (result == Netlink::Read::again) return wait();
    auto what = queue.front();
    queue.pop_front();
    running = false;
    if (result == Netlink::Read::dump_done)
      listener.ended(what, std::chrono::steady_clock::now() - began);
    else
      listener.interrupted(what);
    listener.turn_done();
    if (!running) start();
  }
};

DumpQueue::DumpQueue(boost::asio::io_context& io, Listener listener)
    : state_(std::make_unique<State>(io, std::move(listener))) {}
DumpQueue::~DumpQueue() {
  if (state_->stream.is_open()) state_->stream.release();  // the descriptor belongs to libmnl
}

std::string DumpQueue::open(std::size_t receive_buffer_bytes) { return state_->socket.open(0, receive_buffer_bytes); }

bool DumpQueue::list_now() {
  for (auto what : {Dump::links, Dump::addresses}) {
    state_->listener.begins(what);
    state_->request(what);
    Netlink::Read result;
    while ((result = state_->read()) == Netlink::Read::again && state_->socket.wait()) {
    }
    if (result != Netlink::Read::dump_done && result != Netlink::Read::dump_interrupted) return false;
    state_->listener.ended(what, {});
  }
  return true;
}

void DumpQueue::listen() { state_->stream.assign(state_->socket.fd()); }

void DumpQueue::ask(Dump what) {
  auto& queue = state_->queue;
  if (std::find(queue.begin() + (state_->running ? 1 : 0), queue.end(), what) == queue.end()) queue.push_back(what);
  if (!state_->running) state_->start();
}

void DumpQueue::forget(Dump what) {
  auto& queue = state_->queue;
  queue.erase(std::remove(queue.begin() + (state_->running ? 1 : 0), queue.end(), what), queue.end());
}

void DumpQueue::cancel() { state_->stream.cancel(); }

}  // namespace avocet::kernel
