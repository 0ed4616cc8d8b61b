#pragma once
/// The values templates work on, with the truth, printing and comparison rules of Go's text/template.
#include <cstdint>
#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace avocet::confgen {

class Value;
using List = std::vector<Value>;
using Map = std::map<std::string, Value>;

/// A struct in Go's sense: unlike in a map, a field that is missing is an error.
struct Record {
  std::string type;  ///< as errors name it
  Map fields;
};

/// One value; copies are cheap. The default value is nil, and what a missing map key gives.
class Value {
 public:
  Value() = default;
  Value(bool v) : held_(v) {}
  Value(int v) : held_(std::int64_t{v}) {}
  Value(std::int64_t v) : held_(v) {}
  Value(double v) : held_(v) {}
  Value(const char* v) : held_(std::string(v)) {}
  Value(std::string v) : held_(std::move(v)) {}
  Value(List v) : held_(std::make_shared<const List>(std::move(v))) {}
  Value(Map v) : held_(std::make_shared<const Map>(std::move(v))) {}
  Value(Record v) : held_(std::make_shared<const Record>(std::move(v))) {}

  template <class T> const T* as() const { return std::get_if<T>(&held_); }
  const List* list() const { return pointed<List>(); }
  const Map* map() const { return pointed<Map>(); }
  const Record* record() const { return pointed<Record>(); }
  const std::string* string() const { return as<std::string>(); }
  bool is_nil() const { return held_.index() == 0; }

 private:
  template <class T> const T* pointed() const {
    auto p = std::get_if<std::shared_ptr<const T>>(&held_);
    return p ? p->get() : nullptr;
  }
  std::variant<std::monostate, bool, std::int64_t, double, std::string, std::shared_ptr<const List>,
               std::shared_ptr<const Map>, std::shared_ptr<const Record>>
      held_;
};

/// Why a function or an operation on values failed; the engine adds the place.
struct CallError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// False for nil, false, 0, and whatever is empty. A record is always true.
bool truth(const Value& value);
/// As Go's %v prints it; nil is "<nil>".
std::string print(const Value& value);
/// Go's name of the type, for messages: "string", "float64", "[]interface {}".
std::string type_name(const Value& value);
/// Go's fmt.Sprintf for our kinds of values, with its marks for wrong verbs and missing or extra operands.
std::string format(const std::string& pattern, const std::vector<Value>& operands);
/// Go's double-quoted form of a text (%q).
std::string quote(const std::string& text);
/// `eq`: throws CallError for values that cannot be compared.
bool equal(const Value& a, const Value& b);
/// `lt`: numbers and text of one kind only.
bool less(const Value& a, const Value& b);

}  // namespace avocet::confgen
