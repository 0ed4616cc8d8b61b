/// What a run leaves behind: the input untouched, the changes in canonical bytes.
#include "test/filter/bodies.hpp"

using namespace avocet;
using namespace avocet::filter;
using namespace avocet::filter::test;
using proto::AttributeCode;

namespace {

ProgramPtr program(const std::string& body, const std::string& before = "") {
  auto loaded = load_filter(body, Dialect::bird2, before);
  REQUIRE_MESSAGE(loaded.config, render(loaded.diagnostics.list().front(), *loaded.sources));
  return config::find_filter(*loaded.config->symbols, "f");
}

}  // namespace

TEST_CASE("a filter that changes nothing leaves the input as it is") {
  proto::AttributeBlock input;
  input.set_u32(AttributeCode::med, 5);
  auto got = answer("{ if bgp_med = 5 then accept; reject; }", Dialect::bird2, "", blackhole(), input);
  CHECK(got.text == "ACCEPT");
  CHECK_FALSE(got.edits.changed);
}

TEST_CASE("the first change copies, the input stays") {
  proto::AttributeBlock input;
  input.set_u32(AttributeCode::med, 5);
  auto got = answer("{ bgp_local_pref = 200; bgp_med = 6; accept; }", Dialect::bird2, "", blackhole(), input);
  CHECK(got.edits.changed);
  CHECK(got.edits.attributes.view().u32(AttributeCode::med) == 6);
  CHECK(got.edits.attributes.view().u32(AttributeCode::local_pref) == 200);
  CHECK(input.view().u32(AttributeCode::med) == 5);
}

TEST_CASE("changes are canonical: equal sets are equal bytes in whatever order they were made") {
  auto one = answer("{ bgp_med = 1; preference = 150; bgp_origin = ORIGIN_IGP; accept; }");
  auto two = answer("{ bgp_origin = ORIGIN_IGP; bgp_med = 7; bgp_med = 1; preference = 150; accept; }");
  CHECK(one.edits.attributes.view() == two.edits.attributes.view());
}

TEST_CASE("facts that a filter sets become attributes of the route") {
  auto got = answer("{ preference = 150; gw = 192.0.2.1; from = 192.0.2.2; igp_metric = 9; krt_tunnel = \"tunl0\"; mark = 3; accept; }",
                    Dialect::bird2, "attribute int other;\nattribute int mark;\n");
  auto view = got.edits.attributes.view();
  CHECK(view.u32(AttributeCode::preference) == 150);
  CHECK(proto::get_destination(view) ==
        proto::Destination{proto::DestinationKind::unicast, {{proto::Address::v4(0xc0000201), 7, 0, false}}});
  CHECK(view.address(AttributeCode::from) == proto::Address::v4(0xc0000202));
  CHECK(view.u32(AttributeCode::igp_metric) == 9);
  CHECK(view.text(AttributeCode::krt_tunnel) == "tunl0");
  CHECK(view.u32(static_cast<AttributeCode>(1025)) == 3);
}

TEST_CASE("RFC 7606 7.8: a list of communities that becomes empty goes away") {
  auto got = answer("{ bgp_community.add((1,2)); bgp_community.delete((1,2)); accept; }");
  CHECK_FALSE(got.edits.attributes.view().has(AttributeCode::communities));
}

TEST_CASE("filters are the same if they do the same, whatever their names and lines") {
  auto before = "function g() { return net.len > 24; }\n";
  auto one = program("{ if g() then reject; bgp_med = 5; if net ~ [10.0.0.0/8+] then accept; reject; }", before);
  struct { std::string body, before; bool same; } cases[] = {
      {"{\n\n if g() then reject;\n bgp_med = 5; if net ~ [ 10.0.0.0/8{8,32} ] then accept; reject; }", before, true},
      {"{ if g() then reject; bgp_med = 2 + 3; if net ~ [10.0.0.0/8+] then accept; reject; }", before, true},
      {"{ if g() then reject; bgp_med = 6; if net ~ [10.0.0.0/8+] then accept; reject; }", before, false},
      {"{ if g() then reject; bgp_local_pref = 5; if net ~ [10.0.0.0/8+] then accept; reject; }", before, false},
      {"{ if g() then reject; bgp_med = 5; if net ~ [10.0.0.0/9+] then accept; reject; }", before, false},
      {"{ if h() then reject; bgp_med = 5; if net ~ [10.0.0.0/8+] then accept; reject; }", "function h() { return net.len > 24; }\n", true},
      {"{ if g() then reject; bgp_med = 5; if net ~ [10.0.0.0/8+] then accept; reject; }", "function g() { return net.len > 25; }\n", false}};
  for (auto& c : cases) {
    CAPTURE(c.body);
    CHECK(same_program(*one, *program(c.body, c.before)) == c.same);
  }
  CHECK(same_program(*accept_all(), *accept_all()));
  CHECK_FALSE(same_program(*accept_all(), *reject_all()));
  CHECK_FALSE(same_program(*accept_all(), *program("{ accept; }")));
}

TEST_CASE("names as `show protocols all` prints them") {
  CHECK(display_name(*accept_all()) == "ACCEPT");
  CHECK(display_name(*reject_all()) == "REJECT");
  CHECK(display_name(*program("{ accept; }")) == "f");
}
