#pragma once
/// A directory of YAML files, one or many objects in each, watched with inotify.
#include <filesystem>
#include <set>

#include "confgen/store/store.hpp"

namespace avocet::confgen {

/// Objects of one YAML text, read as Kubernetes tools do. Throws std::runtime_error "FILE:LINE:COLUMN: error: ...".
std::vector<Object> read_yaml(const std::string& file, const std::string& text);

class YamlDirectory final : public Store {
 public:
  /// Throws std::runtime_error if the directory cannot be watched.
  explicit YamlDirectory(std::filesystem::path directory);
  ~YamlDirectory() override;
  YamlDirectory(const YamlDirectory&) = delete;
  YamlDirectory& operator=(const YamlDirectory&) = delete;
  const Objects& list(std::vector<std::string>& problems) override;
  bool whole() const override;
  bool wait(std::chrono::milliseconds limit) override;

 private:
  using ObjectName = Objects::key_type;  ///< kind and name
  struct File {
    std::string stamp;           ///< changes when the file does
    std::set<ObjectName> names;  ///< of its objects
    bool read = false;           ///< once, at least
  };
  bool take_events();
  void look_at_all(std::vector<std::string>& problems);
  void look_at(const std::filesystem::path& path, std::vector<std::string>& problems);
  void put(const std::string& path, File& file, std::vector<Object> fresh, std::vector<std::string>& problems);
  const Object* held(const ObjectName& name, const std::string& path) const;
  void forget(const ObjectName& name, const std::string& path);
  void gone(const std::string& name);

  std::filesystem::path directory_;
  int notify_;
  std::map<std::string, File> files_;
  Objects objects_;
  /// Objects of these names that other files have, which come later in the order of names; by file.
  std::map<ObjectName, std::map<std::string, Object>> hidden_;
  std::set<std::string> dirty_;  ///< files that inotify told of since the last list
  bool all_dirty_ = true;        ///< anything may have changed
  std::uint64_t revision_ = 0;
};

}  // namespace avocet::confgen
