#pragma once
/// Settings of logging (BIRD's `log` and `timeformat` statements, reference 4) and of dumps (reference 6.9), as plain values.
#include <cstdint>
#include <string>
#include <vector>

#include "bgpd/rib/options.hpp"

namespace avocet::observe {

/// BIRD's message classes.
enum class LogClass : std::uint8_t { debug, trace, info, remote, warning, error, auth, fatal, bug };
constexpr std::uint32_t log_bit(LogClass c) { return 1u << static_cast<unsigned>(c); }
constexpr std::uint32_t log_all = 0x1ff;

struct LogTarget {
  enum class Kind : std::uint8_t { stderr_, syslog, file, udp } kind = Kind::stderr_;
  std::string name;                ///< file path, syslog name, or the host of a remote syslog
  std::uint64_t limit_bytes = 0;   ///< rotate at this size; 0 never
  std::string backup;
  std::uint32_t classes = log_all;
  std::uint16_t port = 514;        ///< of the remote syslog
  friend bool operator==(const LogTarget&, const LogTarget&) = default;
};

/// One `timeformat`: format for recent times, and for times older than `limit_seconds`. `%f` after seconds: see text.
struct TimeFormat {
  std::string recent;
  std::int64_t limit_seconds = 0;  ///< 0: recent always
  std::string old;
  friend bool operator==(const TimeFormat&, const TimeFormat&) = default;
};

/// `timeformat X iso short|long [ms|us]` (reference 4). Short: the time of day for 20 hours, then the date.
TimeFormat iso_short(unsigned fraction_digits);
TimeFormat iso_long(unsigned fraction_digits);

struct LogOptions {
  std::vector<LogTarget> targets;  ///< none configured: syslog, or stderr with -d and -f
  TimeFormat route, protocol, base, log;
};

/// `protocol mrt`, and `mrt dump` of an operator: which routes a dump holds, and where it goes. RFC 6396.
struct MrtOptions {
  rib::ProtocolOptions protocol;
  std::string table;          ///< one table by its name; "": all that fit the pattern
  std::string table_pattern;  ///< with * and ?
  std::string filename;       ///< with strftime's conversions, and %N for the table's name
  filter::ProgramPtr filter;  ///< null: all routes
  bool always_add_path = false;  ///< with path ids also where the peer gave none, RFC 8050
  std::uint32_t period = 0;   ///< seconds between dumps; 0: one only
};

/// `protocol bmp`: a monitoring station, RFC 7854.
struct BmpOptions {
  rib::ProtocolOptions protocol;
  proto::Address station;
  std::uint16_t port = 0;
  proto::Address local_address;     ///< unspecified: the kernel chooses
  bool pre_policy = false;          ///< tells routes as they were received
  bool post_policy = false;         ///< tells routes as they were accepted
  std::string system_name;          ///< "": our host name
  std::string system_description;   ///< "": our name and version
};

}  // namespace avocet::observe
