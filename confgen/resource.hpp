#pragma once
/// Template resources: the TOML files that say what is rendered where.
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include <sys/types.h>

namespace avocet::confgen {

/// One [template] table. Paths are as written, src relative to the templates directory.
struct Resource {
  std::string file, src, dest, prefix, check_cmd, reload_cmd;
  std::vector<std::string> keys;
  std::optional<mode_t> mode;
  std::optional<uid_t> uid;
  std::optional<gid_t> gid;
};

/// All resources below `confdir`/conf.d in name order. Throws std::runtime_error "FILE:LINE:COLUMN: error: ...".
std::vector<Resource> load_resources(const std::filesystem::path& confdir, const std::string& prefix,
                                     const std::string& node);

}  // namespace avocet::confgen
