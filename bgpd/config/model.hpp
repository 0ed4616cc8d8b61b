#pragma once
/// A whole configuration as typed, immutable values: made by `load`, compared by `diff`, read by everybody through main.
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "bgpd/bfd/options.hpp"
#include "bgpd/config/diagnostic.hpp"
#include "bgpd/config/language.hpp"
#include "bgpd/config/parser.hpp"
#include "bgpd/config/source.hpp"
#include "bgpd/ctl/options.hpp"
#include "bgpd/kernel/options.hpp"
#include "bgpd/observe/options.hpp"
#include "bgpd/rib/options.hpp"
#include "bgpd/rpki/options.hpp"
#include "bgpd/session/options.hpp"

namespace avocet::config {

using ProtocolConfig = std::variant<kernel::DeviceOptions, kernel::DirectOptions, kernel::KernelOptions,
                                    rib::StaticOptions, rib::PipeOptions, session::BgpOptions, observe::MrtOptions, rpki::RpkiOptions, observe::BmpOptions, bfd::BfdOptions>;
const rib::ProtocolOptions& common(const ProtocolConfig& protocol);
rib::ProtocolOptions& common(ProtocolConfig& protocol);
/// "bgp", "kernel", ...: the word after `protocol`.
const char* kind_name(const ProtocolConfig& protocol);
/// Visits the protocol's channels; a pipe has one, a device none.
void for_channels(const ProtocolConfig& protocol, const std::function<void(const rib::ChannelOptions&)>& visit);

/// A constant, function, filter or attribute as it is written.
struct Definition {
  std::string_view kind, name;  ///< "function", "from_r2"; point into Sources
  std::string_view source;      ///< points into Sources; into Config::gathered if the definition is spread over several files
};

struct Config {
  std::string file;                               ///< main file
  filter::Dialect dialect = filter::Dialect::bird2;
  proto::Family family = proto::Family::ipv4;     ///< of a 1.6 configuration
  std::optional<std::uint32_t> router_id;         ///< unset: picked from interfaces
  std::vector<kernel::InterfacePattern> router_id_from;  ///< which of them (`router id from`); empty: any
  std::string hostname;                           ///< "" : the system's
  std::uint32_t graceful_restart_wait = 240;      ///< seconds
  std::uint32_t debug_commands = 0;
  std::uint32_t debug_protocols = 0;              ///< default of `debug` for protocols written after it
  std::uint32_t mrtdump_protocols = 0;            ///< the same of `mrtdump`
  std::string mrtdump_file;                       ///< where `mrtdump` records to; "": nowhere
  observe::LogOptions log;
  std::vector<session::ListenOptions> listen;     ///< never empty after bind when there is a protocol bgp
  std::vector<ctl::SocketOptions> control_sockets;  ///< beside the one of `-s`; no path twice
  std::vector<rib::TableOptions> tables;          ///< master4 and master6 (or master) always first
  std::vector<rib::RoaTableOptions> roa_tables;
  std::vector<std::string> aspa_tables;           ///< names
  std::vector<ProtocolConfig> protocols;          ///< in the order written; a device protocol is implied if missing
  std::deque<Definition> definitions;            ///< in the order written
  std::deque<std::string> gathered;               ///< texts of definitions that stand in no file as one piece
  std::vector<TestSuite> tests;                   ///< for --selftest
  std::shared_ptr<Symbols> symbols;
  std::shared_ptr<const Sources> sources;
};
using ConfigPtr = std::shared_ptr<const Config>;

/// What reading a file gave: a Config when there was no error, and all messages.
struct Loaded {
  std::shared_ptr<Config> config;  ///< null if there were errors
  Diagnostics diagnostics;
  std::shared_ptr<Sources> sources;
};

struct LoadOptions {
  proto::Family family = proto::Family::ipv4;     ///< for 1.6 files
  bool only_tests = false;                        ///< nothing will run: what is not supported is only warned of
};
Loaded load_file(const std::string& path, const LoadOptions& options);
/// Loads once more what was read once, whatever the files say now.
Loaded load_again(std::shared_ptr<const Sources> kept, const LoadOptions& options);
/// Whether reading this file now would give just what was loaded before, perhaps from files of other names; it has the new
/// names then.
bool moved_to(Loaded& loaded, const std::string& path);
Loaded load_text(std::string name, std::string text, const LoadOptions& options);  ///< for tests

/// One thing a reconfiguration does; words are for the operator.
struct Change {
  enum class Action : std::uint8_t { add, remove, restart, retune } action = Action::retune;
  std::string protocol;
  session::Retune retune;          ///< for Action::retune
  std::string renamed_from;        ///< for Action::retune: the instance's name so far; "" if that stays
  std::string words;               ///< "hold time 240 -> 90; restart"
};
struct Changes {
  std::vector<Change> protocols;
  bool listen_changed = false, log_changed = false, mrtdump_changed = false, router_id_changed = false, control_sockets_changed = false;
  std::vector<rib::TableOptions> tables_added;
  std::vector<std::string> tables_removed;
  std::vector<rib::RoaTableOptions> roa_tables_set;  ///< new, or with other entries of their own
  std::vector<std::string> roa_tables_removed;
  std::vector<std::string> aspa_tables_added, aspa_tables_removed;
  bool empty() const {
    return protocols.empty() && !listen_changed && !log_changed && !mrtdump_changed && !router_id_changed && !control_sockets_changed && tables_added.empty() && tables_removed.empty() &&
           roa_tables_set.empty() && roa_tables_removed.empty() && aspa_tables_added.empty() && aspa_tables_removed.empty();
  }
};
Changes diff(const Config& before, const Config& after);
/// What a reconfiguration does, for the operator: one line per protocol, or for many with the same change, then tables, log,
/// ports, router id. Empty if nothing.
/// `soft`: filters hold for new routes only.
std::vector<std::string> words(const Changes& changes, bool soft = false);

}  // namespace avocet::config
