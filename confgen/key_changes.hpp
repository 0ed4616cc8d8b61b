#pragma once
/// What one update did to a tree of keys.
#include <cstdint>
#include <string>
#include <vector>

namespace avocet::confgen {

struct KeyChanges {
  std::uint64_t generation = 0;   ///< of the tree; 0: it is not numbered
  bool all = true;                ///< any key may be another one
  std::vector<std::string> keys;  ///< otherwise those that came, went or have another value
};

}  // namespace avocet::confgen
