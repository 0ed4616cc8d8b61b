#pragma once
/// `protocol pipe`: routes of one table offered to another, both ways. Reference 6.5.
#include <memory>

#include "bgpd/rib/options.hpp"
#include "bgpd/rib/rib.hpp"

namespace avocet::rib {

/// Owns one pipe's two channels. A route never goes back into the table it came from.
class Pipe {
 public:
  Pipe(Rib& rib, std::shared_ptr<Protocol> protocol, PipeOptions options);
  ~Pipe();  ///< closes both channels
  Pipe(const Pipe&) = delete;

  void enable();
  void disable();
  /// New filters and limits are applied in place.
  void reconfigure(PipeOptions options);
  void reload(bool in, bool out);
  const PipeOptions& options() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace avocet::rib
