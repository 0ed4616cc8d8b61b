#pragma once
/// Base64, RFC 4648 section 4.
#include <optional>
#include <string>
#include <string_view>

namespace avocet::confgen {

std::string base64_encode(std::string_view bytes);
/// Nothing if the text is not base64: wrong characters, or not padded to a multiple of four.
std::optional<std::string> base64_decode(std::string_view text);

}  // namespace avocet::confgen
