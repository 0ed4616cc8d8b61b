#pragma once
/// The values templates work on, with the truth and comparison rules of Go's text/template.
#include <complex>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <map>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace avocet::confgen {

class Value;
using List = std::vector<Value>;
using Map = std::map<std::string, Value>;

/// What the elements of a list are in Go: functions ask for lists of one type, and messages name it.
enum class Element : std::uint8_t { any, text, integer, pair };

struct TypedList {
  List items;
  Element element = Element::any;
};

/// What a record can do besides having fields, as Go's methods: how it prints, and what can be called on it.
struct Methods {
  std::string text;  ///< what it prints as
  std::map<std::string, std::function<Value(const List&)>> calls;
};

/// The fields of a record, in the order of their names. The names are the program's own literals: thousands of records of
/// one kind cost no more than their values.
class Fields {
 public:
  using Field = std::pair<std::string_view, Value>;
  using Iterator = std::vector<Field>::const_iterator;
  Fields() = default;
  Fields(std::initializer_list<Field> fields);

  Iterator begin() const;
  Iterator end() const;
  Iterator find(std::string_view name) const;
  /// Throws std::out_of_range if there is no such field.
  const Value& at(std::string_view name) const;
  Value& at(std::string_view name);
  /// A field that is not there yet is made; the name has to live on.
  Value& operator[](std::string_view name);

 private:
  std::vector<Field> fields_;
};

/// A struct in Go's sense: unlike in a map, a field that is missing is an error.
struct Record {
  std::string_view type;  ///< a literal, as messages name it: "memkv.KVPair"
  Fields fields;
  std::shared_ptr<const Methods> methods = nullptr;  ///< most have none
};

/// One character of a text, which Go counts among the unsigned integers.
struct Byte {
  std::uint8_t value;
};
/// A list or map element that is nil. Unlike of what is missing, it is an error to ask it for a field.
struct Null {};

/// One value; copies are cheap. The default value is nil: what a missing map key gives.
class Value {
 public:
  Value() = default;
  Value(bool v) : held_(v) {}
  Value(int v) : held_(std::int64_t{v}) {}
  Value(std::int64_t v) : held_(v) {}
  Value(double v) : held_(v) {}
  Value(Byte v) : held_(v) {}
  Value(Null v) : held_(v) {}
  Value(std::complex<double> v) : held_(v) {}
  Value(const char* v) : held_(std::string(v)) {}
  Value(std::string v) : held_(std::move(v)) {}
  Value(List v, Element element = Element::any)
      : held_(std::make_shared<const TypedList>(TypedList{std::move(v), element})) {}
  Value(Map v) : held_(std::make_shared<const Map>(std::move(v))) {}
  Value(Record v) : held_(std::make_shared<const Record>(std::move(v))) {}

  template <class T>
  const T* as() const {
    return std::get_if<T>(&held_);
  }
  const TypedList* typed_list() const { return pointed<TypedList>(); }
  const List* list() const {
    auto typed = typed_list();
    return typed ? &typed->items : nullptr;
  }
  const Map* map() const { return pointed<Map>(); }
  const Record* record() const { return pointed<Record>(); }
  const std::string* string() const { return as<std::string>(); }
  /// A whole number, of either kind.
  std::optional<std::int64_t> integer() const;
  bool is_missing() const { return held_.index() == 0; }
  bool is_nil() const { return is_missing() || as<Null>(); }

 private:
  template <class T>
  const T* pointed() const {
    auto p = std::get_if<std::shared_ptr<const T>>(&held_);
    return p ? p->get() : nullptr;
  }
  std::variant<std::monostate, Null, bool, std::int64_t, Byte, double, std::complex<double>, std::string,
               std::shared_ptr<const TypedList>, std::shared_ptr<const Map>, std::shared_ptr<const Record>>
      held_;
};

/// Why a function or an operation on values failed; the engine adds the place.
struct CallError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// False for nil, false, 0, and whatever is empty. A record is always true.
bool truth(const Value& value);
/// Go's name of the type, for messages: "string", "float64", "[]interface {}".
std::string type_name(const Value& value);
/// `eq`: throws CallError for values that cannot be compared.
bool equal(const Value& a, const Value& b);
/// `lt`: numbers and text of one kind only.
bool less(const Value& a, const Value& b);

/// An element of a list or map as a template sees it.
Value element(const Value& stored);

}  // namespace avocet::confgen
