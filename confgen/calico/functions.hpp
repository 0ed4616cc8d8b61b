#pragma once
/// Calico's own functions for templates.
#include "confgen/calico/bird_config.hpp"
#include "confgen/template/functions.hpp"

namespace avocet::confgen {

/// Those of v3.26 to v3.34: hashToIPv4, names and text of filter functions, getBGPConfig; and `origin KEY` for our own
/// templates: "KIND NAME" of the object that made a key. What they refer to must
/// outlive them; `tree` is the whole key tree.
Functions calico_functions(const KeyTree& tree, const Resources& resources, const Origins& origins,
                           const std::string& node, Defects defects, PeerMemory* memory = nullptr);

}  // namespace avocet::confgen
