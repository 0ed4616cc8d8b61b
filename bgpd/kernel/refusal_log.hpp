#pragma once
/// What the log says of route requests that the kernel refused.
#include <cstddef>
#include <memory>
#include <string>

#include "bgpd/kernel/install.hpp"

namespace boost::asio {
class io_context;
}
namespace avocet::observe {
class Log;
}

namespace avocet::kernel {

/// One line a refusal, with the reason and where the route was to go. A flood is cut: the rest of a few seconds is
/// counted and said in one line.
class RefusalLog {
 public:
  RefusalLog(boost::asio::io_context& io, const rib::Interfaces& interfaces, observe::Log& log);
  ~RefusalLog();

  void refused(const std::string& protocol, const Refusal& refusal);
  /// Drops the timer, so that the loop can end.
  void cancel();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace avocet::kernel
