#pragma once
/// One template resource from keys to text.
#include "confgen/key_changes.hpp"
#include "confgen/resource.hpp"
#include "confgen/template/functions.hpp"

namespace avocet::confgen {

/// A template could not be read or run. `outside`: for a reason that has nothing to do with what it says.
struct RenderError : std::runtime_error {
  RenderError(const std::string& what, bool from_outside) : std::runtime_error(what), outside(from_outside) {}
  bool outside;
};

/// A resource that is rendered again and again. It keeps what the next time may need again: the template, the keys the
/// resource asks for, and what the template made of single records.
class Renderer {
 public:
  Renderer(Resource resource, std::filesystem::path templates)
      : resource_(std::move(resource)), templates_(std::move(templates)) {}

  /// The text of the resource's file. `more` are functions besides confd's; `changes` are those of `tree`, for which it
  /// must be the same tree again and again. Throws RenderError "FILE:LINE:COLUMN: error: ...".
  std::string render(const KeyTree& tree, const Functions& more, const KeyChanges& changes = {});

  /// From now on the resource asks for these keys: another node's.
  void take_keys(const std::vector<std::string>& keys);

 private:
  void read_template(const std::string& file, const Functions& functions);
  void follow(const KeyTree& tree, const KeyChanges& changes);
  bool follow(const KeyTree& tree, const std::string& key);

  Resource resource_;
  std::filesystem::path templates_;
  Templates parsed_;
  std::set<std::string> functions_;  ///< names the template was read with
  TemplateMemory memory_;
  std::set<std::string> fresh_prefixes_;  ///< that `seen_` has nothing of yet
  KeyTree seen_;
  std::uint64_t seen_generation_ = 0;
};

/// The resource's check_cmd with the name of the staged file put in. Throws RenderError.
std::string check_command(const Resource& resource, const std::string& staged);

}  // namespace avocet::confgen
