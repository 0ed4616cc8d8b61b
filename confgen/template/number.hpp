#pragma once
/// Number literals of templates, which are Go's: 1_000, 0x1f, 0b1, 1e3, 0x1p-2, 2i.
#include <complex>
#include <cstdint>
#include <optional>
#include <string>

#include "confgen/template/value.hpp"
#include "proto/result.hpp"

namespace avocet::confgen {

/// What one literal can stand for; 1e3 is a float and a whole number.
struct Number {
  std::optional<std::int64_t> whole;
  std::optional<double> floating;
  std::optional<std::complex<double>> complex;
  bool too_large = false;  ///< whole, but only without a sign bit
};

/// Reads a literal; the error says what is wrong as Go does.
tl::expected<Number, std::string> read_number(const std::string& literal);

/// What it is where nothing tells the type: 1 is an int, 1.0 and 1e3 are floats. Throws CallError if it is too large.
Value ideal_constant(const std::string& literal, const Number& number);

}  // namespace avocet::confgen
