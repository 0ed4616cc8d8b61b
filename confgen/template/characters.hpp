#pragma once
/// Characters of UTF-8 text, and Go's quoted forms of text.
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace avocet::confgen {

/// One character and how many bytes it took. A byte that is no UTF-8 gives U+FFFD and one byte, as in Go.
struct Character {
  char32_t code;
  std::size_t size_bytes;
};
/// The first character of a text that is not empty.
Character first_character(std::string_view text);
std::size_t count_characters(std::string_view text);
/// Appends a character; what cannot be one becomes U+FFFD.
void append_character(std::string& out, char32_t code);

/// Letters, digits and "_": what names in templates are made of.
bool is_name_character(char32_t code);
/// Visible characters and the blank. Close to Go's tables: what is not assigned counts as printable.
bool is_printable(char32_t code);

/// Go's double-quoted form (%q); `ascii_only` escapes everything beyond ASCII.
std::string quote(std::string_view text, bool ascii_only = false);
/// Go's form in single quotes.
std::string quote_character(char32_t code, bool ascii_only = false);
/// The text of a Go literal in double quotes or backquotes; nothing if it is not one.
std::optional<std::string> unquote(std::string_view literal);
/// The character of a Go literal in single quotes.
std::optional<char32_t> unquote_character(std::string_view literal);

}  // namespace avocet::confgen
