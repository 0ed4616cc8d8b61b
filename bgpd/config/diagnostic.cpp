#include "bgpd/config/diagnostic.hpp"

#include <algorithm>
#include <fmt/format.h>

#include "bgpd/config/source.hpp"

namespace avocet::config {
namespace {

constexpr std::size_t kept_messages = 200;  // nobody reads more; a file of garbage must not eat memory
constexpr std::size_t shown_columns = 160;  // of a source line, around the caret

const char* word(Severity severity) {
  switch (severity) {
    case Severity::error: return "error";
    case Severity::warning: return "warning";
    case Severity::note: return "note";
  }
  return "";
}

/// The part of a long line that holds the place, and the columns cut off before it.
std::pair<std::string_view, std::size_t> window(std::string_view line, std::size_t column) {
  if (line.size() <= shown_columns) return {line, 0};
  std::size_t from = column > shown_columns / 2 ? std::min(column - shown_columns / 2, line.size() - shown_columns) : 0;
  return {line.substr(from, shown_columns), from};
}

/// Blanks as wide as the text before the caret: tabs stay tabs, and several bytes may be one letter, or the caret would point elsewhere.
std::string indent(std::string_view before) {
  std::string blanks;
  for (auto c : before)
    if ((c & 0xc0) != 0x80) blanks += c == '\t' ? '\t' : ' ';
  return blanks;
}

/// Edit distance in which swapping two neighbours counts as one mistake.
std::size_t distance(const std::string& a, const std::string& b) {
  std::vector<std::size_t> before_last(b.size() + 1), last(b.size() + 1), row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    before_last.swap(last);
    last.swap(row);
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      row[j] = std::min({last[j] + 1, row[j - 1] + 1, last[j - 1] + (a[i - 1] != b[j - 1])});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) row[j] = std::min(row[j], before_last[j - 2] + 1);
    }
  }
  return row[b.size()];
}

}  // namespace

void Diagnostics::error(Place place, std::string what, std::string hint) {
  ++errors_;
  // Two open blocks miss their braces at the same end of file: once is enough.
  if (!list_.empty() && list_.back().place == place && list_.back().what == what) return;
  if (list_.size() < kept_messages) list_.push_back({Severity::error, place, std::move(what), std::move(hint)});
}
/// Half of the room is for errors: a thousand warnings must not hide the one that refuses the file.
void Diagnostics::warning(Place place, std::string what, std::string hint) {
  if (list_.size() < kept_messages / 2) list_.push_back({Severity::warning, place, std::move(what), std::move(hint)});
}
void Diagnostics::note(Place place, std::string what) {
  if (list_.size() < kept_messages) list_.push_back({Severity::note, place, std::move(what), {}});
}

std::string render(const Diagnostic& diagnostic, const Sources& sources) {
  auto& place = diagnostic.place;
  std::string file = place.file < sources.count() ? sources.name(place.file) : "configuration";
  if (place.line == 0) {
    auto text = fmt::format("{}: {}: {}\n", file, word(diagnostic.severity), diagnostic.what);
    if (!diagnostic.hint.empty()) text += fmt::format("      hint: {}\n", diagnostic.hint);
    return text;
  }
  auto text = fmt::format("{}:{}:{}: {}: {}\n", file, place.line, place.column, word(diagnostic.severity), diagnostic.what);
  std::size_t column = place.column > 0 ? place.column - 1u : 0u;
  auto [line, cut] = window(sources.line(place), column);
  column = std::min(column - std::min(column, cut), line.size());
  auto width = std::max<std::size_t>(1, indent(line.substr(column, place.length)).size());
  text += fmt::format("{:>5} | {}\n      | {}^{}", place.line, line, indent(line.substr(0, column)), std::string(width - 1, '~'));
  if (!diagnostic.hint.empty()) text += " hint: " + diagnostic.hint;
  text += '\n';
  for (auto from = sources.included_from(place.file); from.line != 0; from = sources.included_from(from.file))
    text += fmt::format("      | included from {}:{}\n", sources.name(from.file), from.line);
  return text;
}

std::string render_short(const Diagnostic& diagnostic, const Sources& sources) {
  auto& place = diagnostic.place;
  std::string file = place.file < sources.count() ? sources.name(place.file) : "configuration";
  return fmt::format("{}:{}:{} {}", file, place.line, place.column, diagnostic.what);
}

std::string closest(const std::string& word, const std::vector<std::string>& candidates) {
  if (word.size() < 2) return {};  // everything is close to it
  // One mistake in three letters is still a slip of the fingers; more is another word.
  std::size_t best = std::max<std::size_t>(1, word.size() / 3) + 1;
  std::string found;
  for (auto& candidate : candidates) {
    auto shorter = std::min(word.size(), candidate.size()), longer = std::max(word.size(), candidate.size());
    if (longer - shorter >= best) continue;  // so many letters must be added at least
    if (auto d = distance(word, candidate); d < best) {
      best = d;
      found = candidate;
    }
  }
  return found;
}

std::string did_you_mean(std::string_view word, const std::vector<std::string>& candidates) {
  auto close = closest(std::string(word), candidates);
  return close.empty() ? "" : fmt::format("did you mean '{}'?", close);
}

}  // namespace avocet::config
