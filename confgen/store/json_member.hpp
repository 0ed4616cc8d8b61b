#pragma once
/// Members of JSON objects that others wrote: what is absent or of another kind is nothing.
#include <boost/json.hpp>
#include <string>

namespace avocet::confgen {

inline const boost::json::object* object_in(const boost::json::object& in, const char* member) {
  auto found = in.if_contains(member);
  return found ? found->if_object() : nullptr;
}

inline std::string text_in(const boost::json::object* in, const std::string& member) {
  auto found = in ? in->if_contains(member) : nullptr;
  return found && found->is_string() ? std::string(found->get_string()) : "";
}

}  // namespace avocet::confgen
