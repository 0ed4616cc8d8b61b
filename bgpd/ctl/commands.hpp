#pragma once
/// The command table: what can be asked on the control socket, and how a line finds its command. Reference 9.2.
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "bgpd/config/language.hpp"
#include "bgpd/ctl/context.hpp"
#include "bgpd/ctl/reply.hpp"
#include "bgpd/ctl/skin.hpp"
#include "bgpd/ctl/words.hpp"
#include "bgpd/observe/time_format.hpp"

namespace avocet::ctl {

/// What one connection has set for itself.
struct Client {
  std::optional<Skin> skin;                      ///< of `dialect`; unset: the running configuration's
  std::optional<observe::TimeFormat> time;       ///< of `timeformat`
  bool restricted = false;                       ///< `restrict`, for good
  std::uint32_t echo = 0;                        ///< log classes to send as '+' lines
  std::size_t echo_limit_bytes = 4096;           ///< of '+' lines not yet read by the client; more are dropped
  bool hang_up = false;                          ///< close after this answer
};

/// One command while it is being answered.
struct Call {
  const Context& context;
  Client& client;
  Words& words;   ///< stands after the command's own words
  Reply& reply;
  bool json = false;

  config::ConfigPtr config() const { return context.config(); }
  Skin skin() const { return client.skin.value_or(skin_of(config()->dialect)); }
};

/// Fills the reply, or returns an Answer that goes on doing so. Throws CommandError.
using Handler = AnswerPtr (*)(Call& call);

struct Command {
  const char* words;        ///< "show protocols"
  const char* arguments;    ///< "[all] [PROTOCOL|\"PATTERN\"]"
  const char* help;
  Handler handler;
  bool changes = false;     ///< refused after `restrict`
  bool json = false;        ///< takes a trailing `json`
};

/// All commands, in the order `help` lists them.
std::span<const Command> command_table();

/// Answers one line. Errors are part of the reply. Null when the answer is complete.
AnswerPtr execute(const Context& context, Client& client, std::string_view line, Reply& reply);

// Handlers, by file.
// show_protocols.cpp
AnswerPtr show_protocols(Call& call);
// show_route.cpp
AnswerPtr show_route(Call& call);
// roa_text.cpp
AnswerPtr show_roa(Call& call);
// show_bfd.cpp
AnswerPtr show_bfd_sessions(Call& call);
// show_misc.cpp
AnswerPtr show_status(Call& call);
AnswerPtr show_interfaces(Call& call);
AnswerPtr show_symbols(Call& call);
AnswerPtr show_memory(Call& call);
AnswerPtr show_static(Call& call);
AnswerPtr show_version(Call& call);
// show_filter.cpp
AnswerPtr show_filter_errors(Call& call);
// configure.cpp
AnswerPtr configure(Call& call);
AnswerPtr enable(Call& call);
AnswerPtr disable(Call& call);
AnswerPtr restart(Call& call);
AnswerPtr reload(Call& call);
AnswerPtr debug(Call& call);
AnswerPtr down(Call& call);
AnswerPtr graceful_restart(Call& call);
// dump.cpp
AnswerPtr dump(Call& call);
// mrt.cpp
AnswerPtr mrt_dump(Call& call);
AnswerPtr mrtdump(Call& call);
// connection.cpp
AnswerPtr help(Call& call);
AnswerPtr restrict_access(Call& call);
AnswerPtr echo(Call& call);
AnswerPtr eval(Call& call);
AnswerPtr timeformat(Call& call);
AnswerPtr dialect(Call& call);

/// A protocol by the next word (a name, quoted or not). Unknown names are an error: 9001, in the 1.6 form 9002.
std::shared_ptr<rib::Protocol> take_protocol(Call& call);
/// Protocols by the next word: a name, a "pattern" with * and ?, or `all`. A pattern that matches nothing is error 8003.
std::vector<std::shared_ptr<rib::Protocol>> take_protocols(Call& call);

/// A time in the form this client wants; `which` chooses among the configured `timeformat`s.
enum class TimeUse : std::uint8_t { route, protocol, base };
observe::TimeFormat time_format(const Call& call, TimeUse which);

/// JSON of our own (not BIRD's): rows of code 1100, see commands.cpp.
constexpr int json_code = 1100;

}  // namespace avocet::ctl
