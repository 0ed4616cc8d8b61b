#pragma once
/// The words of a template: text outside the delimiters, and what stands inside.
#include <string>
#include <vector>

namespace avocet::confgen {

struct Token {
  enum Kind { text, left, right, word, field, variable, dot, number, character, string, raw_string, pipe, declare, assign, comma, open, close, space, end };
  Kind kind;
  std::string value;         ///< as written
  std::size_t position = 0;  ///< bytes from the start
};

/// All words of the source; trim markers and comments are already applied. Throws TemplateError.
std::vector<Token> lex_template(const std::string& name, const std::string& source);

}  // namespace avocet::confgen
