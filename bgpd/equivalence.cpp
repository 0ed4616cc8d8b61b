#include "bgpd/equivalence.hpp"

#include <fmt/format.h>

#include "bgpd/equivalent/equivalent.hpp"

namespace avocet {
namespace {

/// The configuration, or null after its errors were printed. Warnings are `bgpd -p`'s business.
config::ConfigPtr load(const std::string& file, proto::Family family) {
  auto loaded = config::load_file(file, {.family = family});
  for (auto& diagnostic : loaded.diagnostics.list())
    if (!loaded.config && diagnostic.severity != config::Severity::warning)
      fmt::print(stderr, "{}\n", render(diagnostic, *loaded.sources));
  return loaded.config;
}

}  // namespace

int compare_files(const std::string& a, const std::string& b, std::optional<proto::Family> family,
                  proto::Family family_of_1_6) {
  auto config_a = load(a, family.value_or(family_of_1_6)), config_b = load(b, family.value_or(family_of_1_6));
  if (!config_a || !config_b) return 2;
  equivalent::Request request;
  request.family = family;
  auto report = equivalent::compare(*config_a, *config_b, request);
  fmt::print("A {}\nB {}\n{}", a, b, equivalent::text(report));
  return report.equivalent() ? 0 : 1;
}

}  // namespace avocet
