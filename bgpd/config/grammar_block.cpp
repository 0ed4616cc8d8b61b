#include "bgpd/config/grammar_block.hpp"
#include "bgpd/config/layout.hpp"
#include "bgpd/config/symbols.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace avocet::config {
namespace {

using proto::Family;

/// Net types of BIRD 2 that may open a channel or a table.
constexpr std::string_view net_types[] = {"ipv4", "ipv6", "vpn4", "vpn6", "roa4", "roa6", "flow4", "flow6", "mpls", "aspa", "eth", "evpn", "neighbors"};
/// Kinds of BIRD's protocols that are outside of what this daemon is for.
constexpr std::string_view foreign_kinds[] = {"ospf", "rip", "babel", "radv", "perf", "l3vpn", "evpn", "bridge", "mpls", "snmp"};

bool is_net_type(const Token& token) {
  return token.kind == TokenKind::word && !token.quoted && std::find(std::begin(net_types), std::end(net_types), token.text) != std::end(net_types);
}

/// What a channel or a table is of: "ipv4", "ipv6 sadr", "vpn4 mpls".
struct NetType {
  Token at;
  std::string words;
  std::optional<Family> family;  ///< only of the two that a table here can hold
  /// Said when everything behind it has been looked at.
  void refuse(Parser& parser, const char* what) const {
    if (!family) parser.not_yet(at, fmt::format("{} {}", what, words), "ipv4 and ipv6 are supported");
  }
};

NetType read_net_type(Parser& parser) {
  NetType type{parser.next(), {}, {}};
  type.words = type.at.text;
  for (auto word : {"multicast", "mpls", "sadr"})
    if (parser.accept(word)) type.words += std::string(" ") + word;
  if (type.words == "ipv4") type.family = Family::ipv4;
  if (type.words == "ipv6") type.family = Family::ipv6;
  return type;
}

bool is_roa_type(const Token& token) { return token.is("roa4") || token.is("roa6"); }
bool is_attestation(const Token& token) { return is_roa_type(token) || token.is("aspa"); }

std::uint16_t default_preference(const ProtocolConfig& protocol) {
  if (std::holds_alternative<kernel::DirectOptions>(protocol)) return 240;
  if (std::holds_alternative<rib::StaticOptions>(protocol)) return 200;
  if (std::holds_alternative<kernel::KernelOptions>(protocol)) return 10;
  return std::holds_alternative<rib::PipeOptions>(protocol) ? 70 : 100;
}

}  // namespace

rib::ChannelOptions* channel_of(ProtocolConfig& protocol, Family family) {
  auto preference = default_preference(protocol);
  auto find_or_add = [&](auto& channels, auto member) -> rib::ChannelOptions* {
    for (auto& channel : channels)
      if (member(channel).family == family) return &member(channel);
    auto& made = member(channels.emplace_back());
    made.family = family;
    made.preference = preference;
    return &made;
  };
  auto plain = [](rib::ChannelOptions& channel) -> rib::ChannelOptions& { return channel; };
  auto of_bgp = [](session::BgpChannelOptions& channel) -> rib::ChannelOptions& { return channel.channel; };
  if (auto* direct = std::get_if<kernel::DirectOptions>(&protocol)) return find_or_add(direct->channels, plain);
  if (auto* routes = std::get_if<rib::StaticOptions>(&protocol)) return find_or_add(routes->channels, plain);
  if (auto* bgp = std::get_if<session::BgpOptions>(&protocol)) return find_or_add(bgp->channels, of_bgp);
  if (auto* pipe = std::get_if<rib::PipeOptions>(&protocol)) return &pipe->channel;
  if (auto* kernel = std::get_if<kernel::KernelOptions>(&protocol)) {
    kernel->channel.family = family;
    return &kernel->channel;
  }
  return nullptr;
}

namespace {

/// Reads the statements of a block up to and with its `}`; a mistake costs one statement.
template <class Statement> void statements(Parser& parser, Statement statement) {
  auto open = parser.taken();
  while (!parser.accept("}")) {
    if (parser.is_unclosed(open)) return;
    if (parser.accept(";")) continue;
    auto depth = parser.peek().depth;
    try {
      statement();
    } catch (const SyntaxError&) {
      parser.recover(depth);
    }
  }
}

/// Reads the body of one protocol or template.
class BlockReader {
 public:
  BlockReader(Parser& parser, Block& block) : parser_(parser), block_(block) {}

