#pragma once
/// Template resources that one daemon reads: rendered, checked, installed and reloaded together, or not at all.
#include <functional>
#include <memory>

#include "confgen/install/blame.hpp"
#include "confgen/install/control.hpp"
#include "confgen/install/includes.hpp"
#include "confgen/install/stage.hpp"
#include "confgen/render.hpp"

namespace avocet::confgen {

/// How far a rendering goes.
struct RenderMode {
  bool noop = false;             ///< say what would change, change nothing
  bool sync_only = false;        ///< no check, no reload
  bool keep_stage_file = false;  ///< leave refused files for a person to look at
  bool file_by_file = false;     ///< each resource is a unit of its own, as in confd
};

/// What became of one rendering.
struct Outcome {
  enum Kind {
    unchanged,
    installed,
    untold,  ///< installed; the daemon is not running and has to be told when it is
    waits,   ///< what the datastore, a template or an included file says is wrong: only a change of them helps
    failed,  ///< something outside is wrong and may pass: worth another try
  };
  Kind kind = unchanged;
  std::string message;  ///< why it is untold, waits or failed, in one line; for --noop what would change
  std::string changes;  ///< which files changed and by how many lines
  std::string reload;   ///< the daemon's answer; "" if it was not asked
};

class Unit {
 public:
  /// Where an object is written ("FILE:LINE:COLUMN: error: KIND 'NAME': MEMBER"); "" if it does not know it.
  using Locate = std::function<std::string(const Culprit&)>;

  /// `resources` is not empty. Throws std::runtime_error if they contradict each other.
  Unit(std::vector<Resource> resources, std::filesystem::path templates, RenderMode mode);

  /// One rendering. Whatever goes wrong, the installed files and what the daemon runs stay as they are.
  Outcome render(const KeyTree& tree, const Functions& more, const Locate& locate, const KeyChanges& changes = {});
  /// Renders and checks, and installs nothing. Makes the directories of the files: they lie in a place of their own.
  Outcome verify(const KeyTree& tree, const Functions& more, const Locate& locate, const KeyChanges& changes = {});
  /// The same resources as they are for another node: only their keys differ.
  void take_keys(const std::vector<Resource>& resources);
  /// The texts by dest, without touching anything. Throws RenderError.
  std::map<std::string, std::string> texts(const KeyTree& tree, const Functions& more, const KeyChanges& changes = {});
  /// Whether a template, a file that the last texts include, or an installed file changed since the last rendering by
  /// another hand.
  bool files_changed() const {
    return templates_stamp() != templates_seen_ || includes_.stamp() != includes_seen_ ||
           installed_stamp() != installed_seen_;
  }
  /// "/etc/bird/bird.cfg and 2 more".
  std::string name() const;

 private:
  Outcome render_and_install(const KeyTree& tree, const Functions& more, const Locate& locate,
                             const KeyChanges& changes);
  std::vector<NewFile> compare(const std::map<std::string, std::string>& texts, std::string& changes) const;
  std::string templates_stamp() const;
  std::string installed_stamp() const;
  Outcome check(const std::vector<NewFile>& files, const Locate& locate);
  Outcome reload(const std::vector<NewFile>& files, const Locate& locate);
  Outcome refused(const std::string& who, const std::string& output, const std::vector<NewFile>& files,
                  const Locate& locate) const;

  std::vector<Resource> resources_;
  std::vector<Renderer> renderers_;  ///< one for each resource
  std::filesystem::path templates_;
  RenderMode mode_;
  Stage stage_;
  bool reload_due_ = false;  ///< the daemon has not yet read what is installed
  Includes includes_;        ///< of the last texts
  // Stamps change when files do.
  std::string templates_seen_, includes_seen_, installed_seen_;  ///< at the last rendering
  std::optional<std::string> includes_reloaded_;  ///< at the last reload; nothing before the first rendering
};

/// The units of these resources: those with the same control socket, or with the same reload_cmd, are one.
std::vector<std::unique_ptr<Unit>> make_units(const std::vector<Resource>& resources,
                                              const std::filesystem::path& templates, RenderMode mode);

}  // namespace avocet::confgen
