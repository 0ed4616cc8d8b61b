#pragma once
/// Credentials that a program gives us, as kubeconfigs of clouds ask for: Kubernetes' ExecCredential,
/// client.authentication.k8s.io.
#include <boost/json.hpp>
#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "confgen/install/command.hpp"
#include "confgen/store/http.hpp"
#include "proto/result.hpp"

namespace avocet::confgen {

/// How the program is run.
struct ExecPlugin {
  std::vector<std::string> words;                ///< its name or path, and arguments
  std::map<std::string, std::string> variables;  ///< besides ours
  std::string version;                           ///< apiVersion it has to answer with
  std::string hint;                              ///< how to get it, should it not be there
  std::optional<http::Url> cluster;              ///< to be told to it, with `tls` and `config`
  http::Tls tls;
  boost::json::value config;  ///< the cluster's extension for such programs; null for none
};

struct Credential {
  std::string token, certificate, key;  ///< what it does not give is ""
  std::optional<std::chrono::system_clock::time_point> expires;
};

/// What the program printed. The error says what is wrong with it.
tl::expected<Credential, std::string> read_exec_credential(const std::string& json, const std::string& version);

/// A time as Kubernetes writes it, RFC 3339.
std::optional<std::chrono::system_clock::time_point> read_time(const std::string& text);

class ExecCredentials {
 public:
  using Clock = std::chrono::system_clock;
  explicit ExecCredentials(ExecPlugin plugin) : plugin_(std::move(plugin)) {}
  /// Whether a credential is on its way: starts the program if there is none yet or it has expired, and looks after one
  /// that runs. Never waits for it.
  bool pending(Clock::time_point now = Clock::now());
  /// The credential. Null if the program gave none: `trouble` says why, and for a while it is not run again.
  const Credential* get(Clock::time_point now = Clock::now()) const;
  /// The server does not accept it: the next `pending` asks for another.
  void renew() { credential_.reset(); }
  const std::string& trouble() const { return trouble_; }

 private:
  void take(const CommandEnd& end, Clock::time_point now);

  ExecPlugin plugin_;
  std::unique_ptr<RunningProgram> running_;
  std::optional<Credential> credential_;
  Clock::time_point given_, next_try_;
  std::string trouble_;
};

}  // namespace avocet::confgen
