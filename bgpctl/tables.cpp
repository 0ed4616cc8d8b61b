#include "bgpctl/tables.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>
#include <cctype>
#include <optional>
#include <stdexcept>
#include <utility>

namespace avocet::bgpctl {
namespace {

namespace json = boost::json;

constexpr std::size_t page_rows = 256;      // enough to see the usual widths, soon enough to look immediate
constexpr std::size_t narrowest_last = 10;  // a cut last column says at least this much
constexpr const char* gap = "  ";

constexpr const char* bold = "\033[1m";
constexpr const char* dim = "\033[2m";
constexpr const char* plain = "\033[0m";

/// A member as text; "" if it is not there.
std::string text(const json::object& object, std::string_view name) {
  auto* value = object.if_contains(name);
  if (!value || value->is_null()) return "";
  return value->is_string() ? std::string(value->get_string()) : json::serialize(*value);
}

std::int64_t number(const json::object& object, std::string_view name) {
  auto* value = object.if_contains(name);
  return value && value->is_number() ? value->to_number<std::int64_t>() : 0;
}

bool flag(const json::object& object, std::string_view name) {
  auto* value = object.if_contains(name);
  return value && value->is_bool() && value->get_bool();
}

const json::object* child(const json::object& object, std::string_view name) {
  auto* value = object.if_contains(name);
  return value ? value->if_object() : nullptr;
}

const json::array& list(const json::object& object, std::string_view name) {
  static const json::array none;
  auto* value = object.if_contains(name);
  auto* found = value ? value->if_array() : nullptr;
  return found ? *found : none;
}

std::string lower(std::string word) {
  std::transform(word.begin(), word.end(), word.begin(), [](unsigned char c) { return std::tolower(c); });
  return word;
}

/// The sum over the channels of a protocol.
std::string channel_sum(const json::object& protocol, std::string_view name) {
  std::int64_t sum = 0;
  for (auto& channel : list(protocol, "channels"))
    if (auto* facts = channel.if_object()) sum += number(*facts, name);
  return std::to_string(sum);
}

std::string age_text(std::chrono::system_clock::time_point now, std::int64_t since_unix_seconds) {
  auto seconds = std::chrono::duration_cast<std::chrono::seconds>(now.time_since_epoch()).count();
  return duration_text(std::chrono::seconds(std::max<std::int64_t>(seconds - since_unix_seconds, 0)));
}

class ProtocolTables final : public Listing {
 public:
  ProtocolTables(Terminal terminal, const Output& output, std::chrono::system_clock::time_point now)
      : now_(now), output_(output),
        sessions_({{"PEER"}, {"AS", true}, {"STATE"}, {"SINCE", true}, {"IN", true}, {"OUT", true}, {"NAME"}, {"WHY"}},
                  terminal, output),
        others_({{"PROTOCOL"}, {"KIND"}, {"STATE"}, {"SINCE", true}, {"IN", true}, {"OUT", true}, {"WHY"}}, terminal,
                [this](std::string_view text) { other_text_ += text; }) {}

  void element(const json::object& p) override {
    if (auto* bgp = child(p, "bgp")) session(p, *bgp);
    else other(p);
  }

  void finish() override {
    sessions_.finish();
    others_.finish();
    if (any_session_ && !other_text_.empty()) output_("\n");
    output_(other_text_);
  }

 private:
  void session(const json::object& p, const json::object& bgp) {
    any_session_ = true;
    auto state = lower(text(bgp, "state"));
    bool up = state == "established";
    auto since = up && bgp.contains("established_unix_seconds") ? number(bgp, "established_unix_seconds")
                                                                : number(p, "since_unix_seconds");
    sessions_.row({text(bgp, "neighbor_address"), text(bgp, "neighbor_as"), state, age(since), channel_sum(p, "imported"),
                   channel_sum(p, "exported"), text(p, "name"), up ? "" : reason(p, bgp)});
  }

  void other(const json::object& p) {
    auto why = text(p, "message");
    others_.row({text(p, "name"), lower(text(p, "protocol")), lower(text(p, "state")),
                 age(number(p, "since_unix_seconds")), channel_sum(p, "imported"), channel_sum(p, "exported"),
                 why.empty() ? text(p, "info") : why});
  }

  /// The operator's own message first: whoever took a session down has said why.
  static std::string reason(const json::object& p, const json::object& bgp) {
    for (auto& said : {text(p, "message"), text(bgp, "why"), text(bgp, "last_error")})
      if (!said.empty()) return said;
    return "";
  }

