/// Configurations of others: the lab's, the recordings' and Calico's rendered ones. They are not part of this
/// repository: AVOCET_SHARED names the folder they are in, and without it the tests say so and pass.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

#include "test/config/sample.hpp"
#include "test/shared_data.hpp"

using namespace avocet;
using namespace avocet::config;
using namespace avocet::config::test;
namespace files = std::filesystem;

namespace {

std::string read(const files::path& path) {
  std::ifstream in(path);
  std::stringstream text;
  text << in.rdbuf();
  return text.str();
}

std::string first_message(const Loaded& loaded) {
  auto& list = loaded.diagnostics.list();
  return list.empty() ? "" : render(list[0], *loaded.sources);
}

/// How often a line of the text (its includes left out) begins with these words, comments removed.
std::size_t count_lines(const std::string& text, const std::string& start) {
  std::stringstream in(text);
  std::size_t count = 0;
  for (std::string line; std::getline(in, line);) count += line.starts_with(start);
  return count;
}

}  // namespace

TEST_CASE("corpus: the lab's seed configurations are bound to the right values") {
  auto root = avocet::test::shared_data(".");
  if (!root) return;
  struct { const char* file; const char* local; const char* remote; unsigned local_as, remote_as; const char* route; } cases[] = {
      {"lab/seed/node-10.4.7.60.conf", "10.4.7.60", "10.4.7.200", 50060, 50200, "1.1.1.0/24"},
      {"lab/seed/node-10.4.7.200.conf", "10.4.7.200", "10.4.7.60", 50200, 50060, "1.1.2.0/24"},
      {"data/birdc-transcripts/conf/seed-node1.conf", "10.4.7.60", "10.4.7.200", 50060, 50200, "1.1.1.0/24"},
      {"data/birdc-transcripts/conf/seed-node2.conf", "10.4.7.200", "10.4.7.60", 50200, 50060, "1.1.2.0/24"}};
  for (auto& c : cases) {
    CAPTURE(c.file);
    auto config = good(read(*root / c.file));
    CHECK(config->dialect == filter::Dialect::bird2);
    CHECK(proto::quad_text(config->router_id.value_or(0)) == c.local);
    auto& kernel = protocol<kernel::KernelOptions>(*config, "kernel1");
    CHECK(kernel.learn == kernel::Learn::on);
    CHECK(kernel.persist);
    CHECK(kernel.graceful_restart);
    CHECK(kernel.merge_paths);
    CHECK(kernel.merge_limit == 16);
    CHECK(kernel.scan_time_seconds == 2);
    CHECK(kernel.metric == 32);
    CHECK(filter::is_accept_all(*kernel.channel.export_filter));
    auto& direct = protocol<kernel::DirectOptions>(*config, "direct1");
    CHECK(direct.channels.empty());
    CHECK(direct.interfaces == std::vector<std::vector<kernel::InterfacePattern>>{{{true, "veth*", {}}, {false, "*", {}}}});
    auto& routes = protocol<rib::StaticOptions>(*config, "static1");
    REQUIRE(routes.routes.size() == 1);
    CHECK(routes.routes[0].net.text() == c.route);
    auto& mesh = protocol<session::BgpOptions>(*config, "Mesh_10_0_12_11");
    CHECK(mesh.local_address.text() == c.local);
    CHECK(mesh.local_as == c.local_as);
    CHECK(mesh.remote_address.text() == c.remote);
    CHECK(mesh.remote_as == c.remote_as);
    CHECK(mesh.graceful_restart == session::GracefulRestart::on);
    CHECK(mesh.connect_delay_time == 2);
    CHECK(mesh.connect_retry_time == 5);
    CHECK(mesh.error_wait_min == 5);
    CHECK(mesh.error_wait_max == 30);
    CHECK_FALSE(mesh.multihop);
    CHECK(filter::display_name(*mesh.channels[0].channel.export_filter) == "calico_export_to_bgp_peers");
  }
}

