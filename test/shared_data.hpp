#pragma once
/// Data that is judged with but does not belong to the repository: AVOCET_SHARED names the folder it is in.
#include <doctest/doctest.h>

#include <cstdlib>
#include <filesystem>
#include <optional>
#include <string>

namespace avocet::test {

/// Where `path` is below AVOCET_SHARED; nothing, and a line that names what is skipped, where there is no such thing.
inline std::optional<std::filesystem::path> shared_data(const char* path) {
  auto* root = std::getenv("AVOCET_SHARED");
  if (root && *root) {
    auto found = std::filesystem::path(root) / path;
    if (std::filesystem::exists(found)) return found;
  }
  MESSAGE("skipped: AVOCET_SHARED/" << std::string(path) << " is not there");  // doctest prints a char* as a number
  return std::nullopt;
}

}  // namespace avocet::test