  void read() {
    parser_.expect("{");
    if (parser_.dialect == filter::Dialect::bird1) channel_of(block_.options, parser_.family);
    statements(parser_, [this] { statement(); });
  }

 private:
  void statement() {
    if (parser_.dialect == filter::Dialect::bird2 && is_net_type(parser_.peek()))
      channel();
    else
      option();
    parser_.expect(";");
  }

  void option() {
    auto& first = parser_.peek();
    Matcher matcher(parser_);
    offer_own(matcher);
    matcher.offer(protocol_options(), common(block_.options));
    if (!std::holds_alternative<session::BgpOptions>(block_.options)) matcher.offer(host_name_option(), common(block_.options));
    bool bird1 = parser_.dialect == filter::Dialect::bird1;
    if (bird1 || std::holds_alternative<rib::PipeOptions>(block_.options)) offer_channel(matcher, parser_.family);
    if (!bird1 && belongs_into_channel(first))
      parser_.fail(first, fmt::format("'{}' belongs into a channel of {}", first.text, block_.title()), fmt::format("write 'ipv4 {{ {} ...; }};'", first.text));
    auto& row = matcher.read([this] { return block_.title(); });
    block_.note(row, first.place);
    auto* routes = std::get_if<rib::StaticOptions>(&block_.options);
    if (routes && routes->routes.size() > block_.routes.size()) block_.routes.push_back(first.place);
  }

  bool belongs_into_channel(const Token& first) const {
    bool channels = !std::holds_alternative<rib::PipeOptions>(block_.options) && !std::holds_alternative<kernel::DeviceOptions>(block_.options) &&
                    !std::holds_alternative<observe::MrtOptions>(block_.options) && !std::holds_alternative<observe::BmpOptions>(block_.options) &&
                    !std::holds_alternative<bfd::BfdOptions>(block_.options);
    return channels && (first.is("import") || first.is("export") || first.is("preference") || first.is("table"));
  }

  void offer_own(Matcher& matcher) {
    if (auto* bgp = std::get_if<session::BgpOptions>(&block_.options)) matcher.offer(bgp_options(), *bgp);
    if (auto* device = std::get_if<kernel::DeviceOptions>(&block_.options)) matcher.offer(device_options(), *device);
    if (auto* direct = std::get_if<kernel::DirectOptions>(&block_.options)) matcher.offer(direct_options(), *direct);
    if (auto* kernel = std::get_if<kernel::KernelOptions>(&block_.options)) matcher.offer(kernel_options(), *kernel);
    if (auto* routes = std::get_if<rib::StaticOptions>(&block_.options)) matcher.offer(static_options(), *routes);
    if (auto* pipe = std::get_if<rib::PipeOptions>(&block_.options)) matcher.offer(pipe_options(), *pipe);
    if (auto* mrt = std::get_if<observe::MrtOptions>(&block_.options)) matcher.offer(mrt_options(), *mrt);
    if (auto* rpki = std::get_if<rpki::RpkiOptions>(&block_.options)) matcher.offer(rpki_options(), *rpki);
    if (auto* bmp = std::get_if<observe::BmpOptions>(&block_.options)) matcher.offer(bmp_options(), *bmp);
    if (auto* bfd = std::get_if<bfd::BfdOptions>(&block_.options)) matcher.offer(bfd_options(), *bfd);
  }

  void offer_channel(Matcher& matcher, Family family) {
    auto* channel = channel_of(block_.options, family);
    if (!channel) return;
    matcher.offer(channel_options(), *channel);
    if (auto* bgp = std::get_if<session::BgpOptions>(&block_.options))
      for (auto& own : bgp->channels)
        if (own.channel.family == family) matcher.offer(bgp_channel_options(), own);
  }

  /// `roa4 { table NAME; import filter F; }` of a static protocol, or one of ASPAs. Nothing comes out.
  void attestation_channel(rib::StaticOptions& routes) {
    auto& opener = parser_.next();
    rib::ChannelOptions channel;
    if (!block_.opened.empty()) parser_.fail(opener, fmt::format("{} can have one channel only", block_.title()), "write one protocol per family");
    if (parser_.accept("{"))
      statements(parser_, [&] {
        auto& first = parser_.peek();
        Matcher matcher(parser_);
        matcher.offer(channel_options(), channel);
        block_.note(matcher.read([&] { return fmt::format("channel {} of {}", opener.text, block_.title()); }), first.place);
        parser_.expect(";");
      });
    if (channel.import_filter) block_.roa_filter = channel.import_filter;
    auto& table = opener.is("aspa") ? routes.aspa_table : routes.roa_table;
    if (!channel.table.empty()) table = channel.table;
    if (table.empty()) parser_.fail(opener, fmt::format("the table of channel {} is missing", opener.text), fmt::format("write '{} {{ table NAME; }};'", opener.text));
    routes.roa_family = opener.is("roa6") ? Family::ipv6 : Family::ipv4;
  }

