#include "confgen/store/etcd.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace avocet::confgen {

using namespace std::chrono_literals;

EtcdFeed::EtcdFeed(http::Loop& loop, EtcdSettings settings, std::vector<std::string> prefixes, Say say, Changed changed)
    : loop_(loop),
      settings_(std::move(settings)),
      say_(say),
      changed_(std::move(changed)),
      outage_("etcd", std::move(say)),
      discovery_(settings_.domain) {
  for (auto& url : settings_.endpoints) clients_.emplace_back(loop_, url, settings_.tls);
  for (auto& prefix : prefixes) watched_.push_back({prefix, 0});
  // Nodes share the members of a cluster evenly: each begins with another one.
  endpoint_ = std::random_device{}() % clients_.size();
  again_ = loop_.after(0ms, [this] { begin(); });
}

/// Members come and go; the records are asked for beside us, and their answer counts for the next attempt.
void EtcdFeed::follow_records() {
  auto members = discovery_.take();
  if (!members || members->empty() || *members == settings_.endpoints) return;
  settings_.endpoints = *members;
  clients_.clear();
  std::string all;
  for (auto& url : settings_.endpoints) {
    clients_.emplace_back(loop_, url, settings_.tls);
    all += " " + url.text();
  }
  endpoint_ = std::random_device{}() % clients_.size();
  say_(fmt::format("info  etcd: the SRV records of {} now name{}", settings_.domain, all));
}

void EtcdFeed::begin() {
  follow_records();
  if (!settings_.user.empty() && token_.empty() && !without_token_)
    authenticate();
  else if (std::any_of(watched_.begin(), watched_.end(), [](auto& w) { return w.revision == 0; }))
    list();
  else
    watch();
}

http::Request EtcdFeed::request(const char* path, std::string body) const {
  http::Request request{"POST", path, {}, std::move(body)};
  if (!token_.empty()) request.headers.emplace_back("Authorization", token_);
  // A member that has lost its cluster refuses or ends the request, so that another one is asked.
  request.headers.emplace_back("Grpc-Metadata-hasleader", "true");
  return request;
}

void EtcdFeed::ask(const char* path, std::string body, http::Client::End end) {
  exchange_ = clients_[endpoint_].ask(request(path, std::move(body)), std::move(end));
}

void EtcdFeed::authenticate() {
  ask("/v3/auth/authenticate", etcd::authenticate_request(settings_.user, settings_.password),
      [this](http::Answer answer) {
        if (!answer.error.empty()) return failed(answer.error);
        if (!answer.good()) {
          auto refusal = etcd::read_refusal(answer.body);
          if (refusal.what.find("authentication is not enabled") == std::string::npos)
            return failed(
                fmt::format("{}: user '{}': {}", clients_[endpoint_].url().text(), settings_.user, refusal.what));
          without_token_ = true;  // asked again after the next failure
          return begin();
        }
        auto token = etcd::read_token(answer.body);
        if (!token) return failed(fmt::format("{}: {}", clients_[endpoint_].url().text(), token.error()));
        token_ = *token;
        token_fresh_ = true;
        begin();
      });
}

void EtcdFeed::list() {
  listing_ = {};
  listing_.start = std::chrono::steady_clock::now();
  listing_.from = watched_[0].prefix;
  ask_page();
}

void EtcdFeed::ask_page() {
  auto end = etcd::range_end(watched_[listing_.prefix].prefix);
  ask("/v3/kv/range", etcd::range_request(listing_.from, end, listing_.revision, listing_.page_size),
      [this](http::Answer answer) { take_page(answer); });
}

void EtcdFeed::take_page(const http::Answer& answer) {
  if (!answer.error.empty()) return failed(answer.error);
  if (!answer.good()) {
    auto refusal = etcd::read_refusal(answer.body);
    if (refusal.code == etcd::code::resource_exhausted && listing_.page_size > 1) {
      listing_.page_size /= 2;  // large objects: a message of gRPC has a limit
      return ask_page();
    }
    return refused(refusal);
  }
  auto page = etcd::read_page(answer.body);
  if (!page) return failed(fmt::format("{}: {}", clients_[endpoint_].url().text(), page.error()));
  token_fresh_ = false;
  if (listing_.revision && page->cluster != listing_.cluster) return failed("the cluster was replaced during a list");
  listing_.cluster = page->cluster;
  // All pages of all prefixes are of one revision.
  if (!listing_.revision) listing_.revision = page->revision;
  if (page->more) listing_.from = page->pairs.back().key + '\0';
  for (auto& pair : page->pairs) {
    listing_.seen.insert(pair.key);
    auto known = known_.find(pair.key);
    if (known == known_.end() || known->second != pair.revision || listing_.cluster != cluster_)
      listing_.fresh.push_back(std::move(pair));
  }
  if (!page->more) {
    if (++listing_.prefix == watched_.size()) return end_list();
    listing_.from = watched_[listing_.prefix].prefix;
  }
  ask_page();
}

void EtcdFeed::end_list() {
  std::vector<std::string> gone;
  for (auto& [key, revision] : known_)
    if (!listing_.seen.count(key)) gone.push_back(key);
  for (auto& key : gone) apply({key, "", listing_.revision, true});
  for (auto& pair : listing_.fresh) apply(pair);
  cluster_ = listing_.cluster;
  for (auto& watched : watched_) watched.revision = listing_.revision;
  if (!complete_) {
    std::chrono::duration<double> took = std::chrono::steady_clock::now() - listing_.start;
    say_(fmt::format("info  etcd: listed keys={} revision={} after={:.2f}s", known_.size(), listing_.revision,
                     took.count()));
  }
  complete_ = true;
  listing_ = {};
  watch();
}

