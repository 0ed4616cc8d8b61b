/// `dump`: what the show commands tell, into the log with class debug.
#include <array>
#include <utility>

#include "bgpd/ctl/commands.hpp"

namespace avocet::ctl {
namespace {

/// What BIRD calls its parts, and the command that shows ours.
constexpr std::array<std::pair<const char*, const char*>, 4> parts = {{{"resources", "show memory"},
                                                                       {"interfaces", "show interfaces"},
                                                                       {"protocols", "show protocols all"},
                                                                       {"routes", "show route table all all"}}};

/// Moves the rows of another answer into the log, page by page, so that a full table holds nobody up.
class Dump final : public Answer {
 public:
  Dump(Call& call, const char* command) : log_(call.context.log) {
    answer_ = execute(call.context, call.client, command, rows_);
  }

  bool produce(Reply& reply) override {
    bool done = !answer_ || answer_->produce(rows_);
    auto text = rows_.take();
    for (std::string_view rest = text; !rest.empty();) {
      auto line = rest.substr(0, rest.find('\n'));
      rest.remove_prefix(line.size() + 1);
      // Without the code, which is four digits and a mark, or one blank.
      line.remove_prefix(line.starts_with(' ') ? 1 : std::min<std::size_t>(line.size(), 5));
      if (!line.empty()) log_.write(observe::LogClass::debug, "dump", line);
    }
    if (done) reply.end(0);
    return done;
  }

 private:
  observe::Log& log_;
  AnswerPtr answer_;
  Reply rows_;
};

}  // namespace

AnswerPtr dump(Call& call) {
  auto& word = call.words.take("resources, interfaces, protocols or routes");
  for (auto& [name, command] : parts) {
    if (!word.is(name)) continue;
    call.words.expect_end();
    return std::make_unique<Dump>(call, command);
  }
  parse_error("there is no dump of " + word.text + ": resources, interfaces, protocols or routes expected");
}


}  // namespace avocet::ctl
