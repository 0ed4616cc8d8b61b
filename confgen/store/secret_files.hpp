#pragma once
/// Secrets as files: DIRECTORY/NAME/KEY holds the value of one key, as Kubernetes mounts them and as people write them.
#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace avocet::confgen {

class SecretFiles {
 public:
  using Secrets = std::map<std::string, std::map<std::string, std::string>>;  ///< values by name and key

  /// "" for none.
  explicit SecretFiles(std::filesystem::path directory = {}) : directory_(std::move(directory)) {}

  /// Whether a file changed since the last `add_to`.
  bool changed() const { return stamp() != seen_; }
  /// Adds what the files say; a Secret of the datastore with that name and key counts more. A line break at the end of
  /// a file is not part of the value. `problems` gets one line for each file that cannot be read.
  void add_to(Secrets& secrets, std::vector<std::string>& problems);

 private:
  std::string stamp() const;
  std::filesystem::path directory_;
  std::string seen_;
};

}  // namespace avocet::confgen
