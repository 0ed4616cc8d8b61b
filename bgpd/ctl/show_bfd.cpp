/// `show bfd sessions`: BIRD's table, its filters and details, and the same as JSON.
#include <fmt/format.h>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>

#include "bgpd/bfd/instance.hpp"
#include "bgpd/ctl/commands.hpp"

namespace avocet::ctl {
namespace {

namespace json = boost::json;
constexpr int row_code = 1020;

std::string seconds(std::uint64_t microseconds) {
  return fmt::format("{}.{:03}", microseconds / 1000000, microseconds / 1000 % 1000);
}
std::string seconds(loop::Duration duration) {
  return seconds(static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::microseconds>(duration).count()));
}

std::string diagnostic_name(std::uint8_t number) {
  static constexpr const char* names[] = {
      "None",      "Time expired",     "Echo failed", "Neighbor down",       "Fwd plane reset",
      "Path down", "Concat path down", "Admin down",  "Rev concat path down"};
  return number < std::size(names) ? names[number] : fmt::format("Error #{}", number);
}

const char* authentication_name(proto::BfdAuthentication type) {
  static constexpr const char* names[] = {
      "None", "Simple", "Keyed MD5", "Meticulous keyed MD5", "Keyed SHA1", "Meticulous keyed SHA1"};
  return names[static_cast<std::size_t>(type)];
}

/// Which sessions, and how much of them.
struct Query {
  std::optional<proto::Prefix> address;
  std::optional<std::string> interface;
  bool ipv4 = false, ipv6 = false, direct = false, multihop = false, all = false;

