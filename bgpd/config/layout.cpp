#include "bgpd/config/layout.hpp"

#include <algorithm>
#include <cctype>

namespace avocet::config {
namespace {

constexpr std::size_t widest_list = 100;  // columns; a longer list goes on in the next line

std::string token_text(const Token& token) {
  if (token.kind == TokenKind::string) return '"' + std::string(token.text) + '"';
  if (token.kind == TokenKind::word && token.quoted) return "'" + std::string(token.text) + "'";
  return std::string(token.text);
}

class Writer {
 public:
  explicit Writer(std::span<const Token> tokens) : tokens_(tokens) {}

  std::string write() {
    for (std::size_t i = 0; i < tokens_.size() && tokens_[i].kind != TokenKind::end; ++i) token(i);
    return std::move(text_);
  }

 private:
  /// Braces around a list or a prefix length, as opposed to a block of statements.
  bool holds_list(std::size_t open) const {
    auto end = open + 1;
    while (end < tokens_.size() && !tokens_[end].is(";") && !tokens_[end].is("{") && !tokens_[end].is("}")) ++end;
    return end < tokens_.size() && tokens_[end].is("}");
  }

  void line() {
    line_start_ = text_.size() + 1;
    text_ += '\n';
    text_.append(2 * depth_, ' ');
    fresh_line_ = true;
  }

  void token(std::size_t i) {
    auto& token = tokens_[i];
    bool list = token.is("{") && holds_list(i);
    bool closes_block = token.is("}") && lists_ == 0;
    if (closes_block && depth_ > 0) --depth_;
    if (break_ && !token.is(";") && !token.is("}") && !(after_block_ && token.is("else")))
      line();
    else if (closes_block)
      line();
    bool too_wide = text_.size() - line_start_ > widest_list && i > 0 && tokens_[i - 1].is(",");
    if (too_wide && !fresh_line_) line();
    bool glued = token.glued && !closes_block && !token.is("else");
    if (!fresh_line_ && !text_.empty() && !glued && !token.is(";") && !token.is(",")) text_ += ' ';
    text_ += token_text(token);
    fresh_line_ = break_ = after_block_ = false;
    if (list) {
      ++lists_;
    } else if (token.is("{")) {
      ++depth_;
      break_ = true;
    } else if (token.is("}") && lists_ > 0) {
      --lists_;
      break_ = after_block_ = tokens_[i - 1].is("{");
    } else if (token.is("}")) {
      break_ = after_block_ = true;
    } else if (token.is(";")) {
      break_ = true;
    }
  }

  std::span<const Token> tokens_;
  std::string text_;
  std::size_t depth_ = 0, lists_ = 0, line_start_ = 0;
  bool break_ = false, after_block_ = false, fresh_line_ = true;
};

}  // namespace

std::string layout(std::span<const Token> tokens) { return Writer(tokens).write(); }

std::string name_text(std::string_view name) {
  bool plain = !name.empty() && !std::isdigit(static_cast<unsigned char>(name.front())) &&
               std::all_of(name.begin(), name.end(), [](unsigned char c) { return std::isalnum(c) || c == '_'; });
  return plain ? std::string(name) : "'" + std::string(name) + "'";
}

}  // namespace avocet::config
