#pragma once
/// Names of one configuration: constants, functions, filters, custom attributes, objects, and the variables of the body
/// being read.
#include <deque>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "bgpd/config/diagnostic.hpp"
#include "bgpd/filter/ast.hpp"

namespace avocet::config {

struct Symbol {
  enum class Kind : std::uint8_t { constant, function, filter, attribute, variable, object };
  Kind kind = Kind::object;
  Place place;
  filter::Constant constant;
  std::shared_ptr<filter::Function> function;
  filter::ProgramPtr program;
  filter::Attribute attribute;
  std::uint8_t slot = 0;         ///< of a variable
  filter::StaticType type;       ///< of a variable
  const char* object = "";       ///< what kind of object, a literal: "protocol", "table", ...
  std::uint32_t number = 0;      ///< of an object among those of its kind
  mutable bool used = false;     ///< somebody asked for it
};
/// "constant", "routing table": the second column of `show symbols`.
std::string kind_text(const Symbol& symbol);

class Symbols {
 public:
  Symbols() = default;
  /// A table for one question: its own names first, then those of a running configuration.
  explicit Symbols(const Symbols& outer) : outer_(&outer) {}
  bool is_question() const { return outer_ != nullptr; }

  /// Innermost variables first, then global names. Null if unknown.
  const Symbol* find(std::string_view name) const;
  /// Adds a global name, or a variable when a scope is open. Null if the name is taken there.
  Symbol* add(std::string_view name, Symbol symbol);
  Symbol* add_global(std::string_view name, Symbol symbol);
  struct Named {
    std::string name;
    Symbol symbol;
  };
  const std::deque<Named>& global() const { return global_; }  ///< in the order added
  const Symbol* find_global(std::string_view name) const;
  Symbol* find_global(std::string_view name) { return const_cast<Symbol*>(std::as_const(*this).find_global(name)); }
  /// How many objects of a kind there are.
  std::uint32_t count(std::string_view object) const;
  const std::vector<const Symbol*>& custom_attributes() const { return attributes_; }
  /// Names that fit where a value is expected, for hints.
  std::vector<std::string> names() const;

  /// Variables live in nested scopes; hidden ones come back when the inner scope is closed.
  class Scope {
   public:
    explicit Scope(Symbols& symbols) : symbols_(symbols) { symbols.scopes_.emplace_back(); }
    ~Scope() { symbols_.scopes_.pop_back(); }
    Scope(const Scope&) = delete;
    Scope& operator=(const Scope&) = delete;

   private:
    Symbols& symbols_;
  };

  std::set<const filter::Function*> accepting;  ///< functions that can come to `accept`
  std::set<std::string, std::less<>> failed;    ///< names whose definitions have mistakes
  bool merging = false;  ///< inside of `merge by`: there are `routes`, and a route's attributes stand behind its name
  unsigned nesting = 0;  ///< how deep the grammar is inside itself

 private:
  const Symbols* outer_ = nullptr;
  std::deque<Named> global_;     ///< symbols stay where they are
  /// Where a name stands among them, by its hash: open addressing, a power of two slots, at most half of them taken.
  struct Slot {
    std::uint32_t hash = 0;
    std::uint32_t position = 0;  ///< from 1; 0 in a free slot
  };
  std::vector<Slot> index_;
  Slot& slot_of(std::string_view name, std::uint32_t hash);
  void grow_index();
  std::vector<std::map<std::string, Symbol, std::less<>>> scopes_;
  std::vector<const Symbol*> attributes_;  ///< in order of declaration
  std::map<std::string_view, std::uint32_t> counts_;  ///< of objects, by kind
};

}  // namespace avocet::config
