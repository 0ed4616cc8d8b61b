#include "bgpd/config/loose_words.hpp"

#include <cctype>
#include <set>

namespace avocet::config {
namespace {

bool is_word_start(char c) { return std::isalpha(static_cast<unsigned char>(c)) || c == '_'; }
bool is_word(char c) { return std::isalnum(static_cast<unsigned char>(c)) || c == '_'; }
bool is_address(char c) { return is_word(c) || c == ':' || c == '.'; }

/// Reads one text; no more of the language than tells words from everything else.
class Scan {
 public:
  Scan(std::string_view text, std::set<std::string>& words) : text_(text), words_(words) {}

  void run() {
    while (at_ < text_.size()) {
      char c = text_[at_];
      if (c == '#')
        skip_past("\n");
      else if (text_.substr(at_, 2) == "/*")
        skip_past("*/");
      else if (c == '"' || c == '\'')
        ++at_, skip_past(std::string_view(&c, 1));
      else if (is_word_start(c))
        word();
      else if (std::isdigit(static_cast<unsigned char>(c)) || c == ':')
        while_is(is_address);
      else
        brace(c);
    }
  }

 private:
  void skip_past(std::string_view end) {
    auto found = text_.find(end, at_);
    at_ = found == std::string_view::npos ? text_.size() : found + end.size();
  }
  std::string_view while_is(bool (*belongs)(char)) {
    auto begin = at_++;
    while (at_ < text_.size() && belongs(text_[at_])) ++at_;
    return text_.substr(begin, at_ - begin);
  }
  void word() {
    auto begin = at_;
    auto found = while_is(is_word);
    if (at_ < text_.size() && text_[at_] == ':') {  // an address such as fd00::1
      at_ = begin;
      while_is(is_address);
      return;
    }
    if (body_ == Body::none) words_.emplace(found);
    if (depth_ == 0 && body_ == Body::none && (found == "function" || found == "filter")) body_ = Body::expected;
  }
  void brace(char c) {
    ++at_;
    if (c == '{' && depth_++ == 0 && body_ == Body::expected) body_ = Body::open;
    if (c == '}' && depth_ > 0 && --depth_ == 0 && body_ == Body::open) body_ = Body::none;
  }

  enum class Body { none, expected, open } body_ = Body::none;  // of a function or filter
  std::string_view text_;
  std::set<std::string>& words_;
  std::size_t at_ = 0;
  unsigned depth_ = 0;
};

}  // namespace

std::vector<std::string> loose_words(const Sources& sources, const Symbols& symbols) {
  std::set<std::string> words;
  for (std::size_t i = 0; i < sources.count(); ++i) Scan(sources.text(static_cast<std::uint16_t>(i)), words).run();
  for (auto& [name, _] : symbols.global()) words.erase(name);
  return {words.begin(), words.end()};
}

}  // namespace avocet::config
