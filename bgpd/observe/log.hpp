#pragma once
/// The log: one event, one line, key words first, then key=value. BIRD's classes; targets by configuration.
/// Knows the control sockets that asked for `echo` as just another sink.
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "bgpd/observe/options.hpp"

namespace avocet::observe {

class Log {
 public:
  Log();
  ~Log();
  Log(const Log&) = delete;

  /// Opens targets; a file that cannot be opened is reported on the others and returned as text ("" when all is well).
  std::string configure(const LogOptions& options, bool foreground);
  /// Everything also to stderr (-d), or to this file (-D).
  void set_debug_target(const std::string& file_or_empty_for_stderr);

  /// `where`: "bgp Mesh_10_0_0_2", "kernel main", "config". `text`: the event with its key=value pairs.
  void write(LogClass c, std::string_view where, std::string_view text);
  void info(std::string_view where, std::string_view text) { write(LogClass::info, where, text); }
  void warn(std::string_view where, std::string_view text) { write(LogClass::warning, where, text); }
  void error(std::string_view where, std::string_view text) { write(LogClass::error, where, text); }
  void trace(std::string_view where, std::string_view text) { write(LogClass::trace, where, text); }
  void remote(std::string_view where, std::string_view text) { write(LogClass::remote, where, text); }

  using Sink = std::function<void(LogClass, std::string_view line)>;
  int add_sink(Sink sink);       ///< for `echo`; returns a handle
  void remove_sink(int handle);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace avocet::observe
