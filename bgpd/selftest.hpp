#pragma once
/// `bgpd --selftest FILE`: carries out the tests that a configuration file holds. No protocol is started.
#include "bgpd/config/model.hpp"

namespace avocet {

/// Prints each failure with its place and values, a line for each test, and 'N passed, N failed'.
/// The exit status: 0 if there are tests and all pass.
int selftest(const config::Config& config);

}  // namespace avocet
