#pragma once
/// Results of work that may fail because of what somebody else sent or wrote.
#include <cstdint>
#include <string>
#include <tl/expected.hpp>

namespace avocet::proto {

/// A value or the reason why there is none.
template <class T, class E> using Result = tl::expected<T, E>;

/// What RFC 7606 asks of us; ordered by severity.
enum class Remedy : std::uint8_t { attribute_discard, treat_as_withdraw, session_reset };

/// Why bytes from a peer could not be taken as they are.
struct DecodeError {
  Remedy remedy = Remedy::session_reset;
  std::uint8_t code = 0;     ///< NOTIFICATION error code, RFC 4271 section 4.5
  std::uint8_t subcode = 0;  ///< NOTIFICATION error subcode
  std::uint16_t offset = 0;  ///< bytes from the start of what was being decoded
  const char* what = "";     ///< "ORIGIN is not 0, 1 or 2"
  friend bool operator==(const DecodeError&, const DecodeError&) = default;
};

template <class T> using Decoded = Result<T, DecodeError>;

/// Why a text could not be read: the position of the first offending character, and words for a person.
struct TextError {
  std::size_t position = 0;  ///< bytes from the start of the text
  std::string what;
  friend bool operator==(const TextError&, const TextError&) = default;
};

template <class T> using Parsed = Result<T, TextError>;

}  // namespace avocet::proto

/// Evaluates to the value of a Result, or returns its error from the enclosing function.
#define AVOCET_TRY(expression)                                                    \
  __extension__({                                                                 \
    auto avocet_try_result = (expression);                                        \
    if (!avocet_try_result) return tl::make_unexpected(avocet_try_result.error()); \
    std::move(*avocet_try_result);                                                \
  })

/// The same for a Result<void>.
#define AVOCET_TRY_VOID(expression)                                                                            \
  do {                                                                                                         \
    if (auto avocet_try_result = (expression); !avocet_try_result)                                             \
      return tl::make_unexpected(avocet_try_result.error());                                                   \
  } while (false)
