#include "bgpd/bfd/bfd.hpp"

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

#include "bgpd/bfd/instance.hpp"
#include "bgpd/loop/real_time.hpp"

namespace avocet::bfd {

struct Bfd::State {
  State(boost::asio::io_context& io, rib::Rib& rib, observe::Log& log)
      : time(io),
        hub{.io = io,
            .timers = time.timers(),
            .rib = rib,
            .log = log,
            .post =
                [this, &io](std::function<void()> call) {
                  boost::asio::post(io, [alive = std::weak_ptr(alive), call = std::move(call)] {
                    if (!alive.expired()) call();
                  });
                },
            .submit = [this](Request& request) { submit(request); },
            .request =
                [this](Target target, RequestOptions options, std::function<void(const News&)> tell) {
                  return request(std::move(target), std::move(options), std::move(tell));
                }} {
    rib.on_interfaces(alive, [this] {
      for (auto& instance : instances) instance->interfaces_changed();
    });
  }
  ~State() { alive.reset(); }  // requests that end with the instances, or after us, need not say so

  Instance* find(const std::string& name) const {
    auto at = std::find_if(instances.begin(), instances.end(),
                           [&](auto& one) { return one->options().protocol.name == name; });
    return at == instances.end() ? nullptr : at->get();
  }

  std::unique_ptr<Request> request(Target target, RequestOptions options, std::function<void(const News&)> tell) {
    auto made = std::make_unique<Request>(std::move(target), std::move(options), std::move(tell),
                                          [this, weak = std::weak_ptr(alive)](Request& ended) {
                                            if (!weak.expired()) release(ended);
                                          });
    submit(*made);
    return made;
  }

  void submit(Request& request) {
    std::erase(waiting, &request);
    for (auto& instance : instances)
      if (instance->take(request)) return silence_others(*instance, request.target_);
    waiting.push_back(&request);
    request.session_ = nullptr;
    auto before = std::exchange(request.state_, proto::BfdState::admin_down);
    if (auto tell = request.tell_; tell && before != proto::BfdState::admin_down) tell({});
  }

  /// No goodbye of an instance before shall end the session that begins.
  void silence_others(const Instance& taker, const Target& target) {
    for (auto* list : {&instances, &leaving})
      for (auto& instance : *list)
        if (instance.get() != &taker) instance->silence(target);
  }

  void release(Request& request) {
    std::erase(waiting, &request);
    if (request.session_) request.session_->owner.drop(request);
  }

  /// There is an instance that may take what waits.
  void offer_waiting() {
    for (auto* request : std::exchange(waiting, {})) submit(*request);
  }

  /// Instances that have no protocol any more end with their last goodbye.
  void collect() {
    std::erase_if(leaving, [](auto& instance) { return instance->empty(); });
    if (leaving.empty()) return;
    collect_timer.start(std::chrono::seconds(1));
  }

  std::shared_ptr<int> alive = std::make_shared<int>(0);
  loop::RealTime time;
  Hub hub;
  std::vector<std::unique_ptr<Instance>> instances, leaving;
  std::vector<Request*> waiting;
  loop::Timer collect_timer{time.timers(), [this] { collect(); }};
};

Bfd::Bfd(boost::asio::io_context& io, rib::Rib& rib, observe::Log& log)
    : state_(std::make_unique<State>(io, rib, log)) {}
Bfd::~Bfd() = default;

void Bfd::add(BfdOptions options) {
  auto protocol = std::make_shared<rib::Protocol>();
  protocol->options = options.protocol;
  protocol->kind = rib::ProtocolKind::bfd;
  protocol->since = std::chrono::system_clock::now();
  state_->hub.rib.add_protocol(protocol);
  auto name = options.protocol.name;
  state_->instances.push_back(std::make_unique<Instance>(state_->hub, protocol, std::move(options)));
  if (!protocol->options.disabled) (void)enable(name);
}

void Bfd::remove(const std::string& name) {
  auto& instances = state_->instances;
  auto at =
      std::find_if(instances.begin(), instances.end(), [&](auto& one) { return one->options().protocol.name == name; });
  if (at == instances.end()) return;
  auto instance = std::move(*at);
  instances.erase(at);
  if (instance->enabled()) instance->disable();
  state_->hub.rib.remove_protocol(instance->protocol());
  state_->leaving.push_back(std::move(instance));
  state_->hub.post([state = state_.get()] { state->collect(); });
}

void Bfd::retune(const BfdOptions& options) {
  auto* instance = state_->find(options.protocol.name);
  if (!instance) return;
  instance->retune(options);
  state_->offer_waiting();
}

bool Bfd::enable(const std::string& name) {
  auto* instance = state_->find(name);
  if (!instance || instance->enabled()) return false;
  instance->enable();
  state_->offer_waiting();
  return true;
}

bool Bfd::disable(const std::string& name) {
  auto* instance = state_->find(name);
  if (!instance || !instance->enabled()) return false;
  instance->disable();
  return true;
}

void Bfd::say_goodbye() {
  for (auto& instance : state_->instances) instance->say_goodbye();
}

std::unique_ptr<Request> Bfd::request(Target target, RequestOptions options, std::function<void(const News&)> tell) {
  return state_->request(std::move(target), std::move(options), std::move(tell));
}

void Bfd::retune(Request& request, const RequestOptions& options) {
  if (request.options_ == options) return;
  request.options_ = options;
  if (request.session_) request.session_->owner.configure(*request.session_);
}

std::unique_ptr<rib::Liveness::Watch> Bfd::watch(const proto::Address& neighbor, std::uint32_t ifindex,
                                                 std::function<void()> changed) {
  return state_->request({neighbor, {}, ifindex}, {}, [changed = std::move(changed)](const News&) { changed(); });
}

std::vector<const Watched*> Bfd::sessions(const std::string& name) const {
  auto* instance = state_->find(name);
  return instance ? instance->sessions() : std::vector<const Watched*>();
}

}  // namespace avocet::bfd
