#pragma once
/// Template resources: the TOML files that say what is rendered where.
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include <sys/types.h>

namespace avocet::confgen {

/// One [template] table. src is relative to the templates directory; dest is absolute.
struct Resource {
  std::string file, src, dest, prefix, check_cmd, reload_cmd;
  std::string control_socket;  ///< of the daemon: reloads by it instead of reload_cmd, and hears the answer
  std::vector<std::string> keys;
  std::optional<mode_t> mode;
  std::optional<uid_t> uid;
  std::optional<gid_t> gid;
};

/// All resources below `confdir`/conf.d in name order. Throws std::runtime_error "FILE:LINE:COLUMN: error: ...".
std::vector<Resource> load_resources(const std::filesystem::path& confdir, const std::string& prefix,
                                     const std::string& node);

}  // namespace avocet::confgen
