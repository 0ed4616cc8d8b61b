#pragma once
/// Pods of this node that want BGP sessions: Felix writes a file for each, below the directory endpoint-status.
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "proto/ip.hpp"

namespace avocet::confgen {

struct Workload {
  std::string peering;  ///< the BGPPeer that selected it; "" for none
  std::optional<proto::Address> v4, v6;
  friend bool operator==(const Workload&, const Workload&) = default;
};
using Workloads = std::map<std::string, Workload>;  ///< by file

/// The files, read again and again. One that has become wrong counts as what it last said.
class WorkloadFiles {
 public:
  /// "" for none.
  explicit WorkloadFiles(std::filesystem::path directory = {});
  ~WorkloadFiles();
  WorkloadFiles(WorkloadFiles&& other) noexcept;
  WorkloadFiles& operator=(WorkloadFiles&&) = delete;

  /// Can be read when a file may have changed; -1 for none.
  int wake() const { return notify_; }

  /// Whether a file changed since the last `read`.
  bool changed();
  /// `problems` gets one line for each mistake. A directory that is not there has no files: Felix makes it.
  const Workloads& read(std::vector<std::string>& problems);

 private:
  std::string stamp() const;
  void take_events() const;
  std::filesystem::path directory_;
  int notify_ = -1;
  std::string seen_;
  Workloads last_;
};

/// Where Felix writes them: PREFIX/endpoint-status, PREFIX of CALICO_ENDPOINT_STATUS_PATH_PREFIX or /var/run/calico.
std::filesystem::path workload_directory();

}  // namespace avocet::confgen
