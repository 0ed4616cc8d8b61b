/// `mrt dump`: tables into a file, now. `mrtdump`: what is recorded of a protocol's sessions.
#include <array>
#include <utility>

#include "bgpd/ctl/commands.hpp"
#include "bgpd/ctl/route_query.hpp"
#include "bgpd/observe/table_dump.hpp"

namespace avocet::ctl {
namespace {

constexpr auto slice = std::chrono::milliseconds(1);
constexpr int dump_failed = 8009;  // BIRD's code

class TableDumping final : public Answer {
 public:
  TableDumping(const Call& call, observe::MrtOptions options)
      : dump_(
            {call.context.rib, call.context.router_id(), call.context.started}, std::move(options),
            [this](const std::string& problem) { problems_.push_back(problem); },
            [&log = call.context.log](const std::string& line) { log.info("", line); }) {}

  bool produce(Reply& reply) override {
    bool done = dump_.step(slice);
    for (auto& problem : std::exchange(problems_, {})) reply.row(dump_failed, problem);
    if (done) reply.end(0);
    return done;
  }

 private:
  std::vector<std::string> problems_;
  observe::TableDump dump_;
};

void take_tables(Call& call, observe::MrtOptions& options) {
  if (auto pattern = call.words.take_string()) {
    options.table_pattern = *pattern;
    return;
  }
  options.table = call.words.take("a table").text;
  if (!call.context.rib.find_table(options.table)) parse_error("there is no table " + options.table);
}

std::string take_file(Call& call) {
  auto file = call.words.take_string();
  if (!file) parse_error("syntax error: a file's name in double quotes expected");
  return *file;
}

}  // namespace

AnswerPtr mrt_dump(Call& call) {
  constexpr const char* parts[] = {"table", "to", "filter", "where", "always"};
  auto& words = call.words;
  observe::MrtOptions options;
  while (!words.at_end()) {
    if (words.accept("table"))
      take_tables(call, options);
    else if (words.accept("to"))
      options.filename = take_file(call);
    else if (words.accept("filter"))
      options.filter = take_named_filter(call);
    else if (words.accept("where"))
      options.filter = take_condition(call, parts);
    else if (words.accept("always") && words.accept("add") && words.accept("path"))
      options.always_add_path = true;
    else
      words.expect_end();
  }
  if (options.table.empty() && options.table_pattern.empty()) parse_error("Table not specified");
  if (options.filename.empty()) parse_error("File not specified");
  return std::make_unique<TableDumping>(call, std::move(options));
}

AnswerPtr mrtdump(Call& call) {
  constexpr std::array<std::pair<const char*, std::uint32_t>, 2> kinds = {
      {{"states", rib::mrtdump::states}, {"messages", rib::mrtdump::messages}}};
  auto protocols = take_protocols(call);
  auto mask = call.words.take_mask(kinds, "kind of event to record");
  call.words.expect_end();
  for (auto& protocol : protocols) call.context.set_mrtdump(protocol->options.name, mask);
  call.reply.end(0);
  return nullptr;
}

}  // namespace avocet::ctl