  bool shows(const bfd::Watched& watched) const {
    auto& target = watched.target;
    if (address && (address->family != target.neighbor.family() || !address->contains(target.neighbor))) return false;
    if (interface && watched.interface != *interface) return false;
    if (target.neighbor.is_v4() ? ipv6 : ipv4) return false;
    return target.ifindex ? !multihop : !direct;
  }
};

/// Words in any order; a name may stand among them.
std::shared_ptr<rib::Protocol> read_query(Call& call, Query& query) {
  std::shared_ptr<rib::Protocol> named;
  auto exclusive = [](bool& chosen, bool other, const char* one, const char* two) {
    if (other) parse_error(fmt::format("Options '{}' and '{}' are mutually exclusive", one, two));
    chosen = true;
  };
  auto& words = call.words;
  while (!words.at_end()) {
    if (words.accept("all")) {
      query.all = true;
    } else if (words.accept("address")) {
      auto address = proto::Prefix::parse(words.take("an address or a prefix").text, true);
      if (!address) parse_error(address.error().what);
      query.address = *address;
    } else if (words.accept("interface") || words.accept("dev")) {
      query.interface = words.take("an interface").text;
    } else if (words.accept("ipv4")) {
      exclusive(query.ipv4, query.ipv6, "ipv4", "ipv6");
    } else if (words.accept("ipv6")) {
      exclusive(query.ipv6, query.ipv4, "ipv4", "ipv6");
    } else if (words.accept("direct")) {
      exclusive(query.direct, query.multihop, "direct", "multihop");
    } else if (words.accept("multihop")) {
      exclusive(query.multihop, query.direct, "direct", "multihop");
    } else {
      named = take_protocol(call);
    }
  }
  return named;
}

struct Times {
  std::string since;
  std::uint64_t interval, timeout;  ///< microseconds; 0 while nothing is sent, or nobody is heard
};

Times times_of(const Call& call, const bfd::Watched& watched) {
  return {observe::format_time(time_format(call, TimeUse::protocol), watched.since, std::chrono::system_clock::now()),
          watched.session.transmit_at() ? watched.session.transmit_interval() : 0, watched.session.detection_time()};
}

const std::string& interface_name(const bfd::Watched& watched) {
  static const std::string none = "---";
  return watched.interface.empty() ? none : watched.interface;
}

void print_head(Skin skin, Reply& reply) {
  reply.row(row_code, skin == Skin::bird1 ? fmt::format("{:<25} {:<10} {:<10} {:<10}  {:>8} {:>8}", "IP address",
                                                        "Interface", "State", "Since", "Interval", "Timeout")
                                          : fmt::format("{:<25} {:<10} {:<10} {:<12}  {:>8} {:>8}", "IP address",
                                                        "Interface", "State", "Since", "Interval", "Timeout"));
}

void print_row(const Call& call, const bfd::Watched& watched) {
  auto times = times_of(call, watched);
  auto since_width = call.skin() == Skin::bird1 ? 10 : 12;
  call.reply.row(row_code, fmt::format("{:<25} {:<10} {:<10} {:<{}}  {:>7}  {:>7}", watched.target.neighbor.text(),
                                       interface_name(watched), proto::bfd_state_name(watched.session.state()),
                                       times.since, since_width, seconds(times.interval), seconds(times.timeout)));
}

void print_side(Reply& reply, std::uint64_t min_tx, std::uint64_t min_rx, bool demand, unsigned multiplier) {
  auto row = [&](const char* name, const std::string& value) {
    reply.row(row_code, fmt::format("    {:<19} {}", name, value));
  };
  row("Min TX interval:", seconds(min_tx));
  row("Min RX interval:", seconds(min_rx));
  row("Demand mode:", demand ? "Yes" : "No");
  row("Multiplier:", std::to_string(multiplier));
}

void print_block(const Call& call, const bfd::Watched& watched) {
  auto& session = watched.session;
  auto times = times_of(call, watched);
  auto row = [&](const char* name, const std::string& value) {
    call.reply.row(row_code, fmt::format("  {:<21} {}", name, value));
  };
  row("Address:", watched.target.neighbor.text());
  row("Interface:", interface_name(watched));
  row("Session type:", watched.target.ifindex ? "Direct" : "Multihop");
  row("Session state:", proto::bfd_state_name(session.state()));
  row("Remote state:", proto::bfd_state_name(session.remote_state()));
  row("Last state change:", times.since);
  row("Local diagnostic:", diagnostic_name(session.diagnostic()));
  row("Remote diagnostic:", diagnostic_name(session.remote_diagnostic()));
  row("Local discriminator:", std::to_string(session.discriminator()));
  row("Remote discriminator:", std::to_string(session.remote_discriminator()));
  if (watched.transmit.running())
    row("Transmit timer:", fmt::format("{} / {}", seconds(watched.transmit.left()), seconds(times.interval)));
  if (watched.detect.running())
    row("Detect timer:", fmt::format("{} / {}", seconds(watched.detect.left()), seconds(times.timeout)));
  call.reply.row(row_code, "  Local parameters:");
  print_side(call.reply, session.min_tx(), session.min_rx(), false, session.multiplier());
  call.reply.row(row_code, "  Remote parameters:");
  auto& remote = session.remote();
  print_side(call.reply, remote.min_tx, remote.min_rx, remote.demand, remote.multiplier);
  if (auto type = watched.authentication.type(); type != proto::BfdAuthentication::none) {
    call.reply.row(row_code, "  Authentication:");
    call.reply.row(row_code, fmt::format("    {:<19} {}", "Type:", authentication_name(type)));
    if (auto received = watched.authentication.received())
      call.reply.row(row_code, fmt::format("    {:<19} {}", "RX CSN:", *received));
    if (type > proto::BfdAuthentication::simple)
      call.reply.row(row_code, fmt::format("    {:<19} {}", "TX CSN:", watched.authentication.sent()));
  }
  call.reply.row(row_code, "");
}

json::object session_json(const std::string& protocol, const bfd::Watched& watched) {
  auto& session = watched.session;
  auto& remote = session.remote();
  return {{"protocol", protocol},
          {"neighbor", watched.target.neighbor.text()},
          {"local", watched.target.local.text()},
          {"interface", watched.interface},
          {"type", watched.target.ifindex ? "direct" : "multihop"},
          {"state", proto::bfd_state_name(session.state())},
          {"remote_state", proto::bfd_state_name(session.remote_state())},
          {"since_unix_seconds",
           std::chrono::duration_cast<std::chrono::seconds>(watched.since.time_since_epoch()).count()},
          {"diagnostic", diagnostic_name(session.diagnostic())},
          {"remote_diagnostic", diagnostic_name(session.remote_diagnostic())},
          {"discriminator", session.discriminator()},
          {"remote_discriminator", session.remote_discriminator()},
          {"transmit_interval_us", session.transmit_at() ? session.transmit_interval() : 0},
          {"detection_time_us", session.detection_time()},
          {"min_tx_us", session.min_tx()},
          {"min_rx_us", session.min_rx()},
          {"multiplier", session.multiplier()},
          {"remote_min_tx_us", remote.min_tx},
          {"remote_min_rx_us", remote.min_rx},
          {"remote_multiplier", remote.multiplier},
          {"authentication", authentication_name(watched.authentication.type())}};
}

}  // namespace

AnswerPtr show_bfd_sessions(Call& call) {
  Query query;
  auto named = read_query(call, query);
  if (named && named->kind != rib::ProtocolKind::bfd)
    throw CommandError(call.skin() == Skin::bird1 ? 9002 : 9001, named->options.name + " is not a BFD protocol");
  auto protocols = named ? std::vector{named} : call.context.rib.protocols();
  // Without a name, those that run.
  std::erase_if(protocols, [&](auto& one) {
    return one->kind != rib::ProtocolKind::bfd || (!named && one->state != rib::ProtocolState::up);
  });
  if (protocols.empty() && !call.json) parse_error("There is no BFD protocol running");
  json::array document;
  bool any = false;
  for (auto& protocol : protocols) {
    auto& name = protocol->options.name;
    if (!call.json) {
      if (std::exchange(any, true)) call.reply.row(row_code, "");
      if (protocol->state != rib::ProtocolState::up) {
        call.reply.row(row_code, name + ": is not up");
        continue;
      }
      call.reply.row(row_code, name + ":");
      if (!query.all) print_head(call.skin(), call.reply);
    }
    for (auto* watched : call.context.bfd.sessions(name)) {
      if (!query.shows(*watched)) continue;
      if (call.json)
        document.push_back(session_json(name, *watched));
      else if (query.all)
        print_block(call, *watched);
      else
        print_row(call, *watched);
    }
  }
  if (call.json) call.reply.row(json_code, json::serialize(document));
  call.reply.end(0);
  return nullptr;
}

}  // namespace avocet::ctl
