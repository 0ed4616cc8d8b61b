#pragma once
/// An owned file descriptor (socket, pipe) and the event loop's word that it can be read or written.
#include <functional>
#include <memory>

namespace boost::asio { class io_context; }

namespace avocet::loop {

class Descriptor {
 public:
  /// Takes `fd`, which should be non-blocking, and closes it in the end.
  Descriptor(boost::asio::io_context& io, int fd);
  ~Descriptor();  ///< nothing is called any more
  Descriptor(const Descriptor&) = delete;

  int fd() const;
  /// Calls back once when there is something to read (or an error, or the end). One wait at a time; a second is ignored.
  void when_readable(std::function<void()> callback);
  /// The same for room to write, or the end of a connection attempt.
  void when_writable(std::function<void()> callback);

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace avocet::loop
