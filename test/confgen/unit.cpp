#include "confgen/unit.hpp"

#include <doctest/doctest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <fstream>
#include <thread>

#include "confgen/file_content.hpp"
#include "confgen/install/command.hpp"
#include "test/directory.hpp"

using namespace avocet::confgen;
using namespace std::chrono_literals;
namespace fs = std::filesystem;

namespace {

/// A directory with templates and with a place where files are installed: ROOT/etc/conf.
struct Place {
  avocet::test::Directory directory;
  const fs::path& root = directory.path;
  Place() {
    fs::create_directories(root / "etc/conf");
    fs::create_directories(root / "templates");
  }

  fs::path etc(const std::string& name) const { return root / "etc/conf" / name; }
  std::string read(const std::string& name) const { return file_content(etc(name)).value_or("absent"); }
  static void write(const fs::path& path, const std::string& text) { std::ofstream(path) << text; }
  /// A resource whose template is `text`; it is installed under `name`.
  Resource resource(const std::string& name, const std::string& text, const std::string& check = "",
                    const std::string& reload = "") const {
    auto file = fs::path(name).filename().string();
    write(root / "templates" / file, text);
    return {
        file + ".toml", file, (root / "etc/conf" / name).lexically_normal(), "/", check, reload, "", {}, {}, {}, {}};
  }
  std::vector<std::unique_ptr<Unit>> units(const std::vector<Resource>& resources, RenderMode mode = {}) const {
    return make_units(resources, root / "templates", mode);
  }
  std::size_t reloads() const {
    auto log = file_content(root / "reloads").value_or("");
    return static_cast<std::size_t>(std::count(log.begin(), log.end(), '\n'));
  }
  std::string count_reload() const { return "echo x >> " + (root / "reloads").string(); }
};

Outcome render(Unit& unit) {
  return unit.render({}, {}, [](auto&) { return ""; });
}

}  // namespace

TEST_CASE("files with the same reload command are one unit: installed together, reloaded once") {
  Place place;
  auto units = place.units({place.resource("a", "one", "", place.count_reload()),
                            place.resource("b", "two", "", place.count_reload()), place.resource("c", "three")});
  REQUIRE(units.size() == 2);
  CHECK(render(*units[0]).kind == Outcome::installed);
  CHECK(place.read("a") == "one");
  CHECK(place.read("b") == "two");
  CHECK(place.read("c") == "absent");
  CHECK(place.reloads() == 1);
  CHECK(render(*units[0]).kind == Outcome::unchanged);
  CHECK(place.reloads() == 1);
}

TEST_CASE("a file is checked with the new files it includes, before any of them is in place") {
  Place place;
  auto check = "grep -q new $(dirname {{.src}})/b";
  auto reload = place.count_reload();
  Place::write(place.etc("b"), "old");
  auto units = place.units({place.resource("a", "include", check, reload), place.resource("b", "new", "", reload)});
  CHECK(render(*units[0]).kind == Outcome::installed);
  CHECK(place.read("b") == "new");
}

TEST_CASE("one wrong file keeps all files of its unit out") {
  Place place;
  Place::write(place.etc("a"), "old a");
  auto reload = place.count_reload();
  auto units = place.units(
      {place.resource("a", "new a", "true", reload), place.resource("b", "wrong", "! grep wrong {{.src}}", reload)});
  auto outcome = render(*units[0]);
  CHECK(outcome.kind == Outcome::waits);
  CHECK_MESSAGE(outcome.message.find("check_cmd (exit status 1) refuses") != std::string::npos, outcome.message);
  CHECK(place.read("a") == "old a");
  CHECK(place.read("b") == "absent");
  CHECK(place.reloads() == 0);
  CHECK(std::distance(fs::directory_iterator(place.root / "etc/conf"), {}) == 1);

  Place::write(place.root / "templates/b", "right");
  CHECK(units[0]->files_changed());
  CHECK(render(*units[0]).kind == Outcome::installed);
  CHECK(place.read("a") == "new a");
}

TEST_CASE("a file that an included file includes is a part of the configuration, even if they include each other") {
  Place place;
  fs::create_directories(place.etc("custom/more"));
  Place::write(place.etc("custom/x"), "include \"more/*\";\n");
  Place::write(place.etc("custom/more/y"), "include \"../x\";\none");
  auto units = place.units({place.resource("a", "include \"custom/*\";\n", "", place.count_reload())});
  REQUIRE(render(*units[0]).kind == Outcome::installed);
  CHECK_FALSE(units[0]->files_changed());
  CHECK(render(*units[0]).kind == Outcome::unchanged);

  Place::write(place.etc("custom/more/y"), "two, and longer");
  CHECK(units[0]->files_changed());
  CHECK(render(*units[0]).kind == Outcome::installed);
  CHECK(place.reloads() == 2);

  Place::write(place.etc("custom/more/z"), "new");
  CHECK(units[0]->files_changed());
  CHECK(render(*units[0]).kind == Outcome::installed);
  fs::remove(place.etc("custom/x"));
  CHECK(render(*units[0]).kind == Outcome::installed);
  CHECK(place.reloads() == 4);
}

