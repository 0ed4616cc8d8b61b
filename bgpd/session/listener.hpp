#pragma once
/// Listening sockets: accept everything that waits, ask who it is for.
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "bgpd/loop/descriptor.hpp"
#include "bgpd/loop/timer.hpp"
#include "bgpd/session/auth.hpp"
#include "bgpd/session/workbench.hpp"

namespace avocet::session {

/// One bound socket. IPv6 sockets never take IPv4 connections: an unspecified address is two sockets.
class Listener {
 public:
  /// Gets each accepted, non-blocking socket and owns it from then on.
  using Accept = std::function<void(int fd, const Endpoint& remote, const Endpoint& local)>;

  Listener(Workbench& bench, proto::Address address, proto::Family family, std::uint16_t port, bool free, Accept accept);
  Listener(const Listener&) = delete;

  /// Binds and listens; 0 or errno.
  int open();
  bool is_open() const { return descriptor_ != nullptr; }
  proto::Family family() const { return family_; }
  int fd() const { return descriptor_->fd(); }

 private:
  void accept_all();

  Workbench& bench_;
  proto::Address address_;
  proto::Family family_;
  std::uint16_t port_;
  bool free_;
  Accept accept_;
  std::unique_ptr<loop::Descriptor> descriptor_;
  loop::Timer out_of_files_;
};

/// All listeners that the configuration asks for.
class Listeners {
 public:
  /// `opened`: a socket came up, keys of peers must be set on it.
  Listeners(Workbench& bench, Listener::Accept accept, std::function<void(Listener&)> opened);

  /// Opens what is new, closes what is not wanted any more. What cannot be bound is tried again every few seconds.
  void set(const std::vector<ListenOptions>& wanted);
  void for_each(const std::function<void(Listener&)>& visit);
  bool listening(proto::Family family) const;

 private:
  struct Key {
    proto::Address address;
    proto::Family family;
    std::uint16_t port;
    bool free;
    auto operator<=>(const Key&) const = default;
  };
  void retry();

  Workbench& bench_;
  Listener::Accept accept_;
  std::function<void(Listener&)> opened_;
  std::map<Key, std::unique_ptr<Listener>> listeners_;
  loop::Timer retry_;
};

}  // namespace avocet::session
