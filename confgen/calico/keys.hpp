#pragma once
/// Calico's objects to the tree of v1 keys that its templates read.
#include <string>
#include <vector>

#include "confgen/store/store.hpp"
#include "confgen/template/functions.hpp"

namespace avocet::confgen {

/// The key tree as `node` sees it. What was left out and why is told in `problems`, one line each.
KeyTree derive_keys(const Objects& objects, const std::string& node, std::vector<std::string>& problems);

}  // namespace avocet::confgen
