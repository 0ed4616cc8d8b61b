#include "confgen/last_good.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>

#include "confgen/file_content.hpp"
#include "confgen/store/json_member.hpp"

namespace avocet::confgen {

namespace json = boost::json;

ObjectBodies LastGood::read(std::vector<std::string>& problems) {
  auto text = file_.empty() ? std::nullopt : file_content(file_);
  if (!text) return held_ = {};
  json::error_code error;
  auto all = json::parse(*text, error);
  if (error || !all.is_array()) {
    problems.push_back(fmt::format("{}: warning: is not what confgen wrote there; it counts as empty", file_.string()));
    return held_ = {};
  }
  for (auto& item : all.get_array())
    if (auto entry = item.if_object())
      if (auto body = object_in(*entry, "body")) held_[{text_in(entry, "kind"), text_in(entry, "name")}] = *body;
  return held_;
}

void LastGood::write(const ObjectBodies& bodies, std::vector<std::string>& problems) {
  if (file_.empty() || bodies == held_) return;
  json::array all;
  for (auto& [name, body] : bodies) all.push_back({{"kind", name.first}, {"name", name.second}, {"body", body}});
  auto fresh = file_.string() + ".new";
  bool good = true;
  if (all.empty()) {
    good = ::unlink(file_.c_str()) == 0 || errno == ENOENT;
  } else {
    std::ofstream out(fresh);
    out << json::serialize(all) << '\n';
    out.close();
    good = out.good() && ::rename(fresh.c_str(), file_.c_str()) == 0;
  }
  if (good)
    held_ = bodies;
  else
    problems.push_back(
        fmt::format("{}: warning: cannot be written: {}; what wrong objects said before is lost when confgen ends",
                    file_.string(), std::strerror(errno)));
}

}  // namespace avocet::confgen
