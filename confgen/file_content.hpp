#pragma once
/// Reading files whole.
#include <optional>
#include <string>

namespace avocet::confgen {

/// The content of a file; nothing if it cannot be read, and errno says why.
std::optional<std::string> file_content(const std::string& path);

/// A line that is another one when the file is another one or was changed; "" if there is none.
std::string file_stamp(const std::string& path);

}  // namespace avocet::confgen
