#pragma once
/// `bgpd --equivalent A B`.
#include <optional>
#include <string>

#include "proto/ip.hpp"

namespace avocet {

/// Prints how two configuration files differ in what they do. Exit status: 0 they do the same, 1 they differ, 2 one of
/// them cannot be read. `family`: compare only this one, and read files of the 1.6 form as of this family; unset: all,
/// and `family_of_1_6` says how such files are read.
int compare_files(const std::string& a, const std::string& b, std::optional<proto::Family> family,
                  proto::Family family_of_1_6);

}  // namespace avocet
