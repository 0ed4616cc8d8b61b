#include "confgen/template/lex.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "confgen/template/characters.hpp"

namespace avocet::confgen {

namespace {

constexpr const char* blanks = " \t\r\n";
bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

const std::map<std::string, Token::Kind> words{{"block", Token::block},
                                               {"break", Token::break_},
                                               {"continue", Token::continue_},
                                               {"define", Token::define},
                                               {"else", Token::else_},
                                               {"end", Token::end},
                                               {"if", Token::if_},
                                               {"nil", Token::nil},
                                               {"range", Token::range},
                                               {"with", Token::with},
                                               {"template", Token::template_},
                                               {"true", Token::boolean},
                                               {"false", Token::boolean}};

class Lexer {
 public:
  explicit Lexer(const std::string& source) : source_(source) {}

  std::vector<Token> run() {
    bool trim = false;
    while (!failed_) {
      auto left = source_.find("{{", at_);
      auto stop = left == std::string::npos ? source_.size() : left;
      bool trims_left = left != std::string::npos && has_left_marker(left + 2);
      auto text_end = stop;
      if (trim) skip_to(std::min(source_.find_first_not_of(blanks, at_), source_.size()));
      if (trims_left)
        while (text_end > start_ && is_blank(source_[text_end - 1])) --text_end;
      if (text_end > start_) at_ = text_end, emit(Token::text);
      skip_to(std::max(stop, start_));
      if (left == std::string::npos) {
        emit(Token::end_of_file);
        break;
      }
      trim = action(trims_left);
    }
    return std::move(tokens_);
  }

 private:
  char at(std::size_t i) const { return i < source_.size() ? source_[i] : '\0'; }
  bool has(std::size_t i, const char* what) const {
    return source_.compare(i, std::string_view(what).size(), what) == 0;
  }
  bool has_left_marker(std::size_t i) const {
    return at(i) == '-' && i + 1 < source_.size() && is_blank(source_[i + 1]);
  }
  bool has_trimmed_end(std::size_t i) const { return i < source_.size() && is_blank(source_[i]) && has(i + 1, "-}}"); }
  Character here() const {
    return at_ < source_.size() ? first_character(std::string_view(source_).substr(at_, 4)) : Character{0, 0};
  }

  void skip_to(std::size_t position) {
    line_ += static_cast<std::size_t>(std::count(source_.begin() + static_cast<std::ptrdiff_t>(start_),
                                                 source_.begin() + static_cast<std::ptrdiff_t>(position), '\n'));
    start_ = at_ = position;
  }
  void emit(Token::Kind kind) {
    tokens_.push_back({kind, source_.substr(start_, at_ - start_), start_, line_});
    skip_to(at_);
  }
  void emit(Token::Kind kind, std::size_t length) {
    at_ += length;
    emit(kind);
  }
  void fail(const std::string& what) {
    tokens_.push_back({Token::error, what, start_, line_});
    failed_ = true;
  }
  void bad_character(const char* what, Character c) {
    // As Go's %#U: the character too, if it can be seen.
    auto shown = fmt::format("U+{:04X}", c.size_bytes ? static_cast<std::uint32_t>(c.code) : 0xffffffffu);
    if (c.size_bytes == 0) shown = "U+FFFFFFFFFFFFFFFF";
    if (c.size_bytes && is_printable(c.code)) {
      shown += " '";
      append_character(shown, c.code);
      shown += "'";
    }
    fail(what + shown);
  }

  /// From "{{" to after "}}"; whether the text that follows is trimmed.
  bool action(bool trims_left) {
    std::size_t marker = trims_left ? 2 : 0;
    if (has(at_ + 2 + marker, "/*")) {
      skip_to(at_ + 2 + marker);
      return comment();
    }
    emit(Token::left, 2);
    skip_to(at_ + marker);
    int parentheses = 0;
    while (!failed_) {
      bool trims = has_trimmed_end(at_);
      if (!trims && !has(at_, "}}")) {
        inside(parentheses);
        continue;
      }
      if (parentheses) {
        fail("unclosed left paren");
        break;
      }
      if (trims) skip_to(at_ + 2);
      emit(Token::right, 2);
      return trims;
    }
    return false;
  }

  bool comment() {
    auto close = source_.find("*/", at_ + 2);
    if (close == std::string::npos) return fail("unclosed comment"), false;
    bool trims = has_trimmed_end(close + 2);
    if (!trims && !has(close + 2, "}}")) return fail("comment ends before closing delimiter"), false;
    skip_to(close + 4 + (trims ? 2 : 0));
    return trims;
  }

