#pragma once
/// Bidirectional Forwarding Detection, RFC 5880 to 5883: every `protocol bfd`, and the wishes of those who want
/// neighbours watched.
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "bgpd/bfd/options.hpp"
#include "bgpd/bfd/request.hpp"
#include "bgpd/rib/rib.hpp"

namespace boost::asio {
class io_context;
}
namespace avocet::observe {
class Log;
}

namespace avocet::bfd {

class Bfd final : public rib::Liveness {
 public:
  Bfd(boost::asio::io_context& io, rib::Rib& rib, observe::Log& log);
  ~Bfd() override;
  Bfd(const Bfd&) = delete;

  /// Adds an instance (its rib::Protocol appears in Rib); started unless disabled.
  void add(BfdOptions options);
  void remove(const std::string& name);
  void retune(const BfdOptions& options);
  // false if there is no such instance or it is in that state already
  bool enable(const std::string& name);
  bool disable(const std::string& name);
  /// The process ends: neighbours are told that this is no failure.
  void say_goodbye();

  /// Watches a neighbour until the request ends. It waits while no protocol takes it. `tell` is called later, at each
  /// change of state.
  std::unique_ptr<Request> request(Target target, RequestOptions options, std::function<void(const News&)> tell);
  /// Other options for the same wish; the session stays.
  void retune(Request& request, const RequestOptions& options);
  std::unique_ptr<rib::Liveness::Watch> watch(const proto::Address& neighbor, std::uint32_t ifindex,
                                              std::function<void()> changed) override;

  /// The sessions of an instance that are wanted, by address; null if there is no such instance.
  std::vector<const Watched*> sessions(const std::string& name) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace avocet::bfd
