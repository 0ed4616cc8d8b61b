#include "bgpd/config/grammar_block.hpp"
#include "bgpd/config/lexer.hpp"
#include "bgpd/config/model.hpp"
#include "bgpd/config/parser.hpp"

namespace avocet::config {
namespace {

/// What is there before the first line: the tables every daemon has, and the dialect's time formats.
void prepare(Config& config) {
  config.log = default_log(config.dialect);
  if (config.dialect == filter::Dialect::bird1) config.tables = {{"master", config.family, false}};
  else config.tables = {{"master4", proto::Family::ipv4, false}, {"master6", proto::Family::ipv6, false}};
  config.symbols = make_symbols();
  for (auto& table : config.tables) declare_object(*config.symbols, table.name, "table", {});
}

Loaded load(std::shared_ptr<Sources> sources, std::uint16_t file, const LoadOptions& options) {
  Loaded loaded{nullptr, {}, sources};
  auto text = put_includes_in_place(*sources, file, loaded.diagnostics);
  bool incomplete = loaded.diagnostics.has_errors();
  Draft draft;
  draft.config.file = sources->name(file);
  draft.config.dialect = detect_dialect(text, loaded.diagnostics);
  draft.config.family = options.family;
  draft.config.sources = sources;
  // A file in two dialects has no reading; every second line would be an error.
  if (!incomplete && loaded.diagnostics.has_errors()) return loaded;
  prepare(draft.config);
  Parser parser(text, *sources, loaded.diagnostics, *draft.config.symbols);
  parser.dialect = draft.config.dialect;
  parser.family = options.family;
  parse_configuration(parser, draft);
  // Checks of the whole would complain of what the mistakes above left out.
  Config config;
  if (!loaded.diagnostics.has_errors()) config = bind(std::move(draft), loaded.diagnostics);
  for (auto& [place, what, hint] : parser.refusals())
    options.only_tests ? loaded.diagnostics.warning(place, what, hint) : loaded.diagnostics.error(place, what, hint);
  if (!loaded.diagnostics.has_errors()) loaded.config = std::make_shared<Config>(std::move(config));
  return loaded;
}

}  // namespace

observe::LogOptions default_log(filter::Dialect dialect) {
  unsigned digits = dialect == filter::Dialect::bird1 ? 0 : 3;
  observe::LogOptions log;
  log.route = log.protocol = observe::iso_short(digits);
  log.base = log.log = observe::iso_long(digits);
  return log;
}

Loaded load_again(std::shared_ptr<const Sources> kept, const LoadOptions& options) {
  auto path = kept->name(0);
  auto sources = std::make_shared<Sources>(std::move(kept));
  auto file = sources->add_file(path);
  auto loaded = load(sources, *file, options);
  sources->let_go_of_kept();
  return loaded;
}

Loaded load_file(const std::string& path, const LoadOptions& options) {
  auto sources = std::make_shared<Sources>();
  auto file = sources->add_file(path);
  if (file) return load(sources, *file, options);
  sources->add_text(path, {});
  Loaded failed{nullptr, {}, sources};
  failed.diagnostics.error({}, file.error());
  return failed;
}

bool moved_to(Loaded& loaded, const std::string& path) {
  if (!loaded.config || !loaded.sources->moved_to(path)) return false;
  loaded.config->file = path;
  return true;
}

Loaded load_text(std::string name, std::string text, const LoadOptions& options) {
  auto sources = std::make_shared<Sources>();
  auto file = sources->add_text(std::move(name), std::move(text));
  return load(sources, file, options);
}

}  // namespace avocet::config
