/// The way a run took, for whoever must explain it.
#include "test/filter/bodies.hpp"

using namespace avocet;
using namespace avocet::filter;
using namespace avocet::filter::test;

namespace {

struct Told {
  std::vector<std::string> places;  ///< "function line:column", the deciding one first
  std::vector<std::uintptr_t> ways;
};

struct Traced {
  ProgramPtr program;
  explicit Traced(const std::string& body, const std::string& before = "") {
    auto loaded = load_filter(body, Dialect::bird2, before);
    REQUIRE_MESSAGE(loaded.config, render(loaded.diagnostics.list().front(), *loaded.sources));
    program = config::find_filter(*loaded.config->symbols, "f");
  }
  Told run(const char* net = "10.9.0.0/24") const {
    Trace trace;
    Edits edits;
    edits.trace = &trace;
    filter::run(*program, blackhole(net), {}, World(), edits);
    Told told;
    for (auto& place : trace.decided)
      told.places.push_back(std::string(place.function) + " " + std::to_string(place.line) + ":" + std::to_string(place.column));
    told.ways = trace.ways;
    return told;
  }
};

using Places = std::vector<std::string>;

}  // namespace

TEST_CASE("a trace names the accept or reject that decided") {
  Traced filter("{\n if net.len > 20 then\n  accept;\n reject; }");
  CHECK(filter.run("10.9.0.0/24").places == Places{"f 4:3"});
  CHECK(filter.run("10.0.0.0/8").places == Places{"f 5:2"});
}

TEST_CASE("a decision inside a function comes with the calls that led there, innermost first") {
  Traced filter("{ outer(); reject; }", "function inner() { accept; }\nfunction outer() {\n inner(); }\n");
  CHECK(filter.run().places == Places{"inner 1:20", "outer 3:2", "f 5:3"});
}

TEST_CASE("a failed run is traced to what failed") {
  Traced filter("{ int i;\n i = 1 / (net.len - 24); accept; }");
  CHECK(filter.run().places.front().starts_with("f 3:"));
}

TEST_CASE("routes that meet the same conditions with the same outcome have the same way") {
  Traced filter("{ if net.len > 20 then accept; if net.len > 10 then accept; reject; }");
  CHECK(filter.run("10.9.0.0/24").ways == filter.run("10.9.9.0/25").ways);
  CHECK(filter.run("10.9.0.0/24").ways != filter.run("10.9.0.0/16").ways);
  CHECK(filter.run("10.9.0.0/16").ways != filter.run("10.0.0.0/8").ways);
}