  std::string age(std::int64_t since_unix_seconds) const { return age_text(now_, since_unix_seconds); }

  std::chrono::system_clock::time_point now_;
  Output output_;
  std::string other_text_;   // printed below the sessions
  Table sessions_, others_;
  bool any_session_ = false;
};

class RouteTables final : public Listing {
 public:
  RouteTables(Terminal terminal, Output output, bool attributes)
      : terminal_(terminal), output_(std::move(output)), attributes_(attributes) {}

  void element(const json::object& r) override {
    auto name = text(r, "table");
    if (!table_ || name != name_) begin(name);
    auto net = text(r, "net");
    bool again = net == last_net_;
    last_net_ = net;
    auto [via, interface] = first_hop(r);
    auto* attributes = child(r, "attributes");
    // The mark stands before the prefix: an eye that runs down the first column sees the best routes.
    table_->row({flag(r, "primary") ? "*" : "", again ? "" : net, via, interface, text(r, "from"),
                 attributes ? text(*attributes, "BGP.as_path") : "", text(r, "preference"), text(r, "protocol"), why(r)},
                !flag(r, "primary"), below(r));
  }

  void finish() override {
    if (table_) table_->finish();
  }

 private:
  void begin(const std::string& name) {
    if (table_) {
      table_->finish();
      output_("\n");
    }
    output_("table " + name + "\n");
    name_ = name;
    last_net_.clear();
    table_.emplace(std::vector<Column>{{""}, {"PREFIX"}, {"VIA"}, {"IF"}, {"FROM"}, {"AS-PATH"}, {"PREF", true}, {"PROTOCOL"}, {"WHY"}},
                   terminal_, output_);
  }

  static std::pair<std::string, std::string> hop_text(const json::value& hop) {
    auto* facts = hop.if_object();
    if (!facts) return {};
    auto gateway = text(*facts, "gateway");
    return {gateway.empty() ? "direct" : gateway, text(*facts, "interface")};
  }

  static std::pair<std::string, std::string> first_hop(const json::object& r) {
    auto& hops = list(r, "next_hops");
    return hops.empty() ? std::pair(text(r, "destination"), std::string()) : hop_text(hops[0]);
  }

  static std::string why(const json::object& r) {
    std::string said = text(r, "why");
    if (flag(r, "failed_in_kernel")) said += said.empty() ? "the kernel refused it" : "; the kernel refused it";
    if (flag(r, "stale")) said += said.empty() ? "stale" : "; stale";
    return said;
  }

  /// Further next hops, and the attributes if asked for.
  std::string below(const json::object& r) const {
    std::string out;
    auto& hops = list(r, "next_hops");
    for (std::size_t i = 1; i < hops.size(); ++i) {
      auto [via, interface] = hop_text(hops[i]);
      out += fmt::format("      also via {} {}\n", via, interface);
    }
    auto* attributes = attributes_ ? child(r, "attributes") : nullptr;
    if (!attributes) return out;
    for (auto& [name, value] : *attributes) out += fmt::format("      {}: {}\n", std::string(name), text(*attributes, name));
    return out;
  }

  Terminal terminal_;
  Output output_;
  bool attributes_;
  std::string name_, last_net_;
  std::optional<Table> table_;
};

/// A list whose elements are one row each.
class PlainTable final : public Listing {
 public:
  using Cells = std::function<std::vector<std::string>(const json::object&)>;
  using Below = std::function<std::string(const json::object&)>;
  PlainTable(std::vector<Column> columns, Terminal terminal, Output output, Cells cells, Below below = nullptr)
      : table_(std::move(columns), terminal, std::move(output)), cells_(std::move(cells)), below_(std::move(below)) {}

  void element(const json::object& facts) override { table_.row(cells_(facts), false, below_ ? below_(facts) : ""); }
  void finish() override { table_.finish(); }

