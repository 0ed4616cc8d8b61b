#pragma once
/// All `protocol mrt`: when their dumps begin, and the dumps at work. Reference 6.9.
#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "bgpd/loop/timer.hpp"
#include "bgpd/observe/log.hpp"
#include "bgpd/observe/table_dump.hpp"

namespace avocet::observe {

class MrtProtocols {
 public:
  /// `scene`: the daemon as it is when a dump begins.
  MrtProtocols(loop::TimerQueue& timers, rib::Rib& rib, Log& log, std::function<DumpScene()> scene);
  ~MrtProtocols();
  MrtProtocols(const MrtProtocols&) = delete;

  /// Its rib::Protocol appears in Rib; started unless disabled.
  void add(MrtOptions options);
  /// A dump at work goes on to its end.
  void remove(const std::string& name);
  /// Holds at once: a new period counts from the last dump; a dump at work ends as it began.
  void retune(MrtOptions options);
  /// birdc's commands; false if there is no such instance or it is in that state already. A disabled one is in state
  /// `stop` until its dump is done.
  bool enable(const std::string& name);
  bool disable(const std::string& name);

  /// Goes on with dumps for at most `budget`. True if more is left.
  bool work(std::chrono::nanoseconds budget);
  std::function<void()> on_work;  ///< called when work appears
  /// Ends the dumps at work: routes go away now.
  void shutdown();

 private:
  struct Instance;
  struct Running;
  void begin(Instance& instance);
  void done(Running& running);
  Instance* find(const std::string& name);

  loop::TimerQueue& timers_;
  rib::Rib& rib_;
  Log& log_;
  std::function<DumpScene()> scene_;
  std::map<std::string, std::unique_ptr<Instance>> instances_;
  std::vector<std::unique_ptr<Running>> running_;
};

}  // namespace avocet::observe