  /// `roa4 { table NAME; import filter F; }` of what a cache tells. Opened again, it edits what is inherited.
  void cache_channel(rpki::RpkiOptions& options) {
    auto& opener = parser_.next();
    auto told = opener.is("roa4") ? rpki::Told::roa4 : opener.is("roa6") ? rpki::Told::roa6 : rpki::Told::aspa;
    if (std::find(told_here_.begin(), told_here_.end(), told) != told_here_.end())
      parser_.fail(opener, fmt::format("{} has two {} channels", block_.title(), opener.text));
    told_here_.push_back(told);
    auto at = std::find_if(options.told.begin(), options.told.end(), [&](auto& one) { return one.told >= told; });
    if (at == options.told.end() || at->told != told) {
      at = options.told.insert(at, {told, {}});
      at->channel.preference = rpki_preference;
    }
    if (!parser_.accept("{")) return;
    statements(parser_, [&] {
      auto& first = parser_.peek();
      Matcher matcher(parser_);
      matcher.offer(channel_options(), at->channel);
      block_.note(matcher.read([&] { return fmt::format("channel {} of {}", opener.text, block_.title()); }), first.place);
      parser_.expect(";");
    });
  }

  /// A channel of nets that no table here holds: what stands in it is checked all the same.
  void refused_channel(const NetType& type) {
    session::BgpChannelOptions channel;
    block_.refused_channel = true;
    if (parser_.accept("{"))
      statements(parser_, [&] {
        Matcher matcher(parser_);
        matcher.offer(channel_options(), channel.channel);
        if (std::holds_alternative<session::BgpOptions>(block_.options)) matcher.offer(bgp_channel_options(), channel);
        matcher.read([&] { return fmt::format("channel {} of {}", type.words, block_.title()); });
        parser_.expect(";");
      });
    type.refuse(parser_, "channels of");
  }

  void channel() {
    auto& opener = parser_.peek();
    auto* routes = std::get_if<rib::StaticOptions>(&block_.options);
    if (routes && is_attestation(opener)) return attestation_channel(*routes);
    auto* cache = std::get_if<rpki::RpkiOptions>(&block_.options);
    if (cache && is_attestation(opener)) return cache_channel(*cache);
    if (cache) parser_.fail(opener, fmt::format("{} can have channels roa4, roa6 and aspa only", block_.title()));
    auto type = read_net_type(parser_);
    if (!type.family) return refused_channel(type);
    auto family = *type.family;
    check_opener(opener, family);
    auto* options = channel_of(block_.options, family);
    if (!options) parser_.fail(opener, fmt::format("{} has no channels", block_.title()));
    if (!parser_.accept("{")) return;
    auto channel_title = [&] { return fmt::format("channel {} of {}", proto::family_name(family), block_.title()); };
    statements(parser_, [&] {
      auto& first = parser_.peek();
      Matcher matcher(parser_);
      offer_channel(matcher, family);
      block_.note(matcher.read(channel_title), first.place);
      parser_.expect(";");
    });
  }

  /// A channel may be opened again if it is inherited; twice in one block it is a mistake.
  void check_opener(const Token& opener, Family family) {
    if (std::find(opened_here_.begin(), opened_here_.end(), family) != opened_here_.end())
      parser_.fail(opener, fmt::format("{} has two {} channels", block_.title(), opener.text));
    opened_here_.push_back(family);
    auto& opened = block_.opened;
    if (std::find(opened.begin(), opened.end(), family) != opened.end()) return;
    bool single = std::holds_alternative<kernel::KernelOptions>(block_.options) || std::holds_alternative<rib::StaticOptions>(block_.options);
    if (single && !opened.empty()) parser_.fail(opener, fmt::format("{} can have one channel only", block_.title()), "write one protocol per family");
    opened.push_back(family);
  }

  Parser& parser_;
  Block& block_;
  std::vector<Family> opened_here_;
  std::vector<rpki::Told> told_here_;
};

}  // namespace

