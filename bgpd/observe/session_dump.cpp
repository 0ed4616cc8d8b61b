#include "bgpd/observe/session_dump.hpp"

#include <fmt/format.h>

#include <chrono>

#include "proto/mrt.hpp"

namespace avocet::observe {
namespace {

constexpr std::size_t flush_at = 256 * 1024;

std::uint32_t now_seconds() {
  return static_cast<std::uint32_t>(std::chrono::system_clock::to_time_t(std::chrono::system_clock::now()));
}

proto::MrtSession session_of(const session::Scene& scene) {
  return {scene.peer_as, scene.local_as, scene.interface_index, scene.family, scene.peer, scene.local};
}

/// RFC 4271's numbers. A connection that only waits for its last NOTIFICATION to be written is Idle.
unsigned number_of(session::State state) {
  using enum session::State;
  switch (state) {
    case idle:
    case close: return 1;
    case connect: return 2;
    case active: return 3;
    case open_sent: return 4;
    case open_confirm: return 5;
    case established: return 6;
  }
  return 1;
}

}  // namespace

std::string SessionDump::open(const std::string& path) {
  flush();
  failing_ = false;
  if (path.empty()) return file_.close(), std::string();
  auto reason = file_.open(path);
  return reason.empty() ? reason : fmt::format("Unable to open MRTDump file '{}': {}", path, reason);
}

void SessionDump::message_received(const session::Scene& scene, bool add_path, proto::Bytes message) {
  if (!file_.is_open()) return;
  proto::encode_mrt_message(now_seconds(), session_of(scene), scene.as4, add_path, message, records_);
  recorded();
}

void SessionDump::state_changed(const session::Scene& scene, session::State from, session::State to) {
  if (!file_.is_open() || number_of(from) == number_of(to)) return;
  proto::encode_mrt_state_change(now_seconds(), session_of(scene), number_of(from), number_of(to), records_);
  recorded();
}

void SessionDump::recorded() {
  if (records_.size() >= flush_at)
    flush();
  else if (on_records)
    on_records();
}

void SessionDump::flush() {
  if (records_.empty()) return;
  auto reason = file_.write(records_);
  // A full disk fails with every record; that it does is told once, until one can be written again.
  bool failed_before = failing_;
  failing_ = !reason.empty();
  if (failing_ && !failed_before)
    log_.error("mrtdump", fmt::format("Write to MRT file '{}' failed: {}; records are lost", file_.path(), reason));
  if (!failing_ && failed_before) log_.info("mrtdump", fmt::format("records are written again file={}", file_.path()));
}

}  // namespace avocet::observe
