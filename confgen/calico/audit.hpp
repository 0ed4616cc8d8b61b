#pragma once
/// What is wrong between the objects of a datastore, though each alone is good: the mistakes that leave sessions down
/// or routes astray.
#include "confgen/calico/resources.hpp"

namespace avocet::confgen {

/// One line each, "FILE:LINE:COLUMN: warning: KIND 'NAME': ..."; `objects` tells the places. Selectors that select
/// nothing, peers defined twice, sessions that only one side knows, AS numbers that do not fit, reflectors without
/// clients, nodes without any session, pools and blocks that overlap, addresses used twice.
std::vector<std::string> audit(const Objects& objects, const Resources& resources);

}  // namespace avocet::confgen