TEST_CASE("corpus: the recordings' Calico configurations, 1.6 and one family each") {
  auto root = avocet::test::shared_data("data/birdc-transcripts/conf");
  if (!root) return;
  struct { const char* file; proto::Family family; const char* peer; const char* remote; } cases[] = {
      {"calico-node.conf", proto::Family::ipv4, "Node_172_17_8_199", "172.17.8.199"},
      {"calico-node6.conf", proto::Family::ipv6, "Node_fd80_24e2_f998__99", "fd80:24e2:f998::99"}};
  for (auto& c : cases) {
    CAPTURE(c.file);
    auto text = read(*root / c.file);
    for (std::size_t at; (at = text.find("@I@")) != text.npos;) text.replace(at, 3, "1");
    auto config = good(text, c.family);
    CHECK(config->dialect == filter::Dialect::bird1);
    CHECK(config->graceful_restart_wait == 8);
    REQUIRE(config->listen.size() == 1);
    CHECK(config->listen[0].v6only == (c.family == proto::Family::ipv6));
    auto& kernel = protocol<kernel::KernelOptions>(*config, "kernel1");
    CHECK(kernel.metric == 0);
    CHECK(filter::display_name(*kernel.channel.export_filter) == "kernel_out");
    CHECK(protocol<rib::StaticOptions>(*config, "static1").routes.size() == 2);
    auto& peer = protocol<session::BgpOptions>(*config, c.peer);
    CHECK(peer.remote_address.text() == c.remote);
    CHECK(peer.remote_port == 1790);
    CHECK(peer.multihop);
    CHECK(peer.password == "secret");
    CHECK(peer.allow_local_as == 2);
    CHECK(peer.keepalive_time == 10);
    CHECK(peer.graceful_restart_time == 60);
    REQUIRE(peer.channels.size() == 1);
    CHECK(peer.channels[0].gateway == session::Gateway::recursive);
    CHECK(peer.channels[0].add_paths == session::AddPaths::both);
    CHECK(peer.channels[0].next_hop_self == announce::HopRule::all);
  }
}

TEST_CASE("corpus: every configuration that Calico's templates render") {
  auto root = avocet::test::shared_data("data/calico-goldens");
  if (!root) return;
  std::size_t count = 0;
  for (auto& entry : files::recursive_directory_iterator(*root)) {
    auto name = entry.path().filename();
    if (entry.path().string().find("/expect/") == std::string::npos || (name != "bird.cfg" && name != "bird6.cfg")) continue;
    ++count;
    CAPTURE(entry.path().string());
    auto loaded = load_file(entry.path().string(), {name == "bird6.cfg" ? proto::Family::ipv6 : proto::Family::ipv4});
    REQUIRE_MESSAGE(loaded.config, first_message(loaded));
    auto text = read(entry.path());
    std::size_t sessions = 0;
    for (auto& protocol : loaded.config->protocols)
      if (auto* bgp = std::get_if<session::BgpOptions>(&protocol)) {
        ++sessions;
        CAPTURE(bgp->protocol.name);
        CHECK(bgp->local_as != 0);
        CHECK(bgp->channels.size() == 1);
        CHECK(bgp->channels[0].gateway == session::Gateway::recursive);
        CHECK(bgp->connect_retry_time == 5);
        CHECK(text.find("neighbor " + bgp->remote_address.text()) != text.npos);
      }
    CHECK(sessions == count_lines(text, "protocol bgp "));
    if (text.find("router id") != text.npos) CHECK(loaded.config->router_id);
    CHECK(diff(*loaded.config, *loaded.config).empty());
  }
  CHECK(count > 100);
}

TEST_CASE("corpus: the configuration of the transcripts loads, BFD and all") {
  auto root = avocet::test::shared_data("data/birdc-transcripts/conf");
  if (!root) return;
  auto loaded = load_file((*root / "r1-bird2.conf").string(), {});
  for (auto& diagnostic : loaded.diagnostics.list()) CAPTURE(render(diagnostic, *loaded.sources));
  REQUIRE(loaded.config);
  bool bfd = false;
  for (auto& protocol : loaded.config->protocols) bfd |= std::holds_alternative<bfd::BfdOptions>(protocol);
  CHECK(bfd);
}