TEST_CASE("a template that is being written, empty for a moment, takes nothing away") {
  Place place;
  auto units = place.units({place.resource("a", "one", "", place.count_reload())});
  REQUIRE(render(*units[0]).kind == Outcome::installed);
  place.write(place.root / "templates/a", "");
  auto outcome = render(*units[0]);
  CHECK(outcome.kind == Outcome::waits);
  CHECK(outcome.message.find("the template is empty") != std::string::npos);
  CHECK(place.read("a") == "one");
  place.write(place.root / "templates/a", "two");
  CHECK(render(*units[0]).kind == Outcome::installed);
  CHECK(place.reloads() == 2);
}

TEST_CASE("includes beside, below and above the file are found while it is checked") {
  Place place;
  fs::create_directories(place.etc("custom"));
  Place::write(place.etc("custom/x"), "");
  Place::write(place.etc("beside"), "");
  Place::write(place.root / "etc/above", "");
  auto check = "cd $(dirname {{.src}}) && ls beside custom/x ../above";
  auto units = place.units({place.resource("a", "text", check)});
  auto outcome = render(*units[0]);
  CHECK_MESSAGE(outcome.kind == Outcome::installed, outcome.message);
}

TEST_CASE("files of one unit may lie in different directories") {
  Place place;
  fs::create_directories(place.etc("deep/er"));
  auto reload = place.count_reload();
  auto units = place.units({place.resource("deep/er/a", "A", "grep -q B $(dirname {{.src}})/../../b", reload),
                            place.resource("b", "B", "grep -q A $(dirname {{.src}})/deep/er/a", reload)});
  auto outcome = render(*units[0]);
  CHECK_MESSAGE(outcome.kind == Outcome::installed, outcome.message);
  CHECK(place.read("deep/er/a") == "A");
}

TEST_CASE("an include by absolute path is the new file while it is checked, and is installed as it was written") {
  Place place;
  auto include = "include \"" + place.etc("b").string() + "\";\n";
  auto check = R"sh(grep -q new "$(sed 's/include "\(.*\)";/\1/' {{.src}})")sh";
  auto reload = place.count_reload();
  auto units = place.units({place.resource("a", include, check, reload), place.resource("b", "new", "", reload)});
  auto outcome = render(*units[0]);
  CHECK_MESSAGE(outcome.kind == Outcome::installed, outcome.message);
  CHECK(place.read("a") == include);
}

TEST_CASE("a message of a check names the file as it will be, with its line") {
  Place place;
  auto units = place.units({place.resource("a", "one\ntwo\n", "echo {{.src}}:2:1: error: no such luck; exit 1")});
  CHECK(render(*units[0]).message.starts_with(place.etc("a").string() + ":2:1: error: no such luck: 'two'"));
}

TEST_CASE("a failed reload is repeated until it succeeds, though the files are in place") {
  Place place;
  auto flag = (place.root / "flag").string();
  auto units = place.units({place.resource("a", "one", "", "test -e " + flag)});
  CHECK(render(*units[0]).kind == Outcome::failed);
  CHECK(place.read("a") == "one");
  CHECK(render(*units[0]).kind == Outcome::failed);
  Place::write(flag, "");
  CHECK(render(*units[0]).kind == Outcome::installed);
  CHECK(render(*units[0]).kind == Outcome::unchanged);
}

TEST_CASE("mode and owner are set before the file is in place, and a change of them alone is installed") {
  Place place;
  auto resource = place.resource("a", "secret");
  resource.mode = 0600;
  auto units = place.units({resource});
  REQUIRE(render(*units[0]).kind == Outcome::installed);
  struct stat s {};
  REQUIRE(::stat(place.etc("a").c_str(), &s) == 0);
  CHECK((s.st_mode & 07777) == 0600);
  ::chmod(place.etc("a").c_str(), 0644);
  auto outcome = render(*units[0]);
  CHECK(outcome.kind == Outcome::installed);
  CHECK(outcome.changes.find("mode and owner") != std::string::npos);
}

