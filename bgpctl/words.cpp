#include "bgpctl/words.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <set>

namespace avocet::bgpctl {
namespace {

constexpr const char* protocols = "<protocol> | \"<pattern>\" | all";

std::vector<CommandRow> birdc_rows() {
  constexpr bool group = true;
  return {
      {"show", "...", "Show status information", group},
      {"show status", "", "Show router status"},
      {"show memory", "", "Show memory usage"},
      {"show protocols", "[<protocol> | \"<pattern>\"]", "Show routing protocols"},
      {"show protocols all", "[<protocol> | \"<pattern>\"]", "Show routing protocol details"},
      {"show interfaces", "", "Show network interfaces"},
      {"show interfaces summary", "", "Show summary of network interfaces"},
      {"show route",
       "[<prefix>|for <prefix>|for <ip>] [table <t>] [(import|export) table <p>.<c>] [filter <f>|where <cond>] [all] [primary] "
       "[filtered] [(export|preexport|noexport) <p>] [protocol <p>] [stats|count]",
       "Show routing table"},
      {"show symbols", "[table|filter|function|protocol|template|<symbol>]", "Show all known symbolic names"},
      {"show bfd", "...", "Show information about BFD protocol", group},
      {"show bfd sessions", "[<name>]", "Show information about BFD sessions"},
      {"show babel", "...", "Show information about Babel protocol", group},
      {"show babel interfaces", "[<name>] [\"<interface>\"]", "Show information about Babel interfaces"},
      {"show babel neighbors", "[<name>] [\"<interface>\"]", "Show information about Babel neighbors"},
      {"show babel entries", "[<name>]", "Show information about Babel prefix entries"},
      {"show babel routes", "[<name>]", "Show information about Babel route entries"},
      {"show ospf", "[<name>]", "Show information about OSPF protocol"},
      {"show ospf neighbors", "[<name>] [\"<interface>\"]", "Show information about OSPF neighbors"},
      {"show ospf interface", "[<name>] [\"<interface>\"]", "Show information about interface"},
      {"show ospf topology", "[all] [<name>]", "Show information about OSPF network topology"},
      {"show ospf topology all", "[<name>]", "Show information about all OSPF network topology"},
      {"show ospf state", "[all] [<name>]", "Show information about OSPF network state"},
      {"show ospf state all", "[<name>]", "Show information about all OSPF network state"},
      {"show ospf lsadb", "[global | area <id> | link] [type <num>] [lsid <id>] [self | router <id>] [<proto>]",
       "Show content of OSPF LSA database"},
      {"show rip", "...", "Show information about RIP protocol", group},
      {"show rip interfaces", "[<name>] [\"<interface>\"]", "Show information about RIP interfaces"},
      {"show rip neighbors", "[<name>] [\"<interface>\"]", "Show information about RIP neighbors"},
      {"show static", "[<name>]", "Show details of static protocol"},
      {"dump", "...", "Dump debugging information", group},
      {"dump resources", "", "Dump all allocated resource"},
      {"dump sockets", "", "Dump open sockets"},
      {"dump events", "", "Dump event log"},
      {"dump interfaces", "", "Dump interface information"},
      {"dump neighbors", "", "Dump neighbor cache"},
      {"dump attributes", "", "Dump attribute cache"},
      {"dump routes", "", "Dump routing table"},
      {"dump protocols", "", "Dump protocol information"},
      {"dump filter", "...", "Dump all filters in linearized form", group},
      {"dump filter all", "", "Dump all filters in linearized form"},
      {"eval", "<expr>", "Evaluate an expression"},
      {"echo", "(all | off | { debug|trace|info|remote|warning|error|auth [, ...] }) [<buffer-size>]",
       "Control echoing of log messages"},
      {"disable", "(<protocol> | \"<pattern>\" | all) [message]", "Disable protocol"},
      {"enable", "(<protocol> | \"<pattern>\" | all) [message]", "Enable protocol"},
      {"restart", "(<protocol> | \"<pattern>\" | all) [message]", "Restart protocol"},
      {"reload", protocols, "Reload protocol"},
      {"reload in", protocols, "Reload protocol (just imported routes)"},
      {"reload out", protocols, "Reload protocol (just exported routes)"},
      {"debug",
       "(<protocol> | <channel> | \"<pattern>\" | all) (all | off | { states|routes|filters|interfaces|events|packets [, ...] })",
       "Control protocol debugging via BIRD logs"},
      {"mrtdump", "(<protocol> | \"<pattern>\" | all) (all | off | { states|messages [, ...] })",
       "Control protocol debugging via MRTdump files"},
      {"mrt", "...", "Control protocol debugging via MRTdump format", group},
      {"mrt dump", "[table <name>|\"<pattern>\"] [to \"<file>\"] [filter <filter>|where <where filter>]",
       "Save mrt table dump v2 of table name <t> right now"},
      {"restrict", "", "Restrict current CLI session to safe commands"},
      {"configure", "[\"<file>\"] [timeout [<sec>]]", "Reload configuration"},
      {"configure soft", "[\"<file>\"] [timeout [<sec>]]", "Reload configuration and ignore changes in filters"},
      {"configure timeout", "[<sec>]", "Reload configuration with undo timeout"},
      {"configure soft timeout", "[<sec>]", "Reload configuration with undo timeout"},
      {"configure confirm", "", "Confirm last configuration change - deactivate undo timeout"},
      {"configure undo", "", "Undo last configuration change"},
      {"configure status", "", "Show configuration status"},
      {"configure check", "[\"<file>\"]", "Parse configuration and check its validity"},
      {"down", "", "Shut the daemon down"},
      {"graceful", "...", "Shut the daemon down for graceful restart", group},
      {"graceful restart", "", "Shut the daemon down for graceful restart"},
      {"timeformat", "\"<format>\" [limit \"format\"] | iso (short|long) [ms|us]", "Set time format for this CLI session"},
  };
}

std::vector<std::string_view> split(std::string_view text) {
  std::vector<std::string_view> words;
  for (std::size_t at = 0; (at = text.find_first_not_of(" \t", at)) != std::string_view::npos;) {
    auto end = std::min(text.find_first_of(" \t", at), text.size());
    words.push_back(text.substr(at, end - at));
    at = end;
  }
  return words;
}

bool ends_with_blank(std::string_view line) { return line.empty() || line.back() == ' ' || line.back() == '\t'; }

/// The keywords in "[all] [PROTOCOL|\"PATTERN\"]": words of lower case letters outside of <> and "".
std::set<std::string> keywords(std::string_view arguments) {
  std::set<std::string> found;
  std::string word;
  char closing = 0;  // of the <> or "" we are in
  bool keyword = true;
  auto finish = [&] {
    if (keyword && word.size() > 1) found.insert(word);
    word.clear();
    keyword = true;
  };
  for (char c : arguments) {
    if (closing != 0) {
      if (c == closing) closing = 0;
    } else if (c == '<' || c == '"') {
      finish();
      closing = c == '<' ? '>' : '"';
    } else if (std::isalnum(static_cast<unsigned char>(c)) || c == '.' || c == '-') {
      word += c;
      keyword = keyword && std::islower(static_cast<unsigned char>(c));
    } else {
      finish();
    }
  }
  finish();
  return found;
}

}  // namespace

/// Where a list of words leads in the table.
struct CommandTable::Place {
  std::string words;                       ///< full words taken
  std::size_t taken = 0;                   ///< how many of the words given
  const CommandRow* command = nullptr;     ///< that the words taken are
  std::set<std::string> next;              ///< words that may follow
  std::vector<const CommandRow*> several;  ///< not empty: the word after those taken fits more than one
};

CommandTable CommandTable::birdc() {
  CommandTable table;
  table.rows_ = birdc_rows();
  return table;
}

void CommandTable::learn(std::span<const std::string> help_rows) {
  std::vector<CommandRow> learned;
  for (std::size_t i = 0; i + 1 < help_rows.size(); i += 2) {
    auto words = split(help_rows[i]);
    // The command's own words end where its arguments begin; those never begin with a lower case letter.
    CommandRow row;
    std::size_t count = 0;
    while (count < words.size() && std::islower(static_cast<unsigned char>(words[count][0])) &&
           words[count].find('|') == std::string_view::npos)
      ++count;
    if (count == 0) continue;
    for (std::size_t w = 0; w < words.size(); ++w) {
      auto& part = w < count ? row.words : row.arguments;
      part += (part.empty() ? "" : " ") + std::string(words[w]);
    }
    auto help = std::string_view(help_rows[i + 1]);
    row.help = help.substr(std::min(help.find_first_not_of('\t'), help.size()));
    learned.push_back(std::move(row));
  }
  if (learned.empty()) return;
  // Of birdc's commands stay the longer forms of those that the daemon has ("show protocols all"), and the groups above.
  const auto own = learned;
  for (auto& row : rows_) {
    auto related = [&](const CommandRow& l) {
      return row.group ? l.words.starts_with(row.words + " ") : row.words.starts_with(l.words + " ");
    };
    bool known = std::any_of(own.begin(), own.end(), [&](auto& l) { return l.words == row.words; });
    if (!known && std::any_of(own.begin(), own.end(), related)) learned.push_back(row);
  }
  rows_ = std::move(learned);
}

CommandTable::Place CommandTable::walk(const std::vector<std::string_view>& words) const {
  Place place;
  for (;; ++place.taken) {
    auto head = place.words.empty() ? std::string() : place.words + " ";
    place.command = nullptr;
    place.next.clear();
    for (auto& row : rows_) {
      if (row.words == place.words && !row.group) place.command = &row;
      if (row.words.size() > head.size() && row.words.starts_with(head))
        place.next.insert(row.words.substr(head.size(), row.words.find(' ', head.size()) - head.size()));
    }
    if (place.taken == words.size()) return place;
    std::string given(words[place.taken]);
    std::vector<std::string> fitting;
    for (auto& word : place.next)
      if (word.starts_with(given)) fitting.push_back(word);
    bool exact = place.next.contains(given);
    if (fitting.empty()) return place;
    if (fitting.size() > 1 && !exact) {
      for (auto& row : rows_)
        if (row.words.starts_with(head + given) && row.words.find(' ', head.size()) == std::string::npos)
          place.several.push_back(&row);
      return place;
    }
    place.words = head + (exact ? given : fitting.front());
  }
}

Expansion CommandTable::expand(std::string_view line) const {
  auto words = split(line);
  auto place = walk(words);
  if (!place.several.empty()) {
    Expansion ambiguous{Expansion::Kind::ambiguous, "", {}};
    for (auto* row : place.several) ambiguous.candidates.push_back(*row);
    return ambiguous;
  }
  if (!place.command) return {};
  // Arguments keep their blanks: they may stand inside of quotes.
  auto full = place.words;
  if (place.taken < words.size()) full += " " + std::string(line.substr(words[place.taken].data() - line.data()));
  return {Expansion::Kind::command, full, {}};
}

std::vector<std::string> CommandTable::completions(std::string_view line) const {
  auto words = split(line);
  std::string begun;
  if (!ends_with_blank(line)) begun = words.back(), words.pop_back();
  auto place = walk(words);
  std::set<std::string> offered;
  if (place.taken == words.size()) offered = place.next;
  if (place.command)
    for (auto& word : keywords(place.command->arguments)) offered.insert(word);
  std::vector<std::string> fitting;
  for (auto& word : offered)
    if (word.starts_with(begun)) fitting.push_back(word);
  return fitting;
}

std::vector<const CommandRow*> CommandTable::matching(std::string_view line) const {
  auto words = split(line);
  auto place = walk(words);
  if (!place.several.empty()) return place.several;
  std::vector<const CommandRow*> rows;
  // Words that lead nowhere are arguments of a command, or nonsense.
  if (place.taken < words.size() && !place.command) return rows;
  for (auto& row : rows_)
    if (!row.group && (row.words == place.words || place.words.empty() || row.words.starts_with(place.words + " ")))
      rows.push_back(&row);
  return rows;
}

bool CommandTable::takes_protocol(std::string_view line) const {
  auto words = split(line);
  if (!ends_with_blank(line)) words.pop_back();
  auto place = walk(words);
  if (!place.command) return false;
  auto& arguments = place.command->arguments;
  // In `show route` a name stands only after the keywords that ask for one.
  if (place.command->words == "show route") {
    static const std::set<std::string_view> asking = {"protocol", "export", "preexport", "noexport", "exported"};
    return !words.empty() && asking.contains(words.back());
  }
  return arguments.find("PROTOCOL") != std::string::npos || arguments.find("<protocol>") != std::string::npos ||
         arguments.find("<name>") != std::string::npos;
}

std::string help_text(const CommandRow& row) {
  constexpr std::size_t longest_usage = 60;
  auto usage = row.arguments.empty() ? row.words : row.words + " " + row.arguments;
  if (usage.size() > longest_usage) usage = row.words + " ...";
  return fmt::format("{:<45}  {}", usage, row.help);
}

}  // namespace avocet::bgpctl
