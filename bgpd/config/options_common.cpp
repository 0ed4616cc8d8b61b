/// What every protocol, channel and table has (reference 5).
#include <fmt/format.h>

#include "bgpd/config/vocabulary.hpp"

namespace avocet::config {
namespace {

using rib::ChannelOptions;
using rib::Limit;
using rib::LimitAction;
using rib::ProtocolOptions;

Value<LimitAction> limit_action() {
  return choice<LimitAction>({{"warn", LimitAction::warn}, {"block", LimitAction::block}, {"restart", LimitAction::restart}, {"disable", LimitAction::disable}});
}

/// `N [action A]` or `off`.
Slot<ChannelOptions> limit(std::optional<Limit> ChannelOptions::*field) {
  return {"<routes> [action warn|block|restart|disable]|off", "100 action block",
          [field](Parser& parser, ChannelOptions& channel) {
            if (parser.accept("off")) {
              (channel.*field).reset();
              return;
            }
            Limit limit;
            limit.routes = parse_int(parser);
            if (parser.accept("action")) limit.action = limit_action().read(parser);
            channel.*field = limit;
          },
          [field](const ChannelOptions& a, const ChannelOptions& b) { return a.*field == b.*field; },
          [field](const ChannelOptions& channel) -> std::string {
            if (!(channel.*field)) return "off";
            return fmt::format("{} action {}", (channel.*field)->routes, limit_action().text((channel.*field)->action));
          }};
}

void read_export(Parser& parser, ChannelOptions& channel) {
  channel.export_filter = parse_filter_choice(parser);
  channel.export_in.reset();
}

/// `PREFIX all|none|filter ...` behind `export in`, of BIRD 3.
void read_export_in(Parser& parser, ChannelOptions& channel) {
  auto part = parse_prefix(parser);
  channel.export_filter = parse_filter_choice(parser);
  channel.export_in = part;
}

std::string export_text(const ChannelOptions& channel) { return filter_value().text(channel.export_filter); }
std::string export_in_text(const ChannelOptions& channel) { return channel.export_in ? channel.export_in->text() : "everything"; }

std::vector<std::string> export_lines(const ChannelOptions& channel) {
  if (!channel.export_filter || channel.export_in) return {};
  return {filter_value().written(channel.export_filter)};
}
std::vector<std::string> export_in_lines(const ChannelOptions& channel) {
  if (!channel.export_filter || !channel.export_in) return {};
  return {fmt::format("{} {}", channel.export_in->text(), filter_value().written(channel.export_filter))};
}

/// Filters are the same if their programs are, whatever their names.
bool same_export(const ChannelOptions& a, const ChannelOptions& b) { return detail::equal(a.export_filter, b.export_filter); }

bool check_two_times(Parser& parser) {
  fine_time().read(parser);
  fine_time().read(parser);
  return false;
}

bool check_cork(Parser& parser) {
  auto& first = parser.peek();
  auto low = parse_int(parser);
  if (parse_int(parser) < low) parser.fail(first, "the threshold to cork at is lower than the one to uncork at");
  return false;
}

void read_vrf(Parser& parser, ProtocolOptions&) {
  if (auto& token = parser.peek(); !parser.accept("default")) parser.fail(token, "not supported yet: vrf (only 'default' may be written)");
}

Table<ProtocolOptions> make_protocol_options() {
  using enum In;
  using enum Effect;
  using P = ProtocolOptions;
  return {
      {"disabled", both, none, into(&P::disabled, boolean()), "Not started until 'enable'."},
      {"debug", both, none, into(&P::debug, debug_mask()), "What to log about this protocol."},
      {"description", both, none, into(&P::description, text_value()), "Shown by 'show protocols all'."},
      {"router id", both, restart, into(&P::router_id, router_id_value()), "Router id of this protocol alone."},
      {"vrf", both, none, compared_by(form<P>("default", "default", read_vrf, [](const P&) { return std::string("default"); })), "VRFs are not supported yet; 'default' may be written."},
      {"mrtdump", both, none, into(&P::mrtdump, mrtdump_mask()), "What of its sessions is recorded in the file of 'mrtdump': messages received, changes of state."},
      {"tx class", both, none, checked<P>(number(0, 255)), "BGP packets carry class selector 6", Support::no_effect},
      {"tx dscp", both, none, checked<P>(number(0, 63)), "BGP packets carry class selector 6", Support::no_effect},
      {"tx priority", both, none, checked<P>(number(0, 7)), "the system's default is taken", Support::no_effect},
      {"restart time", bird2, none, checked<P>(fine_time()), "a protocol restarts by its own timers", Support::no_effect},
      {"thread group", bird2, none, checked<P>(name_value("thread group")), "there is one thread", Support::no_effect},
  };
}

Slot<ChannelOptions> export_slot() {
  auto value = filter_value();
  auto slot = spelled<ChannelOptions>(form<ChannelOptions>(value.shape, value.sample, read_export, export_text), export_lines);
  slot.same = same_export;
  return slot;
}

Table<ChannelOptions> make_channel_options() {
  using enum In;
  using enum Effect;
  using C = ChannelOptions;
  return {
      {"table", both, restart, into(&C::table, name_value("table")), "The routing table behind this channel."},
      {"preference", both, refilter_in, into(&C::preference, number(0, 65535)), "Preference of its routes."},
      {"import", both, refilter_in, into(&C::import_filter, filter_value()), "Which routes enter the table, and how."},
      {"export", both, refilter_out, export_slot(), "Which routes leave the table, and how."},
      {"export in", bird2, refilter_out, spelled<C>(compared_by(form<C>("<prefix> all|none|filter ...", "10.0.0.0/8 all", read_export_in, export_in_text), &C::export_in), export_in_lines),
       "The same, of routes inside of a prefix only; no other is looked at."},
      {"import limit", both, none, limit(&C::import_limit), "Most routes accepted by the import filter."},
      {"receive limit", both, none, limit(&C::receive_limit), "Most routes before the import filter."},
      {"export limit", both, none, limit(&C::export_limit), "Most routes sent."},
      {"import keep filtered", both, refilter_in, into(&C::import_keep_filtered, boolean()), "Keep rejected routes for 'show route filtered'."},
      {"rpki reload", bird2, none, into(&C::rpki_reload, boolean()), "Filter again when a ROA table that a filter asks changes."},
      {"debug", bird2, none, checked<C>(debug_mask()), "debug the protocol instead", Support::no_effect},
  };
}

Table<rib::TableOptions> make_table_options() {
  using enum In;
  using enum Effect;
  using T = rib::TableOptions;
  return {
      {"sorted", both, none, into(&T::sorted, boolean()), "Keep all routes of a net in order, not the best alone in front."},
      {"trie", bird2, none, checked<T>(boolean()), "look-ups are fast without", Support::no_effect},
      {"gc threshold", bird2, none, checked<T>(number()), "memory is given back at once", Support::no_effect},
      {"gc period", bird2, none, checked<T>(fine_time()), "memory is given back at once", Support::no_effect},
      {"min settle time", bird2, none, checked<T>(fine_time()), "changes are gathered by load", Support::no_effect},
      {"max settle time", bird2, none, checked<T>(fine_time()), "changes are gathered by load", Support::no_effect},
      {"cork threshold", bird2, none, checked_form<T>("<number> <number>", "128 512", check_cork), "a full queue stops the reader", Support::no_effect},
      {"export settle time", bird2, none, checked_form<T>("<time> <time>", "1 s 3 s", check_two_times), "changes are gathered by load", Support::no_effect},
      {"route refresh export settle time", bird2, none, checked_form<T>("<time> <time>", "1 s 3 s", check_two_times), "changes are gathered by load", Support::no_effect},
      {"digest settle time", bird2, none, checked_form<T>("<time> <time>", "1 s 3 s", check_two_times), "changes are gathered by load", Support::no_effect},
      {"thread group", bird2, none, checked<T>(name_value("thread group")), "there is one thread", Support::no_effect},
      {"debug", bird2, none, checked<T>(debug_mask()), "debug a protocol instead", Support::no_effect},
  };
}

}  // namespace

const Table<ProtocolOptions>& protocol_options() {
  static const auto table = make_protocol_options();
  return table;
}
const Table<ProtocolOptions>& host_name_option() {
  static const Table<ProtocolOptions> table = {
      {"hostname", In::bird2, Effect::none, checked<ProtocolOptions>(text_value()), "only BGP tells a host name", Support::no_effect}};
  return table;
}
const Table<ChannelOptions>& channel_options() {
  static const auto table = make_channel_options();
  return table;
}
const Table<rib::TableOptions>& table_options() {
  static const auto table = make_table_options();
  return table;
}

}  // namespace avocet::config
