#include "bgpd/rpki/delivery.hpp"

#include <doctest/doctest.h>

using namespace avocet;
using namespace avocet::rpki;
namespace rtr = proto::rtr;

namespace {

rtr::PrefixRecord roa(const char* prefix, unsigned max_length, std::uint32_t asn, bool announce = true) {
  return {announce, *proto::Prefix::parse(prefix), static_cast<std::uint8_t>(max_length), asn};
}

RpkiChannel channel(Told told, const char* table) {
  RpkiChannel made;
  made.told = told;
  made.channel.table = table;
  made.channel.preference = 100;
  made.channel.import_filter = filter::accept_all();
  made.channel.export_filter = filter::reject_all();
  return made;
}

struct Scene {
  rib::Rib rib;
  rib::Protocol protocol;
  RpkiOptions options;
  Delivery delivery{rib, protocol};
  using Tables = std::vector<std::string>;

  Scene() {
    protocol.options.name = "rpki1";
    rib.set_roa_table({"r4", proto::Family::ipv4, {}, {}});
    rib.set_roa_table({"r6", proto::Family::ipv6, {}, {}});
    rib.add_aspa_table("ra");
    options.told = {channel(Told::roa4, "r4"), channel(Told::roa6, "r6"), channel(Told::aspa, "ra")};
    delivery.open(options);
  }
  int state(const char* prefix, std::uint32_t asn) const {
    auto net = *proto::Prefix::parse(prefix);
    return rib.roa_check(net.family == proto::Family::ipv4 ? "r4" : "r6", net, asn);
  }
};
constexpr int unknown = 0, valid = 1, invalid = 2;

}  // namespace

TEST_CASE("nothing that is told is seen before the answer is whole") {
  Scene s;
  s.delivery.begin(true);
  CHECK_FALSE(s.delivery.take(roa("192.0.2.0/24", 24, 1)));
  CHECK_FALSE(s.delivery.take(roa("2001:db8::/32", 48, 2)));
  CHECK(s.state("192.0.2.0/24", 1) == unknown);
  CHECK(s.delivery.commit() == Scene::Tables{"r4", "r6"});
  CHECK(s.state("192.0.2.0/24", 1) == valid);
  CHECK(s.state("2001:db8:1::/48", 2) == valid);
  s.delivery.begin(false);
  CHECK_FALSE(s.delivery.take(roa("192.0.2.0/24", 24, 1, false)));
  CHECK_FALSE(s.delivery.take(roa("192.0.2.0/24", 24, 3)));
  CHECK(s.state("192.0.2.0/24", 1) == valid);
  CHECK(s.state("192.0.2.0/24", 3) == invalid);
  CHECK(s.delivery.commit() == Scene::Tables{"r4"});
  CHECK(s.state("192.0.2.0/24", 1) == invalid);
  CHECK(s.state("192.0.2.0/24", 3) == valid);
}

TEST_CASE("an answer that breaks off leaves everything as it was") {
  Scene s;
  s.delivery.begin(true);
  s.delivery.take(roa("192.0.2.0/24", 24, 1));
  s.delivery.commit();
  for (bool all_anew : {true, false}) {
    s.delivery.begin(all_anew);
    s.delivery.take(roa("198.51.100.0/24", 24, 2));
    s.delivery.take(roa("192.0.2.0/24", 24, 1, !all_anew ? false : true));
    s.delivery.abort();
    CHECK(s.state("192.0.2.0/24", 1) == valid);
    CHECK(s.state("198.51.100.0/24", 2) == unknown);
  }
  s.delivery.begin(false);
  CHECK_FALSE(s.delivery.take(roa("198.51.100.0/24", 24, 2)));  // is as new as before
  CHECK_FALSE(s.delivery.take(roa("192.0.2.0/24", 24, 1, false)));
}

TEST_CASE("everything told anew: what is told again stays all the while, what is not goes at the end") {
  Scene s;
  s.delivery.begin(true);
  s.delivery.take(roa("192.0.2.0/24", 24, 1));
  s.delivery.take(roa("198.51.100.0/24", 24, 2));
  s.delivery.commit();
  s.delivery.begin(true);
  CHECK_FALSE(s.delivery.take(roa("192.0.2.0/24", 24, 1)));
  CHECK(s.state("198.51.100.0/24", 2) == valid);
  CHECK(s.delivery.commit() == Scene::Tables{"r4"});
  CHECK(s.state("192.0.2.0/24", 1) == valid);
  CHECK(s.state("198.51.100.0/24", 2) == unknown);
  s.delivery.begin(true);
  CHECK_FALSE(s.delivery.take(roa("192.0.2.0/24", 24, 1)));
  CHECK(s.delivery.commit().empty());  // the same: no route is judged again
}

TEST_CASE("RFC 8210 section 12: codes 6 and 7, in changes and in everything anew") {
  Scene s;
  for (bool all_anew : {true, false}) {
    CAPTURE(all_anew);
    s.delivery.begin(all_anew);
    CHECK_FALSE(s.delivery.take(roa(all_anew ? "192.0.2.0/24" : "192.0.3.0/24", 24, 1)));
    auto twice = s.delivery.take(roa(all_anew ? "192.0.2.0/24" : "192.0.3.0/24", 24, 1));
    REQUIRE(twice);
    CHECK(twice->code == rtr::ErrorCode::duplicate_announcement);
    auto missing = s.delivery.take(roa("203.0.113.0/24", 24, 1, false));
    REQUIRE(missing);
    CHECK(missing->code == rtr::ErrorCode::unknown_withdrawal);
    CHECK(missing->what == "203.0.113.0/24-24 AS1 is withdrawn, and was not announced");
    s.delivery.commit();
  }
  s.delivery.begin(false);
  CHECK(s.delivery.take(roa("192.0.2.0/24", 24, 1))->code == rtr::ErrorCode::duplicate_announcement);
  CHECK_FALSE(s.delivery.take(roa("192.0.2.0/24", 24, 1, false)));
  CHECK(s.delivery.take(roa("192.0.2.0/24", 24, 1, false))->code == rtr::ErrorCode::unknown_withdrawal);
  CHECK_FALSE(s.delivery.take(roa("192.0.2.0/24", 24, 1)));
  CHECK(s.delivery.commit().empty());  // withdrawn and announced again: as it was
  CHECK(s.state("192.0.2.0/24", 1) == valid);
}

