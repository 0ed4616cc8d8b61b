#pragma once
/// One template resource from keys to text.
#include "confgen/resource.hpp"
#include "confgen/template/functions.hpp"

namespace avocet::confgen {

/// A template could not be read or run. `outside`: for a reason that has nothing to do with what it says.
struct RenderError : std::runtime_error {
  RenderError(const std::string& what, bool from_outside) : std::runtime_error(what), outside(from_outside) {}
  bool outside;
};

/// The text of a resource's file. `more` are functions besides confd's. Throws RenderError "FILE:LINE:COLUMN: error:
/// ...".
std::string render(const Resource& resource, const std::filesystem::path& templates, const KeyTree& tree,
                   const Functions& more);

/// The resource's check_cmd with the name of the staged file put in. Throws RenderError.
std::string check_command(const Resource& resource, const std::string& staged);

}  // namespace avocet::confgen
