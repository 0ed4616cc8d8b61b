/// Printing walks the rows that read the options.
#include "bgpd/config/print.hpp"

#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "bgpd/config/grammar_block.hpp"
#include "bgpd/config/layout.hpp"

namespace avocet::config {
namespace {

using filter::Dialect;

std::vector<Token> tokens_of(Sources& sources, std::string_view text) {
  Diagnostics ignored;
  return lex(sources, sources.add_text("definition", std::string(text)), ignored);
}

/// Writes the options of one object that differ from those of a fresh one.
class OptionWriter {
 public:
  OptionWriter(Dialect dialect, std::string indent) : dialect_(dialect), indent_(std::move(indent)) {}

  template <class Object>
  void write(const Table<Object>& table, const Object& object, const Object& fresh) {
    auto other = dialect_ == Dialect::bird1 ? In::bird2 : In::bird1;
    for (auto& row : table) {
      if (row.support != Support::full || row.in == other) continue;
      bool always = always_.contains(row.words);
      if (!always && row.slot.same(object, fresh)) continue;
      for (auto& value : lines(row.slot, object)) option(row.words, value);
    }
  }
  /// This option is written even where it is the default.
  void always(const char* words) { always_.insert(words); }
  void option(std::string_view words, std::string_view value) {
    auto text = value.empty() ? fmt::format("{};", words) : fmt::format("{} {};", words, value);
    for (std::size_t at = 0; (at = text.find('\n', at)) != text.npos; at += indent_.size() + 1)
      text.insert(at + 1, indent_);
    text_ += indent_ + text + '\n';
  }
  const std::string& text() const { return text_; }

 private:
  template <class Object>
  static std::vector<std::string> lines(const Slot<Object>& slot, const Object& object) {
    if (slot.written) return slot.written(object);
    auto text = slot.text(object);
    return text.empty() || text == "default" ? std::vector<std::string>() : std::vector<std::string>{text};
  }

  Dialect dialect_;
  std::string indent_, text_;
  std::set<std::string_view> always_;
};

class Printer {
 public:
  explicit Printer(const Config& config) : config_(config) {}

  std::string print() {
    globals();
    tables();
    roa_tables();
    definitions();
    protocols();
    for (auto& test : config_.tests) this->test(test);
    return std::move(text_);
  }

 private:
  bool bird1() const { return config_.dialect == Dialect::bird1; }

  void globals() {
    Config fresh;
    OptionWriter writer(config_.dialect, "");
    if (!config_.log.targets.empty()) writer.always("log");
    auto usual = default_log(config_.dialect);
    bool own_formats = !(usual.route == config_.log.route && usual.protocol == config_.log.protocol &&
                         usual.base == config_.log.base && usual.log == config_.log.log);
    if (own_formats) writer.always("timeformat");
    if (!config_.listen.empty()) writer.always("listen bgp");
    if (!config_.control_sockets.empty()) writer.always("cli");
    writer.write(global_options(), config_, fresh);
    text_ += writer.text();
  }

  void tables() {
    std::vector<const rib::TableOptions*> tables;
    for (auto& table : config_.tables) tables.push_back(&table);
    std::sort(tables.begin(), tables.end(), [](auto* a, auto* b) { return a->name < b->name; });
    for (auto* table : tables) {
      // 1.6's one table must be there for its dialect to be seen.
      bool built_in = table->name == "master4" || table->name == "master6";
      if (built_in && !bird1() && *table == rib::TableOptions{table->name, table->family}) continue;
      if (bird1()) {
        text_ += fmt::format("table {}{};\n", name_text(table->name), table->sorted ? " sorted" : "");
        continue;
      }
      OptionWriter writer(config_.dialect, "  ");
      writer.write(table_options(), *table, {table->name, table->family});
      auto head = fmt::format("{} table {}", proto::family_name(table->family), name_text(table->name));
      text_ += writer.text().empty() ? head + ";\n" : head + " {\n" + writer.text() + "};\n";
    }
  }

  static const char* roa_type(proto::Family family) { return family == proto::Family::ipv4 ? "roa4" : "roa6"; }

