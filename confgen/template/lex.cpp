#include "confgen/template/lex.hpp"

#include <fmt/format.h>

#include <cctype>

#include "confgen/template/parse.hpp"

namespace avocet::confgen {

namespace {

constexpr const char* blanks = " \t\r\n";
bool is_word(char c) { return std::isalnum(static_cast<unsigned char>(c)) || c == '_' || (c & 0x80); }

class Lexer {
 public:
  Lexer(const std::string& name, const std::string& source) : name_(name), source_(source) {}

  std::vector<Token> run() {
    bool trim = false;
    while (true) {
      auto start = at_, left = source_.find("{{", at_);
      auto text = source_.substr(start, left == std::string::npos ? left : left - start);
      bool trims_left = left != std::string::npos && trim_marker(left + 2);
      if (trim) {
        auto first = text.find_first_not_of(blanks);
        text.erase(0, first == std::string::npos ? text.size() : first);
      }
      if (trims_left) text.erase(text.find_last_not_of(blanks) + 1);
      if (!text.empty()) tokens_.push_back({Token::text, text, start});
      if (left == std::string::npos) break;
      at_ = left + 2 + (trims_left ? 2 : 0);
      trim = source_.compare(at_, 2, "/*") == 0 ? comment() : inside(left);
    }
    tokens_.push_back({Token::end, "EOF", source_.size()});
    return std::move(tokens_);
  }

 private:
  [[noreturn]] void fail(std::size_t position, const std::string& what) {
    throw TemplateError(fmt::format("template: {}:{}: {}", name_, place(source_, position).first, what));
  }
  /// "- " after the left delimiter.
  bool trim_marker(std::size_t i) const { return i + 1 < source_.size() && source_[i] == '-' && std::isspace(static_cast<unsigned char>(source_[i + 1])); }

  /// Whether the right delimiter trims.
  bool comment() {
    auto end = source_.find("*/", at_ + 2);
    if (end == std::string::npos) fail(at_, "unclosed comment");
    at_ = end + 2;
    if (source_.compare(at_, 2, "}}") == 0) return at_ += 2, false;
    if (at_ < source_.size() && std::isspace(static_cast<unsigned char>(source_[at_])) && source_.compare(at_ + 1, 3, "-}}") == 0) return at_ += 4, true;
    fail(at_, "comment ends before closing delimiter");
  }

  void push(Token::Kind kind, std::size_t length) {
    tokens_.push_back({kind, source_.substr(at_, length), at_});
    at_ += length;
  }

  std::size_t word_end(std::size_t i) const {
    while (i < source_.size() && is_word(source_[i])) ++i;
    return i;
  }

  void quoted(char delimiter, Token::Kind kind, const char* what) {
    for (auto i = at_ + 1;; ++i) {
      if (i >= source_.size() || (source_[i] == '\n' && delimiter != '`')) fail(at_, std::string("unterminated ") + what);
      if (source_[i] == '\\' && delimiter != '`') ++i;
      else if (source_[i] == delimiter) return push(kind, i - at_ + 1);
    }
  }

  bool inside(std::size_t left) {
    tokens_.push_back({Token::left, "{{", left});
    int parentheses = 0;
    while (true) {
      if (at_ >= source_.size()) fail(left, "unclosed action");
      char c = source_[at_], next = at_ + 1 < source_.size() ? source_[at_ + 1] : '\0';
      bool trims = std::isspace(static_cast<unsigned char>(c)) && source_.compare(at_ + 1, 3, "-}}") == 0;
      if (trims || source_.compare(at_, 2, "}}") == 0) {
        if (parentheses) fail(at_, "unclosed left paren");
        if (trims) ++at_, at_ += 1;
        push(Token::right, 2);
        return trims;
      }
      if (std::isspace(static_cast<unsigned char>(c))) {
        auto end = at_;
        while (end < source_.size() && std::isspace(static_cast<unsigned char>(source_[end])) && source_.compare(end + 1, 3, "-}}") != 0) ++end;
        push(Token::space, end - at_);
      } else if (c == '"') quoted('"', Token::string, "quoted string");
      else if (c == '`') quoted('`', Token::raw_string, "raw quoted string");
      else if (c == '\'') quoted('\'', Token::character, "character constant");
      else if (c == '|') push(Token::pipe, 1);
      else if (c == ',') push(Token::comma, 1);
      else if (c == '=') push(Token::assign, 1);
      else if (c == ':' && next == '=') push(Token::declare, 2);
      else if (c == ':') fail(at_, "expected :=");
      else if (c == '(') push(Token::open, 1), ++parentheses;
      else if (c == ')') {
        if (--parentheses < 0) fail(at_, "unexpected right paren");
        push(Token::close, 1);
      } else if (c == '$') push(Token::variable, word_end(at_ + 1) - at_);
      else if (c == '.' && is_word(next) && !std::isdigit(static_cast<unsigned char>(next))) push(Token::field, word_end(at_ + 1) - at_);
      else if (c == '.' && !std::isdigit(static_cast<unsigned char>(next))) push(Token::dot, 1);
      else if (std::isdigit(static_cast<unsigned char>(c)) || c == '.' || c == '+' || c == '-') number();
      else if (is_word(c)) push(Token::word, word_end(at_) - at_);
      else fail(at_, fmt::format("unexpected bad character U+{:04X} '{}' in command", static_cast<unsigned char>(c), c));
    }
  }

  void number() {
    auto end = at_ + 1;
    while (end < source_.size() && (is_word(source_[end]) || source_[end] == '.' ||
                                    ((source_[end] == '+' || source_[end] == '-') && (source_[end - 1] == 'e' || source_[end - 1] == 'E'))))
      ++end;
    push(Token::number, end - at_);
  }

  const std::string& name_;
  const std::string& source_;
  std::size_t at_ = 0;
  std::vector<Token> tokens_;
};

}  // namespace

std::vector<Token> lex_template(const std::string& name, const std::string& source) { return Lexer(name, source).run(); }

}  // namespace avocet::confgen
