/// The vocabulary of `protocol rpki` (reference 6.7), and the settle times of tables of ROAs.
#include <fmt/format.h>

#include "bgpd/config/vocabulary.hpp"

namespace avocet::config {
namespace {

using rpki::Interval;
using rpki::RpkiOptions;

void read_remote(Parser& parser, RpkiOptions& options) {
  auto& token = parser.peek();
  if (!options.host.empty())
    parser.fail(token, "only one cache per protocol rpki",
                "write one protocol per cache; their tables may be the same");
  options.host = token.kind == TokenKind::string ? parse_string(parser) : parse_address(parser).text();
  if (options.host.empty()) parser.fail(token, "the name of the cache is empty");
  if (parser.accept("port")) options.port = static_cast<std::uint16_t>(parse_number(parser, "the port", 1, 65535));
}

std::string remote_text(const RpkiOptions& options) {
  if (options.host.empty()) return {};
  return proto::Address::parse(options.host) ? options.host : '"' + options.host + '"';
}

void read_ssh(Parser& parser, const Token& at) {
  bool user = false;
  parser.expect("{");
  while (!parser.accept("}")) {
    if (parser.accept("user"))
      user = true;
    else if (!accept_words(parser, "bird private key") && !accept_words(parser, "remote public key"))
      parser.fail(parser.peek(), fmt::format("expected bird private key, remote public key or user, found {}",
                                             describe(parser.peek())));
    parse_string(parser);
    parser.expect(";");
  }
  if (!user) parser.fail(at, "the user of transport ssh is missing", "write 'user \"NAME\";' inside it");
  parser.not_yet(at, "transport ssh",
                 "'transport tcp' with 'authentication md5', or a tunnel ('ssh -L 3323:localhost:323 cache') with "
                 "'remote 127.0.0.1 port 3323'");
}

void read_transport(Parser& parser, RpkiOptions& options) {
  auto& at = parser.peek();
  if (parser.accept("ssh")) return read_ssh(parser, at);
  if (!parser.accept("tcp")) parser.fail(at, fmt::format("expected tcp or ssh, found {}", describe(at)));
  options.password.clear();
  bool md5 = false;
  if (!parser.accept("{")) return;
  while (!parser.accept("}")) {
    if (parser.accept("authentication"))
      md5 = choice<bool>({{"none", false}, {"md5", true}}).read(parser);
    else if (parser.accept("password"))
      options.password = parse_string(parser);
    else
      parser.fail(parser.peek(), fmt::format("expected authentication or password, found {}", describe(parser.peek())));
    parser.expect(";");
  }
  if (md5 == options.password.empty())
    parser.fail(at, md5 ? "'authentication md5' needs a password" : "a password needs 'authentication md5'",
                "transport tcp { authentication md5; password \"...\"; };");
}

Slot<RpkiOptions> transport_slot() {
  auto text = [](const RpkiOptions& o) { return std::string(o.password.empty() ? "tcp" : "tcp with MD5"); };
  auto slot = form<RpkiOptions>("tcp [{ authentication none|md5; password \"<text>\"; }]",
                                "tcp { authentication md5; password \"secret\"; }", read_transport, text);
  slot.same = [](const RpkiOptions& a, const RpkiOptions& b) { return a.password == b.password; };
  return spelled<RpkiOptions>(std::move(slot), [](const RpkiOptions& o) {
    return std::vector{o.password.empty() ? std::string("tcp")
                                          : fmt::format("tcp {{ authentication md5; password \"{}\"; }}", o.password)};
  });
}

/// `[keep] N`; what the cache says must lie in the same range (RFC 8210 section 6).
Slot<RpkiOptions> interval(Interval RpkiOptions::*field, std::uint32_t low, std::uint32_t high) {
  auto value = seconds(low, high);
  auto slot = form<RpkiOptions>(
      "[keep] " + value.shape, fmt::format("keep {}", high / 2),
      [field, value](Parser& parser, RpkiOptions& options) {
        bool keep = parser.accept("keep");
        options.*field = {value.read(parser), keep};
      },
      [field](const RpkiOptions& options) {
        return fmt::format("{}{}", (options.*field).keep ? "keep " : "", (options.*field).seconds);
      });
  return compared_by(std::move(slot), field);
}

Table<RpkiOptions> make_rpki_options() {
  using enum In;
  using enum Effect;
  using R = RpkiOptions;
  return {
      {"remote", bird2, resync,
       compared_by(form<R>("<ip>|\"<host>\" [port <n>]", "192.0.2.1 port 323", read_remote, remote_text), &R::host),
       "The cache; a name is looked up at each attempt to connect."},
      {"port", bird2, resync, into(&R::port, number(1, 65535)), "Its port; 323 if it is not written."},
      {"local address", bird2, resync, into(&R::local_address, address()), "Our address of the connection."},
      {"transport", bird2, resync, transport_slot(), "How the cache is reached; ssh is not supported yet."},
      {"refresh", bird2, none, interval(&R::refresh, 1, 86400),
       "How often the cache is asked; 'keep': whatever it says itself."},
      {"retry", bird2, none, interval(&R::retry, 1, 7200), "Wait after a failure."},
      {"expire", bird2, none, interval(&R::expire, 600, 172800), "How long what a cache said lives without it."},
      {"ignore max length", bird2, resync, into(&R::ignore_max_length, boolean()),
       "Every longer prefix is as good as the ROA's own."},
      {"min version", bird2, resync, into(&R::min_version, number(0, 2)),
       "Oldest version of the protocol that is spoken."},
      {"max version", bird2, resync, into(&R::max_version, number(0, 2)),
       "Newest version of the protocol that is spoken; 2 has ASPAs."},
  };
}

}  // namespace

const Table<RpkiOptions>& rpki_options() {
  static const auto table = make_rpki_options();
  return table;
}

const Table<rib::SettleTimes>& settle_options() {
  using enum In;
  using enum Effect;
  using S = rib::SettleTimes;
  static const Table<S> table = {
      {"min settle time", bird2, none, into(&S::least, fine_time()),
       "How long a cache must be quiet before routes are judged again."},
      {"max settle time", bird2, none, into(&S::most, fine_time()), "The longest that changed ROAs wait for that."},
  };
  return table;
}

}  // namespace avocet::config
