/// Which BIRD a file is written for, seen from its statements alone, before any of them is read.
#include <fmt/format.h>

#include "bgpd/config/grammar_block.hpp"

namespace avocet::config {
namespace {

bool is_one_of(const Token& token, std::initializer_list<std::string_view> words) {
  for (auto word : words)
    if (token.is(word)) return true;
  return false;
}

bool ends_statement(const Token& token) {
  if (token.kind != TokenKind::punctuation || token.text.size() != 1) return false;
  char mark = token.text.front();
  return mark == ';' || mark == '{' || mark == '}';
}

bool is_net_type(const Token& token) { return is_one_of(token, {"ipv4", "ipv6", "vpn4", "vpn6", "roa4", "roa6", "flow4", "flow6"}); }

/// A construct that only one dialect has.
struct Mark {
  const Token* at = nullptr;
  std::string what;
};

/// Walks over the statements at the top level and right inside protocols.
class Detector {
 public:
  explicit Detector(const std::vector<Token>& tokens) : tokens_(tokens) {}

  void run() {
    bool starts = true;
    for (std::size_t i = 0; i + 1 < tokens_.size(); ++i) {
      auto& token = tokens_[i];
      if (!starts && (token.kind != TokenKind::word || token.depth != 1)) {  // nearly all: the insides of lists
        starts = ends_statement(token);
        continue;
      }
      if (starts && token.depth == 0) top_level(i);
      if (starts && token.depth == 1 && in_protocol_) in_protocol(token, tokens_[i + 1]);
      if (token.depth == 1 && token.is("multipath") && kind_ == "static") note(bird1, token, "'multipath'");
      starts = ends_statement(token);
    }
  }
  Mark bird1, bird2;

 private:
  void note(Mark& mark, const Token& at, std::string what) {
    if (!mark.at) mark = {&at, std::move(what)};
  }

  void top_level(std::size_t i) {
    auto &token = tokens_[i], &next = tokens_[i + 1];
    in_protocol_ = is_one_of(token, {"protocol", "template"});
    kind_ = in_protocol_ ? next.text : std::string_view();
    if (token.is("listen") && next.is("bgp")) note(bird1, token, "'listen bgp'");
    if (token.is("roa") && next.is("table")) note(bird1, token, "'roa table'");
    if (token.is("table") && next.kind == TokenKind::word) note(bird1, token, "a table without its net type");
    if (is_net_type(token) && next.is("table")) note(bird2, token, fmt::format("'{} table'", token.text));
  }

  void in_protocol(const Token& token, const Token& next) {
    if (is_net_type(token) && (next.is("{") || next.is(";"))) note(bird2, token, fmt::format("the channel '{}'", token.text));
    bool has_channels = kind_ == "bgp" || kind_ == "kernel" || kind_ == "static" || kind_ == "direct";
    if (has_channels && is_one_of(token, {"import", "export", "preference", "table"}))
      note(bird1, token, fmt::format("'{}' outside of a channel", token.text));
    if (kind_ == "bgp" && ((token.is("next") && next.is("hop")) || (token.is("add") && next.is("paths")) || token.is("gateway")))
      note(bird1, token, fmt::format("'{} {}' outside of a channel", token.text, next.text));
    if (kind_ == "kernel" && token.is("device") && next.is("routes")) note(bird1, token, "'device routes'");
  }

  const std::vector<Token>& tokens_;
  bool in_protocol_ = false;
  std::string_view kind_;
};

}  // namespace

filter::Dialect detect_dialect(const std::vector<Token>& tokens, Diagnostics& diagnostics) {
  Detector detector(tokens);
  detector.run();
  auto &one = detector.bird1, &two = detector.bird2;
  if (one.at && two.at) {
    diagnostics.error(one.at->place, fmt::format("{} is BIRD 1.6's dialect, but this configuration also has BIRD 2's", one.what));
    diagnostics.note(two.at->place, fmt::format("{} is BIRD 2's dialect", two.what));
  }
  return one.at && !two.at ? filter::Dialect::bird1 : filter::Dialect::bird2;
}

}  // namespace avocet::config
