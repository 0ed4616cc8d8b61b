#include "confgen/store/kube_objects.hpp"

#include <doctest/doctest.h>

#include "confgen/store/http.hpp"
#include "confgen/store/object_table.hpp"
#include "confgen/store/outage.hpp"

using namespace avocet::confgen;
namespace json = boost::json;

namespace {

json::object object(const char* text) { return json::parse(text).get_object(); }

}  // namespace

TEST_CASE("a node's annotations become its BGP spec, its labels those of Calico with Kubernetes' own over them") {
  std::vector<std::string> problems;
  auto node =
      kube::as_calico("Node", object(R"({"metadata":{"name":"n","resourceVersion":"5","labels":{"a":"k"},"annotations":{
      "projectcalico.org/IPv4Address":"10.0.0.1/24","projectcalico.org/ASNumber":"64512",
      "projectcalico.org/labels":"{\"a\":\"c\",\"b\":\"c\"}","projectcalico.org/RouteReflectorClusterID":"no"}},
      "spec":{"podCIDRs":["10.1.0.0/24"]},"status":{"images":[1]}})"),
                      problems);
  CHECK(node ==
        object(R"({"kind":"Node","apiVersion":"projectcalico.org/v3","metadata":{"name":"n","labels":{"a":"k","b":"c"}},
      "spec":{"bgp":{"ipv4Address":"10.0.0.1/24","asNumber":"64512"}},"status":{"podCIDRs":["10.1.0.0/24"]}})"));
  REQUIRE(problems.size() == 1);
  CHECK(problems[0].find("annotation projectcalico.org/RouteReflectorClusterID is 'no'") != std::string::npos);
}

TEST_CASE("a custom resource keeps its spec; metadata of Calico's object come from an annotation") {
  std::vector<std::string> problems;
  auto block =
      kube::as_calico("BlockAffinity", object(R"({"kind":"BlockAffinity","metadata":{"name":"b","managedFields":[1],
      "annotations":{"projectcalico.org/metadata":"{\"labels\":{\"x\":\"y\"}}"}},"spec":{"deleted":"true","cidr":"10.0.0.0/26"}})"),
                      problems);
  CHECK(block == object(R"({"kind":"BlockAffinity","apiVersion":"projectcalico.org/v3",
      "metadata":{"name":"b","labels":{"x":"y"}},"spec":{"deleted":true,"cidr":"10.0.0.0/26"}})"));
  CHECK(problems.empty());
}

TEST_CASE("the same object again is no change") {
  ObjectTable table;
  CHECK(table.put({"BGPPeer", "p"}, object(R"({"spec":{"a":1}})"), "x"));
  auto revision = table.objects.at({"BGPPeer", "p"}).revision;
  CHECK_FALSE(table.put({"BGPPeer", "p"}, object(R"({"spec":{"a":1}})"), "x"));
  CHECK(table.objects.at({"BGPPeer", "p"}).revision == revision);
  CHECK(table.put({"BGPPeer", "p"}, object(R"({"spec":{"a":2}})"), "x"));
  CHECK(table.objects.at({"BGPPeer", "p"}).revision != revision);
  CHECK(table.erase({"BGPPeer", "p"}));
  CHECK_FALSE(table.erase({"BGPPeer", "p"}));
}

TEST_CASE("pod CIDRs are blocks of their node, and go with it") {
  ObjectTable table;
  table.pod_cidrs_of = "n1";
  table.put({"Node", "n1"}, object(R"({"status":{"podCIDRs":["10.1.0.0/24","fd00::/64"]}})"), "x");
  table.put({"Node", "n2"}, object(R"({"status":{"podCIDRs":["10.2.0.0/24"]}})"), "x");
  CHECK(table.objects.size() == 4);
  CHECK(table.objects.at({"BlockAffinity", "n1-pod-cidr-1"}).body.at("spec").at("cidr") == "fd00::/64");
  table.put({"Node", "n1"}, object(R"({"status":{"podCIDRs":["10.3.0.0/24"]}})"), "x");
  CHECK(table.objects.size() == 3);
  table.erase({"Node", "n1"});
  CHECK(table.objects.size() == 1);
}

TEST_CASE("URLs have a scheme, a host, and perhaps a port and a path") {
  using http::Url;
  CHECK(Url::parse("https://h", "2379").text() == "https://h:2379");
  CHECK(Url::parse("https://h").port == "443");
  CHECK(Url::parse("http://[fd00::1]:80/a/b/").text() == "http://[fd00::1]:80/a/b");
  CHECK(Url::parse("http://[fd00::1]").host == "fd00::1");
  for (auto text : {"", "h:1", "ftp://h", "http://", "http://:1", "http://h:", "http://h:0", "http://h:65536",
                    "http://h:x", "http://[::1", "http://u@h", "http://h/?q", "http://h\r\nX: y"}) {
    CAPTURE(text);
    CHECK_THROWS(Url::parse(text));
  }
}

TEST_CASE("an outage is told at its begin and at its end, with what changed") {
  std::vector<std::string> said;
  Outage outage("etcd", [&](auto& line) { said.push_back(line); });
  outage.over();
  outage.failed("connection refused", "the last stays");
  outage.failed("no route to host", "the last stays");
  outage.changed();
  outage.over();
  outage.over();
  REQUIRE(said.size() == 2);
  CHECK(said[0] == "warn  etcd: connection refused; the last stays");
  CHECK(said[1] == "info  etcd: back after=0.0s changes=1");
}

TEST_CASE("pauses double up to 8 seconds, each shortened at random by up to a half") {
  Backoff backoff;
  for (int full : {250, 500, 1000, 2000, 4000, 8000, 8000}) {
    auto pause = backoff.next().count();
    CHECK(pause >= full / 2);
    CHECK(pause <= full);
  }
  backoff.reset();
  CHECK(backoff.next().count() <= 250);
}
