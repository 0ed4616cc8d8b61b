/// Messages collected from other projects and from published attacks (AVOCET_SHARED/data/wire): every one gets the remedy that
/// its authors read in the RFCs, but for the deviations argued below.
#include <boost/json/src.hpp>
#include <doctest/doctest.h>

#include <fstream>
#include <map>
#include <set>
#include <sstream>

#include "proto/message.hpp"
#include "test/shared_data.hpp"

using namespace avocet::proto;

namespace {

/// Nothing where it is not there: then the test case ends.
std::optional<boost::json::value> corpus(const char* name) {
  auto folder = avocet::test::shared_data("data/wire");
  if (!folder) return std::nullopt;
  std::ifstream file(*folder / name);
  REQUIRE_MESSAGE(file, name);
  std::stringstream text;
  text << file.rdbuf();
  return boost::json::parse(text.str());
}

std::string text_of(const boost::json::object& entry, const char* field) { return std::string(entry.at(field).as_string()); }

std::vector<std::uint8_t> from_hex(std::string_view hex) {
  std::vector<std::uint8_t> out;
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2)
    out.push_back(static_cast<std::uint8_t>(std::stoi(std::string(hex.substr(i, 2)), nullptr, 16)));
  return out;
}

std::vector<std::uint8_t> attribute(std::uint8_t flags, std::uint8_t code, std::vector<std::uint8_t> value) {
  auto size = value.size();
  value.insert(value.begin(), {static_cast<std::uint8_t>(flags | 0x10), code, static_cast<std::uint8_t>(size >> 8),
                               static_cast<std::uint8_t>(size)});
  return value;
}

UpdateContext context(bool external) {
  UpdateContext context;
  context.external = external;
  context.families.ipv4.active = context.families.ipv6.active = true;
  return context;
}

/// Cases where we answer `discard` to what the authors of rfc7606-frr.json want withdrawn.
bool only_discarded_here(const std::string& name, std::int64_t code) {
  // RFC 6793 section 6 asks for the discard of a malformed AS4_PATH, and RFC 7606 does not revise that.
  if (name == "as4path-seg-type-0") return true;
  // PMSI_TUNNEL, tunnel encapsulation, IPv6 extended communities: not known here, so their inside cannot be malformed for us;
  // RFC 4271 section 9 passes unknown transitive attributes on unread, and ends others.
  return code == 22 || code == 23 || code == 25;
}

/// Attributes that we do not interpret: `discard` in the corpus means that the session and the route stay, which they do.
bool passed_on_unread(std::int64_t code) { return code == 29 || code == 39 || code == 40 || code == 254; }

}  // namespace

TEST_CASE("malformed attributes of another project's tests get RFC 7606's remedy") {
  auto document = corpus("rfc7606-frr.json");
  if (!document) return;
  std::size_t judged = 0;
  for (auto& entry : document->as_array()) {
    auto& c = entry.as_object();
    auto type = c.at("attr_type").is_null() ? 0 : c.at("attr_type").as_int64();
    auto code = static_cast<std::uint8_t>(type);
    for (bool external : {true, false}) {
      auto found = c.at("expect").as_object().if_contains(external ? "ebgp" : "ibgp");
      if (!found) continue;
      auto name = text_of(c, "name");
      // From an internal peer AS 0 passes: RFC 7607 is for the border, and real tables hold it (see check_as_path).
      if ((name == "aspath-as-zero" || name == "aggregator-as-zero") && !external) continue;
      CAPTURE(name);
      CAPTURE(external);
      std::map<int, std::vector<std::uint8_t>> attributes{{1, attribute(0x40, 1, {0})},
                                                          {2, attribute(0x40, 2, {2, 1, 0, 0, 0xfd, 0xe9})},
                                                          {3, attribute(0x40, 3, {10, 0, 0, 1})}};
      if (!external) attributes[5] = attribute(0x40, 5, {0, 0, 0, 100});
      if (code) {
        auto flags = static_cast<std::uint8_t>(c.at("flags").as_int64());
        attributes[code] = attribute(flags, code, from_hex(text_of(c, "value_hex")));
      } else {
        auto hop = Address::parse(text_of(c, "nexthop"));
        REQUIRE(hop);
        std::array<std::uint8_t, 16> bytes{};
        attributes[3] = attribute(0x40, 3, {bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(hop->to_bytes(bytes))});
      }
      std::vector<std::uint8_t> body{0, 0, 0, 0};
      for (auto& [key, bytes] : attributes) body.insert(body.end(), bytes.begin(), bytes.end());
      auto size = body.size() - 4;
      body[2] = static_cast<std::uint8_t>(size >> 8);
      body[3] = static_cast<std::uint8_t>(size);
      body.insert(body.end(), {8, 10});
      Update update;
      auto decoded = decode_update(body, context(external), update);
      std::string expected(found->as_string());
      bool deviates = only_discarded_here(name, type);
      if (deviates) expected = "discard";
      std::string got = !decoded ? "session-reset" : update.treated_as_withdraw ? "withdraw" : "discard";
      CHECK(got == expected);
      if (expected == "session-reset") CHECK((!decoded && decoded.error().code == 3));
      if (expected == "withdraw") CHECK((update.announced.empty() && update.withdrawn.size() == 1));
      if (expected == "discard") {
        CHECK((update.announced.size() == 1 && update.withdrawn.empty()));
        if (!deviates && !passed_on_unread(type))
          CHECK_FALSE(update.attributes.view().has(static_cast<AttributeCode>(code)));
      }
      ++judged;
    }
  }
  CHECK(judged == 167);
}

