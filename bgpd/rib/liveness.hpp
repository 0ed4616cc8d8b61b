#pragma once
/// Whether neighbours on a link answer, for routes that depend on it. The bfd room knows.
#include <cstdint>
#include <functional>
#include <memory>

#include "proto/ip.hpp"

namespace avocet::rib {

class Liveness {
 public:
  /// The wish to have a neighbour watched; ends with its owner.
  class Watch {
   public:
    virtual ~Watch() = default;
    virtual bool up() const = 0;
  };
  virtual ~Liveness() = default;
  /// `changed` is called, never from inside of `watch`, when `up` may say something else.
  virtual std::unique_ptr<Watch> watch(const proto::Address& neighbor, std::uint32_t ifindex,
                                       std::function<void()> changed) = 0;
};

}  // namespace avocet::rib
