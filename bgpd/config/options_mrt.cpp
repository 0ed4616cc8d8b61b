/// The vocabulary of `protocol mrt` (reference 6.9), and the mask of `mrtdump`.
#include <fmt/format.h>

#include "bgpd/config/layout.hpp"
#include "bgpd/config/vocabulary.hpp"

namespace avocet::config {
namespace {

using observe::MrtOptions;

constexpr std::pair<const char*, std::uint32_t> mask_words[] = {{"states", rib::mrtdump::states},
                                                                {"messages", rib::mrtdump::messages}};

std::uint32_t read_mask(Parser& parser) {
  if (parser.accept("off")) return 0;
  if (parser.accept("all")) return rib::mrtdump::all;
  parser.expect("{");
  std::uint32_t mask = 0;
  do mask |= choice<std::uint32_t>({std::begin(mask_words), std::end(mask_words)}).read(parser);
  while (parser.accept(","));
  parser.expect("}");
  return mask;
}

std::string mask_text(std::uint32_t mask) {
  if (mask == rib::mrtdump::all) return "all";
  for (auto& [word, bit] : mask_words)
    if (mask & bit) return fmt::format("{{ {} }}", word);
  return "off";
}

/// One table by its name, or all that fit a pattern.
Slot<MrtOptions> which_tables() {
  auto read = [](Parser& parser, MrtOptions& mrt) {
    mrt.table.clear(), mrt.table_pattern.clear();
    if (parser.peek().kind == TokenKind::string)
      mrt.table_pattern = parse_string(parser);
    else
      mrt.table = name_value("table").read(parser);
  };
  auto text = [](const MrtOptions& mrt) {
    return mrt.table_pattern.empty() ? name_value("table").text(mrt.table) : text_value().text(mrt.table_pattern);
  };
  auto written = [text](const MrtOptions& mrt) {
    return std::vector{mrt.table_pattern.empty() ? name_text(mrt.table) : text(mrt)};
  };
  return spelled<MrtOptions>(form<MrtOptions>("<name>|\"<pattern>\"", "\"master*\"", read, text), written);
}

/// A filter by either of its two keywords: printed behind the one it was written with.
Slot<MrtOptions> which_routes(std::string keyword, std::string shape, std::string sample,
                              filter::ProgramPtr (*read)(Parser&)) {
  auto slot = into(&MrtOptions::filter, filter_value());
  slot.shape = std::move(shape), slot.sample = std::move(sample);
  slot.read = [read](Parser& parser, MrtOptions& mrt) { mrt.filter = read(parser); };
  slot.written = [keyword = keyword + ' '](const MrtOptions& mrt) -> std::vector<std::string> {
    auto text = mrt.filter ? filter::written(*mrt.filter) : std::string();
    if (!text.starts_with(keyword)) return {};
    return {text.substr(keyword.size())};
  };
  slot.alias = keyword == "where";
  return slot;
}

Table<MrtOptions> make_mrt_options() {
  using enum In;
  using enum Effect;
  using M = MrtOptions;
  return {
      {"table", bird2, none, which_tables(), "The table that is dumped, or all tables of a pattern."},
      {"filename", bird2, none, into(&M::filename, text_value()),
       "Where to: strftime's conversions stand for the time, %N for the table's name. A file that is there is appended "
       "to."},
      {"period", bird2, none, into(&M::period, seconds(1)), "How often."},
      {"filter", bird2, none, which_routes("filter", "<name>|{ ... }", "{ accept; }", parse_filter_behind_keyword),
       "Which routes, and how; default is all as they are."},
      {"where", bird2, none, which_routes("where", "<condition>", "net.len < 25", parse_where),
       "The same by a condition."},
      {"always add path", bird2, none, into(&M::always_add_path, boolean()),
       "All routes with a path id (RFC 8050), not only those whose peer gave one."},
  };
}

}  // namespace

Value<std::uint32_t> mrtdump_mask() {
  return {"all|off|{ states, messages }", "{ states }", read_mask,
          [](const std::uint32_t& mask) { return mask_text(mask); }};
}

const Table<MrtOptions>& mrt_options() {
  static const auto table = make_mrt_options();
  return table;
}

}  // namespace avocet::config
