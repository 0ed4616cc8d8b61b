#pragma once
/// One template resource from keys to an installed and reloaded file.
#include <chrono>

#include "confgen/resource.hpp"
#include "confgen/template/functions.hpp"

namespace avocet::confgen {

/// How far a rendering goes.
struct RenderMode {
  bool noop = false;             ///< say what would change, change nothing
  bool sync_only = false;        ///< no check_cmd, no reload_cmd
  bool keep_stage_file = false;  ///< leave the staged file for a person to look at
};

/// Renders one resource, again and again. Whatever fails, the installed file stays as it is.
class Renderer {
 public:
  Renderer(Resource resource, std::filesystem::path templates, RenderMode mode)
      : resource_(std::move(resource)), templates_(std::move(templates)), mode_(mode) {}
  /// "" or why it failed, in one message that names the file. `installed` tells whether dest changed.
  /// `more` are functions besides confd's.
  std::string render(const KeyTree& tree, const Functions& more, bool& installed);
  const std::string& dest() const { return resource_.dest; }

 private:
  std::string install(const std::string& text, bool& installed);
  std::string reload();
  Resource resource_;
  std::filesystem::path templates_;
  RenderMode mode_;
  bool reload_due_ = false;  ///< a reload failed; it is tried again even if the file stays the same
};

}  // namespace avocet::confgen