std::optional<ProtocolConfig> fresh_protocol(std::string_view kind, filter::Dialect dialect) {
  bool bird1 = dialect == filter::Dialect::bird1;
  if (kind == "device") return kernel::DeviceOptions();
  if (kind == "direct") return kernel::DirectOptions();
  if (kind == "static") return rib::StaticOptions();
  if (kind == "mrt") return observe::MrtOptions();
  if (kind == "bmp") return observe::BmpOptions();
  if (kind == "bfd") return bfd::BfdOptions();
  if (kind == "kernel") {
    kernel::KernelOptions kernel;
    kernel.bird1 = bird1;
    if (bird1) kernel.metric = 0;
    kernel.channel.preference = 10;
    return kernel;
  }
  if (kind == "pipe") {
    rib::PipeOptions pipe;
    pipe.channel.preference = 70;
    return pipe;
  }
  if (kind == "rpki" && !bird1) return rpki::RpkiOptions();
  if (kind == "bgp") {
    session::BgpOptions bgp;
    bgp.dialect = dialect;
    bgp.multihop_ttl = 0;  // undecided: neither `direct` nor `multihop` was written
    return bgp;
  }
  return std::nullopt;
}

namespace {

/// False, and a diagnostic, if the name is taken.
bool declare(Parser& parser, const std::string& name, const char* what, Place place) {
  if (declare_object(parser.symbols, name, what, place)) return true;
  parser.diagnostics.error(place, fmt::format("the name '{}' is taken", name));
  auto* known = parser.symbols.find_global(name);
  if (known && known->place.line) parser.diagnostics.note(known->place, fmt::format("'{}' was defined here", name));
  return false;
}

constexpr std::size_t usual_options = 8;  // that a protocol has beside those of its template

/// `protocol|template KIND [NAME] [from NAME] { ... }`
class DefinitionReader {
 public:
  DefinitionReader(Parser& parser, Draft& draft) : parser_(parser), draft_(draft) {}

  void read() {
    Block block;
    auto& keyword = parser_.next();
    block.is_template = keyword.is("template");
    auto& kind = parser_.next();
    if (auto* table = later_options(kind.text)) return later(block, kind, *table);
    auto options = fresh_protocol(kind.text, parser_.dialect);
    if (!options || kind.kind != TokenKind::word) refuse_kind(kind);
    block.options = std::move(*options);
    block.place = keyword.place;
    common(block.options).debug = draft_.config.debug_protocols;
    common(block.options).mrtdump = draft_.config.mrtdump_protocols;
    auto name = read_name(block, kind);
    if (parser_.accept("from")) inherit(block, kind);
    common(block.options).name = name;
    BlockReader(parser_, block).read();
    auto& kept = draft_.blocks.emplace_back(std::move(block));
    if (kept.is_template) draft_.templates.emplace(common(kept.options).name, &kept);
  }

 private:
  /// A protocol that is still to come: everything in it is checked, then it is refused by name.
  void later(Block& block, const Token& kind, const Table<Later>& table) {
    auto name = read_name(block, kind);
    if (parser_.accept("from")) parser_.next();
    auto title = fmt::format("protocol {} '{}'", kind.text, name);
    rib::ProtocolOptions common;
    rib::ChannelOptions channel;
    Later nothing;
    parser_.expect("{");
    statements(parser_, [&] {
      Matcher matcher(parser_);
      matcher.offer(table, nothing);
      matcher.offer(protocol_options(), common);
      matcher.offer(host_name_option(), common);
      if (kind.is("aggregator")) matcher.offer(channel_options(), channel);
      matcher.read([&] { return title; });
      parser_.expect(";");
    });
    if (!block.is_template) parser_.not_yet(kind, fmt::format("protocol {}", kind.text));
  }

  [[noreturn]] void refuse_kind(const Token& kind) {
    if (kind.kind != TokenKind::word) parser_.fail(kind, fmt::format("expected a kind of protocol, as bgp or static, found {}", describe(kind)));
    if (std::find(std::begin(foreign_kinds), std::end(foreign_kinds), kind.text) != std::end(foreign_kinds))
      skip_foreign(kind);
    parser_.fail(kind, fmt::format("unknown kind of protocol '{}'", kind.text), did_you_mean(kind.text, {"device", "direct", "static", "kernel", "pipe", "bgp", "mrt", "rpki", "bmp", "bfd"}));
  }

  /// A protocol that is no part of this daemon: refused by its kind, whatever stands in it.
  [[noreturn]] void skip_foreign(const Token& kind) {
    parser_.refuse(kind, fmt::format("protocol {} is not supported", kind.text), "routes of other daemons can be learned from the kernel's table");
    throw SyntaxError{};
  }