TEST_CASE("announced and withdrawn in one answer, it is not there") {
  Scene s;
  for (bool all_anew : {true, false}) {
    s.delivery.begin(all_anew);
    s.delivery.take(roa("192.0.2.0/24", 24, 1));
    CHECK_FALSE(s.delivery.take(roa("192.0.2.0/24", 24, 1, false)));
    CHECK(s.delivery.commit().empty());
  }
  s.delivery.begin(true);
  s.delivery.take(roa("192.0.2.0/24", 24, 1));
  s.delivery.commit();
  s.delivery.begin(true);
  s.delivery.take(roa("192.0.2.0/24", 24, 1));
  CHECK_FALSE(s.delivery.take(roa("192.0.2.0/24", 24, 1, false)));
  CHECK(s.delivery.commit() == Scene::Tables{"r4"});
  CHECK(s.state("192.0.2.0/24", 1) == unknown);
}

TEST_CASE("'ignore max length': two ROAs that differ in it alone count until both are gone") {
  Scene s;
  s.options.ignore_max_length = true;
  s.delivery.open(s.options);
  s.delivery.begin(true);
  s.delivery.take(roa("10.0.0.0/8", 16, 1));
  s.delivery.take(roa("10.0.0.0/8", 24, 1));
  s.delivery.commit();
  CHECK(s.state("10.1.2.3/32", 1) == valid);
  s.delivery.begin(false);
  CHECK_FALSE(s.delivery.take(roa("10.0.0.0/8", 24, 1, false)));
  s.delivery.commit();
  CHECK(s.state("10.1.2.3/32", 1) == valid);  // BIRD has none left now
}

TEST_CASE("what has no channel is passed over, and what lies in another table than before is dropped there") {
  Scene s;
  s.delivery.begin(true);
  s.delivery.take(roa("192.0.2.0/24", 24, 1));
  s.delivery.take(roa("2001:db8::/32", 48, 2));
  s.delivery.commit();
  s.options.told.erase(s.options.told.begin() + 1);
  CHECK(s.delivery.open(s.options) == Scene::Tables{"r6"});
  CHECK(s.state("2001:db8::/32", 2) == unknown);
  CHECK(s.state("192.0.2.0/24", 1) == valid);
  s.delivery.begin(false);
  CHECK_FALSE(s.delivery.take(roa("2001:db8::/32", 48, 2, false)));
  s.delivery.commit();
  CHECK(s.delivery.drop() == Scene::Tables{"r4"});
  CHECK(s.delivery.drop().empty());
}

TEST_CASE("a table that goes away during an answer takes its part with it") {
  Scene s;
  s.delivery.begin(true);
  s.delivery.take(roa("192.0.2.0/24", 24, 1));
  s.delivery.take(roa("2001:db8::/32", 48, 2));
  s.delivery.take(rtr::AspaRecord{true, 1, {2, 3}});
  s.rib.remove_roa_table("r4");
  s.rib.remove_aspa_table("ra");
  s.delivery.abort();
  s.options.told.erase(s.options.told.begin());
  s.options.told.pop_back();
  CHECK(s.delivery.open(s.options).empty());
  s.delivery.begin(true);
  CHECK_FALSE(s.delivery.take(roa("192.0.2.0/24", 24, 1)));
  CHECK_FALSE(s.delivery.take(roa("2001:db8::/32", 48, 2)));
  CHECK(s.delivery.commit() == Scene::Tables{"r6"});
}

TEST_CASE("ASPAs: an announcement replaces the one before, AS0 alone means no provider") {
  Scene s;
  auto providers = [&](std::uint32_t customer) {
    return std::as_const(s.rib).find_aspa_table("ra")->attesters().at("rpki1").said.at(customer).providers;
  };
  s.delivery.begin(true);
  CHECK_FALSE(s.delivery.take(rtr::AspaRecord{true, 1, {2, 3}}));
  CHECK_FALSE(s.delivery.take(rtr::AspaRecord{true, 4, {0}}));
  CHECK(s.delivery.take(rtr::AspaRecord{true, 1, {2, 3}})->code == rtr::ErrorCode::duplicate_announcement);
  CHECK(s.delivery.commit() == Scene::Tables{"ra"});
  CHECK(providers(1) == std::vector<std::uint32_t>{2, 3});
  CHECK(providers(4).empty());
  s.delivery.begin(false);
  CHECK_FALSE(s.delivery.take(rtr::AspaRecord{true, 1, {5}}));
  CHECK_FALSE(s.delivery.take(rtr::AspaRecord{false, 4, {}}));
  CHECK(s.delivery.take(rtr::AspaRecord{false, 9, {}})->code == rtr::ErrorCode::unknown_withdrawal);
  CHECK(providers(1) == std::vector<std::uint32_t>{2, 3});
  s.delivery.commit();
  CHECK(providers(1) == std::vector<std::uint32_t>{5});
  CHECK(s.delivery.channels()[2].count == 1);
  CHECK(s.delivery.channels()[2].counters.updates_accepted == 3);
}
