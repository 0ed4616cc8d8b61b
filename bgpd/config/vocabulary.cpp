#include "bgpd/config/vocabulary.hpp"

#include "bgpd/config/layout.hpp"

#include <fmt/format.h>

namespace avocet::config {
namespace {

constexpr std::pair<const char*, std::uint32_t> debug_words[] = {
    {"states", rib::debug::states},         {"routes", rib::debug::routes}, {"filters", rib::debug::filters},
    {"interfaces", rib::debug::interfaces}, {"events", rib::debug::events}, {"packets", rib::debug::packets}};

std::string range_text(std::uint32_t low, std::uint32_t high, const char* unit) {
  if (high == 0xffffffff) return fmt::format("<{}>", *unit ? unit : "number");
  return fmt::format("<{}..{}{}{}>", low, high, *unit ? " " : "", unit);
}

std::uint32_t checked(Parser& parser, const Token& at, const char* what, std::uint32_t value, std::uint32_t low, std::uint32_t high) {
  if (value >= low && value <= high) return value;
  parser.fail(at, fmt::format("{} must be {} to {}, not {}", what, low, high, value));
}

std::uint32_t read_seconds(Parser& parser, std::uint32_t low, std::uint32_t high) {
  auto& first = parser.peek();
  std::uint64_t value = parse_int(parser);
  std::uint64_t per_second = parser.accept("ms") ? 1000 : parser.accept("us") ? 1000000 : 1;
  if (per_second == 1) parser.accept("s");
  if (value % per_second != 0) parser.fail(first, "a time finer than a second has no effect here");
  return checked(parser, first, "the time", static_cast<std::uint32_t>(value / per_second), low, high);
}

std::uint32_t read_debug_mask(Parser& parser) {
  if (parser.accept("all")) return rib::debug::all;
  if (parser.accept("off")) return 0;
  if (!parser.peek().is("{")) parser.fail(parser.peek(), fmt::format("expected all, off or {{ states, routes, ... }}, found {}", describe(parser.peek())));
  parser.next();
  std::uint32_t mask = 0;
  while (!parser.accept("}")) {
    auto& token = parser.next();
    std::uint32_t bit = 0;
    std::vector<std::string> known;
    for (auto& [word, value] : debug_words) {
      known.emplace_back(word);
      if (token.is(word)) bit = value;
    }
    if (bit == 0) {
      parser.fail(token, fmt::format("expected all, off or {{ {} }}, found {}", fmt::join(known, ", "), describe(token)),
                  did_you_mean(token.text, known));
    }
    mask |= bit;
    if (!parser.peek().is("}")) parser.expect(",");
  }
  return mask;
}

std::string debug_mask_text(std::uint32_t mask) {
  if (mask == rib::debug::all) return "all";
  std::vector<std::string> words;
  for (auto& [word, value] : debug_words)
    if (mask & value) words.emplace_back(word);
  return words.empty() ? "off" : fmt::format("{{ {} }}", fmt::join(words, ", "));
}

const char* dialect_words(In in) { return in == In::bird1 ? "BIRD 1.6" : "BIRD 2"; }

template <class Object> void document(std::vector<OptionDoc>& docs, const char* object, const Table<Object>& table) {
  for (auto& row : table)
    docs.push_back({object, row.words, row.slot.shape, row.slot.sample, row.doc, row.in, row.effect, row.support});
}

}  // namespace

bool accept_words(Parser& parser, std::string_view words) {
  auto start = parser.position();
  while (!words.empty()) {
    auto word = words.substr(0, words.find(' '));
    if (!parser.accept(word)) {
      parser.rewind(start);
      return false;
    }
    words.remove_prefix(std::min(word.size() + 1, words.size()));
  }
  return true;
}

std::uint32_t parse_number(Parser& parser, const char* what, std::uint32_t low, std::uint32_t high) {
  auto& first = parser.peek();
  return checked(parser, first, what, parse_int(parser), low, high);
}

std::string parse_scope(Parser& parser) {
  if (!parser.accept("%")) return {};
  auto& name = parser.peek();
  if (name.kind != TokenKind::word && name.kind != TokenKind::string)
    parser.fail(name, fmt::format("expected the name of an interface, found {}", describe(name)));
  return std::string(parser.next().text);
}

Value<std::uint32_t> number(std::uint32_t low, std::uint32_t high) {
  return {range_text(low, high, ""), std::to_string(std::max<std::uint32_t>(low, 1)),
          [low, high](Parser& parser) { return parse_number(parser, "the number", low, high); },
          [](const std::uint32_t& value) { return std::to_string(value); }};
}

Value<std::uint32_t> seconds(std::uint32_t low, std::uint32_t high) {
  return {range_text(low, high, "seconds"), std::to_string(std::max<std::uint32_t>(low, 7)),
          [low, high](Parser& parser) { return read_seconds(parser, low, high); },
          [](const std::uint32_t& value) { return std::to_string(value); }};
}

Value<bool> boolean() {
  return {"<bool>", "on", [](Parser& parser) { return parse_bool(parser); },
          [](const bool& value) { return value ? "on" : "off"; }};
}

Value<proto::Address> address() {
  return {"<ip>", "192.0.2.1", [](Parser& parser) { return parse_address(parser); },
          [](const proto::Address& value) { return value.is_unspecified() ? "any" : value.text(); }};
}

Value<std::string> text_value() {
  return {"\"<text>\"", "\"some text\"", [](Parser& parser) { return parse_string(parser); },
          [](const std::string& value) { return '"' + value + '"'; }};
}

Value<std::string> name_value(const char* what) {
  return {fmt::format("<{}>", what), "some_name",
          [what](Parser& parser) {
            if (parser.peek().kind != TokenKind::word)
              parser.fail(parser.peek(), fmt::format("expected the name of a {}, found {}", what, describe(parser.peek())));
            return std::string(parser.next().text);
          },
          [](const std::string& value) { return value.empty() ? std::string("default") : value; },
          [](const std::string& value) { return value.empty() ? value : name_text(value); }};
}

Value<std::uint32_t> router_id_value() {
  return {"<router id>", "192.0.2.7", [](Parser& parser) { return parse_router_id(parser); },
          [](const std::uint32_t& value) { return proto::quad_text(value); }};
}

Value<std::uint32_t> debug_mask() { return {"all|off|{ <class>, ... }", "{ states, routes }", read_debug_mask, debug_mask_text}; }

Value<filter::ProgramPtr> filter_value() {
  return {"all|none|filter <name>|filter { ... }|where <condition>", "none",
          [](Parser& parser) { return parse_filter_choice(parser); },
          [](const filter::ProgramPtr& value) { return value ? filter::display_name(*value) : std::string("default"); },
          [](const filter::ProgramPtr& value) { return value ? filter::written(*value) : std::string(); }};
}

Value<std::uint64_t> fine_time() {
  return {"<time> s|ms|us", "100 ms",
          [](Parser& parser) {
            std::uint64_t time = parse_int(parser);
            if (parser.accept("us")) return time;
            if (parser.accept("ms")) return time * 1000;
            parser.accept("s");
            return time * 1000000;
          },
          [](const std::uint64_t& value) { return fmt::format("{} us", value); }};
}

std::size_t Matcher::words_here(const char* words) const {
  std::size_t count = 0;
  for (std::string_view rest = words; !rest.empty(); ++count) {
    auto word = rest.substr(0, rest.find(' '));
    if (!parser_.peek(count).is(word)) return 0;
    rest.remove_prefix(std::min(word.size() + 1, rest.size()));
  }
  return count;
}

const OptionHead& Matcher::read(const std::function<std::string()>& object) {
  auto& first = parser_.peek();
  if (!head_) {
    std::vector<std::string> names;
    for (auto& one : std::span(offered_.data(), count_)) one.names(one.table, names);
    // Names of one to three words: the whole phrase may be misspelt, or its first word alone.
    std::string phrase(first.text), hint;
    for (std::size_t words = 1; words <= 3 && hint.empty(); ++words) {
      hint = closest(phrase, names);
      phrase += ' ' + std::string(parser_.peek(words).text);
    }
    if (first.kind == TokenKind::word)
      parser_.fail(first, fmt::format("unknown option '{}' in {}", first.text, object()),
                   hint.empty() ? "" : fmt::format("did you mean '{}'?", hint));
    parser_.fail(first, fmt::format("expected an option of {}, found {}", object(), describe(first)));
  }
  auto own = parser_.dialect == filter::Dialect::bird1 ? In::bird1 : In::bird2;
  if (head_->in != In::both && head_->in != own)
    parser_.fail(first, fmt::format("'{}' belongs to {}, this file is written for {}", head_->words, dialect_words(head_->in), dialect_words(own)));
  if (head_->support == Support::no_effect)
    parser_.diagnostics.warning(first.place, fmt::format("'{}' is accepted but has no effect", head_->words), head_->doc);
  for (std::size_t i = 0; i < length_; ++i) parser_.next();
  bool asks_for_nothing = read_(parser_);
  if (head_->support == Support::missing && !asks_for_nothing) parser_.not_yet(first, fmt::format("{} ({})", head_->words, head_->doc));
  return *head_;
}

std::vector<OptionDoc> option_docs() {
  std::vector<OptionDoc> docs;
  document(docs, "global", global_options());
  document(docs, "protocol", protocol_options());
  document(docs, "channel", channel_options());
  document(docs, "bgp", bgp_options());
  document(docs, "bgp channel", bgp_channel_options());
  document(docs, "device", device_options());
  document(docs, "direct", direct_options());
  document(docs, "kernel", kernel_options());
  document(docs, "static", static_options());
  document(docs, "pipe", pipe_options());
  document(docs, "mrt", mrt_options());
  document(docs, "rpki", rpki_options());
  document(docs, "bmp", bmp_options());
  document(docs, "bfd", bfd_options());
  document(docs, "bfd sessions", bfd_session_options());
  document(docs, "table", table_options());
  document(docs, "table of ROAs", settle_options());
  return docs;
}

}  // namespace avocet::config
