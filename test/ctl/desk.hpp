#pragma once
/// A daemon's rooms without sockets, and somebody who asks: `ask` runs a command to its end and gives the reply lines.
#include <boost/asio/io_context.hpp>

#include <string>
#include <vector>

#include "bgpd/ctl/commands.hpp"

struct Desk {
  boost::asio::io_context io;
  avocet::rib::Rib rib;
  avocet::observe::Log log;
  avocet::observe::FilterErrors filter_errors;
  avocet::announce::Announcer announcer{rib};
  avocet::bfd::Bfd bfd{io, rib, log};
  avocet::session::Speaker speaker{io, rib, announcer, log};
  avocet::kernel::Kernel kernel{io, rib, log};
  avocet::rpki::Caches caches{io, rib, log};
  std::shared_ptr<avocet::config::Config> config = std::make_shared<avocet::config::Config>();
  std::vector<std::string> done;  ///< what the commands asked main to do
  avocet::ctl::Context context{.rib = rib, .announcer = announcer, .speaker = speaker, .bfd = bfd, .kernel = kernel, .caches = caches, .log = log,
                               .filter_errors = filter_errors};
  avocet::ctl::Client client;

  explicit Desk(avocet::filter::Dialect dialect = avocet::filter::Dialect::bird2) {
    using namespace avocet;
    observe::LogOptions quiet;
    quiet.targets = {{observe::LogTarget::Kind::file, "/dev/null", 0, "", observe::log_all}};
    log.configure(quiet, true);
    config->file = "/etc/bird.conf";
    config->dialect = dialect;
    config->hostname = "r1.lab";
    config->symbols = config::make_symbols();
    context.config = [this] { return config; };
    context.router_id = [] { return 0x0a000001u; };
    context.configure = [this](const ctl::ConfigureRequest& request) {
      done.push_back("configure " + std::to_string(static_cast<int>(request.kind)) + " '" + request.file + "' " +
                     std::to_string(request.timeout_seconds));
      if (request.generation) done.back() += " to " + std::to_string(request.generation);
      return ctl::ConfigureAnswer{3, "Reconfigured", {"r2: new"}};
    };
    context.configurations = [] {
      return std::vector<ctl::Generation>{{1, {}, "/etc/bird.conf", "start", {}}, {2, {}, "/x", "configure soft", {"r2: new"}}};
    };
    auto change = [this](const char* verb) {
      return [this, verb](const std::string& name, const std::string& message) {
        done.push_back(std::string(verb) + " " + name + " '" + message + "'");
        return ctl::Context::Row{9, name + ": " + verb};
      };
    };
    context.enable = change("enabled");
    context.disable = change("disabled");
    context.restart = change("restarted");
    context.reload = [this](const std::string& name, bool in, bool out) {
      done.push_back("reload " + name + (in ? " in" : "") + (out ? " out" : ""));
      return ctl::Context::Row{15, name + ": reloading"};
    };
    context.down = [this](bool graceful) { done.push_back(graceful ? "graceful restart" : "down"); };
    context.set_debug = [this](const std::string& name, std::uint32_t mask) {
      done.push_back("debug " + name + " " + std::to_string(mask));
    };
    context.set_mrtdump = [this](const std::string& name, std::uint32_t mask) {
      done.push_back("mrtdump " + name + " " + std::to_string(mask));
    };
    context.static_routes = [](const std::string&) { return nullptr; };
    for (auto family : {proto::Family::ipv4, proto::Family::ipv6}) {
      if (dialect == filter::Dialect::bird1 && family == proto::Family::ipv6) continue;
      auto name = dialect == filter::Dialect::bird1 ? "master" : family == proto::Family::ipv4 ? "master4" : "master6";
      config->tables.push_back({name, family, false});
      rib.add_table(config->tables.back());
    }
  }

  /// A protocol of this kind with a channel into the first table, up.
  std::shared_ptr<avocet::rib::Channel> add(const std::string& name, avocet::rib::ProtocolKind kind,
                                            avocet::rib::SourceFacts facts, std::uint16_t preference) {
    using namespace avocet;
    auto protocol = std::make_shared<rib::Protocol>();
    protocol->options.name = name;
    protocol->kind = kind;
    protocol->state = rib::ProtocolState::up;
    rib.add_protocol(protocol);
    rib::ChannelOptions options;
    options.table = config->tables[0].name;
    options.import_filter = filter::accept_all();
    options.export_filter = filter::reject_all();
    options.preference = preference;
    return rib.open_channel(protocol, options, facts);
  }
  std::shared_ptr<avocet::rib::Channel> add_static(const std::string& name = "static1") {
    return add(name, avocet::rib::ProtocolKind::static_, {.kind = avocet::filter::RouteSource::static_}, 200);
  }

  void settle() {
    while (rib.work(std::chrono::seconds(1))) {
    }
  }

  std::vector<std::string> ask(const std::string& line) {
    avocet::ctl::Reply reply;
    auto answer = avocet::ctl::execute(context, client, line, reply);
    while (answer && !answer->produce(reply)) {
    }
    return lines_of(reply.take());
  }

  static std::vector<std::string> lines_of(const std::string& text) {
    std::vector<std::string> lines;
    for (std::size_t begin = 0, end; (end = text.find('\n', begin)) != std::string::npos; begin = end + 1)
      lines.push_back(text.substr(begin, end - begin));
    return lines;
  }
};

/// The document that rows of code 1100 make.
inline std::string document(const std::vector<std::string>& lines) {
  std::string text;
  for (auto& line : lines)
    if (line.starts_with("1100-")) text += line.substr(5);
    else if (line.starts_with(" ")) text += line.substr(1);
  return text;
}