  std::string read_name(Block& block, const Token& kind) {
    auto& token = parser_.peek();
    std::string name;
    if (token.kind == TokenKind::word && !token.is("from")) {
      name = parser_.next().text;
      block.place = token.place;
    } else if (block.is_template) {
      parser_.fail(token, fmt::format("expected the name of the template, found {}", describe(token)));
    } else {
      auto& number = draft_.unnamed[std::string(kind.text)];
      do name = fmt::format("{}{}", kind.text, ++number);
      while (parser_.symbols.find_global(name));  // somebody else's, written out above
    }
    declare(parser_, name, block.is_template ? "template" : "protocol", block.place);
    return name;
  }

  /// The template of that name, or the protocol.
  const Block* find(std::string_view name) const {
    if (auto at = draft_.templates.find(name); at != draft_.templates.end()) return at->second;
    auto at = std::find_if(draft_.blocks.begin(), draft_.blocks.end(), [&](auto& one) { return common(one.options).name == name; });
    return at == draft_.blocks.end() ? nullptr : &*at;
  }

  void inherit(Block& block, const Token& kind) {
    auto& token = parser_.next();
    auto same_kind = [&](const Block& other) { return other.options.index() == block.options.index(); };
    if (auto* other = find(token.text); other && same_kind(*other)) {
      block.options = other->options;
      if (auto* bfd = std::get_if<bfd::BfdOptions>(&block.options)) {
        bfd->interfaces.clear();  // BIRD hands neither down
        bfd->neighbors.clear();
      }
      block.opened = other->opened;
      block.refused_channel = other->refused_channel;
      block.written.reserve(other->written.size() + usual_options);
      block.written = other->written;
      block.routes = other->routes;
      block.roa_filter = other->roa_filter;
      return;
    }
    std::vector<std::string> known;
    for (auto& one : draft_.blocks)
      if (same_kind(one)) known.push_back(common(one.options).name);
    // The block is read all the same, so that its own mistakes are found in the same run.
    parser_.diagnostics.error(token.place, fmt::format("there is no template or protocol {} '{}' above this line", kind.text, token.text),
                              did_you_mean(token.text, known));
  }