void EtcdFeed::watch() {
  auto lines = std::make_shared<Lines>();
  fragments_.assign(watched_.size(), {});
  created_ = 0;
  auto number = ++watch_number_;
  auto asked = request("/v3/watch", etcd::watch_request(watched_));
  asked.endless = true;
  exchange_ = clients_[endpoint_].ask(
      std::move(asked),
      [this](http::Answer answer) {
        if (!answer.error.empty()) return failed(answer.error);
        if (!answer.good()) return refused(etcd::read_refusal(answer.body));
        failed(clients_[endpoint_].url().text() + ": watch: closed by the other side");
      },
      [this, lines, number](std::string_view piece) {
        bool fits = lines->add(piece, [&](std::string_view line) {
          if (number != watch_number_ || line.empty()) return;
          if (auto notice = etcd::read_notice(line))
            take_notice(*notice);
          else
            refused(notice.error());
        });
        if (!fits) failed("a message of a watch is too long");
      });
}

void EtcdFeed::take_notice(const etcd::Notice& notice) {
  if (notice.cancelled && notice.compacted) {
    // What happened in between is gone: a list tells what differs, and only that is a change.
    for (auto& watched : watched_) watched.revision = 0;
    ++watch_number_;
    return list();
  }
  if (notice.cancelled) {
    auto code = notice.reason.find("invalid auth token") != std::string::npos  ? etcd::code::unauthenticated
                : notice.reason.find("permission denied") != std::string::npos ? etcd::code::permission_denied
                                                                               : 0;
    return refused({code, notice.reason.empty() ? "the watch was cancelled" : notice.reason});
  }
  if (notice.watch < 1 || notice.watch > static_cast<int>(watched_.size()))
    return failed(fmt::format("{}: a watch that nobody asked for", clients_[endpoint_].url().text()));
  auto& watched = watched_[notice.watch - 1];
  if (notice.created) {
    // Another cluster behind the address, or one restored from a backup: its revisions mean something else.
    if (notice.cluster != cluster_ || notice.revision < watched.revision) {
      for (auto& each : watched_) each.revision = 0;
      ++watch_number_;
      return list();
    }
    if (++created_ == watched_.size()) settle();
    return;
  }
  auto& events = fragments_[notice.watch - 1];
  events.insert(events.end(), notice.events.begin(), notice.events.end());
  if (notice.fragment) return;
  // A message with events may be one of several of its revision's header; one without is etcd's word that all is told.
  watched.revision = events.empty() ? std::max(watched.revision, notice.revision) : events.back().revision;
  for (auto& event : events) apply(event);
  events.clear();
}

void EtcdFeed::settle() {
  token_fresh_ = false;
  failures_in_row_ = 0;
  // What was missed comes at once after the watch began; it belongs into the outage's last line.
  settled_ = loop_.after(250ms, [this] {
    backoff_.reset();
    outage_.over();
  });
}

void EtcdFeed::apply(const etcd::KeyValue& pair) {
  if (pair.erased)
    known_.erase(pair.key);
  else
    known_[pair.key] = pair.revision;
  outage_.changed();
  changed_(pair);
}

void EtcdFeed::refused(const etcd::Refusal& refusal) {
  bool token = refusal.code == etcd::code::unauthenticated ||
               refusal.what.find("revision in header is old") != std::string::npos ||
               refusal.what.find("user name is empty") != std::string::npos;
  if (token && !settings_.user.empty() && !token_fresh_) {
    // Tokens expire, and every change of etcd's users voids them: that is no failure yet.
    token_.clear();
    without_token_ = false;
    ++watch_number_;
    exchange_.reset();
    again_ = loop_.after(0ms, [this] { begin(); });
    return;
  }
  if (refusal.code == etcd::code::out_of_range)
    for (auto& watched : watched_) watched.revision = 0;
  auto hint = token && settings_.user.empty() ? "; etcd asks for a user: give ETCD_USERNAME and ETCD_PASSWORD" : "";
  auto who = refusal.code == etcd::code::permission_denied && !settings_.user.empty()
                 ? fmt::format(" (user '{}' needs to read the prefixes that confgen watches)", settings_.user)
                 : "";
  failed(fmt::format("{}: {}{}{}", clients_[endpoint_].url().text(), refusal.what, who, hint));
}

void EtcdFeed::failed(const std::string& why) {
  ++watch_number_;
  exchange_.reset();
  settled_ = {};
  token_.clear();
  without_token_ = token_fresh_ = false;
  outage_.failed(why,
                 complete_ ? "what was last read stays in force" : "nothing is rendered before all of it was read");
  endpoint_ = (endpoint_ + 1) % clients_.size();
  if (!settings_.domain.empty() && (failures_in_row_ + 1) % clients_.size() == 0) discovery_.ask();
  // The other members are asked at once, then all of them with growing pauses.
  auto pause = ++failures_in_row_ < clients_.size() ? 0ms : backoff_.next();
  again_ = loop_.after(pause, [this] { begin(); });
}

}  // namespace avocet::confgen
