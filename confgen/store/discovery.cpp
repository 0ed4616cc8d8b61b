#include "confgen/store/discovery.hpp"

#include <fmt/format.h>

#include <atomic>
#include <thread>

#include "confgen/service_records.hpp"

namespace avocet::confgen {

struct Discovery::Question {
  std::vector<http::Url> members;
  std::atomic<bool> answered = false;  ///< `members` is the thread's before, and ours after
};

std::vector<http::Url> discover(const std::string& domain) {
  std::vector<http::Url> members;
  for (auto [service, tls] : {std::pair{"_etcd-client-ssl", true}, {"_etcd-client", false}})
    for (auto& record : lookup_services(fmt::format("{}._tcp.{}", service, domain)))
      members.push_back({tls, record.target.substr(0, record.target.size() - 1), std::to_string(record.port), ""});
  return members;
}

void Discovery::ask() {
  if (question_) return;
  question_ = std::make_shared<Question>();
  // Nobody waits for the thread: a process that ends need not.
  std::thread([question = question_, domain = domain_] {
    question->members = discover(domain);
    question->answered = true;
  }).detach();
}

std::optional<std::vector<http::Url>> Discovery::take() {
  if (!question_ || !question_->answered) return {};
  return std::move(std::exchange(question_, nullptr)->members);
}

}  // namespace avocet::confgen
