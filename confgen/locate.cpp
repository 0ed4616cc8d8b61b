#include "confgen/locate.hpp"

#include <fmt/format.h>

namespace avocet::confgen {

std::string locate(const Objects& objects, const Origins& origins, const Culprit& culprit) {
  auto [kind, name] = std::pair(culprit.kind, culprit.name);
  if (kind == "key") {
    auto origin = origins.find("/calico" + name);
    if (origin == origins.end()) return "";
    kind = origin->second.kind, name = origin->second.name;
  }
  auto found = objects.find({kind, name});
  if (found == objects.end()) return "";
  return fmt::format("{}: error: {} '{}'{}{}", found->second.at(culprit.member), kind, name,
                     culprit.member.empty() ? "" : ": ", culprit.member);
}

}  // namespace avocet::confgen
