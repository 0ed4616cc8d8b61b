#pragma once
/// What `mrtdump` records of sessions: BGP4MP records, RFC 6396 section 4.4, appended to one file.
#include <functional>
#include <string>
#include <vector>

#include "bgpd/observe/log.hpp"
#include "bgpd/observe/mrt_file.hpp"
#include "bgpd/session/witness.hpp"

namespace avocet::observe {

class SessionDump final : public session::Witness {
 public:
  explicit SessionDump(Log& log) : log_(log) {}
  ~SessionDump() override { flush(); }

  /// From now on records go into this file; "" for none. Opening it again serves a log that was rotated away. "" or
  /// what is wrong; then the file that was open stays in use.
  std::string open(const std::string& path);

  void message_received(const session::Scene& scene, bool add_path, proto::Bytes message) override;
  void state_changed(const session::Scene& scene, session::State from, session::State to) override;

  /// Records are gathered; this writes them.
  void flush();
  std::function<void()> on_records;  ///< called when there is something to flush

 private:
  void recorded();

  Log& log_;
  MrtFile file_;
  std::vector<std::uint8_t> records_;
  bool failing_ = false;
};

}  // namespace avocet::observe
