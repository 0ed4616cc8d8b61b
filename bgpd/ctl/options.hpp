#pragma once
/// Settings of the control socket, as plain values.
#include <string>

namespace avocet::ctl {

/// A `cli "PATH" { ... };`: one more control socket beside the one of `-s`.
struct SocketOptions {
  std::string path;
  bool restricted = false;  ///< its clients may only look, as after `restrict`
  friend bool operator==(const SocketOptions&, const SocketOptions&) = default;
};

}  // namespace avocet::ctl
