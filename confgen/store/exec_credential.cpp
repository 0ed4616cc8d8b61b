#include "confgen/store/exec_credential.hpp"

#include <fmt/format.h>

#include <boost/json.hpp>
#include <cstdio>
#include <ctime>

#include "confgen/base64.hpp"
#include "confgen/file_content.hpp"
#include "confgen/store/json_member.hpp"

namespace avocet::confgen {

namespace {

namespace json = boost::json;
using namespace std::chrono_literals;

constexpr auto limit = 30s;         // for the program; clouds answer within a second or two
constexpr auto next_attempt = 5s;   // after one that failed: every feed asks
constexpr auto shortest_use = 1s;   // of one that has expired when it comes: all feeds ask with it once
constexpr auto before_expiry = 5s;  // it must still be good when the server looks at it

/// What the program is told in KUBERNETES_EXEC_INFO.
std::string exec_info(const ExecPlugin& plugin) {
  json::object spec{{"interactive", false}};
  if (plugin.cluster) {
    json::object cluster{{"server", plugin.cluster->text()}};
    auto ca = plugin.tls.ca.file.empty() ? plugin.tls.ca.text : file_content(plugin.tls.ca.file).value_or("");
    if (!ca.empty()) cluster["certificate-authority-data"] = base64_encode(ca);
    if (!plugin.tls.server_name.empty()) cluster["tls-server-name"] = plugin.tls.server_name;
    if (!plugin.tls.verify) cluster["insecure-skip-tls-verify"] = true;
    if (!plugin.config.is_null()) cluster["config"] = plugin.config;
    spec["cluster"] = std::move(cluster);
  }
  return json::serialize(
      json::object{{"apiVersion", plugin.version}, {"kind", "ExecCredential"}, {"spec", std::move(spec)}});
}

}  // namespace

std::optional<std::chrono::system_clock::time_point> read_time(const std::string& text) {
  std::tm time{};
  int read = 0;
  if (std::sscanf(text.c_str(), "%4d-%2d-%2dT%2d:%2d:%2d%n", &time.tm_year, &time.tm_mon, &time.tm_mday, &time.tm_hour,
                  &time.tm_min, &time.tm_sec, &read) != 6)
    return {};
  auto rest = text.substr(static_cast<std::size_t>(read));
  if (rest.starts_with(".")) rest.erase(0, rest.find_first_not_of("0123456789", 1));
  int hours = 0, minutes = 0;
  char sign = 0;
  if (rest != "Z" && (std::sscanf(rest.c_str(), "%c%2d:%2d", &sign, &hours, &minutes) != 3 ||
                      (sign != '+' && sign != '-') || rest.size() != 6))
    return {};
  time.tm_year -= 1900;
  time.tm_mon -= 1;
  auto offset = std::chrono::minutes(60 * hours + minutes);
  return std::chrono::system_clock::from_time_t(::timegm(&time)) - (sign == '-' ? -offset : offset);
}

tl::expected<Credential, std::string> read_exec_credential(const std::string& text, const std::string& version) {
  json::error_code error;
  auto value = json::parse(text, error);
  auto root = error ? nullptr : value.if_object();
  if (!root || text_in(root, "kind") != "ExecCredential")
    return tl::make_unexpected(std::string("printed no ExecCredential"));
  if (text_in(root, "apiVersion") != version)
    return tl::make_unexpected(
        fmt::format("printed apiVersion '{}' where '{}' was asked for", text_in(root, "apiVersion"), version));
  auto status = object_in(*root, "status");
  Credential made{
      text_in(status, "token"), text_in(status, "clientCertificateData"), text_in(status, "clientKeyData"), {}};
  if (made.token.empty() && made.certificate.empty())
    return tl::make_unexpected(std::string("printed neither status.token nor status.clientCertificateData"));
  if (made.certificate.empty() != made.key.empty())
    return tl::make_unexpected(
        std::string("printed one of status.clientCertificateData and status.clientKeyData without the other"));
  if (auto expires = text_in(status, "expirationTimestamp"); !expires.empty()) {
    made.expires = read_time(expires);
    if (!made.expires)
      return tl::make_unexpected(fmt::format("printed status.expirationTimestamp '{}', which is no time", expires));
  }
  return made;
}

const Credential* ExecCredentials::get(Clock::time_point now) const {
  if (!credential_) return nullptr;
  bool good = !credential_->expires || now + before_expiry < *credential_->expires || now < given_ + shortest_use;
  return good ? &*credential_ : nullptr;
}

bool ExecCredentials::pending(Clock::time_point now) {
  if (!running_) {
    if (get(now) || now < next_try_) return false;
    auto variables = plugin_.variables;
    variables["KUBERNETES_EXEC_INFO"] = exec_info(plugin_);
    running_ = std::make_unique<RunningProgram>(Program{plugin_.words, std::move(variables)}, limit);
  }
  if (!running_->ended()) return true;
  take(running_->end(), now);
  running_.reset();
  return false;
}

void ExecCredentials::take(const CommandEnd& end, Clock::time_point now) {
  auto read = end.good ? read_exec_credential(end.output, plugin_.version) : tl::make_unexpected(end.why);
  if (read) {
    trouble_.clear();
    credential_ = *read;
    given_ = now;
    return;
  }
  credential_.reset();
  next_try_ = now + next_attempt;
  trouble_ = fmt::format("no credentials: exec '{}': {}{}", plugin_.words[0], read.error(),
                         end.good || plugin_.hint.empty() ? "" : "; " + plugin_.hint);
}

}  // namespace avocet::confgen
