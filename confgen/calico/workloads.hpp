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
  explicit WorkloadFiles(std::filesystem::path directory = {}) : directory_(std::move(directory)) {}

  /// Whether a file changed since the last `read`.
  bool changed() const { return stamp() != seen_; }
  /// `problems` gets one line for each mistake. A directory that is not there has no files: Felix makes it.
  const Workloads& read(std::vector<std::string>& problems);

 private:
  std::string stamp() const;
  std::filesystem::path directory_;
  std::string seen_;
  Workloads last_;
};

/// Where Felix writes them: PREFIX/endpoint-status, PREFIX of CALICO_ENDPOINT_STATUS_PATH_PREFIX or /var/run/calico.
std::filesystem::path workload_directory();

}  // namespace avocet::confgen