  void inside(int& parentheses) {
    if (at_ >= source_.size()) return fail("unclosed action");
    char c = source_[at_];
    if (is_blank(c)) return spaces();
    switch (c) {
      case '=': return emit(Token::assign, 1);
      case '|': return emit(Token::pipe, 1);
      case '"': return quoted('"', Token::string, "unterminated quoted string");
      case '\'': return quoted('\'', Token::number, "unterminated character constant");
      case '`': return raw();
      case '$': return ++at_, name(Token::variable);
      case ':':
        if (at(at_ + 1) != '=') return fail("expected :=");
        return emit(Token::declare, 2);
      case '(': return ++parentheses, emit(Token::open, 1);
      case ')':
        emit(Token::close, 1);
        if (--parentheses < 0) bad_character("unexpected right paren ", {')', 1});
        return;
      case '.':
        if (at_ + 1 < source_.size() && !is_digit(source_[at_ + 1])) return ++at_, name(Token::field);
        return number();
      default: break;
    }
    if (c == '+' || c == '-' || is_digit(c)) return number();
    auto character = here();
    if (is_name_character(character.code)) return name(Token::identifier);
    if (character.code < 0x80 && is_printable(character.code)) return emit(Token::character, 1);
    bad_character("unrecognized character in action: ", character);
  }

  /// A run of blanks; the last belongs to the right delimiter if that has a trim marker.
  void spaces() {
    while (at_ < source_.size() && is_blank(source_[at_]) && !has_trimmed_end(at_)) ++at_;
    if (at_ > start_) emit(Token::space);
  }

  bool at_terminator() const {
    if (at_ >= source_.size()) return true;
    return is_blank(source_[at_]) || std::string_view(".,|:)(").find(source_[at_]) != std::string_view::npos ||
           has(at_, "}}");
  }

  /// A name, after "$" or "." if it is a variable or a field.
  void name(Token::Kind kind) {
    if (kind != Token::identifier && at_terminator()) return emit(kind == Token::field ? Token::dot : kind);
    while (at_ < source_.size() && is_name_character(here().code)) at_ += here().size_bytes;
    if (!at_terminator()) return bad_character("bad character ", here());
    if (kind != Token::identifier) return emit(kind);
    auto word = words.find(source_.substr(start_, at_ - start_));
    emit(word == words.end() ? Token::identifier : word->second);
  }

  void quoted(char delimiter, Token::Kind kind, const char* unterminated) {
    for (auto i = at_ + 1;; ++i) {
      if (i < source_.size() && source_[i] == '\\')
        ++i;
      else if (i < source_.size() && source_[i] == delimiter)
        return emit(kind, i + 1 - at_);
      if (i >= source_.size() || source_[i] == '\n') return fail(unterminated);
    }
  }
  void raw() {
    auto close = source_.find('`', at_ + 1);
    if (close == std::string::npos) return fail("unterminated raw quoted string");
    emit(Token::raw_string, close + 1 - at_);
  }

  bool accept(const char* set) {
    if (at_ >= source_.size() || std::string_view(set).find(source_[at_]) == std::string_view::npos) return false;
    return ++at_, true;
  }
  bool scan_number() {
    const char* digits = "0123456789_";
    int base = 10;
    accept("+-");
    if (accept("0")) {
      if (accept("xX"))
        digits = "0123456789abcdefABCDEF_", base = 16;
      else if (accept("oO"))
        digits = "01234567_", base = 8;
      else if (accept("bB"))
        digits = "01_", base = 2;
    }
    auto run = [&](const char* set) {
      while (accept(set)) {
      }
    };
    run(digits);
    if (accept(".")) run(digits);
    if ((base == 10 && accept("eE")) || (base == 16 && accept("pP"))) accept("+-"), run("0123456789_");
    accept("i");
    if (at_ >= source_.size() || !is_name_character(here().code)) return true;
    at_ += here().size_bytes;
    return false;
  }
  void number() {
    bool good = scan_number();
    if (good && (at(at_) == '+' || at(at_) == '-')) good = scan_number() && source_[at_ - 1] == 'i';
    if (!good) return fail("bad number syntax: " + quote(source_.substr(start_, at_ - start_)));
    emit(Token::number);
  }

  const std::string& source_;
  std::size_t start_ = 0, at_ = 0, line_ = 1;
  bool failed_ = false;
  std::vector<Token> tokens_;
};

}  // namespace

std::string Token::shown() const {
  constexpr std::size_t longest = 10;  // Go cuts longer words
  if (kind == end_of_file) return "EOF";
  if (kind == error) return value;
  if (kind >= dot) return "<" + value + ">";
  std::string_view rest(value);
  for (std::size_t n = 0; n < longest && !rest.empty(); ++n) rest.remove_prefix(first_character(rest).size_bytes);
  bool cut = value.size() > longest;
  return quote(cut ? value.substr(0, value.size() - rest.size()) : value) + (cut ? "..." : "");
}

std::vector<Token> lex_template(const std::string& source) { return Lexer(source).run(); }

}  // namespace avocet::confgen
