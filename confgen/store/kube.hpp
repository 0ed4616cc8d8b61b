#pragma once
/// The Kubernetes API as a datastore: each kind of object is listed in pages, then watched from the list's version.
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <unordered_map>

#include "confgen/store/http.hpp"
#include "confgen/store/kube_objects.hpp"
#include "confgen/store/kubeconfig.hpp"
#include "confgen/store/lines.hpp"
#include "confgen/store/object_table.hpp"
#include "confgen/store/outage.hpp"

namespace avocet::confgen {

/// The API server: how it is asked, and the story of its outages, which all feeds share.
class KubeServer {
 public:
  KubeServer(http::Loop& loop, KubeSettings settings, Say say);
  /// Whether we can say who we are, or know that we cannot. False while a program is asked for it: `then` is called
  /// once it has ended, unless the feed is gone.
  bool identified(const void* feed, std::function<void()> then);
  /// A GET, to be asked for when `identified`; the token is the newest of its file.
  std::unique_ptr<http::Exchange> get(const std::string& target, bool endless, http::Client::End end,
                                      http::Client::Part part = {});
  void failed(const void* feed, const std::string& why);
  /// It did not accept who we are; the reason, if we know one.
  std::string unknown_to_it();
  /// The feed is well again.
  void well(const void* feed);
  void gone(const void* feed);
  void changed() { outage_.changed(); }
  void complete() { complete_ = true; }
  std::string trouble() const { return outage_.lasts() ? outage_.why() : ""; }
  http::Loop& loop() { return loop_; }
  const KubeSettings& settings() const { return settings_; }

 private:
  void look_later();
  void look_at_program();

  http::Loop& loop_;
  KubeSettings settings_;
  std::optional<http::Client> client_;  ///< another one when our certificate is
  std::optional<ExecCredentials> exec_;
  std::string certificate_;                               ///< of exec_, in use
  std::map<const void*, std::function<void()>> waiting_;  ///< feeds, for exec_
  bool looks_ = false;                                    ///< soon, at exec_'s program
  http::Timer look_;
  Outage outage_;
  std::set<const void*> ill_;
  bool complete_ = false;
  http::Timer settled_;
};

/// One collection, kept up to date.
class KubeFeed {
 public:
  /// An object as the API shows it; null when it is gone.
  using Changed = std::function<void(const std::string& name, const boost::json::object* object)>;
  /// `query` narrows the collection: "fieldSelector=...", or "".
  KubeFeed(KubeServer& server, kube::Resource resource, std::string path, std::string query, Changed changed);
  ~KubeFeed();
  KubeFeed(const KubeFeed&) = delete;
  KubeFeed& operator=(const KubeFeed&) = delete;
  bool synced() const { return synced_; }      ///< it was listed wholly once
  bool answered() const { return answered_; }  ///< or was refused

 private:
  void list();
  void take_page(const http::Answer& answer);
  void end_list();
  void watch();
  void take_event(std::string_view line);
  void apply(const boost::json::object& object, bool gone);
  void refused(const char* doing, const http::Answer& answer);
  void failed(const std::string& why, http::Milliseconds at_least = {});
  void again(http::Milliseconds pause, void (KubeFeed::*step)());

  KubeServer& server_;
  kube::Resource resource_;
  std::string path_, query_;
  Changed changed_;
  Backoff backoff_;
  std::unordered_map<std::string, std::string> known_;  ///< resourceVersion by name
  std::string version_;                                 ///< the watch goes on from here; "" for a list
  bool synced_ = false, answered_ = false;

  struct Listing {
    std::string next, version;
    std::vector<boost::json::object> fresh;
    std::set<std::string> seen;
  };
  Listing listing_;
  std::shared_ptr<Lines> lines_;
  std::uint64_t watch_number_ = 0;
  std::chrono::steady_clock::time_point watch_start_;
  std::unique_ptr<http::Exchange> exchange_;
  http::Timer again_;
};

/// Calico's objects in Kubernetes, or beside etcd just services and secrets.
class KubeObjects {
 public:
  struct Scope {
    bool objects = true;  ///< false: etcd has them
    bool blocks = true;   ///< false: a node's blocks are its pod CIDRs
    std::string node;     ///< whose block affinities count; "" for all
  };
  /// The table outlives this.
  KubeObjects(http::Loop& loop, KubeSettings settings, Scope scope, ObjectTable& table, Say say);
  /// Asks for the secrets that are named, and for services if their addresses are advertised. To be called when the
  /// table may have changed.
  void update_demand();
  /// All that is needed was read; a secret that we may not see counts as absent.
  bool complete();
  /// Nothing new is on its way: what the table now says belongs together.
  bool settled() const;
  std::string trouble() const { return server_.trouble(); }

 private:
  std::unique_ptr<KubeFeed> feed(kube::Resource resource, std::string path, std::string query = "");
  void apply(const std::string& kind, const std::string& name, const boost::json::object* object);
  KubeServer server_;
  Scope scope_;
  ObjectTable& table_;
  std::uint64_t demand_of_ = ~std::uint64_t{0};  ///< revision of the peerings that were looked at
  std::vector<std::unique_ptr<KubeFeed>> fixed_;
  std::vector<std::unique_ptr<KubeFeed>> services_;
  std::map<std::string, std::unique_ptr<KubeFeed>> secrets_;  ///< by name
  std::map<std::string, std::string> told_;                   ///< problems by object
  bool complete_ = false;
};

}  // namespace avocet::confgen
