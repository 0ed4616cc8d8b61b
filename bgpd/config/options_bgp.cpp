/// The vocabulary of `protocol bgp` (reference 8.1, 8.2). What an OPEN carries needs a new session when it changes;
/// everything else is applied to the running one.
#include <fmt/format.h>

#include "bgpd/config/layout.hpp"
#include "bgpd/config/vocabulary.hpp"

namespace avocet::config {
namespace {

using session::BgpChannelOptions;
using session::BgpOptions;
using session::GracefulRestart;

/// A number where the ';' is expected is an AS number without its word.
void refuse_bare_number(Parser& parser) {
  auto& token = parser.peek();
  if (token.kind == TokenKind::number) parser.fail(token, fmt::format("expected ';', found {}", describe(token)), fmt::format("write 'as {}'", token.text));
}

/// `local [ADDRESS[%if]] [port N] [as N]`. Stops at the first token that is none of these: the caller asks for `;`.
void read_local(Parser& parser, BgpOptions& bgp) {
  auto& first = parser.peek();
  if (!first.is("port") && !first.is("as")) {
    bgp.local_address = parse_address(parser);
    bgp.local_interface = parse_scope(parser);
  }
  for (;;) {
    if (parser.accept("port"))
      bgp.local_port = static_cast<std::uint16_t>(parse_number(parser, "the port", 1, 65535));
    else if (parser.accept("as"))
      bgp.local_as = parse_number(parser, "the AS number", 1, 0xffffffff);
    else
      return refuse_bare_number(parser);
  }
}

/// `%eth0`, or `%"eth0.7"` where the name is no word.
std::string scope_text(const std::string& interface) {
  return '%' + (name_text(interface) == interface ? interface : '"' + interface + '"');
}

std::string local_text(const BgpOptions& bgp) {
  auto text = bgp.local_address.is_unspecified() ? std::string() : bgp.local_address.text() + ' ';
  if (!bgp.local_interface.empty()) text += scope_text(bgp.local_interface) + ' ';
  if (bgp.local_port != 179) text += fmt::format("port {} ", bgp.local_port);
  return text + fmt::format("as {}", bgp.local_as);
}

/// `neighbor [ADDRESS[%if]] [range PREFIX] [port N] [as N] [internal|external] [onlink]`
void read_neighbor(Parser& parser, BgpOptions& bgp) {
  for (auto start = parser.position();;) {
    if (parser.accept("port")) {
      bgp.remote_port = static_cast<std::uint16_t>(parse_number(parser, "the port", 1, 65535));
    } else if (parser.accept("as")) {
      bgp.remote_as = parse_number(parser, "the AS number", 1, 0xffffffff);
      bgp.internal_peer = bgp.external_peer = false;
    } else if (parser.peek().is("internal") || parser.peek().is("external")) {
      bgp.internal_peer = parser.next().is("internal");
      bgp.external_peer = !bgp.internal_peer;
    } else if (parser.accept("onlink")) {
      bgp.onlink = true;
    } else if (parser.accept("range")) {
      bgp.range = parse_prefix(parser);
      bgp.remote_address = {};
    } else if (parser.position() != start && parser.peek().kind != TokenKind::ip) {
      return refuse_bare_number(parser);  // names of constants are taken at the front only: elsewhere a `;` is missing
    } else {
      bgp.remote_address = parse_address(parser);
      bgp.range.reset();
      if (auto scope = parse_scope(parser); !scope.empty()) bgp.interface = scope;
    }
  }
}

std::string neighbor_text(const BgpOptions& bgp) {
  auto text = bgp.range ? "range " + bgp.range->text() : bgp.remote_address.text();
  if (bgp.remote_address.is_link_local() && !bgp.interface.empty()) text += scope_text(bgp.interface);
  if (bgp.remote_port != 179) text += fmt::format(" port {}", bgp.remote_port);
  if (bgp.remote_as != 0) text += fmt::format(" as {}", bgp.remote_as);
  if (bgp.internal_peer) text += " internal";
  if (bgp.external_peer) text += " external";
  return text;
}

void read_multihop(Parser& parser, BgpOptions& bgp) {
  bgp.multihop = true;
  bgp.multihop_ttl = parser.peek().is(";") ? 64 : static_cast<std::uint8_t>(parse_number(parser, "multihop", 1, 255));
}

std::string hops_text(const BgpOptions& bgp) { return bgp.multihop ? fmt::format("multihop {}", bgp.multihop_ttl) : "direct"; }

/// `direct` is an option of its own, which says nothing behind its word.
std::vector<std::string> direct_lines(const BgpOptions& bgp) { return bgp.multihop ? std::vector<std::string>() : std::vector<std::string>{""}; }

void read_hold_time(Parser& parser, std::uint32_t& hold) {
  auto& first = parser.peek();
  hold = seconds(0, 65535).read(parser);
  if (hold == 1 || hold == 2) parser.fail(first, "hold time must be 0, or 3 to 65535 seconds", "RFC 4271 section 4.2");
}

Slot<BgpOptions> hold_slot(std::uint32_t BgpOptions::*field) {
  auto slot = into(field, seconds(0, 65535));
  slot.shape = "<0 or 3..65535 seconds>";
  slot.read = [field](Parser& parser, BgpOptions& bgp) { read_hold_time(parser, bgp.*field); };
  return slot;
}

void read_error_wait(Parser& parser, BgpOptions& bgp) {
  auto time = seconds(1, 65535);
  bgp.error_wait_min = time.read(parser);
  parser.expect(",");
  auto& second = parser.peek();
  bgp.error_wait_max = time.read(parser);
  if (bgp.error_wait_max < bgp.error_wait_min) parser.fail(second, "the longest error wait time is shorter than the first");
}

/// Cease subcodes, RFC 4486, under BIRD's names.
constexpr std::pair<const char*, unsigned> cease_words[] = {
    {"cease", 0}, {"prefix limit hit", 1}, {"administrative shutdown", 2}, {"peer deconfigured", 3}, {"administrative reset", 4},
    {"connection rejected", 5}, {"configuration change", 6}, {"connection collision", 7}, {"out of resources", 8}};
constexpr std::uint32_t every_cease = 0xffffffff;

std::vector<std::string> disable_after_cease_lines(const BgpOptions& bgp) {
  if (bgp.disable_after_cease == every_cease) return {"on"};
  std::vector<std::string> words;
  for (auto& [word, subcode] : cease_words)
    if (bgp.disable_after_cease & 1u << subcode) words.emplace_back(word);
  return {words.empty() ? "off" : fmt::format("{{ {} }}", fmt::join(words, ", "))};
}

void read_disable_after_cease(Parser& parser, BgpOptions& bgp) {
  if (!parser.accept("{")) {
    bgp.disable_after_cease = parse_bool(parser) ? every_cease : 0;
    return;
  }
  bgp.disable_after_cease = 0;
  while (!parser.accept("}")) {
    auto& token = parser.peek();
    bool known = false;
    for (auto& [words, subcode] : cease_words)
      if (!known && accept_words(parser, words)) {
        bgp.disable_after_cease |= 1u << subcode;
        known = true;
      }
    if (!known) parser.fail(token, fmt::format("expected a reason of Cease, as 'prefix limit hit', found {}", describe(token)));
    if (!parser.peek().is("}")) parser.expect(",");
  }
}

Slot<BgpOptions> bfd_slot() {
  return {"on|off|graceful|{ <options of BFD sessions> }", "{ interval 200 ms; }", [](Parser& parser, BgpOptions& bgp) { read_bfd_request(parser, bgp.bfd); },
          [](const BgpOptions& a, const BgpOptions& b) { return a.bfd == b.bfd; }, [](const BgpOptions& bgp) { return bfd_request_text(bgp.bfd); },
          [](const BgpOptions& bgp) { return std::vector<std::string>{bfd_request_written(bgp.bfd)}; }};
}

void read_allow_local_as(Parser& parser, BgpOptions& bgp) {
  bgp.allow_local_as = parser.peek().is(";") ? 0xffffffff : parse_int(parser);
}

void read_password(Parser& parser, BgpOptions& bgp) {
  auto& first = parser.peek();
  bgp.password = parse_string(parser);
  if (bgp.password.size() > 80) parser.fail(first, "a TCP MD5 password has at most 80 bytes");  // TCP_MD5SIG_MAXKEYLEN
}

/// `{ key { id N; secret "..."; algorithm hmac sha1; preferred; deprecated; }; ... }`
bool check_keys(Parser& parser) {
  parser.expect("{");
  while (!parser.accept("}")) {
    parser.expect("key");
    parser.expect("{");
    while (!parser.accept("}")) {
      auto& word = parser.peek();
      if (parser.accept("id") || accept_words(parser, "send id") || accept_words(parser, "recv id")) parse_number(parser, "the id of a key", 0, 255);
      else if (parser.accept("secret")) parse_string(parser);
      else if (accept_words(parser, "algorithm hmac")) choice<int>({{"md5", 0}, {"sha1", 1}, {"sha224", 2}, {"sha256", 3}, {"sha384", 4}, {"sha512", 5}}).read(parser);
      else if (accept_words(parser, "algorithm cmac")) parser.expect("aes128");
      else if (parser.accept("preferred") || parser.accept("deprecated")) parse_bool(parser);
      else parser.fail(word, fmt::format("expected id, secret, algorithm hmac, algorithm cmac, preferred or deprecated, found {}", describe(word)));
      parser.expect(";");
    }
    parser.expect(";");
  }
  return false;
}

bool check_settle_times(Parser& parser) {
  fine_time().read(parser);
  fine_time().read(parser);
  return false;
}

/// `md5` is the only kind there is: it says what a password says already, and `none` the opposite.
void read_authentication(Parser& parser, BgpOptions& bgp) {
  auto& kind = parser.next();
  if (kind.is("none")) bgp.password.clear();
  else if (kind.is("ao")) parser.not_yet(kind, "TCP-AO", "use 'password' for TCP MD5");
  else if (!kind.is("md5")) parser.fail(kind, fmt::format("expected none, md5 or ao, found {}", describe(kind)));
}

/// Compared, but never shown: the words of a change end up in logs.
Slot<BgpOptions> password_slot() {
  return {"\"<text>\"", "\"secret\"", read_password,
          [](const BgpOptions& a, const BgpOptions& b) { return a.password == b.password; },
          [](const BgpOptions& bgp) -> std::string { return bgp.password.empty() ? "none" : "(hidden)"; },
          [](const BgpOptions& bgp) -> std::vector<std::string> { return {'"' + bgp.password + '"'}; }};
}

void read_hop_format(Parser& parser, BgpChannelOptions&) {
  auto& format = parser.peek();
  if (!choice<bool>({{"native", true}, {"single", false}, {"double", false}}).read(parser)) parser.not_yet(format, fmt::format("link local next hop format {}", format.text));
}

Value<GracefulRestart> graceful_restart_value() {
  return switch_or<GracefulRestart>({{"aware", GracefulRestart::aware}}, GracefulRestart::off, GracefulRestart::on);
}
Value<announce::HopRule> hop_rule() {
  using announce::HopRule;
  return switch_or<HopRule>({{"ibgp", HopRule::ibgp}, {"ebgp", HopRule::ebgp}}, HopRule::off, HopRule::all);
}

Table<BgpOptions> make_bgp_options() {
  using enum In;
  using enum Effect;
  using B = BgpOptions;
  return {
      {"local", both, restart, compared_by(form<B>("[<ip>[%<interface>]] [port <n>] [as <n>]", "192.0.2.1 port 1790 as 64512", read_local, local_text),
       &B::local_address, &B::local_interface, &B::local_port, &B::local_as),
       "Our address, port and AS number on this session."},
      {"source address", both, restart, alias(into(&B::local_address, address())), "Our address on this session; the same as in 'local'."},
      {"neighbor", both, restart, compared_by(form<B>("[<ip>[%<interface>]] [range <prefix>] [port <n>] [as <n>] [internal|external]",
       "192.0.2.2 port 1790 as 64513", read_neighbor, neighbor_text), &B::range, &B::remote_address, &B::interface, &B::remote_port, &B::remote_as,
       &B::internal_peer, &B::external_peer), "The peer: address, port and AS number."},
      {"interface", bird2, restart, into(&B::interface, text_value()), "The interface of a link-local neighbour."},
      {"interface range", bird2, restart, checked<B>(text_value()), "dynamic sessions by interface", Support::missing},
      {"dynamic name", bird2, none, into(&B::dynamic_name, text_value()), "Start of the names of sessions made by 'neighbor range'."},
      {"dynamic name digits", bird2, none, into(&B::dynamic_name_digits, number(0, 10)), "Digits of the number in those names."},
      {"onlink", bird2, restart, into(&B::onlink, boolean()), "The neighbour is on the link although no address of ours covers it."},
      {"strict bind", bird2, restart, into(&B::strict_bind, boolean()), "Listen on the local address only."},
      {"free bind", bird2, restart, into(&B::free_bind, boolean()), "The local address need not be there yet."},
      {"direct", both, restart, spelled<B>(alias(form<B>("", "", [](Parser&, B& bgp) { bgp.multihop = false; bgp.multihop_ttl = 1; }, hops_text)), direct_lines),
       "The neighbour is on a shared link (default for eBGP)."},
      {"multihop", both, restart, spelled<B>(compared_by(form<B>("[<1..255>]", "4", read_multihop, hops_text), &B::multihop, &B::multihop_ttl),
       [](const B& bgp) -> std::vector<std::string> { return bgp.multihop ? std::vector<std::string>{std::to_string(bgp.multihop_ttl)} : std::vector<std::string>(); }), "The neighbour is up to this many hops away (default for iBGP)."},
      {"ttl security", both, restart, into(&B::ttl_security, boolean()), "Refuse packets from further away, RFC 5082."},
      {"password", both, none, password_slot(),
       "Key of TCP MD5 signatures, RFC 2385."},
      {"setkey", both, none, checked<B>(boolean()), "it is for BSD systems", Support::no_effect},
      {"authentication", bird2, none, compared_by(form<B>("none|md5", "md5", read_authentication, [](const B&) { return std::string(); })),
       "Which signatures packets carry; 'md5' is what 'password' asks for. TCP-AO is not supported yet."},
      {"keys", bird2, none, checked_form<B>("{ key { id <0..255>; secret \"<text>\"; algorithm <name>; preferred; deprecated; }; ... }",
       "{ key { id 1; secret \"s\"; algorithm hmac sha1; }; }", check_keys), "TCP-AO", Support::missing},
      {"passive", both, none, into(&B::passive, boolean()), "Wait for the neighbour to connect."},
      {"confederation", bird2, restart, into(&B::confederation, number(1)), "AS number of the confederation, RFC 5065."},
      {"confederation member", bird2, restart, into(&B::confederation_member, boolean()), "The neighbour is inside the confederation."},
      {"rr client", both, refilter_both, into(&B::rr_client, boolean()), "The neighbour is a client of this route reflector, RFC 4456."},
      {"rr cluster id", both, refilter_both, into(&B::rr_cluster_id, router_id_value()), "Cluster id for reflected routes; default is the router id."},
      {"rs client", both, restart, into(&B::rs_client, boolean()), "The neighbour is a client of this route server, RFC 7947."},
      {"hold time", both, next_session, hold_slot(&B::hold_time), "Offered hold time; 0 means none."},
      {"startup hold time", both, none, hold_slot(&B::startup_hold_time), "Hold time until the session is established."},
      {"min hold time", bird2, next_session, into(&B::min_hold_time, seconds(0, 65535)), "Refuse neighbours that offer less."},
      {"keepalive time", both, none, into(&B::keepalive_time, seconds(1, 65535)), "Default: a third of the hold time."},
      {"min keepalive time", bird2, next_session, into(&B::min_keepalive_time, seconds(0, 65535)), "Refuse neighbours whose hold time asks for more frequent ones."},
      {"send hold time", bird2, none, into(&B::send_hold_time, seconds(0, 65535)), "End a session that takes nothing for so long, RFC 9687."},
      {"connect delay time", both, none, into(&B::connect_delay_time, seconds(0, 65535)), "Wait before the first attempt to connect."},
      {"start delay time", both, none, alias(into(&B::connect_delay_time, seconds(0, 65535))), "Old name of 'connect delay time'."},
      {"connect retry time", both, none, into(&B::connect_retry_time, seconds(1, 65535)), "Wait between attempts to connect."},
      {"error wait time", both, none, compared_by(form<B>("<seconds>, <seconds>", "5, 30", read_error_wait, [](const B& bgp) { return fmt::format("{}, {}", bgp.error_wait_min, bgp.error_wait_max); }),
       &B::error_wait_min, &B::error_wait_max),
       "Wait after an error; doubles from the first to the second time."},
      {"error forget time", both, none, into(&B::error_forget_time, seconds(0, 65535)), "Start again with the shortest wait after so long without error."},
      {"disable after error", both, none, into(&B::disable_after_error, boolean()), "Do not try again after an error."},
      {"disable after cease", both, none, spelled<B>(compared_by(form<B>("<bool>|{ <reason>, ... }", "{ prefix limit hit, out of resources }", read_disable_after_cease, [](const B& bgp) { return fmt::format("{:#x}", bgp.disable_after_cease); }),
       &B::disable_after_cease), disable_after_cease_lines),
       "Do not try again when the neighbour ended the session for these reasons."},
      {"path metric", both, refilter_in, into(&B::path_metric, boolean()), "Compare AS path lengths."},
      {"med metric", both, refilter_in, into(&B::med_metric, boolean()), "Compare MED between different neighbouring ASes too."},
      {"deterministic med", both, refilter_in, into(&B::deterministic_med, boolean()), "Compare MED in groups of one neighbouring AS."},
      {"igp metric", both, refilter_in, into(&B::igp_metric, boolean()), "Compare the distances to the next hops."},
      {"prefer older", both, refilter_in, into(&B::prefer_older, boolean()), "Keep the present best among equal external routes."},
      {"default bgp_med", both, refilter_both, into(&B::default_bgp_med, number()), "MED of routes that have none."},
      // What has none gets it before it is kept.
      {"default bgp_local_pref", both, restart, into(&B::default_bgp_local_pref, number()), "LOCAL_PREF of routes that have none."},
      {"interpret communities", both, refilter_out, into(&B::interpret_communities, boolean()), "Obey NO_EXPORT and its kin."},
      // A received path with our AS is dropped before it is kept, so that only the peer can send it again.
      {"allow local as", both, restart, spelled<B>(compared_by(form<B>("[<n>]", "2", read_allow_local_as, [](const B& bgp) { return bgp.allow_local_as ? std::to_string(*bgp.allow_local_as) : "0"; }), &B::allow_local_as),
       [](const B& bgp) -> std::vector<std::string> { return {std::to_string(bgp.allow_local_as.value_or(0))}; }),
       "How often our AS may be in a received path; without a number: any."},
      {"allow bgp_local_pref", both, restart, into(&B::allow_local_pref, boolean()), "Take LOCAL_PREF from external neighbours."},
      {"allow bgp_med", bird2, refilter_out, into(&B::allow_med, boolean()), "Tell external neighbours the MED that other neighbours told us."},
      {"allow as sets", bird2, restart, into(&B::allow_as_sets, boolean()), "Take paths with AS_SETs, RFC 9774."},
      {"enforce first as", bird2, restart, into(&B::enforce_first_as, boolean()), "The first AS of a path must be the neighbour's."},
      {"enable route refresh", both, restart, into(&B::enable_route_refresh, boolean()), "Offer route refresh, RFC 2918."},
      {"enable enhanced route refresh", bird2, restart, into(&B::enable_enhanced_refresh, boolean()), "Offer enhanced route refresh, RFC 7313."},
      {"enable as4", both, restart, into(&B::enable_as4, boolean()), "Offer four-octet AS numbers, RFC 6793."},
      {"enable extended messages", both, restart, into(&B::enable_extended_messages, boolean()), "Offer messages up to 65535 bytes, RFC 8654."},
      {"advertise hostname", bird2, next_session, into(&B::advertise_hostname, boolean()), "Tell the neighbour our host name."},
      {"advertise ipv4", bird1, none, checked<B>(boolean()), "the capability for IPv4 is always sent", Support::no_effect},
      {"require route refresh", bird2, next_session, into(&B::require_route_refresh, boolean()), "Refuse neighbours without it."},
      {"require enhanced route refresh", bird2, next_session, into(&B::require_enhanced_refresh, boolean()), "Refuse neighbours without it."},
      {"require as4", bird2, next_session, into(&B::require_as4, boolean()), "Refuse neighbours without it."},
      {"require extended messages", bird2, next_session, into(&B::require_extended_messages, boolean()), "Refuse neighbours without it."},
      {"require hostname", bird2, next_session, into(&B::require_hostname, boolean()), "Refuse neighbours without it."},
      {"require graceful restart", bird2, next_session, into(&B::require_graceful_restart, boolean()), "Refuse neighbours without it."},
      {"require long lived graceful restart", bird2, next_session, into(&B::require_long_lived_graceful_restart, boolean()), "Refuse neighbours without it."},
      {"capabilities", both, restart, into(&B::capabilities, boolean()), "Send capabilities in OPEN."},
      {"graceful restart", both, restart, into(&B::graceful_restart, graceful_restart_value()), "Graceful restart, RFC 4724."},
      {"graceful restart time", both, next_session, into(&B::graceful_restart_time, seconds(0, 4095)), "How long the neighbour shall keep our routes."},
      {"graceful restart notification", both, restart, into(&B::graceful_restart_notification, boolean()), "Keep routes over NOTIFICATIONs too, RFC 8538; BIRD does not have it."},
      {"min graceful restart time", bird2, none, into(&B::min_graceful_restart_time, seconds(0, 4095)), "Lower bound on what the neighbour says."},
      {"max graceful restart time", bird2, none, into(&B::max_graceful_restart_time, seconds(0, 4095)), "Upper bound on what the neighbour says."},
      {"long lived graceful restart", both, restart, into(&B::long_lived_graceful_restart, graceful_restart_value()), "Long-lived graceful restart, RFC 9494."},
      {"long lived stale time", both, next_session, into(&B::long_lived_stale_time, seconds(0, 0xffffff)), "How long the neighbour shall keep our stale routes."},
      {"min long lived stale time", bird2, none, into(&B::min_long_lived_stale_time, seconds(0, 0xffffff)), "Lower bound on what the neighbour says."},
      {"max long lived stale time", bird2, none, into(&B::max_long_lived_stale_time, seconds(0, 0xffffff)), "Upper bound on what the neighbour says."},
      {"bfd", both, none, bfd_slot(), "End the session when BFD says that the neighbour is gone, RFC 5882; a protocol bfd must be there."},
      {"check link", both, none, into(&B::check_link, boolean()), "End the session when the link goes down; default for direct sessions."},
      {"local role", bird2, restart, into(&B::local_role, choice<proto::Role>({{"provider", proto::Role::provider}, {"rs_server", proto::Role::rs_server},
       {"rs_client", proto::Role::rs_client}, {"customer", proto::Role::customer}, {"peer", proto::Role::peer}})), "Our role, RFC 9234."},
      {"require roles", bird2, next_session, into(&B::require_roles, boolean()), "Refuse neighbours without a role."},
      {"hostname", bird2, next_session, into(&B::hostname, text_value()), "Host name told by 'advertise hostname'."},
      {"route limit", bird1, none, checked<B>(number()), "use 'import limit'", Support::no_effect},
      {"tx size warning", bird2, none, checked<B>(number()), "messages wait in shared buffers", Support::no_effect},
      {"disable rx", bird2, none, checked<B>(boolean(), false), "a test switch", Support::missing},
  };
}

Table<BgpChannelOptions> make_bgp_channel_options() {
  using enum In;
  using enum Effect;
  using C = BgpChannelOptions;
  using announce::Aigp;
  using session::AddPaths;
  using session::Gateway;
  auto add_paths = switch_or<AddPaths>({{"rx", AddPaths::rx}, {"tx", AddPaths::tx}}, AddPaths::off, AddPaths::both);
  return {
      {"next hop self", both, refilter_out, into(&C::next_hop_self, hop_rule()), "Put our address into NEXT_HOP."},
      {"next hop keep", both, refilter_out, into(&C::next_hop_keep, hop_rule()), "Leave NEXT_HOP as received."},
      {"next hop address", bird2, refilter_out, into(&C::next_hop_address, address()), "Put this address into NEXT_HOP."},
      {"next hop prefer", bird2, none, checked<C>(choice<bool>({{"global", true}, {"local", false}})), "the global address is taken on direct sessions", Support::no_effect},
      {"link local next hop format", bird2, none, compared_by(form<C>("native", "native", read_hop_format, [](const C&) { return std::string("native"); })),
       "How link-local next hops stand in MP_REACH_NLRI; 'native' is RFC 2545's way."},
      {"missing lladdr", both, none, checked<C>(choice<int>({{"self", 0}, {"drop", 1}, {"ignore", 2}})), "as in BIRD 2", Support::no_effect},
      {"gateway", both, refilter_in, into(&C::gateway, choice<Gateway>({{"direct", Gateway::direct}, {"recursive", Gateway::recursive}})),
       "Whether next hops must be on a link, or are looked up in the table."},
      {"igp table", both, refilter_in, into(&C::igp_table, name_value("table")), "Where next hops are looked up."},
      {"add paths", both, restart, into(&C::add_paths, add_paths), "Several paths per prefix, RFC 7911."},
      {"require add paths", bird2, restart, into(&C::require_add_paths, boolean()), "Refuse neighbours without it."},
      {"extended next hop", bird2, restart, into(&C::extended_next_hop, boolean()), "IPv4 routes with IPv6 next hops, RFC 8950."},
      {"require extended next hop", bird2, restart, into(&C::require_extended_next_hop, boolean()), "Refuse neighbours without it."},
      {"import table", bird2, none, into(&C::import_table, boolean()), "Keep received routes as they were before the filter."},
      {"export table", bird2, none, into(&C::export_table, boolean()), "Keep what was announced."},
      {"secondary", both, refilter_out, into(&C::secondary, boolean()), "Announce the best route that the filter accepts."},
      {"mandatory", bird2, restart, into(&C::mandatory, boolean()), "Refuse neighbours without this family."},
      {"graceful restart", bird2, restart, into(&C::graceful_restart, boolean()), "Graceful restart of this family."},
      {"long lived graceful restart", bird2, restart, into(&C::long_lived_graceful_restart, boolean()), "Long-lived graceful restart of this family."},
      {"long lived stale time", bird2, next_session, into(&C::long_lived_stale_time, seconds(0, 0xffffff)), "For this family."},
      {"aigp", bird2, refilter_out, into(&C::aigp, switch_or<Aigp>({{"originate", Aigp::originate}}, Aigp::off, Aigp::on)),
       "Take and tell the accumulated IGP metric, RFC 7311; 'originate': of routes from elsewhere too. Default: inside our AS or confederation."},
      {"cost", bird2, refilter_in, into(&C::cost, number(1)), "Distance of next hops that are taken to be on the link: igp_metric of these routes."},
      {"validate", bird2, none, checked<C>(boolean(), false), "flowspec", Support::missing},
      {"base table", bird2, none, checked<C>(name_value("table")), "flowspec", Support::missing},
      {"export settle time", bird2, none, checked_form<C>("<time> <time>", "1 s 3 s", check_settle_times), "changes are gathered by load", Support::no_effect},
  };
}

}  // namespace

const Table<BgpOptions>& bgp_options() {
  static const auto table = make_bgp_options();
  return table;
}
const Table<BgpChannelOptions>& bgp_channel_options() {
  static const auto table = make_bgp_channel_options();
  return table;
}

}  // namespace avocet::config