  void roa_tables() {
    auto tables = config_.roa_tables;
    std::sort(tables.begin(), tables.end(), [](auto& a, auto& b) { return a.name < b.name; });
    for (auto& table : tables) {
      text_ += fmt::format("{} table {}", bird1() ? "roa" : roa_type(table.family), name_text(table.name));
      OptionWriter writer(config_.dialect, "  ");
      writer.write(settle_options(), table.settle, rib::SettleTimes());
      for (auto& roa : table.roas) writer.option("roa", fmt::format("{} max {} as {}", roa.net.text(), roa.max_length, roa.asn));
      text_ += writer.text().empty() ? ";\n" : " {\n" + writer.text() + "}\n";
    }
    auto names = config_.aspa_tables;
    std::sort(names.begin(), names.end());
    for (auto& name : names) text_ += fmt::format("aspa table {};\n", name_text(name));
  }

  // ---- definitions

  void definitions() {
    // Their numbers are given in the order written.
    for (auto& one : config_.definitions)
      if (one.kind == "attribute") written(one);
    std::vector<const Definition*> sorted;
    for (auto& one : config_.definitions) {
      if (one.kind != "attribute") sorted.push_back(&one);
      names_[one.name] = &one;
    }
    std::sort(sorted.begin(), sorted.end(), [](auto* a, auto* b) { return a->name < b->name; });
    for (auto* one : sorted) written(*one);
  }

  /// Behind all that it names.
  void written(const Definition& one) {
    if (!done_.insert(one.name).second) return;
    Sources sources;
    auto tokens = tokens_of(sources, one.source);
    for (auto& token : tokens) {
      auto used = token.kind == TokenKind::word ? names_.find(token.text) : names_.end();
      if (used != names_.end()) written(*used->second);
    }
    text_ += layout(tokens) + '\n';
  }

  void test(const TestSuite& test) {
    auto name = name_text(test.function->name);
    text_ += test.other
                 ? fmt::format("bt_test_same({}, {}, {});\n", name, name_text(test.other->name), test.same ? 1 : 0)
                 : fmt::format("bt_test_suite({}, \"{}\");\n", name, test.text);
  }

  // ---- protocols

  void protocols() {
    std::vector<const ProtocolConfig*> sorted;
    for (auto& one : config_.protocols) sorted.push_back(&one);
    std::sort(sorted.begin(), sorted.end(), [](auto* a, auto* b) {
      return a->index() != b->index() ? a->index() < b->index() : common(*a).name < common(*b).name;
    });
    for (auto* one : sorted) std::visit([&](auto& options) { protocol(*one, options); }, *one);
  }

  template <class Options>
  void protocol(const ProtocolConfig& one, const Options& options) {
    auto fresh = *fresh_protocol(kind_name(one), config_.dialect);
    common(fresh).debug = config_.debug_protocols;
    common(fresh).mrtdump = config_.mrtdump_protocols;
    text_ += fmt::format("protocol {} {} {{\n", kind_name(one), name_text(common(one).name));
    OptionWriter writer(config_.dialect, "  ");
    writer.write(protocol_options(), common(one), common(fresh));
    own(writer, options, std::get<Options>(fresh));
    text_ += writer.text();
    channels(options, fresh);
    text_ += "}\n";
  }

  void own(OptionWriter& writer, const kernel::DeviceOptions& device, const kernel::DeviceOptions& fresh) {
    writer.write(device_options(), device, fresh);
  }
  void own(OptionWriter& writer, const kernel::DirectOptions& direct, const kernel::DirectOptions& fresh) {
    writer.write(direct_options(), direct, fresh);
  }
  void own(OptionWriter& writer, const kernel::KernelOptions& kernel, const kernel::KernelOptions& fresh) {
    writer.write(kernel_options(), kernel, fresh);
  }
  void own(OptionWriter& writer, const rib::StaticOptions& routes, const rib::StaticOptions& fresh) {
    writer.write(static_options(), routes, fresh);
  }
  void own(OptionWriter& writer, const rib::PipeOptions& pipe, const rib::PipeOptions& fresh) {
    writer.write(pipe_options(), pipe, fresh);
  }
  void own(OptionWriter& writer, const observe::BmpOptions& bmp, const observe::BmpOptions& fresh) {
    writer.write(bmp_options(), bmp, fresh);
  }
  void own(OptionWriter& writer, const observe::MrtOptions& mrt, const observe::MrtOptions& fresh) {
    writer.write(mrt_options(), mrt, fresh);
  }
  void own(OptionWriter& writer, const rpki::RpkiOptions& rpki, const rpki::RpkiOptions& fresh) {
    writer.write(rpki_options(), rpki, fresh);
  }
  void own(OptionWriter& writer, const bfd::BfdOptions& bfd, const bfd::BfdOptions& fresh) {
    writer.write(bfd_options(), bfd, fresh);
  }
  void own(OptionWriter& writer, const session::BgpOptions& bgp, const session::BgpOptions& fresh) {
    // A default of BIRD 2 only while a session is direct.
    if (bgp.multihop)
      writer.always("check link");
    else if (bgp.remote_as == bgp.local_as)
      writer.always("direct");
    writer.write(bgp_options(), bgp, fresh);
  }

