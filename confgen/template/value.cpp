#include "confgen/template/value.hpp"

#include <algorithm>

#include "confgen/template/format.hpp"

namespace avocet::confgen {

namespace {

/// Values of one kind compare with each other; characters and whole numbers are one.
enum class Kind { none, boolean, integer, number, complex, text, other };

Kind kind_of(const Value& v) {
  if (v.is_nil()) return Kind::none;
  if (v.as<bool>()) return Kind::boolean;
  if (v.integer()) return Kind::integer;
  if (v.as<double>()) return Kind::number;
  if (v.as<std::complex<double>>()) return Kind::complex;
  return v.string() ? Kind::text : Kind::other;
}

[[noreturn]] void incomparable(const Value& v) {
  throw CallError("non-comparable type " + print(v) + ": " + type_name(v));
}

/// Values that are neither simple nor nil: Go compares records field by field, and nothing else.
bool equal_others(const Value& a, const Value& b) {
  if (!a.record() != !b.record() || !a.map() != !b.map() || !a.list() != !b.list())
    throw CallError("non-comparable types " + print(a) + ": " + type_name(a) + ", " + type_name(b) + ": " + print(b));
  if (!b.record()) incomparable(b);
  if (a.record()->type != b.record()->type) return false;
  return std::ranges::equal(a.record()->fields, b.record()->fields,
                            [](auto& one, auto& other) { return equal(one.second, other.second); });
}

}  // namespace

Fields::Fields(std::initializer_list<Field> fields) : fields_(fields) {
  std::ranges::sort(fields_, {}, &Field::first);
}

Fields::Iterator Fields::begin() const { return fields_.begin(); }
Fields::Iterator Fields::end() const { return fields_.end(); }

Fields::Iterator Fields::find(std::string_view name) const {
  auto place = std::ranges::lower_bound(fields_, name, {}, &Field::first);
  return place != fields_.end() && place->first == name ? place : fields_.end();
}

const Value& Fields::at(std::string_view name) const {
  auto found = find(name);
  if (found == fields_.end()) throw std::out_of_range(std::string(name));
  return found->second;
}

Value& Fields::at(std::string_view name) { return const_cast<Value&>(std::as_const(*this).at(name)); }

Value& Fields::operator[](std::string_view name) {
  auto place = std::ranges::lower_bound(fields_, name, {}, &Field::first);
  if (place == fields_.end() || place->first != name) {
    place = fields_.emplace(place);
    place->first = name;
  }
  return place->second;
}

std::optional<std::int64_t> Value::integer() const {
  if (auto i = as<std::int64_t>()) return *i;
  if (auto b = as<Byte>()) return b->value;
  return {};
}

bool truth(const Value& v) {
  if (auto b = v.as<bool>()) return *b;
  if (auto i = v.integer()) return *i != 0;
  if (auto d = v.as<double>()) return *d != 0;
  if (auto c = v.as<std::complex<double>>()) return *c != 0.0;
  if (auto s = v.string()) return !s->empty();
  if (auto l = v.list()) return !l->empty();
  if (auto m = v.map()) return !m->empty();
  return v.record() != nullptr;
}

std::string type_name(const Value& v) {
  if (v.as<Null>()) return "interface {}";
  if (v.record()) return std::string(v.record()->type);
  if (auto list = v.typed_list()) {
    switch (list->element) {
      case Element::any: return "[]interface {}";
      case Element::text: return "[]string";
      case Element::integer: return "[]int";
      case Element::pair: return "memkv.KVPairs";
    }
  }
  if (v.map()) return "map[string]interface {}";
  if (v.as<Byte>()) return "uint8";
  switch (kind_of(v)) {
    case Kind::boolean: return "bool";
    case Kind::integer: return "int";
    case Kind::number: return "float64";
    case Kind::complex: return "complex128";
    case Kind::text: return "string";
    default: return "nil";
  }
}

bool equal(const Value& a, const Value& b) {
  auto ka = kind_of(a), kb = kind_of(b);
  if (ka == Kind::none || kb == Kind::none) return ka == kb;
  if (ka != kb) throw CallError("incompatible types for comparison");
  switch (ka) {
    case Kind::boolean: return *a.as<bool>() == *b.as<bool>();
    case Kind::integer: return *a.integer() == *b.integer();
    case Kind::number: return *a.as<double>() == *b.as<double>();
    case Kind::complex: return *a.as<std::complex<double>>() == *b.as<std::complex<double>>();
    case Kind::text: return *a.string() == *b.string();
    default: return equal_others(a, b);
  }
}

bool less(const Value& a, const Value& b) {
  auto ka = kind_of(a), kb = kind_of(b);
  if (ka == Kind::none || ka == Kind::other || kb == Kind::none || kb == Kind::other)
    throw CallError("invalid type for comparison");
  if (ka != kb) throw CallError("incompatible types for comparison");
  if (ka == Kind::integer) return *a.integer() < *b.integer();
  if (ka == Kind::number) return *a.as<double>() < *b.as<double>();
  if (ka != Kind::text) throw CallError("invalid type for comparison");
  return *a.string() < *b.string();
}

Value element(const Value& stored) { return stored.is_missing() ? Value(Null{}) : stored; }

}  // namespace avocet::confgen
