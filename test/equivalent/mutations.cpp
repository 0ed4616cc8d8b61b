/// How much is found: filters with one small change each, made by a fixed dice.
#include <random>
#include <regex>

#include "test/equivalent/pair.hpp"

using namespace avocet;
using namespace avocet::equivalent::test;

namespace {

/// A policy as route servers and Calico nodes have them, in which every constant and operator matters to some route.
const char* policy = R"(
define OURS = [ 10.20.0.0/16{18,23}, 192.0.2.0/24, 198.51.100.0/22{22,23} ];
function tag(int asn) {
  bgp_community.add((64512, 100));
  if bgp_path ~ [= * 64600 =] then bgp_community.add((64512, 101));
  bgp_large_community.add((64512, 7, asn));
}
function refuse_bogons() {
  if net ~ [ 0.0.0.0/0, 172.16.0.0/12+, 169.254.0.0/16+ ] then reject;
  if net.len > 24 then reject;
}
filter policy_in {
  refuse_bogons();
  if net ~ OURS then reject;
  if bgp_path.len > 12 then reject;
  if (65535, 666) ~ bgp_community then { bgp_local_pref = 50; accept; }
  case bgp_path.last {
    65010, 65020..65030: tag(65010);
    65040: { bgp_med = 40; tag(65040); }
    else: tag(0);
  }
  if bgp_med > 500 || bgp_origin = ORIGIN_INCOMPLETE then bgp_local_pref = 80;
  else bgp_local_pref = 120;
  if bgp_large_community ~ [(64512, 1, *)] then preference = 150;
  accept;
}
filter policy_out {
  if source = RTS_STATIC && net ~ [10.20.0.0/16] then accept;
  if source = RTS_DEVICE then { if ifname ~ "dummy*" then accept; reject; }
  if source = RTS_BGP then {
    if bgp_community ~ [(64512, 100..101)] then { bgp_path.prepend(64512); accept; }
    if (64512, 999) ~ bgp_community && bgp_local_pref >= 110 then { unset(bgp_med); accept; }
  }
  reject;
}
)";

std::string whole(const std::string& filters) {
  return bird2("import filter policy_in; export filter policy_out;",
               filters + "protocol static { ipv4; route 10.20.0.0/16 blackhole; }\n");
}

/// The text with its `which`th number or operator changed; the text itself if that makes no sense.
std::string mutated(const std::string& text, std::mt19937& random, std::string& what) {
  static const std::regex piece(R"(\b\d+\b|&&|\|\||!~|~|<=|>=|!=|[<>]|\baccept\b|\breject\b)");
  std::vector<std::pair<std::size_t, std::string>> pieces;
  for (std::sregex_iterator at(text.begin(), text.end(), piece), end; at != end; ++at)
    pieces.emplace_back(static_cast<std::size_t>(at->position()), at->str());
  auto& [position, old] = pieces[random() % pieces.size()];
  std::string now;
  if (std::isdigit(static_cast<unsigned char>(old[0])))
    now = std::to_string(std::stoul(old) + (random() % 2 ? 1 : -1ul));
  else if (old == "&&")
    now = "||";
  else if (old == "||")
    now = "&&";
  else if (old == "~")
    now = "!~";
  else if (old == "!~")
    now = "~";
  else if (old == "<")
    now = "<=";
  else if (old == "<=")
    now = "<";
  else if (old == ">")
    now = ">=";
  else if (old == ">=")
    now = ">";
  else if (old == "!=")
    now = "=";
  else
    now = old == "accept" ? "reject" : "accept";
  auto line = 1 + std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(position), '\n');
  what = "line " + std::to_string(line) + ": " + old + " -> " + now;
  return text.substr(0, position) + now + text.substr(position + old.size());
}

}  // namespace

TEST_CASE("a policy is equivalent to itself, also when both are run") {
  equivalent::Request request;
  request.trust_equal_text = false;
  auto report = compared(whole(policy), whole(policy), request);
  CHECK(report.equivalent());
  CHECK(report.routes > 1000);
}

TEST_CASE("a single changed constant or operator is found") {
  std::mt19937 random(7);
  unsigned tried = 0, found = 0;
  std::string missed;
  for (int round = 0; round < 150; ++round) {
    std::string what;
    auto other = mutated(policy, random, what);
    auto loaded = config::load_text("b.conf", whole(other), {});
    if (!loaded.config) continue;  // such as 172.16.0.0/13, or 10.21.0.0/15
    ++tried;
    if (!equal(whole(policy), whole(other)))
      ++found;
    else
      missed += what + '\n';
  }
  MESSAGE("found " << found << " of " << tried << " mutations");
  CAPTURE(missed);
  CHECK(tried > 80);
  CHECK(found == tried);
}
