#include "confgen/store/secret_files.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>

#include "confgen/file_content.hpp"

namespace avocet::confgen {

namespace fs = std::filesystem;

namespace {

/// Calls `visit` with name, key and path of each file. Names with a dot in front are Kubernetes' own links.
template <class Visit>
void each_file(const fs::path& directory, std::error_code& error, Visit visit) {
  for (auto& secret : fs::directory_iterator(directory, error)) {
    auto name = secret.path().filename().string();
    std::error_code inner;
    if (name.starts_with(".") || !secret.is_directory(inner)) continue;
    for (auto& file : fs::directory_iterator(secret.path(), inner))
      if (auto key = file.path().filename().string(); !key.starts_with(".")) visit(name, key, file.path().string());
  }
}

}  // namespace

std::string SecretFiles::stamp() const {
  std::string stamp;
  std::error_code ignored;
  if (!directory_.empty())
    each_file(directory_, ignored, [&](auto&, auto&, const auto& path) { stamp += file_stamp(path); });
  return stamp;
}

void SecretFiles::add_to(Secrets& secrets, std::vector<std::string>& problems) {
  if (directory_.empty()) return;
  seen_ = stamp();
  std::error_code error;
  each_file(directory_, error, [&](auto& name, auto& key, const auto& path) {
    auto value = file_content(path);
    if (!value) {
      problems.push_back(fmt::format("{}: error: cannot read: {}", path, std::strerror(errno)));
      return;
    }
    if (value->ends_with('\n')) value->pop_back();
    secrets[name].try_emplace(key, *value);
  });
  if (error)
    problems.push_back(fmt::format("{}: error: cannot list the secrets: {}", directory_.string(), error.message()));
}

}  // namespace avocet::confgen
