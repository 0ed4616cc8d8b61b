#include "confgen/store/kube.hpp"

#include <fmt/format.h>

#include <charconv>
#include <cstdlib>
#include <fstream>

#include "confgen/store/json_member.hpp"

namespace avocet::confgen {

using namespace std::chrono_literals;
namespace json = boost::json;

namespace {

constexpr int page_size = 500;             // as Kubernetes' own clients ask
constexpr auto shortest_watch = 1s;        // one that ends sooner without a word is not asked for again at once
constexpr auto unserved_retry = 30s;       // a kind that the server does not know may be installed later
constexpr auto look_at_exec = 20ms;        // at a program that gives credentials
constexpr auto longest_retry_after = 60s;  // whatever a server asks for

std::optional<json::object> parse(std::string_view text) {
  json::error_code error;
  auto value = json::parse({text.data(), text.size()}, error);
  if (error || !value.is_object()) return {};
  return std::move(value.get_object());
}

/// The server's own words: of a Status object, else the first line.
std::string words(const std::string& body) {
  if (auto status = parse(body))
    if (auto message = text_in(&*status, "message"); !message.empty()) return message.substr(0, 300);
  return body.substr(0, std::min<std::size_t>(body.find('\n'), 200));
}

}  // namespace

// ---- the server

KubeServer::KubeServer(http::Loop& loop, KubeSettings settings, Say say)
    : loop_(loop),
      settings_(std::move(settings)),
      client_(std::in_place, loop, settings_.server, settings_.tls),
      outage_("kubernetes", std::move(say)) {
  if (settings_.exec) exec_.emplace(*settings_.exec);
}

std::string KubeServer::unknown_to_it() {
  if (!exec_) return "the token or certificate is not accepted";
  exec_->renew();
  return exec_->trouble().empty() ? "the credentials of exec are not accepted" : exec_->trouble();
}

bool KubeServer::identified(const void* feed, std::function<void()> then) {
  if (!exec_ || !exec_->pending()) return true;
  waiting_[feed] = std::move(then);
  look_later();
  return false;
}

void KubeServer::look_later() {
  if (!std::exchange(looks_, true)) look_ = loop_.after(look_at_exec, [this] { look_at_program(); });
}

void KubeServer::look_at_program() {
  looks_ = false;
  if (exec_->pending()) return look_later();
  std::vector<const void*> feeds;
  for (auto& [feed, then] : waiting_) feeds.push_back(feed);
  for (auto feed : feeds)  // of which one may go because of another
    if (auto waiting = waiting_.extract(feed); !waiting.empty()) waiting.mapped()();
}

std::unique_ptr<http::Exchange> KubeServer::get(const std::string& target, bool endless, http::Client::End end,
                                                http::Client::Part part) {
  http::Request request{"GET", target, {}, ""};
  request.timeout = 30s;  // the server's own limit for a list is a minute; a page takes far less
  request.endless = endless;
  auto token = settings_.token;
  if (!settings_.token_file.empty()) {
    std::ifstream in(settings_.token_file);
    std::getline(in, token);
  }
  if (auto credential = exec_ ? exec_->get() : nullptr) {
    token = credential->token;
    if (credential->certificate != certificate_) {
      certificate_ = credential->certificate;
      auto tls = settings_.tls;
      tls.certificate = {"", credential->certificate};
      tls.key = {"", credential->key};
      client_.emplace(loop_, settings_.server, tls);
    }
  }
  token.erase(std::min(token.find_first_of(" \t\r\n"), token.size()));
  if (!token.empty()) request.headers.emplace_back("Authorization", "Bearer " + token);
  return client_->ask(std::move(request), std::move(end), std::move(part));
}

void KubeServer::failed(const void* feed, const std::string& why) {
  ill_.insert(feed);
  settled_ = {};
  outage_.failed(why,
                 complete_ ? "what was last read stays in force" : "nothing is rendered before all of it was read");
}

void KubeServer::well(const void* feed) {
  if (!ill_.erase(feed) || !ill_.empty()) return;
  // What was missed comes at once after the watches began; it belongs into the outage's last line.
  settled_ = loop_.after(250ms, [this] { outage_.over(); });
}

void KubeServer::gone(const void* feed) {
  waiting_.erase(feed);
  well(feed);
}

// ---- one collection

KubeFeed::KubeFeed(KubeServer& server, kube::Resource resource, std::string path, std::string query, Changed changed)
    : server_(server),
      resource_(resource),
      path_(std::move(path)),
      query_(query.empty() ? "" : "&" + query),
      changed_(std::move(changed)) {
  again(0ms, &KubeFeed::list);
}

KubeFeed::~KubeFeed() {
  exchange_.reset();
  server_.gone(this);
}

void KubeFeed::again(http::Milliseconds pause, void (KubeFeed::*step)()) {
  again_ = server_.loop().after(pause, [this, step] { (this->*step)(); });
}

void KubeFeed::list() {
  if (!server_.identified(this, [this] { list(); })) return;
  auto target = fmt::format("{}?limit={}{}", path_, page_size, query_);
  if (listing_.next.empty())
    listing_ = {};
  else
    target += "&continue=" + http::percent_encoded(listing_.next);
  exchange_ = server_.get(target, false, [this](http::Answer answer) { take_page(answer); });
}

void KubeFeed::take_page(const http::Answer& answer) {
  if (answer.error.empty() && answer.status == 410 && !listing_.next.empty()) {
    listing_.next.clear();  // the list took longer than its version lived
    return again(backoff_.next(), &KubeFeed::list);
  }
  if (answer.error.empty() && answer.status == 404 && !synced_ && resource_.kind != std::string("Node")) {
    // No such kind, so no such objects. One that was there before is more likely to be on its way back.
    listing_.next.clear();
    listing_.version.clear();
    end_list();
    return again(unserved_retry, &KubeFeed::list);
  }
  if (!answer.good()) {
    listing_.next.clear();
    return refused("list", answer);
  }
  auto page = parse(answer.body);
  auto metadata = page ? object_in(*page, "metadata") : nullptr;
  auto items = page ? page->if_contains("items") : nullptr;
  if (!metadata || !items || !(items->is_array() || items->is_null())) {
    listing_.next.clear();
    return failed("is not understood: no list of objects");
  }
  if (items->is_array())
    for (auto& item : items->get_array()) {
      auto object = item.if_object();
      auto about = object ? object_in(*object, "metadata") : nullptr;
      if (!about) continue;
      auto name = object_name(resource_.kind, *about);
      listing_.seen.insert(name);
      auto known = known_.find(name);
      if (known == known_.end() || known->second != text_in(about, "resourceVersion"))
        listing_.fresh.push_back(std::move(*object));
    }
  listing_.version = text_in(metadata, "resourceVersion");
  listing_.next = text_in(metadata, "continue");
  if (!listing_.next.empty()) return list();
  auto version = listing_.version;
  end_list();
  version_ = version;
  watch();
}

void KubeFeed::end_list() {
  std::vector<std::string> gone;
  for (auto& [name, version] : known_)
    if (!listing_.seen.count(name)) gone.push_back(name);
  for (auto& name : gone) {
    known_.erase(name);
    changed_(name, nullptr);
  }
  auto fresh = std::move(listing_.fresh);
  for (auto& object : fresh) apply(object, false);
  listing_ = {};
  synced_ = answered_ = true;
  server_.well(this);
}

void KubeFeed::watch() {
  if (!server_.identified(this, [this] { watch(); })) return;
  lines_ = std::make_shared<Lines>();
  watch_start_ = std::chrono::steady_clock::now();
  auto number = ++watch_number_;
  // The server ends a watch after this time, each at another moment; renewed tokens come into use then.
  auto seconds = 240 + std::random_device{}() % 240;
  auto target = fmt::format("{}?watch=1&allowWatchBookmarks=true&resourceVersion={}&timeoutSeconds={}{}", path_,
                            http::percent_encoded(version_), seconds, query_);
  exchange_ = server_.get(
      target, true,
      [this](http::Answer answer) {
        if (answer.error.empty() && answer.status == 410) return again(0ms, &KubeFeed::list);
        if (!answer.good()) return refused("watch", answer);
        bool brief = std::chrono::steady_clock::now() - watch_start_ < shortest_watch;
        again(brief ? backoff_.next() : 0ms, &KubeFeed::watch);
      },
      [this, lines = lines_, number](std::string_view piece) {
        if (piece.empty()) server_.well(this);  // accepted; where nothing happens, nothing more comes for minutes
        bool fits = lines->add(piece, [&](std::string_view line) {
          if (number == watch_number_ && !line.empty()) take_event(line);
        });
        if (!fits) failed("sent an event that is too long");
      });
}

void KubeFeed::take_event(std::string_view line) {
  auto event = parse(line);
  auto object = event ? object_in(*event, "object") : nullptr;
  if (!object) return failed("is not understood: no event");
  auto type = text_in(&*event, "type");
  if (type == "ERROR") {
    auto code = object->if_contains("code");
    ++watch_number_;
    exchange_.reset();
    // The version is too old: a list tells what differs, and only that is a change.
    if (code && code->is_int64() && code->get_int64() == 410) return again(0ms, &KubeFeed::list);
    version_.clear();
    return failed(fmt::format("said: {}", text_in(object, "message")));
  }
  backoff_.reset();
  server_.well(this);
  auto metadata = object_in(*object, "metadata");
  if (auto version = text_in(metadata, "resourceVersion"); !version.empty()) version_ = version;
  if (type == "ADDED" || type == "MODIFIED" || type == "DELETED") apply(*object, type == "DELETED");
}

void KubeFeed::apply(const json::object& object, bool gone) {
  auto metadata = object_in(object, "metadata");
  if (!metadata) return;
  auto name = object_name(resource_.kind, *metadata);
  if (gone)
    known_.erase(name);
  else
    known_[name] = text_in(metadata, "resourceVersion");
  changed_(name, gone ? nullptr : &object);
}

void KubeFeed::refused(const char* doing, const http::Answer& answer) {
  if (!answer.error.empty()) return failed(answer.error);
  auto hint = answer.status == 401   ? "; " + server_.unknown_to_it()
              : answer.status == 403 ? fmt::format("; the role needs get, list and watch of {}", resource_.name)
                                     : "";
  http::Milliseconds asked_for{};
  long seconds = 0;
  auto& after = answer.retry_after;
  if (std::from_chars(after.data(), after.data() + after.size(), seconds).ec == std::errc{} && seconds > 0)
    asked_for = std::min<http::Milliseconds>(std::chrono::seconds(std::min(seconds, 3600l)), longest_retry_after);
  failed(fmt::format("{} {}: status {}: {}{}", doing, resource_.name, answer.status, words(answer.body), hint),
         asked_for);
}

void KubeFeed::failed(const std::string& why, http::Milliseconds at_least) {
  ++watch_number_;
  exchange_.reset();
  answered_ = true;
  auto url = server_.settings().server.text();
  server_.failed(this, why.starts_with(url) ? why : fmt::format("{}: {}", url, why));
  again(std::max(at_least, backoff_.next()), version_.empty() ? &KubeFeed::list : &KubeFeed::watch);
}

// ---- all of them

KubeObjects::KubeObjects(http::Loop& loop, KubeSettings settings, Scope scope, ObjectTable& table, Say say)
    : server_(loop, std::move(settings), std::move(say)), scope_(std::move(scope)), table_(table) {
  if (scope_.objects)
    for (auto& resource : kube::calico_resources())
      if (scope_.blocks || resource.kind != std::string("BlockAffinity"))
        fixed_.push_back(feed(resource, resource.path));
}

std::unique_ptr<KubeFeed> KubeObjects::feed(kube::Resource resource, std::string path, std::string query) {
  std::string kind = resource.kind;
  return std::make_unique<KubeFeed>(
      server_, resource, std::move(path), std::move(query),
      [this, kind](const std::string& name, const json::object* object) { apply(kind, name, object); });
}

void KubeObjects::apply(const std::string& kind, const std::string& name, const json::object* object) {
  if (!object) {
    told_.erase(kind + "/" + name);
    if (table_.erase({kind, name})) server_.changed();
    return;
  }
  std::vector<std::string> problems;
  auto body = kube::as_calico(kind, *object, problems);
  // All nodes' block affinities are told; those of others are not kept.
  auto spec = object_in(body, "spec");
  if (kind == "BlockAffinity" && !scope_.node.empty() && text_in(spec, "node") != scope_.node) return;
  if (table_.put({kind, name}, std::move(body), fmt::format("kubernetes:{}/{}", kind, name))) server_.changed();
  // A node's heartbeat is no reason to say the same thing again.
  auto& told = told_[kind + "/" + name];
  std::string all;
  for (auto& line : problems) all += line;
  if (!problems.empty() && all != told) {
    for (auto& line : problems) table_.problems.push_back("kubernetes:" + line);
    table_.changed = true;
  }
  if (all.empty())
    told_.erase(kind + "/" + name);
  else
    told = all;
}

void KubeObjects::update_demand() {
  if (demand_of_ == table_.peerings_revision) return;
  demand_of_ = table_.peerings_revision;
  std::set<std::string> names;
  bool advertises = std::getenv("CALICO_ADVERTISE_CLUSTER_IPS") != nullptr;
  auto secret = [&](const json::object* spec, const char* member) {
    auto password = spec ? object_in(*spec, member) : nullptr;
    auto key = password ? object_in(*password, "secretKeyRef") : nullptr;
    if (auto name = text_in(key, "name"); !name.empty()) names.insert(name);
  };
  for (auto kind : {"BGPConfiguration", "BGPPeer"})
    for (auto i = table_.objects.lower_bound({kind, ""}); i != table_.objects.end() && i->first.first == kind; ++i) {
      auto spec = object_in(i->second.body, "spec");
      secret(spec, "password");
      secret(spec, "nodeMeshPassword");
      for (auto member : {"serviceClusterIPs", "serviceExternalIPs", "serviceLoadBalancerIPs"})
        if (auto list = spec ? spec->if_contains(member) : nullptr;
            list && list->is_array() && !list->get_array().empty())
          advertises = true;
    }
  if (advertises && services_.empty()) {
    for (auto& resource : {kube::services, kube::endpoint_slices}) services_.push_back(feed(resource, resource.path));
  }
  auto space = http::percent_encoded(server_.settings().namespace_of_secrets);
  for (auto& name : names)
    if (!secrets_.count(name))
      secrets_[name] = feed({"Secret", "", "secrets"}, fmt::format("/api/v1/namespaces/{}/secrets", space),
                            "fieldSelector=metadata.name%3D" + http::percent_encoded(name));
  for (auto i = secrets_.begin(); i != secrets_.end();)
    if (names.count(i->first)) {
      ++i;
    } else {
      table_.erase({"Secret", i->first});
      i = secrets_.erase(i);
    }
}

bool KubeObjects::complete() {
  if (complete_) return true;
  for (auto& feed : fixed_)
    if (!feed->synced()) return false;
  update_demand();
  for (auto& feed : services_)
    if (!feed->synced()) return false;
  for (auto& [name, feed] : secrets_)
    if (!feed->answered()) return false;
  server_.complete();
  return complete_ = true;
}

bool KubeObjects::settled() const {
  for (auto& feed : services_)
    if (!feed->answered()) return false;
  for (auto& [name, feed] : secrets_)
    if (!feed->answered()) return false;
  return true;
}

}  // namespace avocet::confgen
