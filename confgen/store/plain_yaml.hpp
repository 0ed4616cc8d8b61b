#pragma once
/// The plain part of YAML, in which almost every object is written: block mappings and sequences of scalars that stand
/// on one line. Read many times faster than by yaml-cpp, with the same result.
#include <optional>
#include <string_view>

#include "confgen/store/store.hpp"

namespace avocet::confgen {

/// A document of block mappings; nothing if there is anything else in it, right or wrong: then yaml-cpp has to read it.
/// `places` gets the place of each member, in a file that has so many lines before this text.
std::optional<boost::json::object> read_plain_yaml(std::string_view text, int lines_before, Places& places);

/// What a scalar without quotes is, as the YAML readers of Kubernetes see it: a number, a flag, null or text.
boost::json::value yaml_scalar(std::string_view text);

}  // namespace avocet::confgen
