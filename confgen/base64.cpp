#include "confgen/base64.hpp"

#include <array>
#include <cstdint>

namespace avocet::confgen {

namespace {
constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

constexpr std::uint8_t none = 64;
constexpr auto digits = [] {
  std::array<std::uint8_t, 256> all{};
  all.fill(none);
  for (std::uint8_t i = 0; i < 64; ++i) all[static_cast<std::uint8_t>(alphabet[i])] = i;
  return all;
}();
}  // namespace

std::string base64_encode(std::string_view bytes) {
  std::string text;
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    std::uint32_t group = 0;
    for (std::size_t j = 0; j < 3; ++j)
      group = group << 8 | (i + j < bytes.size() ? static_cast<std::uint8_t>(bytes[i + j]) : 0u);
    for (std::size_t j = 0; j < 4; ++j) text += i + j > bytes.size() ? '=' : alphabet[group >> (18 - 6 * j) & 63];
  }
  return text;
}

std::optional<std::string> base64_decode(std::string_view text) {
  if (text.size() % 4) return {};
  auto padding = text.ends_with("==") ? 2u : text.ends_with("=") ? 1u : 0u;
  std::string bytes;
  bytes.reserve(text.size() / 4 * 3);
  std::uint32_t group = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    auto digit = i < text.size() - padding ? digits[static_cast<std::uint8_t>(text[i])] : std::uint8_t{0};
    if (digit == none) return {};
    group = group << 6 | digit;
    if (i % 4 == 3)
      for (int shift : {16, 8, 0}) bytes += static_cast<char>(group >> shift & 255);
  }
  bytes.resize(bytes.size() - padding);
  return bytes;
}

}  // namespace avocet::confgen