TEST_CASE("messages that killed or confused other daemons are answered as the RFCs say") {
  auto document = corpus("bad-messages.json");
  if (!document) return;
  // "3/1": the NOTIFICATION. "up": the session stays and no route is announced. "route": it stays with one route.
  const std::map<std::string, std::string> expected{
      {"CVE-2022-40302", "2/0"},      {"CVE-2022-43681", "2/0"},       {"open-cap-overrun", "2/0"},
      {"open-param-overrun", "2/0"},  {"open-as4-caplen0", "2/0"},     {"open-softver-len0", "AS 65001"},
      {"open-softver-65", "AS 65001"}, {"open-fqdn-overrun", "2/0"},   {"open-gr-odd", "AS 65001"},
      {"open-extopt", "AS 65001"},    {"open-hold1", "2/6"},           {"open-bgpid0", "2/3"},
      {"open-ver5", "2/1"},           {"hdr-marker", "1/1"},           {"hdr-len18", "1/2"},
      {"hdr-len4097", "1/2"},         {"hdr-type9", "1/3"},            {"keepalive-20", "1/2"},
      {"attr28-zero", "route"},       {"attr28-junk", "up"},           {"CVE-2023-38802", "up"},
      {"CVE-2023-38802-nlri", "route"}, {"psid-malformed", "route"},   {"psid-srv6-short", "route"},
      {"CVE-2023-41358", "up"},       {"CVE-2023-46753", "up"},        {"CVE-2023-47234", "up"},
      {"CVE-2023-47235", "3/1"},      {"CVE-2023-46752", "3/9"},       {"frr-22563", "3/1"},
      {"frr-22586", "up"},            {"attr-overrun-nlri", "up"},     {"attr-hdr-1byte", "up"},
      {"attrlen-overrun-msg", "3/1"}, {"wdlen-overrun", "3/1"},        {"GHSA-7235-89m6-f4px", "3/2"},
      {"GHSA-p3w2-64xm-833j", "up"},  {"gobgp-3392", "up"},            {"GHSA-frrj-87jh-2772", "route"},
      {"aspath-seg-overrun", "up"},   {"aspath-seg-zero", "up"},       {"aspath-as0", "up"},
      {"aspath-confed-ebgp", "up"},   {"aspath-asset", "up"},          {"aspath-255", "route"},
      {"CVE-2026-49943", "route"},    {"aspath-16k", "route"},         {"comm-not4", "up"},
      {"largecomm-not12", "up"},      {"extcomm-not8", "up"},          {"comm-1000", "route"},
      {"otc-len3", "up"},             {"dup-attr", "route"},           {"dup-mpreach", "3/1"},
      {"nlri-33", "3/10"},            {"nlri-trunc", "3/10"},          {"nlri-hostbits", "route"},
      {"nlri-multicast", "route"},  // the table refuses it, not the codec
      {"withdraw-unknown", "up"},     {"announce-and-withdraw", "route"}, {"eor4", "up"},
      {"mp-unknown-safi", "up"},      {"fs-short", "up"},              {"fs-4095", "up"},
      {"rr-short", "7/1"},            {"rr-subtype9", "up"},           {"rr-orf-bad", "7/1"},
      {"notif-empty", "1/2"},         {"notif-shutdown-long", "up"}};
  const std::set<std::string> extended{"CVE-2026-49943", "aspath-16k", "fs-4095"};
  std::size_t judged = 0;
  for (auto& entry : document->as_array()) {
    auto& c = entry.as_object();
    auto id = text_of(c, "id");
    CAPTURE(id);
    auto wanted = expected.find(id);
    REQUIRE(wanted != expected.end());
    auto message = from_hex(text_of(c, "hex"));
    auto answer = [](const DecodeError& error) { return std::to_string(error.code) + "/" + std::to_string(error.subcode); };
    std::string got = "up";
    auto rules = context(true);
    rules.families.ipv6.active = false;
    rules.allow_as_sets = id != "aspath-asset";
    Update update;
    Bytes body = Bytes(message).subspan(std::min(message.size(), header_size_bytes));
    auto header = decode_header(message, extended.contains(id) ? max_extended_message_bytes : max_message_bytes);
    if (!header) {
      got = answer(header.error());
    } else if (header->type == MessageType::open) {
      auto open = decode_open(body);
      got = open ? "AS " + std::to_string(open->asn) : answer(open.error());
    } else if (header->type == MessageType::update) {
      auto decoded = decode_update(body, rules, update);
      got = !decoded ? answer(decoded.error()) : update.announced.empty() ? "up" : "route";
    } else if (header->type == MessageType::route_refresh) {
      if (auto refresh = decode_route_refresh(body); !refresh) got = answer(refresh.error());
    }
    CHECK(got == wanted->second);
    auto attributes = update.attributes.view();
    if (id == "dup-attr") CHECK(attributes.u32(AttributeCode::med) == 1);
    if (id == "comm-1000") CHECK(attributes.value(AttributeCode::communities).size() == 4000);
    if (id == "eor4") CHECK(update.end_of_rib_ipv4);
    if (id == "nlri-hostbits") CHECK(update.announced.front().prefix.text() == "203.0.112.0/20");
    if (id == "attr28-zero") CHECK(attributes.find(static_cast<AttributeCode>(28))->flags == 0xe0);
    ++judged;
  }
  CHECK(judged == expected.size());
}
