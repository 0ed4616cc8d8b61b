#include "bgpd/config/source.hpp"

#include <doctest/doctest.h>

#include <filesystem>
#include <functional>

#include "bgpd/config/model.hpp"
#include "test/directory.hpp"

using namespace avocet;
using namespace avocet::config;
using avocet::test::Directory;
namespace fs = std::filesystem;

namespace {

/// A main file, one it names, and two that a pattern finds; the second of these includes another one.
void write_all(const Directory& directory) {
  fs::create_directories(directory.path / "peers");
  directory.write("main.conf", "router id 1.1.1.1;\ninclude \"limits.conf\";\ninclude \"peers/*.conf\";\n");
  directory.write("limits.conf", "define LIMIT = 5;\n");
  directory.write("peers/a.conf", "define A = 1;\n");
  directory.write("peers/b.conf", "include \"../deep.conf\";\nfunction f() -> int { return LIMIT + DEEP; }\n");
  directory.write("deep.conf", "define DEEP = 2;\n");
}

std::string main_file(const Directory& directory) { return (directory.path / "main.conf").string(); }

}  // namespace

TEST_CASE("a configuration that was read in one place is the one that stands in another if every text is the same") {
  struct { const char* what; std::function<void(const Directory&)> change; bool same; } cases[] = {
      {"nothing", [](auto&) {}, true},
      {"a file beside it that nothing includes", [](auto& d) { d.write("other.conf", "x"); }, true},
      {"the main file", [](auto& d) { d.write("main.conf", "router id 1.1.1.1;\n"); }, false},
      {"a named file", [](auto& d) { d.write("limits.conf", "define LIMIT = 6;\n"); }, false},
      {"a file that a pattern finds", [](auto& d) { d.write("peers/a.conf", "define A = 2;\n"); }, false},
      {"a file that an included one includes", [](auto& d) { d.write("deep.conf", "define DEEP = 3;\n"); }, false},
      {"one more for the pattern", [](auto& d) { d.write("peers/c.conf", ""); }, false},
      {"one less for the pattern", [](auto& d) { fs::remove(d.path / "peers/a.conf"); }, false},
      {"a named file that is gone", [](auto& d) { fs::remove(d.path / "limits.conf"); }, false},
      {"a main file that is gone", [](auto& d) { fs::remove(d.path / "main.conf"); }, false}};
  for (auto& c : cases) {
    CAPTURE(c.what);
    Directory staged, real;
    write_all(staged);
    write_all(real);
    auto loaded = load_file(main_file(staged), {});
    REQUIRE(loaded.config);
    c.change(real);
    auto& where_now = c.same ? real : staged;
    CHECK(moved_to(loaded, main_file(real)) == c.same);
    CHECK(loaded.config->file == main_file(where_now));
    std::vector<std::string> names;
    for (std::uint16_t i = 0; i < loaded.sources->count(); ++i)
      names.push_back(fs::path(loaded.sources->name(i)).lexically_normal().lexically_relative(where_now.path).string());
    CHECK(names == std::vector<std::string>{"main.conf", "limits.conf", "peers/a.conf", "peers/b.conf", "deep.conf"});
  }
}

TEST_CASE("what was wrong is not taken for a configuration, wherever it stands") {
  Directory directory;
  auto file = directory.write("main.conf", "router id;\n");
  auto loaded = load_file(file, {});
  CHECK_FALSE(moved_to(loaded, file));
}

TEST_CASE("what was read is loaded again as it was, though the files are others now or gone") {
  Directory directory;
  write_all(directory);
  auto first = load_file(main_file(directory), {});
  REQUIRE(first.config);
  directory.write("limits.conf", "nonsense");
  fs::remove(directory.path / "deep.conf");
  auto again = load_again(first.sources, {});
  REQUIRE(again.config);
  CHECK(again.config->file == main_file(directory));
  CHECK(again.config->router_id == first.config->router_id);
  CHECK(again.sources->count() == 5);
  CHECK(again.sources->bytes() == first.sources->bytes());
  for (std::uint16_t i = 0; i < 5; ++i) {
    CHECK(again.sources->name(i) == first.sources->name(i));
    CHECK(again.sources->text(i) == first.sources->text(i));
  }
  auto third = load_again(again.sources, {});
  CHECK(third.config);
}
