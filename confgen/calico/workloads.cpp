#include "confgen/calico/workloads.hpp"

#include <fmt/format.h>
#include <sys/inotify.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <utility>

#include "confgen/calico/field.hpp"
#include "confgen/file_content.hpp"

namespace avocet::confgen {

namespace fs = std::filesystem;

namespace {

/// The first of a list of networks; pods have one each.
std::optional<proto::Address> first_address(const Field& list) {
  auto all = list.items();
  if (all.empty()) return {};
  auto network = all.front().prefix();
  return network ? std::optional(network->address) : std::nullopt;
}

/// Names with a dot in front are files that are just being written.
template <class Visit>
void each_file(const fs::path& directory, Visit visit) {
  std::error_code ignored;
  for (auto& entry : fs::directory_iterator(directory, ignored))
    if (auto name = entry.path().filename().string(); !name.starts_with(".")) visit(name, entry.path().string());
}

}  // namespace

WorkloadFiles::WorkloadFiles(fs::path directory) : directory_(std::move(directory)) {
  if (!directory_.empty()) notify_ = ::inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
}
WorkloadFiles::~WorkloadFiles() {
  if (notify_ >= 0) ::close(notify_);
}
WorkloadFiles::WorkloadFiles(WorkloadFiles&& other) noexcept
    : directory_(std::move(other.directory_)),
      notify_(std::exchange(other.notify_, -1)),
      seen_(std::move(other.seen_)),
      last_(std::move(other.last_)) {}

std::string WorkloadFiles::stamp() const {
  std::string stamp;
  if (!directory_.empty()) each_file(directory_, [&](auto&, const auto& path) { stamp += file_stamp(path); });
  return stamp;
}

/// To be done before the files are looked at: a change meanwhile wakes again.
void WorkloadFiles::take_events() const {
  char events[4096];
  while (::read(notify_, events, sizeof events) > 0) {
  }
}

bool WorkloadFiles::changed() {
  take_events();
  return stamp() != seen_;
}

const Workloads& WorkloadFiles::read(std::vector<std::string>& problems) {
  if (directory_.empty()) return last_;
  take_events();
  // The directory may be one that came just now.
  ::inotify_add_watch(notify_, directory_.c_str(), IN_CLOSE_WRITE | IN_MOVED_TO | IN_MOVED_FROM | IN_DELETE);
  seen_ = stamp();
  Workloads now;
  each_file(directory_, [&](const std::string& name, const std::string& path) {
    auto before = last_.find(name);
    if (before != last_.end()) now.insert(*before);
    auto text = file_content(path);
    if (!text) {
      if (errno != ENOENT) problems.push_back(fmt::format("{}: error: cannot read: {}", path, std::strerror(errno)));
      return;
    }
    boost::json::error_code error;
    auto body = boost::json::parse(*text, error);
    if (error || !body.is_object()) {
      problems.push_back(fmt::format("{}: error: is not a JSON object", path));
      return;
    }
    Object object{"endpoint status", name, {}, path, 0, {}};
    Report report{object, problems};
    Field root(report, &body, "");
    Workload workload{root["bgpPeerName"].text(), first_address(root["ipv4Nets"]), first_address(root["ipv6Nets"])};
    if (report.good) now[name] = workload;
  });
  return last_ = std::move(now);
}

fs::path workload_directory() {
  auto prefix = std::getenv("CALICO_ENDPOINT_STATUS_PATH_PREFIX");
  return fs::path(prefix && *prefix ? prefix : "/var/run/calico") / "endpoint-status";
}

}  // namespace avocet::confgen
