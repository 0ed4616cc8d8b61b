#include "bgpd/selftest.hpp"

#include <cstdio>
#include <functional>
#include <map>

#include <fmt/format.h>

#include "bgpd/filter/code.hpp"
#include "bgpd/filter/test_run.hpp"
#include "bgpd/rib/aspa_table.hpp"
#include "bgpd/rib/roa_table.hpp"

namespace avocet {
namespace {

/// The world of a test: no interfaces and no neighbours, for tests must not depend on the machine; ROAs and ASPAs are those
/// that the configuration holds itself.
class Nowhere final : public filter::Snapshot {
 public:
  explicit Nowhere(const config::Config& config) {
    for (auto& options : config.roa_tables) roas_.emplace(options.name, options);
    for (auto& name : config.aspa_tables) aspas_.emplace(name, name);
    for (auto& protocol : config.protocols) {
      auto* routes = std::get_if<rib::StaticOptions>(&protocol);
      auto table = routes ? roas_.find(routes->roa_table) : roas_.end();
      if (table != roas_.end()) table->second.replace({routes->protocol.name}, routes->roas);
      auto aspas = routes ? aspas_.find(routes->aspa_table) : aspas_.end();
      if (aspas != aspas_.end()) aspas->second.replace({routes->protocol.name}, routes->aspas);
    }
  }
  std::string_view interface_name(std::uint32_t) const override { return {}; }
  std::optional<std::uint32_t> interface_index(std::string_view) const override { return std::nullopt; }
  std::optional<std::uint32_t> neighbor_interface(const proto::Address&) const override { return std::nullopt; }
  int roa_check(std::string_view table, const proto::Prefix& net, std::uint32_t asn) const override {
    auto at = roas_.find(table);
    return at == roas_.end() ? 0 : static_cast<int>(at->second.check(net, asn));
  }
  int aspa_check(std::string_view table, proto::Bytes path, bool upstream) const override {
    auto at = aspas_.find(table);
    return at == aspas_.end() ? 0 : static_cast<int>(at->second.check(path, upstream));
  }

 private:
  std::map<std::string, rib::RoaTable, std::less<>> roas_;
  std::map<std::string, rib::AspaTable, std::less<>> aspas_;
};

void print_failure(const filter::FailedAssertion& failed, const config::Config& config) {
  constexpr std::uint16_t keyword_length = 9;  // bt_assert
  config::Diagnostic diagnostic;
  diagnostic.place = {failed.at.file, failed.at.line, failed.at.column, keyword_length};
  diagnostic.what = fmt::format("bt_assert({}) does not hold", failed.words);
  fmt::print("{}", render(diagnostic, *config.sources));
  if (failed.sides.size() == 2)
    fmt::print("      left:  {}\n      right: {}\n", failed.sides[0], failed.sides[1]);
  else if (failed.sides.size() == 1)
    fmt::print("      value: {}\n", failed.sides[0]);
}

bool run(const config::TestSuite& test, const config::Config& config, const filter::Snapshot& snapshot) {
  auto& name = test.function->name;
  if (test.other) {
    bool passed = same_code(*test.function->code, *test.other->code) == test.same;
    auto words = fmt::format("{} and {} are {}the same", name, test.other->name, test.same ? "" : "not ");
    if (!passed)
      fmt::print("{}",
                 render({config::Severity::error, test.place, "it does not hold that " + words, {}}, *config.sources));
    fmt::print("{}  {}\n", passed ? "ok    " : "FAILED", words);
    return passed;
  }
  auto result = filter::run_test(*test.function->code, snapshot);
  for (auto& line : result.printed) fmt::print("{}: {}\n", name, line);
  for (auto& failed : result.failed) print_failure(failed, config);
  if (!result.error.empty())
    fmt::print("{}\n",
               render({config::Severity::error, test.place, fmt::format("{} broke off: {}", name, result.error), {}},
                      *config.sources));
  fmt::print("{}  {}: {} ({} assertion{}", result.passed() ? "ok    " : "FAILED", name, test.text, result.assertions,
             result.assertions == 1 ? "" : "s");
  if (!result.failed.empty()) fmt::print(", {} failed", result.failed.size());
  fmt::print(")\n");
  return result.passed();
}

}  // namespace

int selftest(const config::Config& config) {
  Nowhere snapshot(config);
  unsigned passed = 0, failed = 0;
  for (auto& test : config.tests) ++(run(test, config, snapshot) ? passed : failed);
  if (config.tests.empty())
    fmt::print(stderr, "bgpd: {} holds no tests: bt_test_suite(FUNCTION, \"TEXT\"); makes one of a function\n",
               config.file);
  fmt::print("{} passed, {} failed\n", passed, failed);
  return failed > 0 || config.tests.empty();
}

}  // namespace avocet
