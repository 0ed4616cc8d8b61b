#pragma once
/// Who records what happens on sessions, as dumps do. It is told values, and changes nothing.
#include "bgpd/session/fsm.hpp"
#include "proto/attributes.hpp"
#include "proto/ip.hpp"

namespace avocet::session {

/// The connection that something happened on.
struct Scene {
  std::uint32_t peer_as = 0, local_as = 0;
  std::uint32_t interface_index = 0;  ///< of a neighbour on a link; 0 otherwise
  proto::Family family = proto::Family::ipv4;
  proto::Address peer, local;  ///< unspecified while there is no connection
  bool as4 = false;            ///< both sides have agreed on 4-octet AS numbers
};

/// Told of protocols whose `mrtdump` asks for it, at once, before the session acts on what happened.
class Witness {
 public:
  virtual ~Witness() = default;
  /// `message` with its header; `add_path`: prefixes in it have path ids.
  virtual void message_received(const Scene& scene, bool add_path, proto::Bytes message) = 0;
  virtual void state_changed(const Scene& scene, State from, State to) = 0;
};

}  // namespace avocet::session
