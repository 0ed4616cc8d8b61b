#include "bgpd/kernel/refusal_log.hpp"

#include <cstring>
#include <utility>

#include <fmt/format.h>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include "bgpd/observe/log.hpp"

namespace avocet::kernel {
namespace {

constexpr std::size_t lines_in_window = 10;
constexpr auto window = std::chrono::seconds(5);

std::string text(const Refusal& refusal, const rib::Interfaces& interfaces) {
  auto text = fmt::format("route not {}: {} net={}", refusal.removal ? "removed" : "installed",
                          route_error_text(refusal.error_number), refusal.net.text());
  for (auto& hop : refusal.route.hops) {
    if (!hop.gateway.is_unspecified()) text += " via=" + hop.gateway.text();
    if (auto interface = interfaces.find(hop.ifindex)) text += " dev=" + interface->name;
  }
  if (!refusal.route.prefsrc.is_unspecified()) text += " src=" + refusal.route.prefsrc.text();
  return text + fmt::format(" metric={} errno={}", refusal.route.metric, strerrorname_np(refusal.error_number));
}

}  // namespace

struct RefusalLog::State {
  const rib::Interfaces& interfaces;
  observe::Log& log;
  boost::asio::steady_timer timer;
  bool open = false;
  std::size_t lines = 0, unsaid = 0;

  void open_window() {
    if (std::exchange(open, true)) return;
    timer.expires_after(window);
    timer.async_wait([this](auto error) {
      if (error) return;
      open = false;
      lines = 0;
      if (auto count = std::exchange(unsaid, 0))
        log.error("kernel", fmt::format("{} more routes were refused routes={}", count, count));
    });
  }
};

RefusalLog::RefusalLog(boost::asio::io_context& io, const rib::Interfaces& interfaces, observe::Log& log)
    : state_(new State{interfaces, log, boost::asio::steady_timer(io)}) {}
RefusalLog::~RefusalLog() = default;

void RefusalLog::refused(const std::string& protocol, const Refusal& refusal) {
  state_->open_window();
  if (++state_->lines > lines_in_window)
    ++state_->unsaid;
  else
    state_->log.error(fmt::format("kernel {}", protocol), text(refusal, state_->interfaces));
}

void RefusalLog::cancel() { state_->timer.cancel(); }

}  // namespace avocet::kernel
