#pragma once
/// Files that a person wrote and that rendered files include, and those that these include: a change of one of them is
/// a new configuration too.
#include <map>
#include <set>
#include <string>
#include <vector>

namespace avocet::confgen {

class Includes {
 public:
  /// The includes of these texts, by the files they are for. Files among them are not a person's.
  void of(const std::map<std::string, std::string>& texts);
  /// Another text when one of the files is another one, was changed, came or went.
  std::string stamp() const;

 private:
  struct Known {
    std::string stamp;
    std::vector<std::string> patterns;
  };
  void note(const std::vector<std::string>& patterns, std::set<std::string>& seen, std::string& stamp) const;

  std::set<std::string> ours_;
  std::vector<std::string> patterns_;
  mutable std::map<std::string, Known> known_;  ///< what a file includes is read again only when it changed
};

}  // namespace avocet::confgen
