#include "bgpd/observe/log.hpp"

#include <fcntl.h>
#include <netdb.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <syslog.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>
#include <utility>
#include <vector>

#include "bgpd/observe/time_format.hpp"

namespace avocet::observe {
namespace {

/// How each class is called in files, and what syslog and the journal call it; BIRD's choices. In order of LogClass.
struct ClassNames {
  const char* tag;
  int priority;
};
constexpr std::array<ClassNames, 9> class_names = {{{"DBG", LOG_DEBUG},
                                                    {"TRACE", LOG_DEBUG},
                                                    {"INFO", LOG_INFO},
                                                    {"RMT", LOG_INFO},
                                                    {"WARN", LOG_WARNING},
                                                    {"ERR", LOG_ERR},
                                                    {"AUTH", LOG_NOTICE},
                                                    {"FATAL", LOG_CRIT},
                                                    {"BUG", LOG_CRIT}}};
const ClassNames& names(LogClass c) { return class_names[static_cast<std::size_t>(c)]; }

/// True if stderr is connected to the systemd journal, which wants a priority and adds the time itself.
/// JOURNAL_STREAM alone is not enough: it is inherited by children whose stderr goes elsewhere.
bool stderr_is_journal() {
  const char* stream = std::getenv("JOURNAL_STREAM");
  if (!stream) return false;
  unsigned long long device = 0, inode = 0;
  struct stat status {};
  return std::sscanf(stream, "%llu:%llu", &device, &inode) == 2 && fstat(STDERR_FILENO, &status) == 0 &&
         status.st_dev == device && status.st_ino == inode;
}

/// One event stays one line, whatever a peer put into a hostname or a shutdown message.
std::string one_line(std::string_view where, std::string_view text) {
  std::string line;
  line.reserve(where.size() + text.size() + 2);
  auto add = [&](std::string_view part) {
    for (char c : part) {
      auto byte = static_cast<unsigned char>(c);
      if (c == '\n') line += "\\n";
      else line += byte < 0x20 || byte == 0x7f ? '?' : c;
    }
  };
  add(where);
  if (!where.empty()) line += ": ";
  add(text);
  return line;
}

/// Log lines are best effort: a full disk or a closed pipe must not stop routing, so errors are dropped here.
void write_all(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    auto written = ::write(fd, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return;
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
}

/// An open log file; renamed to the backup and begun anew when it passes its limit.
class LogFile {
 public:
  explicit LogFile(LogTarget target) : target_(std::move(target)) {}
  LogFile(const LogFile&) = delete;
  ~LogFile() { close(); }

  /// "" or why not.
  std::string open() {
    close();
    fd_ = ::open(target_.name.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
    if (fd_ < 0) return "cannot open log file '" + target_.name + "': " + std::strerror(errno);
    struct stat status {};
    size_bytes_ = fstat(fd_, &status) == 0 ? static_cast<std::uint64_t>(status.st_size) : 0;
    return {};
  }

  void write(std::string_view line) {
    if (fd_ < 0) return;
    if (target_.limit_bytes != 0 && size_bytes_ != 0 && size_bytes_ + line.size() > target_.limit_bytes) rotate();
    if (fd_ < 0) return;
    write_all(fd_, line);
    size_bytes_ += line.size();
  }

 private:
  void rotate() {
    // Without a backup name, or if the rename fails, the limit still holds: the old lines go.
    bool kept = !target_.backup.empty() && std::rename(target_.name.c_str(), target_.backup.c_str()) == 0;
    if (!kept && ::truncate(target_.name.c_str(), 0) != 0) return;
    open();
  }
  void close() {
    if (fd_ >= 0) ::close(fd_);
    fd_ = -1;
  }

  LogTarget target_;
  int fd_ = -1;
  std::uint64_t size_bytes_ = 0;
};

/// A syslog on another machine: one datagram per line, RFC 5424 section 6 over RFC 5426.
class RemoteSyslog {
 public:
  explicit RemoteSyslog(LogTarget target) : target_(std::move(target)) {}
  RemoteSyslog(const RemoteSyslog&) = delete;
  ~RemoteSyslog() {
    if (fd_ >= 0) ::close(fd_);
  }

  /// "" or why not. The name is looked up once, here.
  std::string open() {
    addrinfo hints{}, *found = nullptr;
    hints.ai_socktype = SOCK_DGRAM;
    if (int error = getaddrinfo(target_.name.c_str(), std::to_string(target_.port).c_str(), &hints, &found); error != 0)
      return "cannot log to '" + target_.name + "': " + gai_strerror(error);
    fd_ = ::socket(found->ai_family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    bool connected = fd_ >= 0 && ::connect(fd_, found->ai_addr, found->ai_addrlen) == 0;
    freeaddrinfo(found);
    return connected ? std::string() : "cannot log to '" + target_.name + "': " + std::strerror(errno);
  }

  void write(int priority, std::string_view line) {
    if (fd_ < 0) return;
    char host[256] = "-";
    gethostname(host, sizeof host - 1);
    auto now = std::chrono::system_clock::now();
    auto seconds = std::chrono::system_clock::to_time_t(now);
    auto milliseconds = std::chrono::duration_cast<std::chrono::milliseconds>(now.time_since_epoch()).count() % 1000;
    tm utc{};
    gmtime_r(&seconds, &utc);
    char time[64];
    std::snprintf(time, sizeof time, "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ", utc.tm_year + 1900, utc.tm_mon + 1, utc.tm_mday, utc.tm_hour, utc.tm_min,
                  utc.tm_sec, static_cast<int>(milliseconds));
    auto datagram = "<" + std::to_string(LOG_DAEMON | priority) + ">1 " + time + " " + host + " bgpd " + std::to_string(getpid()) + " - - ";
    datagram += line;
    // A host that is away must not stop routing: what cannot be sent is lost, as with every syslog over UDP.
    (void)!::send(fd_, datagram.data(), datagram.size(), MSG_NOSIGNAL);
  }

 private:
  LogTarget target_;
  int fd_ = -1;
};

/// A place where lines go, with the classes it wants.
struct Output {
  LogTarget target;
  std::unique_ptr<LogFile> file;           // for Kind::file
  std::unique_ptr<RemoteSyslog> remote = {};  // for Kind::udp
};

}  // namespace

struct Log::State {
  std::vector<Output> outputs;
  std::vector<Output> debug;  // -d or -D; at most one
  TimeFormat format;
  bool journal = stderr_is_journal();
  std::string syslog_name;    // openlog keeps the pointer
  std::map<int, Sink> sinks;
  int next_sink = 1;

  void write(const Output& output, LogClass c, const std::string& line, const std::string& stamped) {
    switch (output.target.kind) {
      case LogTarget::Kind::file: output.file->write(stamped); break;
      case LogTarget::Kind::udp: output.remote->write(names(c).priority, line); break;
      case LogTarget::Kind::syslog: syslog(names(c).priority, "%s", line.c_str()); break;
      case LogTarget::Kind::stderr_:
        if (journal) write_all(STDERR_FILENO, "<" + std::to_string(names(c).priority) + ">" + line + "\n");
        else write_all(STDERR_FILENO, stamped);
        break;
    }
  }

  static bool has_stderr(const std::vector<Output>& outputs) {
    for (auto& output : outputs)
      if (output.target.kind == LogTarget::Kind::stderr_ && output.target.classes == log_all) return true;
    return false;
  }
};

Log::Log() : state_(std::make_unique<State>()) {
  state_->outputs.push_back({LogTarget{}, nullptr});  // until the configuration is read
}

Log::~Log() = default;

std::string Log::configure(const LogOptions& options, bool foreground) {
  auto targets = options.targets;
  if (targets.empty()) {
    LogTarget usual;
    usual.kind = foreground ? LogTarget::Kind::stderr_ : LogTarget::Kind::syslog;
    targets.push_back(usual);
  }
  std::vector<std::string> problems;
  std::vector<Output> outputs;
  for (auto& target : targets) {
    Output output{target, nullptr};
    if (target.kind == LogTarget::Kind::file) {
      output.file = std::make_unique<LogFile>(target);
      if (auto problem = output.file->open(); !problem.empty()) problems.push_back(problem);
    } else if (target.kind == LogTarget::Kind::udp) {
      output.remote = std::make_unique<RemoteSyslog>(target);
      if (auto problem = output.remote->open(); !problem.empty()) problems.push_back(problem);
    } else if (target.kind == LogTarget::Kind::syslog) {
      closelog();
      state_->syslog_name = target.name.empty() ? "bgpd" : target.name;
      openlog(state_->syslog_name.c_str(), LOG_CONS | LOG_NDELAY | LOG_PID, LOG_DAEMON);
    }
    outputs.push_back(std::move(output));
  }
  state_->outputs = std::move(outputs);
  state_->format = options.log;

  std::string text;
  for (auto& problem : problems) {
    error("log", problem);
    text += (text.empty() ? "" : "; ") + problem;
  }
  return text;
}

void Log::set_debug_target(const std::string& file_or_empty_for_stderr) {
  state_->debug.clear();
  Output output;
  if (!file_or_empty_for_stderr.empty()) {
    output.target.kind = LogTarget::Kind::file;
    output.target.name = file_or_empty_for_stderr;
    output.file = std::make_unique<LogFile>(output.target);
    if (auto problem = output.file->open(); !problem.empty()) return error("log", problem);
  }
  state_->debug.push_back(std::move(output));
}

void Log::write(LogClass c, std::string_view where, std::string_view text) {
  auto& s = *state_;
  auto line = one_line(where, text);
  auto now = std::chrono::system_clock::now();
  auto stamped = format_time(s.format, now, now) + " <" + names(c).tag + "> " + line + "\n";
  for (auto& output : s.outputs)
    if (output.target.classes & log_bit(c)) s.write(output, c, line, stamped);
  for (auto& output : s.debug)
    // -d together with `log stderr all` would print every line twice.
    if (output.file || !State::has_stderr(s.outputs)) s.write(output, c, line, stamped);
  for (auto next = s.sinks.begin(); next != s.sinks.end();) {
    auto sink = (next++)->second;  // a copy: the sink may remove itself while it runs
    sink(c, line);
  }
}

int Log::add_sink(Sink sink) {
  state_->sinks.emplace(state_->next_sink, std::move(sink));
  return state_->next_sink++;
}

void Log::remove_sink(int handle) { state_->sinks.erase(handle); }

}  // namespace avocet::observe
