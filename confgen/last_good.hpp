#pragma once
/// What objects said when they were right, in a file for as long as they are wrong: a confgen that begins anew, perhaps
/// on a machine that began anew, goes on with it too.
#include <filesystem>

#include "confgen/calico/resources.hpp"

namespace avocet::confgen {

class LastGood {
 public:
  /// "" for none.
  explicit LastGood(std::filesystem::path file = {}) : file_(std::move(file)) {}

  /// What the file holds; nothing if there is none. A file that cannot be understood is told and counts as none.
  ObjectBodies read(std::vector<std::string>& problems);
  /// Makes the file hold these, if it does not yet; none without any.
  void write(const ObjectBodies& bodies, std::vector<std::string>& problems);

 private:
  std::filesystem::path file_;
  ObjectBodies held_;
};

}  // namespace avocet::confgen
