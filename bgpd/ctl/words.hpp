#pragma once
/// A command line cut into words, and the cursor that commands read their arguments with.
#include <cstdint>
#include <optional>
#include <stdexcept>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace avocet::ctl {

/// Ends a command early with one final line. Thrown while arguments are read; never leaves the ctl room.
struct CommandError : std::runtime_error {
  CommandError(int code, const std::string& text) : std::runtime_error(text), code(code) {}
  int code;  ///< 8xxx or 9xxx, reference 9.1
};

/// A command that cannot be understood.
[[noreturn]] void parse_error(const std::string& text);

struct Word {
  enum class Kind : std::uint8_t { plain, quoted, string, punctuation } kind = Kind::plain;
  std::string text;         ///< without quotes
  std::size_t begin = 0;    ///< where it stands in the line
  std::size_t end = 0;      ///< first byte after it
  bool is(std::string_view word) const {
    return text == word && (kind == Kind::plain || kind == Kind::punctuation);
  }
};

/// Words in order. Throws CommandError for an open quote.
class Words {
 public:
  explicit Words(std::string_view line);

  bool at_end() const { return position_ == words_.size(); }
  std::size_t position() const { return position_; }
  void rewind(std::size_t position) { position_ = position; }
  const Word* peek(std::size_t ahead = 0) const {
    return position_ + ahead < words_.size() ? &words_[position_ + ahead] : nullptr;
  }
  bool accept(std::string_view word);
  /// Takes the last word of the line off if it is this one.
  bool accept_last(std::string_view word);
  /// Takes the next word; `expected` ("a protocol") is for the error when there is none.
  const Word& take(std::string_view expected);
  std::optional<std::string> take_string();             ///< the next word if it is in double quotes
  std::uint32_t take_number(std::string_view expected);
  /// `all`, `off` or `{ states, events }`: names of bits. `what` they are is for the error: "kind of event to debug".
  std::uint32_t take_mask(std::span<const std::pair<const char*, std::uint32_t>> bits, const std::string& what);
  void expect_end() const;                              ///< error if something is left

  /// The text of the line from the next word to before word number `until`.
  std::string_view text_until(std::size_t until) const;
  std::size_t count() const { return words_.size(); }
  const Word& at(std::size_t index) const { return words_[index]; }

 private:
  std::string line_;
  std::vector<Word> words_;
  std::size_t position_ = 0;
};

}  // namespace avocet::ctl
