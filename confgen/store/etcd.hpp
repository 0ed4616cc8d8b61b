#pragma once
/// etcd v3 as a datastore: lists at one revision, then watches from it; the newest good state outlives every outage.
#include <deque>
#include <memory>
#include <unordered_map>
#include <unordered_set>

#include "confgen/store/discovery.hpp"
#include "confgen/store/etcd_gateway.hpp"
#include "confgen/store/http.hpp"
#include "confgen/store/lines.hpp"
#include "confgen/store/outage.hpp"

namespace avocet::confgen {

struct EtcdSettings {
  std::vector<http::Url> endpoints;  ///< of one cluster; the next one is asked when one fails
  std::string domain;                ///< its SRV records named them, and are asked again when all fail; "" for none
  http::Tls tls;
  std::string user, password;
};

/// The keys below some prefixes, kept up to date.
class EtcdFeed {
 public:
  /// `changed` is told each key that is new, different or gone; the first whole list is told at once, when it is whole.
  using Changed = std::function<void(const etcd::KeyValue&)>;
  EtcdFeed(http::Loop& loop, EtcdSettings settings, std::vector<std::string> prefixes, Say say, Changed changed);
  bool complete() const { return complete_; }
  std::string trouble() const { return outage_.lasts() ? outage_.why() : ""; }

 private:
  void begin();
  void authenticate();
  void list();
  void ask_page();
  void take_page(const http::Answer& answer);
  void end_list();
  void watch();
  void take_notice(const etcd::Notice& notice);
  void settle();
  void apply(const etcd::KeyValue& pair);
  void refused(const etcd::Refusal& refusal);
  void failed(const std::string& why);
  void follow_records();
  void ask(const char* path, std::string body, http::Client::End end);
  http::Request request(const char* path, std::string body) const;

  http::Loop& loop_;
  EtcdSettings settings_;
  Say say_;
  Changed changed_;
  Outage outage_;
  Backoff backoff_;
  Discovery discovery_;
  std::deque<http::Client> clients_;  ///< one for each endpoint
  std::size_t endpoint_ = 0, failures_in_row_ = 0;
  std::string token_;
  bool token_fresh_ = false;  ///< no answer has accepted it yet
  bool without_token_ = false;

  std::vector<etcd::Watched> watched_;
  std::unordered_map<std::string, std::int64_t> known_;  ///< revision by key
  std::uint64_t cluster_ = 0;
  bool complete_ = false;

  /// A list under way.
  struct Listing {
    std::size_t prefix = 0;
    std::int64_t revision = 0;
    std::uint64_t cluster = 0;
    int page_size = 1000;  ///< keys; 1 MB of usual objects
    std::string from;
    std::vector<etcd::KeyValue> fresh;  ///< those that differ from what is known
    std::unordered_set<std::string> seen;
    std::chrono::steady_clock::time_point start;
  };
  Listing listing_;
  /// The watch under way.
  std::vector<std::vector<etcd::KeyValue>> fragments_;  ///< by place in watched_
  std::size_t created_ = 0;
  std::uint64_t watch_number_ = 0;  ///< counts on when a watch is given up: lines of the old one count no more
  std::unique_ptr<http::Exchange> exchange_;
  http::Timer again_, settled_;
};

}  // namespace avocet::confgen
