#include "confgen/object_changes.hpp"

#include <fmt/format.h>

namespace avocet::confgen {

namespace {

constexpr std::size_t most_named = 3;

std::size_t hash_of(const Object& object) { return std::hash<boost::json::object>{}(object.body); }

}  // namespace

std::string ObjectChanges::since_last(const Objects& objects) {
  std::string words;
  std::size_t count = 0;
  auto note = [&](const std::pair<std::string, std::string>& object, const char* what) {
    if (++count <= most_named)
      words += fmt::format("{}{} '{}' {}", words.empty() ? "" : ", ", object.first, object.second, what);
  };
  auto old = known_.begin();
  for (auto& [key, object] : objects) {
    for (; old != known_.end() && old->first < key; old = known_.erase(old)) note(old->first, "removed");
    if (old == known_.end() || old->first != key) {
      known_.emplace_hint(old, key, Known{object.revision, hash_of(object)});
      note(key, "added");
    } else {
      if (auto& known = old->second; known.revision != object.revision) {
        auto hash = hash_of(object);
        if (hash != known.hash) note(key, "changed");
        known = {object.revision, hash};
      }
      ++old;
    }
  }
  for (; old != known_.end(); old = known_.erase(old)) note(old->first, "removed");
  return count > most_named ? fmt::format("{} and {} more", words, count - most_named) : words;
}

}  // namespace avocet::confgen
