#pragma once
/// The wish of somebody to have a neighbour watched. Wishes for the same neighbour share a session.
#include <cstdint>
#include <functional>

#include "bgpd/bfd/options.hpp"
#include "bgpd/rib/liveness.hpp"
#include "proto/bfd.hpp"

namespace avocet::bfd {

struct Watched;

/// Whom to watch, and how it is reached.
struct Target {
  proto::Address neighbor;
  proto::Address local;       ///< unspecified: any of ours
  std::uint32_t ifindex = 0;  ///< 0: over several hops
  friend bool operator==(const Target&, const Target&) = default;
};

/// What happened to the neighbour.
struct News {
  proto::BfdState state = proto::BfdState::admin_down;
  /// It was up and is gone, and not because its operator wanted so (RFC 5882 section 3.2).
  bool lost = false;
};

class Request final : public rib::Liveness::Watch {
 public:
  Request(Target target, RequestOptions options, std::function<void(const News&)> tell,
          std::function<void(Request&)> ends)
      : target_(std::move(target)), options_(std::move(options)), tell_(std::move(tell)), ends_(std::move(ends)) {}
  ~Request() override { ends_(*this); }
  Request(const Request&) = delete;

  bool up() const override { return state_ == proto::BfdState::up; }
  proto::BfdState state() const { return state_; }
  const Target& target() const { return target_; }
  const RequestOptions& options() const { return options_; }

 private:
  friend class Instance;
  friend class Bfd;
  Target target_;
  RequestOptions options_;
  std::function<void(const News&)> tell_;
  std::function<void(Request&)> ends_;
  proto::BfdState state_ = proto::BfdState::admin_down;
  Watched* session_ = nullptr;  ///< null: no protocol takes it
};

}  // namespace avocet::bfd
