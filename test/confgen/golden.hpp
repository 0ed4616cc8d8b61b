#pragma once
/// Calico's golden cases: datastore contents step by step, with the keys and records that belong to them.
#include <filesystem>
#include <functional>

#include "confgen/calico/resources.hpp"

namespace avocet::confgen::golden {

/// One step of a case, after its objects were applied and deleted.
struct Step {
  std::string name, node;
  int number;
  const Resources& resources;
  std::vector<std::string> problems;
  std::filesystem::path derived;  ///< files of this step, without ".kv.json"
};

/// Visits every step of every case of a release that needs no more than the datastore and Secrets. The others are
/// named on standard output. False if the goldens are not on this machine.
bool visit(const std::string& release, const std::function<void(const Step&)>& visitor);

boost::json::value read_json(const std::filesystem::path& path);

}  // namespace avocet::confgen::golden
