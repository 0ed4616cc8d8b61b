#pragma once
/// The words of a template: text outside the delimiters, and what stands inside.
#include <string>
#include <vector>

namespace avocet::confgen {

struct Token {
  enum Kind {
    error,
    text,
    left,
    right,
    space,
    pipe,
    declare,
    assign,
    character,
    open,
    close,  // what is between operands
    identifier,
    field,
    variable,
    boolean,
    number,
    string,
    raw_string,  // operands
    dot,
    nil,
    block,
    break_,
    continue_,
    define,
    else_,
    end,
    if_,
    range,
    template_,
    with,  // words with a meaning
    end_of_file
  };
  Kind kind = error;
  std::string value;         ///< as written; what is wrong, of an error
  std::size_t position = 0;  ///< bytes from the start
  std::size_t line = 0;      ///< from 1

  /// As messages show it: "<else>", "\"some text\"...", "EOF".
  std::string shown() const;
};

/// All words of the source; trim markers and comments are already applied. The last is the end of the file, or an
/// error: the parser tells it when it gets there.
std::vector<Token> lex_template(const std::string& source);

}  // namespace avocet::confgen