 private:
  Table table_;
  Cells cells_;
  Below below_;
};

}  // namespace

std::string duration_text(std::chrono::seconds duration) {
  auto s = duration.count();
  if (s < 60) return fmt::format("{}s", s);
  if (s < 3600) return fmt::format("{}m {:02}s", s / 60, s % 60);
  if (s < 86400) return fmt::format("{}h {:02}m", s / 3600, s / 60 % 60);
  return fmt::format("{}d {:02}h", s / 86400, s / 3600 % 24);
}

Table::Table(std::vector<Column> columns, Terminal terminal, Output output)
    : columns_(std::move(columns)), terminal_(terminal), output_(std::move(output)) {
  for (auto& column : columns_) widths_.push_back(std::string_view(column.heading).size());
}

void Table::row(std::vector<std::string> cells, bool faint, std::string below) {
  Row row{std::move(cells), faint, std::move(below)};
  widen(row.cells);
  if (printing_) return print(row, row.faint ? dim : nullptr);
  held_.push_back(std::move(row));
  if (held_.size() == page_rows) finish();
}

void Table::finish() {
  if (held_.empty()) return;
  if (!std::exchange(printing_, true)) {
    std::vector<std::string> headings;
    for (auto& column : columns_) headings.emplace_back(column.heading);
    print({std::move(headings), false, {}}, bold);
  }
  for (auto& row : held_) print(row, row.faint ? dim : nullptr);
  held_.clear();
}

void Table::widen(const std::vector<std::string>& cells) {
  for (std::size_t i = 0; i < widths_.size(); ++i) widths_[i] = std::max(widths_[i], cells[i].size());
}

void Table::print(const Row& row, const char* colour) {
  std::string line;
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    if (i > 0) line += gap;
    auto& cell = row.cells[i];
    if (i + 1 < columns_.size()) {
      line += columns_[i].right ? fmt::format("{:>{}}", cell, widths_[i]) : fmt::format("{:<{}}", cell, widths_[i]);
      continue;
    }
    // A line that breaks at the edge destroys the columns of the lines around it.
    auto room = terminal_.width > line.size() ? std::max(terminal_.width - line.size(), narrowest_last) : narrowest_last;
    bool cut = terminal_.width > 0 && cell.size() > room;
    line += cut ? cell.substr(0, room - 3) + "..." : cell;
  }
  line.erase(line.find_last_not_of(' ') + 1);
  if (terminal_.colour && colour) line = colour + line + plain;
  output_(line + "\n" + row.below);
}

std::unique_ptr<Listing> protocol_tables(Terminal terminal, Output output, std::chrono::system_clock::time_point now) {
  return std::make_unique<ProtocolTables>(terminal, output, now);
}

std::unique_ptr<Listing> route_tables(Terminal terminal, Output output, bool attributes) {
  return std::make_unique<RouteTables>(terminal, std::move(output), attributes);
}

std::unique_ptr<Listing> symbol_table(Terminal terminal, Output output) {
  return std::make_unique<PlainTable>(
      std::vector<Column>{{"NAME"}, {"KIND"}}, terminal, std::move(output),
      [](const json::object& symbol) { return std::vector{text(symbol, "name"), text(symbol, "kind")}; });
}

std::unique_ptr<Listing> filter_error_table(Terminal terminal, Output output, std::chrono::system_clock::time_point now) {
  return std::make_unique<PlainTable>(
      std::vector<Column>{{"COUNT", true}, {"LAST", true}, {"PROTOCOL"}, {"LAST ROUTE"}, {"WHAT"}}, terminal, std::move(output),
      [now](const json::object& error) {
        return std::vector{text(error, "count"), age_text(now, number(error, "last_unix_seconds")), text(error, "last_protocol"),
                           text(error, "last_net"), text(error, "what")};
      });
}

std::unique_ptr<Listing> history_table(Terminal terminal, Output output, std::chrono::system_clock::time_point now) {
  return std::make_unique<PlainTable>(
      std::vector<Column>{{"NUMBER", true}, {"SINCE", true}, {"REASON"}, {"FILE"}}, terminal, std::move(output),
      [now](const json::object& one) {
        return std::vector{text(one, "number"), age_text(now, number(one, "applied_unix_seconds")), text(one, "reason"),
                           text(one, "file")};
      },
      [](const json::object& one) {
        std::string below;
        for (auto& change : list(one, "changes"))
          if (change.is_string()) below += fmt::format("        {}\n", std::string(change.get_string()));
        return below;
      });
}

void feed_json(Listing& listing, std::string_view row) {
  if (row.starts_with(',')) row.remove_prefix(1);
  if (row == "[" || row == "]") return;
  boost::json::error_code error;
  auto value = json::parse(row, error);
  if (error) throw std::runtime_error("the daemon's JSON cannot be read: " + error.message());
  if (auto* object = value.if_object()) listing.element(*object);
  else if (auto* array = value.if_array())
    for (auto& element : *array)
      if (auto* facts = element.if_object()) listing.element(*facts);
}

}  // namespace avocet::bgpctl
