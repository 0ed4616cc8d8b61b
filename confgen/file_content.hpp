#pragma once
/// Reading files whole.
#include <optional>
#include <string>

namespace avocet::confgen {

/// The content of a file; nothing if it cannot be read, and errno says why.
std::optional<std::string> file_content(const std::string& path);

}  // namespace avocet::confgen
