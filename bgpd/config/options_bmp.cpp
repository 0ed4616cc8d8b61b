/// The vocabulary of `protocol bmp` (reference 6.8).
#include <fmt/format.h>

#include "bgpd/config/vocabulary.hpp"

namespace avocet::config {
namespace {

using observe::BmpOptions;

/// `[ip A] [port N]`, in any order, in one statement or in two.
void read_station(Parser& parser, BmpOptions& bmp) {
  while (!parser.peek().is(";")) {
    auto& word = parser.peek();
    if (parser.accept("ip"))
      bmp.station = parse_address(parser);
    else if (parser.accept("port"))
      bmp.port = static_cast<std::uint16_t>(parse_number(parser, "the port", 1, 65535));
    else
      parser.fail(word, fmt::format("expected ip or port, found {}", describe(word)));
  }
}

std::string station_text(const BmpOptions& bmp) { return fmt::format("ip {} port {}", bmp.station.text(), bmp.port); }

/// RFC 7854 section 4.4 takes these from RFC 1213, where they have 255 octets at most.
Value<std::string> mib_text() {
  auto value = text_value();
  value.read = [](Parser& parser) {
    auto& first = parser.peek();
    auto text = parse_string(parser);
    if (text.empty() || text.size() > 255)
      parser.fail(first, fmt::format("the text must have 1 to 255 characters, not {}", text.size()));
    return text;
  };
  return value;
}

Table<BmpOptions> make_bmp_options() {
  using enum In;
  using enum Effect;
  using B = BmpOptions;
  return {
      {"station address", bird2, restart,
       form<B>("ip <ip> port <n>", "ip 192.0.2.1 port 1790", read_station, station_text), "The monitoring station."},
      {"monitoring rib in pre_policy", bird2, restart, into(&B::pre_policy, boolean()),
       "Tell routes as they are received, also those that the import filter rejects."},
      {"monitoring rib in post_policy", bird2, restart, into(&B::post_policy, boolean()),
       "Tell routes as the import filter has made them."},
      {"system name", bird2, restart, into(&B::system_name, mib_text()), "Our name; default is the host's."},
      {"system description", bird2, restart, into(&B::system_description, mib_text()),
       "What we are; default is our name and version."},
      {"local address", bird2, restart, into(&B::local_address, address()), "Our address of the connection."},
      {"tx buffer limit", bird2, none, checked<B>(number(1)),
       "a megabyte waits for a slow station at most; of changes that it has not heard of yet it hears the last",
       Support::no_effect},
  };
}

}  // namespace

const Table<BmpOptions>& bmp_options() {
  static const auto table = make_bmp_options();
  return table;
}

}  // namespace avocet::config
