#pragma once
/// The vocabulary of the objects of a configuration: one row per option. From the rows come reading, "did you mean",
/// ranges in messages, what a reconfiguration does, and the option pages of the manual.
#include <algorithm>
#include <array>
#include <functional>
#include <initializer_list>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "bgpd/config/language.hpp"
#include "bgpd/config/model.hpp"

namespace avocet::config {

/// Which BIRD has an option.
enum class In : std::uint8_t { both, bird1, bird2 };

/// What we do with an option: all it says; accept it with a warning because it changes nothing; refuse it.
enum class Support : std::uint8_t { full, no_effect, missing };

/// What a changed value needs while the protocol runs; bits. `next_session`: a running session goes on as it was agreed.
/// `resync`: a cache of ROAs tells them all anew; those it has told stay until then.
enum class Effect : std::uint8_t { none = 0, refilter_in = 1, refilter_out = 2, refilter_both = 3, restart = 4, next_session = 8, resync = 16 };
constexpr Effect operator|(Effect a, Effect b) {
  return static_cast<Effect>(static_cast<unsigned>(a) | static_cast<unsigned>(b));
}
constexpr bool includes(Effect effect, Effect bit) {
  return (static_cast<unsigned>(effect) & static_cast<unsigned>(bit)) != 0;
}

/// How one kind of value stands in the text.
template <class T> struct Value {
  std::string shape;                           ///< "<0..65535 seconds>", for the manual
  std::string sample;                          ///< a text that reads well, for tests of the rows
  std::function<T(Parser&)> read;
  std::function<std::string(const T&)> text;   ///< as it would be written, or words for people
  std::function<std::string(const T&)> written; ///< where `text` cannot be read again
};

/// What stands after an option's words, and the fields it fills.
template <class Object> struct Slot {
  std::string shape, sample;
  std::function<void(Parser&, Object&)> read;
  std::function<bool(const Object&, const Object&)> same;
  std::function<std::string(const Object&)> text;
  /// What stands behind the words, one entry for each time the option is written; without it, `text` once.
  std::function<std::vector<std::string>(const Object&)> written;
  bool alias = false;  ///< another row compares these fields
  /// Of what is not carried out, in place of `read`: reads and checks the value; true if it asks for nothing.
  std::function<bool(Parser&)> check;
};

/// The part of a row that does not depend on the object.
struct OptionHead {
  const char* words;
  In in = In::both;
  Effect effect = Effect::none;
  const char* doc;
  Support support = Support::full;
};

template <class Object> struct Option : OptionHead {
  Slot<Object> slot;
  Option(const char* words, In in, Effect effect, Slot<Object> slot, const char* doc, Support support = Support::full)
      : OptionHead{words, in, effect, doc, support}, slot(std::move(slot)) {}
};
/// The rows of one kind of object, in the order of the manual; found by the first of their words.
template <class Object> class Table {
 public:
  using Rows = std::vector<Option<Object>>;
  Table(std::initializer_list<Option<Object>> rows) : Table(Rows(rows)) {}
  explicit Table(Rows rows) : rows_(std::move(rows)) {
    for (auto& row : rows_) {
      std::string_view words = row.words;
      by_first_word_.emplace_back(words.substr(0, words.find(' ')), static_cast<std::uint16_t>(&row - rows_.data()));
    }
    std::sort(by_first_word_.begin(), by_first_word_.end());
  }
  auto begin() const { return rows_.begin(); }
  auto end() const { return rows_.end(); }
  /// Calls `visit` for each row that begins with this word, in the order of the rows.
  template <class Visit> void for_word(std::string_view word, Visit visit) const {
    auto at = std::lower_bound(by_first_word_.begin(), by_first_word_.end(), word, [](auto& entry, auto wanted) { return entry.first < wanted; });
    for (; at != by_first_word_.end() && at->first == word; ++at) visit(rows_[at->second]);
  }

 private:
  Rows rows_;
  std::vector<std::pair<std::string_view, std::uint16_t>> by_first_word_;
};

// Values. Ranges are checked, and named in the message.
Value<std::uint32_t> number(std::uint32_t low = 0, std::uint32_t high = 0xffffffff);
/// Whole seconds: `90`, `90 s`, `90000 ms`.
Value<std::uint32_t> seconds(std::uint32_t low = 0, std::uint32_t high = 0xffffffff);
Value<bool> boolean();
Value<proto::Address> address();
Value<std::string> text_value();
Value<std::string> name_value(const char* what);
Value<std::uint32_t> router_id_value();
Value<std::uint32_t> debug_mask();
/// `all`, `off` or `{ states, messages }`: bits of rib::mrtdump.
Value<std::uint32_t> mrtdump_mask();
/// A time as fine as microseconds, in microseconds: `1 s`, `100 ms`.
Value<std::uint64_t> fine_time();
Value<filter::ProgramPtr> filter_value();
/// A word out of a list.
template <class T> Value<T> choice(std::vector<std::pair<const char*, T>> words) {
  Value<T> value;
  for (auto& [word, _] : words) value.shape += (value.shape.empty() ? "" : "|") + std::string(word);
  value.sample = words.front().first;
  auto shape = value.shape;
  value.read = [words, shape](Parser& parser) {
    for (auto& [word, meaning] : words)
      if (parser.accept(word)) return meaning;
    std::vector<std::string> known;
    for (auto& one : words) known.push_back(one.first);
    parser.fail(parser.peek(), "expected " + shape + ", found " + describe(parser.peek()), did_you_mean(parser.peek().text, known));
  };
  value.text = [words](const T& meaning) -> std::string {
    for (auto& [word, m] : words)
      if (m == meaning) return word;
    return "";
  };
  return value;
}
/// `value`, or a bool: on means `on`, off means `off`, and nothing at all means on.
template <class T> Value<T> switch_or(std::vector<std::pair<const char*, T>> words, T off, T on) {
  auto value = choice(std::move(words));
  auto word = value;
  value.shape = "[" + word.shape + "|<bool>]";
  value.sample = "on";
  value.read = [word, off, on](Parser& parser) {
    auto& token = parser.peek();
    bool named = token.kind == TokenKind::word && ("|" + word.shape + "|").find("|" + std::string(token.text) + "|") != std::string::npos;
    return named ? word.read(parser) : parse_bool(parser) ? on : off;
  };
  value.text = [word, off](const T& meaning) { return meaning == off ? "off" : word.text(meaning).empty() ? "on" : word.text(meaning); };
  return value;
}

namespace detail {
template <class T> bool equal(const T& a, const T& b) { return a == b; }
inline bool equal(const filter::ProgramPtr& a, const filter::ProgramPtr& b) {
  return a == b || (a && b && filter::same_program(*a, *b));
}
template <class F> struct Unwrapped { using type = F; };
template <class F> struct Unwrapped<std::optional<F>> { using type = F; };
}  // namespace detail

/// A value that goes into one field, or into an optional one.
template <class Object, class Field, class T> Slot<Object> into(Field Object::*field, Value<T> value) {
  using Inner = typename detail::Unwrapped<Field>::type;
  Slot<Object> slot{value.shape, value.sample, {}, {}, {}, {}};
  slot.read = [field, value](Parser& parser, Object& object) { object.*field = static_cast<Inner>(value.read(parser)); };
  slot.same = [field](const Object& a, const Object& b) { return detail::equal(a.*field, b.*field); };
  slot.text = [field, value](const Object& object) -> std::string {
    if constexpr (!std::is_same_v<Field, Inner>)
      return object.*field ? value.text(static_cast<T>(*(object.*field))) : "default";
    else
      return value.text(static_cast<T>(object.*field));
  };
  if constexpr (std::is_same_v<Field, Inner>)
    if (value.written)
      slot.written = [field, value](const Object& object) {
        auto text = value.written(static_cast<T>(object.*field));
        return text.empty() ? std::vector<std::string>() : std::vector<std::string>{text};
      };
  return slot;
}
/// A slot with a grammar of its own; two objects are the same if their texts are.
template <class Object>
Slot<Object> form(std::string shape, std::string sample, std::function<void(Parser&, Object&)> read,
                  std::function<std::string(const Object&)> text) {
  return {std::move(shape), std::move(sample), std::move(read),
          [text](const Object& a, const Object& b) { return text(a) == text(b); }, text, {}};
}
/// Of a form whose text says these fields and no others: objects that agree in them need no text to be the same.
template <class Object, class... Fields> Slot<Object> compared_by(Slot<Object> slot, Fields Object::*... fields) {
  slot.same = [text_same = slot.same, fields...](const Object& a, const Object& b) { return ((a.*fields == b.*fields) && ...) || text_same(a, b); };
  return slot;
}
/// A second name for fields that another row already compares.
template <class Object> Slot<Object> alias(Slot<Object> slot) {
  slot.alias = true;
  slot.written = [](const Object&) { return std::vector<std::string>(); };
  return slot;
}
/// A slot whose text is for people: `lines` are what a file has behind the words.
template <class Object> Slot<Object> spelled(Slot<Object> slot, std::function<std::vector<std::string>(const Object&)> lines) {
  slot.written = std::move(lines);
  return slot;
}
/// For options without effect and for missing features: the value is read and checked, and kept nowhere. `check` is true if
/// it asks for nothing, as `off` does.
template <class Object> Slot<Object> checked_form(std::string shape, std::string sample, std::function<bool(Parser&)> check) {
  Slot<Object> slot{std::move(shape), std::move(sample), [check](Parser& parser, Object&) { check(parser); },
                    [](const Object&, const Object&) { return true; }, [](const Object&) { return std::string(); }, {}};
  slot.check = std::move(check);
  return slot;
}
/// `nothing`: the value that asks for nothing, if there is one.
template <class Object, class T> Slot<Object> checked(Value<T> value, std::optional<std::type_identity_t<T>> nothing = {}) {
  return checked_form<Object>(value.shape, value.sample, [value, nothing](Parser& parser) { return value.read(parser) == nothing; });
}

/// Finds the row with the most words that stand at the cursor, among the tables offered.
class Matcher {
 public:
  explicit Matcher(Parser& parser) : parser_(parser) {}
  template <class Object> void offer(const Table<Object>& table, Object& object) {
    offered_[count_++] = {&table, [](const void* rows, std::vector<std::string>& names) {
      for (auto& row : *static_cast<const Table<Object>*>(rows)) names.emplace_back(row.words);
    }};
    auto& first = parser_.peek();
    if (first.kind != TokenKind::word || first.quoted) return;
    table.for_word(first.text, [&](auto& row) {
      if (auto length = words_here(row.words); length > length_) {
        length_ = length;
        head_ = &row;
        read_ = [&row, &object](Parser& parser) {
          if (row.slot.check) return row.slot.check(parser);
          row.slot.read(parser, object);
          return false;
        };
      }
    });
  }
  /// Reads the option without its `;` and returns its row. `object` names the object for messages ("protocol bgp 'a'"), if
  /// there are any. Unknown, missing or of the other dialect: a diagnostic and SyntaxError.
  const OptionHead& read(const std::function<std::string()>& object);

