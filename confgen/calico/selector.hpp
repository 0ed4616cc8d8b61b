#pragma once
/// Calico's label selectors.
#include <map>
#include <string>

#include "proto/result.hpp"

namespace avocet::confgen {

using Labels = std::map<std::string, std::string>;

/// Whether a selector selects these labels; an empty one selects all. A text error says where it does not parse.
proto::Parsed<bool> selects(const std::string& selector, const Labels& labels);

}  // namespace avocet::confgen
