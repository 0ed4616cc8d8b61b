#pragma once
/// Where the datastore says what a generated line says.
#include "confgen/calico/keys.hpp"
#include "confgen/install/blame.hpp"

namespace avocet::confgen {

/// "FILE:LINE:COLUMN: error: KIND 'NAME': MEMBER"; "" if there is no such object.
std::string locate(const Objects& objects, const Origins& origins, const Culprit& culprit);

}  // namespace avocet::confgen
