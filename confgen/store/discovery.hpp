#pragma once
/// etcd's members where a domain's SRV records name them.
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "confgen/store/http.hpp"

namespace avocet::confgen {

/// The members that `_etcd-client-ssl._tcp.DOMAIN` and `_etcd-client._tcp.DOMAIN` name, those with TLS first, as etcd's
/// own client does; none if the name service has no answer. Waits for it.
std::vector<http::Url> discover(const std::string& domain);

/// The same beside us: the name service may take its time when other things fail as well.
class Discovery {
 public:
  explicit Discovery(std::string domain) : domain_(std::move(domain)) {}
  /// Asks, unless a question is under way.
  void ask();
  /// The answer to the last question, once.
  std::optional<std::vector<http::Url>> take();

 private:
  struct Question;
  std::string domain_;
  std::shared_ptr<Question> question_;  ///< shared with the thread that waits
};

}  // namespace avocet::confgen
