#pragma once
/// Why a session is not, or is no longer, established: kept as a value, said in BIRD's words.
#include <cstdint>
#include <string>

namespace avocet::session {

enum class ErrorClass : std::uint8_t { none, local, socket, received, sent, automatic };

/// Reasons of our own that no NOTIFICATION names.
enum class LocalError : std::uint8_t { neighbor_lost = 1, no_listening_socket, link_down, graceful_restart, md5_failed, bfd_down };

struct SessionError {
  ErrorClass kind = ErrorClass::none;
  int code = 0;              ///< LocalError, errno (0: the peer closed), or NOTIFICATION code
  std::uint8_t subcode = 0;
  std::string detail;        ///< RFC 9003 text of the peer, or what a decoder found; not part of `text`

  static SessionError socket(int error_number) { return {ErrorClass::socket, error_number, 0, {}}; }
  static SessionError local(LocalError what) { return {ErrorClass::local, static_cast<int>(what), 0, {}}; }
  static SessionError received(std::uint8_t code, std::uint8_t subcode, std::string detail = {}) {
    return {ErrorClass::received, code, subcode, std::move(detail)};
  }
  static SessionError sent(std::uint8_t code, std::uint8_t subcode, std::string detail = {}) {
    return {ErrorClass::sent, code, subcode, std::move(detail)};
  }
  static SessionError route_limit() { return {ErrorClass::automatic, 1, 0, {}}; }

  /// "Socket: Connection refused", "BGP Error: Bad peer AS", "Received: Administrative shutdown"; "" if none.
  std::string text() const;
  explicit operator bool() const { return kind != ErrorClass::none; }
  friend bool operator==(const SessionError&, const SessionError&) = default;
};

}  // namespace avocet::session
