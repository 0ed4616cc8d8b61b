#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <utility>

#include "bgpd/ctl/page.hpp"
#include "bgpd/ctl/protocol_facts.hpp"

namespace avocet::ctl {
namespace {

/// Walks a list of protocols by name, so that one that goes away meanwhile is left out.
class ProtocolListing final : public Answer {
 public:
  ProtocolListing(const Call& call, std::vector<std::string> names, bool all)
      : context_(call.context), client_(call.client), json_(call.json), all_(all), names_(std::move(names)) {}

  bool produce(Reply& reply) override {
    Words none{""};
    Call call{context_, client_, none, reply, json_};
    auto skin = call.skin();
    if (!std::exchange(begun_, true)) print_head(skin, reply);
    for (Page page(reply); next_ < names_.size(); ++next_) {
      if (page.full()) return false;
      auto protocol = context_.rib.find_protocol(names_[next_]);
      if (!protocol) continue;
      auto facts = collect_protocol(call, *protocol, json_ || all_ ? Depth::block : Depth::row);
      if (json_) {
        reply.row(json_code, (printed_++ ? "," : "") + boost::json::serialize(protocol_json(facts)));
        continue;
      }
      print_protocol_row(facts, skin, reply);
      if (all_) print_protocol_block(facts, skin, reply);
    }
    if (json_) reply.row(json_code, "]");
    reply.end(0);
    return true;
  }

 private:
  void print_head(Skin skin, Reply& reply) const {
    if (json_) reply.row(json_code, "[");
    else if (skin == Skin::bird1) reply.row(2002, "name     proto    table    state  since       info");
    else reply.row(2002, "Name       Proto      Table      State  Since         Info");
  }

  const Context& context_;
  Client& client_;
  bool json_, all_, begun_ = false;
  std::vector<std::string> names_;
  std::size_t next_ = 0, printed_ = 0;
};

}  // namespace

AnswerPtr show_protocols(Call& call) {
  bool all = call.words.accept("all");
  auto chosen = call.words.at_end() ? call.context.rib.protocols() : take_protocols(call);
  all = call.words.accept("all") || all;
  call.words.expect_end();
  std::vector<std::string> names;
  for (auto& protocol : chosen) names.push_back(protocol->options.name);
  return std::make_unique<ProtocolListing>(call, std::move(names), all);
}

}  // namespace avocet::ctl
