#include "confgen/store/etcd_gateway.hpp"

#include <doctest/doctest.h>

#include <boost/json.hpp>

#include "confgen/store/lines.hpp"

using namespace avocet::confgen;
using namespace avocet::confgen::etcd;

TEST_CASE("the end of a prefix's range is the first key that does not start with it") {
  CHECK(range_end("/calico/") == "/calico0");
  CHECK(range_end("a\xff") == "b");
  CHECK(range_end("\xff\xff") == std::string(1, '\0'));  // etcd: to the last key of all
}

// The texts are answers of etcd 3.4.23's gateway.
TEST_CASE("a page gives keys, values, revisions and whether more follows") {
  auto page = read_page(R"({"header":{"cluster_id":"14841639068965178418","member_id":"10276657743932975437",)"
                        R"("revision":"4","raft_term":"2"},"kvs":[{"key":"L2IvMQ==","create_revision":"3",)"
                        R"("mod_revision":"3","version":"1","value":"aGVsbG8="}],"more":true,"count":"2"})");
  REQUIRE(page);
  CHECK(page->cluster == 14841639068965178418u);
  CHECK(page->revision == 4);
  CHECK(page->more);
  CHECK(page->pairs == std::vector<KeyValue>{{"/b/1", "hello", 3, false}});
}

TEST_CASE("a notice gives events, or why the watch ended") {
  auto header = std::string(R"({"result":{"header":{"cluster_id":"7","revision":"9"},)");
  auto events =
      read_notice(header + R"("watch_id":"2","events":[{"kv":{"key":"YQ==","mod_revision":"8","value":"Yg=="}},)"
                           R"({"type":"DELETE","kv":{"key":"YQ==","mod_revision":"9"}}]}})");
  REQUIRE(events);
  CHECK(events->watch == 2);
  CHECK(events->events == std::vector<KeyValue>{{"a", "b", 8, false}, {"a", "", 9, true}});
  auto compacted = read_notice(header + R"("canceled":true,"compact_revision":"5"}})");
  REQUIRE(compacted);
  CHECK(compacted->cancelled);
  CHECK(compacted->compacted == 5);
  auto error = read_notice(R"({"error":{"grpc_code":14,"http_code":503,"message":"etcdserver: no leader"}})");
  REQUIRE_FALSE(error);
  CHECK(error.error().code == 14);
  CHECK(error.error().what == "etcdserver: no leader");
}

TEST_CASE("a refusal is gRPC's code and etcd's words, or the first line of what is no JSON") {
  auto refusal = read_refusal(R"({"error":"x","message":"etcdserver: permission denied","code":7})");
  CHECK(refusal.code == code::permission_denied);
  CHECK(refusal.what == "etcdserver: permission denied");
  CHECK(read_refusal("bad gateway\nmore").what == "bad gateway");
  CHECK(read_refusal("").what == "an empty answer");
}

TEST_CASE("an answer of another shape is refused with what is wrong") {
  for (auto text : {"", "[]", "{}", R"({"header":5})", R"({"header":{"revision":"x"}})", R"({"header":{},"kvs":[5]})",
                    R"({"header":{},"kvs":[{"key":"?"}]})", R"({"header":{},"more":true})"}) {
    CAPTURE(text);
    CHECK_FALSE(read_page(text));
  }
  for (auto text : {"", "{}", R"({"result":5})", R"({"result":{"header":{},"events":[{}]}})"}) {
    CAPTURE(text);
    CHECK_FALSE(read_notice(text));
  }
  CHECK_FALSE(read_token(R"({"token":"a\r\nX: y"})"));
}

TEST_CASE("a watch asks for each prefix from the revision after the one that is known") {
  auto text = watch_request({{"/a/", 4}, {"/b/", 9}});
  auto end = text.find("}{") + 1;
  auto first = boost::json::parse(text.substr(0, end)).at("create_request"),
       second = boost::json::parse(text.substr(end)).at("create_request");
  CHECK(first.at("start_revision") == "5");
  CHECK(first.at("watch_id") == "1");
  CHECK(second.at("start_revision") == "10");
  CHECK(second.at("range_end") == "L2Iw");  // "/b0"
}

TEST_CASE("lines come whole however they are cut") {
  std::string text = "one\n\ntwo and more\nrest";
  for (std::size_t size = 1; size <= text.size(); ++size) {
    Lines lines;
    std::vector<std::string> found;
    for (std::size_t at = 0; at < text.size(); at += size)
      CHECK(lines.add(std::string_view(text).substr(at, size), [&](auto line) { found.emplace_back(line); }));
    CHECK(found == std::vector<std::string>{"one", "", "two and more"});
  }
}