  void channels(const kernel::DeviceOptions&, ProtocolConfig&) {}
  void channels(const observe::MrtOptions&, ProtocolConfig&) {}
  void channels(const observe::BmpOptions&, ProtocolConfig&) {}
  void channels(const bfd::BfdOptions&, ProtocolConfig&) {}
  void channels(const rib::PipeOptions& pipe, ProtocolConfig& fresh) {
    OptionWriter writer(config_.dialect, "  ");
    plain(writer, pipe.channel, *channel_of(fresh, pipe.channel.family));
    text_ += writer.text();
  }
  void channels(const kernel::KernelOptions& kernel, ProtocolConfig& fresh) {
    block(kernel.channel, fresh, [](OptionWriter&) {});
  }
  void channels(const kernel::DirectOptions& direct, ProtocolConfig& fresh) {
    for (auto& channel : direct.channels) block(channel, fresh, [](OptionWriter&) {});
  }
  void channels(const rib::StaticOptions& routes, ProtocolConfig& fresh) {
    for (auto& channel : routes.channels) block(channel, fresh, [](OptionWriter&) {});
    if (!routes.aspa_table.empty()) text_ += fmt::format("  aspa {{\n    table {};\n  }};\n", name_text(routes.aspa_table));
    if (!routes.roa_table.empty()) text_ += fmt::format("  {} {{\n    table {};\n  }};\n", roa_type(routes.roa_family), name_text(routes.roa_table));
  }
  void channels(const rpki::RpkiOptions& rpki, ProtocolConfig&) {
    for (auto& [told, channel] : rpki.told) {
      OptionWriter writer(config_.dialect, "    ");
      rib::ChannelOptions fresh;
      fresh.preference = rpki_preference;
      fresh.import_filter = filter::accept_all();
      fresh.export_filter = filter::reject_all();
      writer.write(channel_options(), channel, fresh);
      text_ += fmt::format("  {} {{\n{}  }};\n", rpki::told_name(told), writer.text());
    }
  }
  void channels(const session::BgpOptions& bgp, ProtocolConfig& fresh) {
    for (auto& channel : bgp.channels)
      block(channel.channel, fresh,
            [&](OptionWriter& writer) { writer.write(bgp_channel_options(), channel, session::BgpChannelOptions()); });
  }

  void plain(OptionWriter& writer, const rib::ChannelOptions& channel, rib::ChannelOptions fresh) {
    fresh.table = bird1() ? "master" : channel.family == proto::Family::ipv4 ? "master4" : "master6";
    writer.always("import");
    writer.always("export");
    writer.write(channel_options(), channel, fresh);
  }

  template <class More>
  void block(const rib::ChannelOptions& channel, ProtocolConfig& fresh, More more) {
    OptionWriter writer(config_.dialect, bird1() ? "  " : "    ");
    plain(writer, channel, *channel_of(fresh, channel.family));
    more(writer);
    text_ +=
        bird1() ? writer.text() : fmt::format("  {} {{\n{}  }};\n", proto::family_name(channel.family), writer.text());
  }

  const Config& config_;
  std::string text_;
  std::map<std::string_view, const Definition*> names_;
  std::set<std::string_view> done_;
};

}  // namespace

std::string print_source(const std::string& path) {
  Sources sources;
  Diagnostics ignored;
  auto file = sources.add_file(path);
  if (!file) return {};
  auto text = layout(lex(sources, *file, ignored));
  return text.empty() ? text : text + '\n';
}

std::string print_canonical(const Config& config) { return Printer(config).print(); }

}  // namespace avocet::config