  Parser& parser_;
  Draft& draft_;
};

Token take_table_name(Parser& parser) {
  parser.expect("table");
  auto& name = parser.next();
  if (name.kind != TokenKind::word) parser.fail(name, fmt::format("expected the name of the table, found {}", describe(name)));
  return name;
}

/// The first table of a family, which may be written out once.
bool is_there_from_the_start(const Parser& parser, const std::string& table) {
  auto* symbol = parser.symbols.find_global(table);
  return symbol && symbol->place.line == 0;
}

/// `roa table NAME [{ roa PREFIX max N as A; ... }]` of 1.6, `roa4 table NAME [{ ... }]` or `aspa table NAME [{ ... }]`.
void read_attestation_table(Parser& parser, Draft& draft) {
  rib::RoaTableOptions table;
  auto& type = parser.next();
  table.family = type.is("roa") ? parser.family : type.is("roa4") ? Family::ipv4 : Family::ipv6;
  auto name = take_table_name(parser);
  table.name = name.text;
  rib::TableOptions common;
  if (parser.accept("{"))
    statements(parser, [&] {
      if (type.is("roa")) {
        table.roas.push_back(parse_table_roa(parser));
      } else {
        Matcher matcher(parser);
        if (!type.is("aspa")) matcher.offer(settle_options(), table.settle);
        matcher.offer(table_options(), common);
        matcher.read([&] { return fmt::format("table '{}'", table.name); });
      }
      parser.expect(";");
    });
  else
    parser.accept("sorted");
  if (type.is("aspa")) {
    if (declare(parser, std::string(name.text), "ASPA table", name.place)) draft.config.aspa_tables.push_back(table.name);
  } else if (declare(parser, std::string(name.text), "ROA table", name.place)) {
    draft.config.roa_tables.push_back(std::move(table));
  }
}

/// `table NAME [sorted];` of 1.6, or `ipv4 table NAME [{ ... }];`
void read_table(Parser& parser, Draft& draft) {
  rib::TableOptions table;
  std::optional<NetType> type;
  if (!parser.peek().is("table")) type = read_net_type(parser);
  table.family = type ? type->family.value_or(Family::ipv4) : parser.family;
  auto name = take_table_name(parser);
  table.name = name.text;
  if (parser.peek().is("sorted")) {
    parser.next();
    table.sorted = true;
  } else if (parser.accept("{")) {
    auto title = fmt::format("table '{}'", table.name);
    statements(parser, [&] {
      Matcher matcher(parser);
      matcher.offer(table_options(), table);
      matcher.read([&] { return title; });
      parser.expect(";");
    });
  }
  if (type) type->refuse(parser, "tables of");
  auto same = std::find_if(draft.config.tables.begin(), draft.config.tables.end(), [&](auto& other) { return other.name == table.name; });
  if (same != draft.config.tables.end() && is_there_from_the_start(parser, table.name)) {
    *same = table;
    parser.symbols.find_global(table.name)->place = name.place;
    return;
  }
  if (declare(parser, std::string(name.text), "table", name.place)) draft.config.tables.push_back(std::move(table));
}

/// Reads it with `read`.
Definition definition(Parser& parser, void (*read)(Parser&), std::deque<std::string>& gathered) {
  auto start = parser.position();
  auto first = parser.peek(), second = parser.peek(1);
  read(parser);
  Definition made;
  made.kind = first.text;
  // `attribute int NAME;`, all others begin with their name.
  made.name = first.is("attribute") ? parser.taken(1).text : second.text;
  auto begin = first.text.data(), end = parser.taken().text.data() + parser.taken().text.size();
  bool one_stretch = start.stretch == parser.position().stretch;
  if (one_stretch) made.source = {begin, static_cast<std::size_t>(end - begin)};
  else made.source = gathered.emplace_back(layout(parser.since(start)));
  return made;
}

void read_statement(Parser& parser, Draft& draft) {
  auto& token = parser.peek();
  auto& next = parser.peek(1);
  if (token.is("protocol") || token.is("template")) return DefinitionReader(parser, draft).read();
  constexpr std::pair<std::string_view, void (*)(Parser&)> definitions[] = {
      {"define", parse_define}, {"function", parse_function}, {"filter", parse_filter}, {"attribute", parse_attribute}};
  for (auto& [word, read] : definitions) {
    if (token.is(word)) return draft.config.definitions.push_back(definition(parser, read, draft.config.gathered));
  }
  if (token.is("eval")) return parse_eval(parser);
  if (token.is("bt_test_suite") || token.is("bt_test_same")) return draft.config.tests.push_back(parse_test(parser));
  if (token.is("include") && next.kind == TokenKind::string) parser.fail(token, "'include' must stand on a line of its own", "include \"file\";");
  // A table needs no `;` behind it, in no BIRD.
  if ((token.is("roa") || is_attestation(token)) && next.is("table")) return read_attestation_table(parser, draft);
  if (token.is("table") || (is_net_type(token) && !next.is("domain"))) return read_table(parser, draft);
  if (token.is("}")) parser.fail(token, "this '}' closes nothing");
  for (auto word : {"protocol", "template", "define", "function", "filter", "attribute", "table"})
    if (token.kind == TokenKind::word && next.kind == TokenKind::word && closest(std::string(token.text), {word}) == word)
      parser.fail(token, fmt::format("unknown statement '{}'", token.text), fmt::format("did you mean '{}'?", word));
  Matcher matcher(parser);
  matcher.offer(global_options(), draft.config);
  matcher.read([] { return "the top level"; });
  bool closed = token.is("debug") || token.is("watchdog") || token.is("latency");  // these need no `;`, in no BIRD
  closed ? (void)parser.accept(";") : (void)parser.expect(";");
}

}  // namespace

Place Block::place_of(std::string_view words) const {
  for (auto& [row, where] : written)
    if (row->words == words) return where;
  return place;
}

void Block::note(const OptionHead& row, Place where) {
  for (auto& [known, place] : written)
    if (known == &row) {
      place = where;
      return;
    }
  written.emplace_back(&row, where);
}

bool Block::wrote(std::string_view words) const {
  return std::any_of(written.begin(), written.end(), [&](auto& entry) { return entry.first->words == words; });
}

std::string Block::title() const {
  auto& name = common(options).name;
  return fmt::format("{} {} '{}'", is_template ? "template" : "protocol", kind_name(options), name);
}

void parse_configuration(Parser& parser, Draft& draft) {
  while (!parser.at_end()) {
    if (parser.accept(";")) continue;
    parser.leave_unclosed();
    auto start = parser.position();
    try {
      read_statement(parser, draft);
    } catch (const SyntaxError&) {
      if (parser.position() == start) parser.next();
      parser.recover(0);
    }
  }
}

}  // namespace avocet::config
