#include "bgpd/config/symbols.hpp"

#include <algorithm>
#include <functional>
#include <utility>

#include "bgpd/config/language.hpp"

namespace avocet::config {
namespace {

std::uint32_t hash_of(std::string_view name) { return static_cast<std::uint32_t>(std::hash<std::string_view>{}(name)); }

}  // namespace

std::string kind_text(const Symbol& symbol) {
  switch (symbol.kind) {
    case Symbol::Kind::constant: return "constant";
    case Symbol::Kind::function: return "function";
    case Symbol::Kind::filter: return "filter";
    case Symbol::Kind::attribute: return "custom attribute";
    case Symbol::Kind::variable: return "variable";
    case Symbol::Kind::object: break;
  }
  std::string_view object = symbol.object;
  if (object == "table") return "routing table";
  if (object == "template") return "protocol template";
  return symbol.object;
}

/// The slot that holds the name, or the free one where it belongs.
Symbols::Slot& Symbols::slot_of(std::string_view name, std::uint32_t hash) {
  auto mask = index_.size() - 1;
  for (auto at = hash & mask;; at = (at + 1) & mask) {
    auto& slot = index_[at];
    if (!slot.position || (slot.hash == hash && global_[slot.position - 1].name == name)) return slot;
  }
}

void Symbols::grow_index() {
  constexpr std::size_t first_size = 64;
  auto old = std::exchange(index_, std::vector<Slot>(std::max(first_size, 2 * index_.size())));
  auto mask = index_.size() - 1;
  for (auto& slot : old) {
    if (!slot.position) continue;
    auto at = slot.hash & mask;
    while (index_[at].position) at = (at + 1) & mask;
    index_[at] = slot;
  }
}

const Symbol* Symbols::find_global(std::string_view name) const {
  if (index_.empty()) return nullptr;
  auto& slot = const_cast<Symbols*>(this)->slot_of(name, hash_of(name));
  return slot.position ? &global_[slot.position - 1].symbol : nullptr;
}

const Symbol* Symbols::find(std::string_view name) const {
  for (auto scope = scopes_.rbegin(); scope != scopes_.rend(); ++scope)
    if (auto at = scope->find(name); at != scope->end()) return &at->second;
  if (auto* symbol = find_global(name)) {
    symbol->used = true;
    return symbol;
  }
  return outer_ ? outer_->find(name) : nullptr;
}

Symbol* Symbols::add(std::string_view name, Symbol symbol) {
  if (scopes_.empty()) return add_global(name, std::move(symbol));
  auto [at, is_new] = scopes_.back().emplace(name, std::move(symbol));
  return is_new ? &at->second : nullptr;
}

Symbol* Symbols::add_global(std::string_view name, Symbol symbol) {
  if (index_.size() <= 2 * global_.size()) grow_index();
  auto hash = hash_of(name);
  auto& slot = slot_of(name, hash);
  if (slot.position) return nullptr;
  auto& added = global_.emplace_back(Named{std::string(name), std::move(symbol)}).symbol;
  slot = {hash, static_cast<std::uint32_t>(global_.size())};
  if (added.kind == Symbol::Kind::attribute) attributes_.push_back(&added);
  if (added.kind == Symbol::Kind::object) ++counts_[added.object];
  return &added;
}

std::uint32_t Symbols::count(std::string_view object) const {
  auto at = counts_.find(object);
  return at == counts_.end() ? 0 : at->second;
}

std::vector<std::string> Symbols::names() const {
  auto names = outer_ ? outer_->names() : std::vector<std::string>();
  auto own = static_cast<std::ptrdiff_t>(names.size());
  for (auto& [name, symbol] : global_)
    if (symbol.kind != Symbol::Kind::object) names.push_back(name);
  for (auto& scope : scopes_)
    for (auto& [name, symbol] : scope) names.push_back(name);
  std::sort(names.begin() + own, names.end());  // of hints that fit as well the first is taken
  return names;
}

std::shared_ptr<Symbols> make_symbols() { return std::make_shared<Symbols>(); }

bool declare_object(Symbols& symbols, const std::string& name, const char* kind, Place place) {
  Symbol symbol;
  symbol.place = place;
  symbol.object = kind;
  symbol.number = symbols.count(kind);
  return symbols.add_global(name, std::move(symbol)) != nullptr;
}

std::vector<SymbolRow> list_symbols(const Symbols& symbols) {
  std::vector<SymbolRow> rows;
  for (auto& [name, symbol] : symbols.global()) rows.push_back({name, kind_text(symbol)});
  std::ranges::sort(rows, {}, &SymbolRow::name);
  return rows;
}

filter::ProgramPtr find_filter(const Symbols& symbols, const std::string& name) {
  auto symbol = symbols.find(name);
  return symbol && symbol->kind == Symbol::Kind::filter ? symbol->program : nullptr;
}

std::string custom_attribute_name(const Symbols& symbols, std::uint16_t code) {
  for (auto& [name, symbol] : symbols.global())
    if (symbol.kind == Symbol::Kind::attribute && symbol.attribute.code == code) return name;
  return "";
}

std::string custom_attribute_text(const Symbols& symbols, std::uint16_t code, proto::Bytes value) {
  for (auto symbol : symbols.custom_attributes())
    if (symbol->attribute.code == code) return filter::to_text(filter::read_entry(symbol->attribute, value));
  return "";
}

}  // namespace avocet::config
