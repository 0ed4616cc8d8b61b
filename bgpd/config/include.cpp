/// Files that a file includes.
#include "bgpd/config/lexer.hpp"

namespace avocet::config {
namespace {

constexpr unsigned deepest_include = 8;

class Includer {
 public:
  Includer(Sources& sources, Diagnostics& diagnostics) : sources_(sources), diagnostics_(diagnostics) {}

  void read(std::uint16_t file, unsigned depth) {
    auto text = sources_.text(file);
    Stretch stretch{file, 1, text.data(), text.data(), text.data() + text.size()};
    if (text.find("include") == text.npos) return text_.push_back(stretch);
    Diagnostics ignored;  // who reads the text in earnest says what is wrong with it
    std::vector<Stretch> whole{stretch};
    Lexer lexer(whole, ignored);
    for (auto token = lexer.next(); token.kind != TokenKind::end; token = lexer.next()) {
      if (!token.is("include") || !begins_line(token, lexer.cursor().line_start)) continue;
      auto path = lexer.next(), semicolon = lexer.next();
      if (path.kind != TokenKind::string || !semicolon.is(";")) continue;
      auto after = lexer.cursor();
      stretch.end = token.text.data();
      text_.push_back(stretch);
      auto place = token.place;
      place.length = static_cast<std::uint16_t>(std::min<std::ptrdiff_t>(after.at - stretch.end, 0xffff));
      include(std::string(path.text), place, depth);
      stretch = {file, after.line, after.line_start, after.at, whole.front().end};
    }
    text_.push_back(stretch);
  }

  std::vector<Stretch> take() { return std::move(text_); }

 private:
  static bool begins_line(const Token& token, const char* line_start) {
    std::string_view before(line_start, static_cast<std::size_t>(token.text.data() - line_start));
    return before.find_first_not_of(" \t\r\f\v") == before.npos;
  }

  void include(const std::string& pattern, Place place, unsigned depth) {
    if (depth == deepest_include)
      return diagnostics_.error(place, "includes are nested more than 8 deep", "does a file include itself?");
    for (auto& path : sources_.find_included(pattern, place)) {
      auto file = sources_.add_file(path, place);
      if (file)
        read(*file, depth + 1);
      else
        diagnostics_.error(place, file.error());
    }
  }

  Sources& sources_;
  Diagnostics& diagnostics_;
  std::vector<Stretch> text_;
};

}  // namespace

std::vector<Stretch> put_includes_in_place(Sources& sources, std::uint16_t file, Diagnostics& diagnostics) {
  Includer includer(sources, diagnostics);
  includer.read(file, 0);
  return includer.take();
}

}  // namespace avocet::config
