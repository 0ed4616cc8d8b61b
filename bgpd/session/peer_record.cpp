/// What others are told of a session: messages that come and changes of state (`mrtdump`), how it began and ended (BMP).
#include <tuple>

#include "bgpd/session/peer.hpp"
#include "proto/message.hpp"

namespace avocet::session {

Scene Peer::scene(const Connection& connection) const {
  Scene scene;
  scene.local_as = options_.local_as;
  scene.peer_as = options_.remote_as;
  auto state = connection.state();
  bool agreed =
      connection.has_opens() && (state == State::open_confirm || state == State::established || state == State::close);
  if (agreed) {
    scene.as4 = connection.negotiated().as4;
    if (scene.peer_as == 0) scene.peer_as = connection.theirs().asn;
  }
  scene.interface_index = options_.multihop ? 0 : this->scope();
  scene.family = options_.remote_address.family();
  if (connection.connected() || state == State::connect) {
    scene.peer = options_.remote_address;
    scene.local = connection.local_address().is_unspecified() ? options_.local_address : connection.local_address();
  }
  return scene;
}

/// Whether prefixes of this message carry path ids, RFC 7911.
bool Peer::has_path_ids(const Connection& connection, proto::MessageType type, proto::Bytes message) const {
  if (type != proto::MessageType::update || connection.state() != State::established) return false;
  auto& agreed = connection.negotiated();
  bool v4 = agreed.ipv4.add_path_receive, v6 = agreed.ipv6.add_path_receive;
  if (v4 == v6) return v4;
  auto family = proto::update_family(message.subspan(proto::header_size_bytes));
  return family && agreed.of(*family).add_path_receive;
}

void Peer::message_received(const Connection& connection, proto::MessageType type, proto::Bytes message) {
  trace_message(true, type, message.size(), 1);
  ++messages_in_;
  bytes_in_ += message.size();
  if (type == proto::MessageType::update) ++updates_in_;
  if ((protocol_->options.mrtdump & rib::mrtdump::messages) && bench_.witness)
    bench_.witness->message_received(scene(connection), has_path_ids(connection, type, message), message);
}

void Peer::state_entered(const Connection& connection, State from) {
  if ((protocol_->options.mrtdump & rib::mrtdump::states) && bench_.witness)
    bench_.witness->state_changed(scene(connection), from, connection.state());
}

std::optional<SessionRecord> Peer::record() const {
  if (!established_) return std::nullopt;
  SessionRecord record;
  record.peer = options_.remote_address;
  record.local = established_->local_address();
  std::tie(record.local_port, record.peer_port) = established_->ports();
  record.peer_as = established_->theirs().asn;
  record.peer_id = established_->theirs().router_id;
  record.negotiated = established_->negotiated();
  record.sent_open = established_->sent_open();
  record.received_open = established_->received_open();
  return record;
}

SessionEnd Peer::end_of(const Connection& connection) {
  SessionEnd end;
  auto kind = connection.error().kind;
  end.by = kind == ErrorClass::received || kind == ErrorClass::socket ? SessionEnd::By::peer : SessionEnd::By::us;
  end.notification = connection.last_notification();
  return end;
}

}  // namespace avocet::session