 private:
  std::size_t words_here(const char* words) const;
  Parser& parser_;
  const OptionHead* head_ = nullptr;
  std::size_t length_ = 0;
  std::function<bool(Parser&)> read_;
  /// What was offered, to look for names when nothing fits: an object has three tables at most, and its channel two.
  struct Offered {
    const void* table;
    void (*names)(const void* table, std::vector<std::string>& names);
  };
  std::array<Offered, 6> offered_;
  std::size_t count_ = 0;
};

// The tables, one file each.
const Table<Config>& global_options();
const Table<rib::ProtocolOptions>& protocol_options();
/// `hostname` of protocols other than bgp.
const Table<rib::ProtocolOptions>& host_name_option();
const Table<rib::ChannelOptions>& channel_options();
const Table<session::BgpOptions>& bgp_options();
const Table<session::BgpChannelOptions>& bgp_channel_options();
const Table<kernel::DeviceOptions>& device_options();
const Table<kernel::DirectOptions>& direct_options();
const Table<kernel::KernelOptions>& kernel_options();
const Table<rib::StaticOptions>& static_options();
const Table<rib::PipeOptions>& pipe_options();
const Table<rpki::RpkiOptions>& rpki_options();
const Table<bfd::BfdOptions>& bfd_options();
/// Inside the braces of `interface` and `multihop` of a protocol bfd.
const Table<bfd::SessionOptions>& bfd_session_options();
const Table<rib::TableOptions>& table_options();
const Table<observe::MrtOptions>& mrt_options();
/// Of tables of ROAs alone.
const Table<rib::SettleTimes>& settle_options();

const Table<observe::BmpOptions>& bmp_options();

/// Options of protocols that are still to come (aggregator): read, checked and dropped. Null for other kinds.
struct Later {};
const Table<Later>* later_options(std::string_view kind);
/// `on`, `off`, `graceful` or `{ min rx interval 10 ms; ... }`: what a BGP session wants of BFD.
void read_bfd_request(Parser& parser, std::optional<bfd::RequestOptions>& request);
std::string bfd_request_text(const std::optional<bfd::RequestOptions>& request);
/// The same as a file has it, with its passwords.
std::string bfd_request_written(const std::optional<bfd::RequestOptions>& request);

/// One row for manual pages and completion.
struct OptionDoc {
  std::string object, words, shape, sample, doc;
  In in = In::both;
  Effect effect = Effect::none;
  Support support = Support::full;
};
std::vector<OptionDoc> option_docs();

// Pieces of grammar that several tables share.
/// True if these words stand at the cursor; takes them.
bool accept_words(Parser& parser, std::string_view words);
/// `"eth*", -"lo", "x" 10.0.0.0/8`
std::vector<kernel::InterfacePattern> parse_interface_patterns(Parser& parser);
std::string interface_patterns_text(const std::vector<kernel::InterfacePattern>& patterns);
/// After an address: `%eth0`; "" if there is none.
std::string parse_scope(Parser& parser);
/// `roa 192.0.2.0/24 max 24 as 64512` of 1.6.
rib::Roa parse_table_roa(Parser& parser);
/// A number within bounds; `what` is named in the message.
std::uint32_t parse_number(Parser& parser, const char* what, std::uint32_t low, std::uint32_t high);

}  // namespace avocet::config