TEST_CASE("file by file, as confd: a first file is installed though its check fails") {
  Place place;
  RenderMode mode;
  mode.file_by_file = true;
  auto units = place.units({place.resource("a", "one", "false", "true"), place.resource("b", "two", "", "true")}, mode);
  REQUIRE(units.size() == 2);
  CHECK(render(*units[0]).kind == Outcome::installed);
  Place::write(place.root / "templates/a", "three");
  CHECK(render(*units[0]).kind == Outcome::waits);
  CHECK(place.read("a") == "one");
}

TEST_CASE("two resources with one dest are refused, with both named") {
  Place place;
  CHECK_THROWS_WITH_AS(place.units({place.resource("a", "", "", "true"), place.resource("a", "", "", "true")}),
                       doctest::Contains("is also written by another resource"), std::runtime_error);
}

TEST_CASE("a command that takes too long is killed with all it started, and says nothing about the file") {
  auto start = std::chrono::steady_clock::now();
  auto end = run_command("echo before; sleep 60 & sleep 60", 200ms);
  CHECK(std::chrono::steady_clock::now() - start < 20s);
  CHECK_FALSE(end.good);
  CHECK(end.outside);
  CHECK(end.output == "before");
  CHECK(run_command("exit 3", 10s).why == "exit status 3");
  CHECK_FALSE(run_command("exit 3", 10s).outside);
  CHECK(run_command("/no/such/program", 10s).outside);
  CHECK(run_command("sleep 60 >/dev/null 2>&1 & echo done", 10s).output == "done");
}

namespace {

/// A daemon's control socket with one answer for `configure check` and one for `configure`.
class Daemon {
 public:
  Daemon(const fs::path& path, std::string to_check, std::string to_configure)
      : to_check_(std::move(to_check)),
        to_configure_(std::move(to_configure)),
        socket_(::socket(AF_UNIX, SOCK_STREAM, 0)) {
    sockaddr_un address{AF_UNIX, {}};
    path.string().copy(address.sun_path, sizeof address.sun_path - 1);
    REQUIRE(::bind(socket_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
    REQUIRE(::listen(socket_, 5) == 0);
    thread_ = std::thread([this] { serve(); });
  }
  Daemon(const Daemon&) = delete;
  Daemon& operator=(const Daemon&) = delete;
  ~Daemon() {
    ::shutdown(socket_, SHUT_RDWR);
    thread_.join();
    ::close(socket_);
  }
  std::string heard;  ///< to be read when nobody asks

 private:
  void serve() {
    for (int one; (one = ::accept(socket_, nullptr, nullptr)) >= 0; ::close(one)) {
      auto say = [&](const std::string& line) { (void)!::write(one, (line + "\n").data(), line.size() + 1); };
      say("0001 ready");
      char buffer[500];
      auto n = ::read(one, buffer, sizeof buffer);
      std::string command(buffer, n > 0 ? static_cast<std::size_t>(n) : 0);
      heard += command.substr(0, command.find('"')) + ";";
      say(command.starts_with("configure check ") ? to_check_ : to_configure_);
    }
  }
  std::string to_check_, to_configure_;
  int socket_;
  std::thread thread_;
};

}  // namespace

TEST_CASE("the plain check is asked of the daemon that runs; what it refuses is not installed") {
  struct {
    const char *check, *to_check, *installed, *heard;
  } cases[] = {
      {"bgpd -p -c {{.src}}", "0020 Configuration OK", "text", "configure check ;configure\n;"},
      {"bgpd -p -c {{.src}}", "8002 FILE:1:1 bad", "absent", "configure check ;"},
      // It may not read our files: then the command has to say.
      {"/nowhere/bgpd -p -c {{.src}}", "8002 FILE:0:0 cannot open", "absent", "configure check ;"},
      {"true {{.src}}", "8002 FILE:1:1 bad", "text", "configure\n;"},
  };
  for (auto& c : cases) {
    CAPTURE(c.to_check);
    CAPTURE(c.check);
    Place place;
    auto resource = place.resource("a", "text", c.check);
    resource.control_socket = place.root / "ctl";
    std::string to_check = c.to_check;
    auto staged = place.root / "etc/conf";  // the name is not looked at closer than for its line
    if (auto at = to_check.find("FILE"); at != std::string::npos) to_check.replace(at, 4, (staged / "a").string());
    Daemon daemon(resource.control_socket, to_check, "0003 Reconfigured");
    auto units = place.units({resource});
    render(*units[0]);
    CHECK(place.read("a") == c.installed);
    CHECK(daemon.heard == c.heard);
  }
}
