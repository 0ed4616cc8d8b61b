#include "bgpd/ctl/commands.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstring>

#include "bgpd/filter/operation.hpp"

namespace avocet::ctl {
namespace {

// A trailing word `json` asks for the same facts as one JSON document instead of birdc's text: rows with code 1100,
// whose texts joined are the document, then a final 0000 (or an 8xxx, 9xxx line). Long lists come as `[`, one element
// per row, `]`, so they stream like text. Names carry their units (hold_time_seconds). birdc's own forms never get rows
// with new codes: tools refuse lines they do not know (reference 10).
constexpr std::array commands = std::to_array<Command>({
    {"show status", "", "Router status", show_status, false, true},
    {"show protocols", "[all] [PROTOCOL|\"PATTERN\"]", "Routing protocols, their states and reasons", show_protocols, false, true},
    {"show route",
     "[PREFIX | for IP|PREFIX | in PREFIX] [table T|all] [filter F | where COND] [all] [primary] [filtered] "
     "[export|preexport|noexport|exported P[.C]] [protocol P] [stats|count]",
     "Routes", show_route, false, true},
    {"show interfaces", "[summary]", "Network interfaces and their addresses", show_interfaces, false, true},
    {"show static", "[PROTOCOL]", "Static routes as configured", show_static, false, true},
    {"show symbols", "[table|filter|function|protocol|template|constant|attribute|NAME]", "Names of the configuration",
     show_symbols, false, true},
    {"show memory", "", "Memory used by tables and attributes", show_memory, false, true},
    {"show bfd sessions", "[PROTOCOL] [address IP|PREFIX] [interface \"IF\"] [ipv4|ipv6] [direct|multihop] [all]", "BFD sessions", show_bfd_sessions, false, true},
    {"show roa", "[table T]", "Route origin authorisations", show_roa},
    {"show filter errors", "[clear]", "Filters that failed while they ran: how often, and on which route last", show_filter_errors,
     false, true},
    {"show version", "", "Version of this daemon", show_version, false, true},
    {"configure", "[soft] [\"FILE\"] [timeout [SECONDS]] | check [\"FILE\"] | undo [NUMBER] | confirm | status | history",
     "Reads the configuration again and says what that changes; check only says it, undo goes back", configure, true, true},
    {"enable", "PROTOCOL|\"PATTERN\"|all", "Starts a protocol", enable, true},
    {"disable", "PROTOCOL|\"PATTERN\"|all [\"MESSAGE\"]", "Stops a protocol", disable, true},
    {"restart", "PROTOCOL|\"PATTERN\"|all [\"MESSAGE\"]", "Stops and starts a protocol", restart, true},
    {"reload", "[in|out] PROTOCOL|\"PATTERN\"|all", "Runs the filters again, without a restart", reload, true},
    {"debug", "PROTOCOL|\"PATTERN\"|all all|off|{ states, routes, filters, interfaces, events, packets }",
     "What a protocol logs with class debug", debug, true},
    {"mrtdump", "PROTOCOL|\"PATTERN\"|all all|off|{ states, messages }", "What of a protocol's sessions is recorded in the file of 'mrtdump'", mrtdump, true},
    {"mrt dump", "table T|\"PATTERN\" to \"FILE\" [filter F | where COND] [always add path]", "Writes tables into a file, as MRT",
     mrt_dump, true},
    {"dump", "resources|interfaces|protocols|routes", "Writes what the show commands tell into the log, class debug", dump, true},
    {"down", "", "Ends the daemon", down, true},
    {"graceful restart", "", "Ends the daemon so that neighbours and kernel keep its routes", graceful_restart, true},
    {"echo", "all|off|{ debug, trace, info, remote, warning, error, auth, fatal, bug } [BYTES]",
     "Sends the log here as lines that begin with +", echo},
    {"eval", "EXPRESSION", "Value of an expression of the filter language", eval},
    {"timeformat", "\"FORMAT\" [SECONDS \"FORMAT\"] | iso short|long [ms|us]", "Form of times in this connection", timeformat},
    {"dialect", "1.6|2", "Form of answers in this connection: BIRD 1.6 or BIRD 2", dialect},
    {"restrict", "", "Allows only questions in this connection", restrict_access},
    {"help", "", "This list", help},
    {"?", "", "This list", help},
});

/// The command with the most words that the line begins with; the words are taken. Null if there is none.
const Command* find_command(Words& words) {
  const Command* found = nullptr;
  std::size_t longest = 0;
  for (auto& command : commands) {
    std::size_t taken = 0;
    bool matches = true;
    for (std::string_view rest = command.words; matches && !rest.empty(); ++taken) {
      auto word = rest.substr(0, rest.find(' '));
      auto* given = words.peek(taken);
      matches = given && given->is(word);
      rest.remove_prefix(std::min(rest.size(), word.size() + 1));
    }
    if (matches && taken > longest) found = &command, longest = taken;
  }
  words.rewind(words.position() + longest);
  return found;
}

[[noreturn]] void unknown_command(const Words& words) {
  auto* first = words.peek();
  if (!first) parse_error("syntax error: a command expected; 'help' lists them");
  std::string text = first->text;
  if (first->is("show")) text += words.peek(1) ? " " + words.peek(1)->text : "";
  parse_error("syntax error: unknown command '" + text + "'; 'help' lists the commands");
}

AnswerPtr run(const Context& context, Client& client, std::string_view line, Reply& reply) {
  Words words(line);
  auto* command = find_command(words);
  if (!command) {
    // Something like `show ?`: birdc expands it itself, so whoever sends it raw wants the list.
    if (words.count() > 0 && words.at(words.count() - 1).is("?")) {
      Call call{context, client, words, reply};
      return help(call);
    }
    unknown_command(words);
  }
  if (command->changes && client.restricted) throw CommandError(8007, "Access denied");
  bool json = command->json && words.accept_last("json");
  Call call{context, client, words, reply, json};
  return command->handler(call);
}

}  // namespace

std::span<const Command> command_table() { return commands; }

AnswerPtr execute(const Context& context, Client& client, std::string_view line, Reply& reply) {
  try {
    return run(context, client, line, reply);
  } catch (const CommandError& error) {
    reply.end(error.code, error.what());
    return nullptr;
  }
}

std::shared_ptr<rib::Protocol> take_protocol(Call& call) {
  auto& word = call.words.take("a protocol");
  if (auto protocol = call.context.rib.find_protocol(word.text)) return protocol;
  throw CommandError(call.skin() == Skin::bird1 ? 9002 : 9001, word.text + " is not a protocol");
}

std::vector<std::shared_ptr<rib::Protocol>> take_protocols(Call& call) {
  auto* word = call.words.peek();
  if (word && word->is("all")) {
    call.words.accept("all");
    return call.context.rib.protocols();
  }
  auto pattern = call.words.take_string();
  if (!pattern) return {take_protocol(call)};
  std::vector<std::shared_ptr<rib::Protocol>> found;
  for (auto& protocol : call.context.rib.protocols())
    if (filter::glob_match(*pattern, protocol->options.name)) found.push_back(protocol);
  if (found.empty()) throw CommandError(8003, "No protocols match");
  return found;
}

observe::TimeFormat time_format(const Call& call, TimeUse which) {
  if (call.client.time) return *call.client.time;
  auto config = call.config();
  // Times of the configured dialect follow the configuration; in the other form its defaults hold.
  if (skin_of(config->dialect) == call.skin()) {
    auto& log = config->log;
    auto& format = which == TimeUse::route ? log.route : which == TimeUse::protocol ? log.protocol : log.base;
    if (!format.recent.empty()) return format;
  }
  unsigned digits = call.skin() == Skin::bird1 ? 0 : 3;
  return which == TimeUse::base ? observe::iso_long(digits) : observe::iso_short(digits);
}

}  // namespace avocet::ctl
