#pragma once
/// A directory of YAML files, one or many objects in each, watched with inotify.
#include <filesystem>

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
  bool take_events();
  struct File {
    std::string stamp;  ///< changes when the file does
    std::vector<Object> objects;
    bool read = false;  ///< once, at least
  };
  /// Gives each object a revision: what it had, if it is the same as before.
  void number(std::vector<Object>& fresh, const std::vector<Object>& known);
  std::filesystem::path directory_;
  int notify_;
  std::map<std::string, File> files_;
  Objects objects_;
  std::uint64_t revision_ = 0;
};

}  // namespace avocet::confgen
