#include "bgpd/ctl/words.hpp"

#include <algorithm>

#include <charconv>

namespace avocet::ctl {
namespace {

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r'; }
bool is_punctuation(char c) { return std::string_view("{}()[],;=<>!~&|?").find(c) != std::string_view::npos; }

}  // namespace

void parse_error(const std::string& text) { throw CommandError(9001, text); }

Words::Words(std::string_view line) : line_(line) {
  for (std::size_t i = 0; i < line_.size();) {
    char c = line_[i];
    if (is_blank(c)) {
      ++i;
    } else if (c == '#') {
      break;  // a comment, as in the configuration
    } else if (c == '"' || c == '\'') {
      auto close = line_.find(c, i + 1);
      if (close == std::string::npos) parse_error("syntax error: a quote is not closed");
      words_.push_back({c == '"' ? Word::Kind::string : Word::Kind::quoted, line_.substr(i + 1, close - i - 1), i, close + 1});
      i = close + 1;
    } else if (is_punctuation(c)) {
      words_.push_back({Word::Kind::punctuation, std::string(1, c), i, i + 1});
      ++i;
    } else {
      auto begin = i;
      while (i < line_.size() && !is_blank(line_[i]) && !is_punctuation(line_[i]) && line_[i] != '"' && line_[i] != '\'')
        ++i;
      words_.push_back({Word::Kind::plain, line_.substr(begin, i - begin), begin, i});
    }
  }
}

bool Words::accept(std::string_view word) {
  if (at_end() || !words_[position_].is(word)) return false;
  ++position_;
  return true;
}

bool Words::accept_last(std::string_view word) {
  if (at_end() || !words_.back().is(word)) return false;
  words_.pop_back();
  return true;
}

const Word& Words::take(std::string_view expected) {
  if (at_end()) parse_error("syntax error: " + std::string(expected) + " expected at the end");
  return words_[position_++];
}

std::optional<std::string> Words::take_string() {
  if (at_end() || words_[position_].kind != Word::Kind::string) return std::nullopt;
  return words_[position_++].text;
}

std::uint32_t Words::take_number(std::string_view expected) {
  auto& word = take(expected);
  std::uint32_t number = 0;
  auto last = word.text.data() + word.text.size();
  auto [end, error] = std::from_chars(word.text.data(), last, number);
  if (error != std::errc() || end != last)
    parse_error("syntax error: " + std::string(expected) + " expected, found '" + word.text + "'");
  return number;
}

std::uint32_t Words::take_mask(std::span<const std::pair<const char*, std::uint32_t>> bits, const std::string& what) {
  std::uint32_t all = 0, mask = 0;
  for (auto& [name, bit] : bits) all |= bit;
  if (accept("all")) return all;
  if (accept("off")) return 0;
  if (!accept("{")) parse_error("syntax error: 'all', 'off' or '{' expected");
  do {
    auto& word = take("a " + what);
    auto found = std::find_if(bits.begin(), bits.end(), [&](auto& known) { return word.is(known.first); });
    if (found == bits.end()) parse_error("syntax error: '" + word.text + "' is no " + what);
    mask |= found->second;
  } while (accept(","));
  if (!accept("}")) parse_error("syntax error: '}' expected");
  return mask;
}

void Words::expect_end() const {
  if (!at_end()) parse_error("syntax error: unexpected '" + words_[position_].text + "'");
}

std::string_view Words::text_until(std::size_t until) const {
  if (position_ >= until) return {};
  auto begin = words_[position_].begin;
  return std::string_view(line_).substr(begin, words_[until - 1].end - begin);
}

}  // namespace avocet::ctl
