/// Configurations that Calico's templates render, and what --print --canonical makes of them. They are not part of this
/// repository: AVOCET_SHARED names the folder they are in, and without it the test says so and passes.
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

#include "bgpd/config/print.hpp"
#include "test/equivalent/pair.hpp"
#include "test/shared_data.hpp"

using namespace avocet;
namespace files = std::filesystem;

TEST_CASE("each rendered configuration is equivalent to its canonical form, which is another text") {
  auto root = avocet::test::shared_data("data/calico-goldens");
  if (!root) return;
  std::set<std::string> seen;  // many cases render the same
  for (auto& entry : files::recursive_directory_iterator(*root)) {
    auto path = entry.path().string(), name = entry.path().filename().string();
    if (path.find("/expect/") == path.npos || (name != "bird.cfg" && name != "bird6.cfg")) continue;
    equivalent::Request request;
    request.family = name == "bird6.cfg" ? proto::Family::ipv6 : proto::Family::ipv4;
    auto loaded = config::load_file(path, {*request.family});
    REQUIRE(loaded.config);
    auto canonical = config::print_canonical(*loaded.config);
    if (!seen.insert(canonical).second) continue;
    auto again = config::load_text("canonical.conf", canonical, {*request.family});
    REQUIRE(again.config);
    CAPTURE(path);
    auto report = equivalent::compare(*loaded.config, *again.config, request);
    CHECK_MESSAGE(report.equivalent(), equivalent::text(report));
  }
  CHECK(seen.size() > 50);
}
