#pragma once
/// Messages about configuration text: where, what, how to mend it. `FILE:LINE:COLUMN: error: words` (style.md).
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace avocet::config {

/// A place in a source file; line and column count from 1, columns in bytes. `file` indexes Sources.
struct Place {
  std::uint16_t file = 0;
  std::uint32_t line = 0;
  std::uint16_t column = 0;
  std::uint16_t length = 1;  ///< bytes to underline
  friend bool operator==(const Place&, const Place&) = default;
};

enum class Severity : std::uint8_t { error, warning, note };

struct Diagnostic {
  Severity severity = Severity::error;
  Place place;
  std::string what;
  std::string hint;  ///< "did you mean 'neighbor'?"; "" if none
};

class Sources;

/// Collects what is wrong; parsing goes on after an error where it can.
class Diagnostics {
 public:
  void error(Place place, std::string what, std::string hint = {});
  void warning(Place place, std::string what, std::string hint = {});
  void note(Place place, std::string what);
  bool has_errors() const { return errors_ > 0; }
  std::size_t errors() const { return errors_; }
  const std::vector<Diagnostic>& list() const { return list_; }

 private:
  std::vector<Diagnostic> list_;
  std::size_t errors_ = 0;
};

/// "bird.conf:41:3: error: unknown option ..." with the source line and a caret below; several lines of text.
std::string render(const Diagnostic& diagnostic, const Sources& sources);
/// BIRD's one-line head: "bird.conf:41:3 unknown option ..." (control socket 8002, `bird -p`).
std::string render_short(const Diagnostic& diagnostic, const Sources& sources);

/// The closest of `candidates` by edit distance, or "" if none is close: for hints.
std::string closest(const std::string& word, const std::vector<std::string>& candidates);
/// The hint "did you mean 'neighbor'?", or "".
std::string did_you_mean(std::string_view word, const std::vector<std::string>& candidates);

}  // namespace avocet::config
