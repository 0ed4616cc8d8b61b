#include "confgen/generator.hpp"

#include <fmt/format.h>

#include "confgen/calico/functions.hpp"
#include "confgen/calico/keys.hpp"

namespace avocet::confgen {

using namespace std::chrono_literals;

View Generator::look(bool& good) {
  std::vector<std::string> problems;
  View view;
  auto& objects = store_.list(problems);
  // The store tells each problem once; all others are found again at every look.
  for (auto& line : problems) say_(line);
  good = problems.empty();
  problems.clear();
  view.resources = catalog_.read(objects, problems);
  view.keys = derive_keys(view.resources, node_, problems, &view.origins);
  say_new(problems);
  for (auto& line : problems) good &= line.find("error: ") == std::string::npos;
  return view;
}

void Generator::say_new(const std::vector<std::string>& problems) {
  for (auto& line : problems)
    if (!known_.count(line)) say_(line);
  known_ = {problems.begin(), problems.end()};
}

bool Generator::round() {
  try {
    auto view = look(objects_good_);
    exception_.clear();
    if (view == rendered_) return true;
    bool done = render_all(view);
    rendered_ = done ? std::optional(std::move(view)) : std::nullopt;
    return done;
  } catch (const std::exception& error) {
    // Nothing that an object or a file can cause may end the process: what runs goes on with what it has.
    if (exception_ != error.what()) say_(fmt::format("error: {}; nothing was changed, trying again", error.what()));
    exception_ = error.what();
    return false;
  }
}

bool Generator::render_all(const View& view) {
  auto functions = calico_functions(view.keys, view.resources, view.origins, node_);
  bool good = true;
  for (auto& renderer : renderers_) {
    auto start = std::chrono::steady_clock::now();
    bool installed = false;
    auto failure = renderer.render(view.keys, functions, installed);
    auto taken = (std::chrono::steady_clock::now() - start) / 1ms;
    if (installed) say_(fmt::format("info  installed {} after={}ms", renderer.dest(), taken));
    if (!failure.empty() && failures_[renderer.dest()] != failure) say_(failure);
    failures_[renderer.dest()] = failure;
    good &= failure.empty();
  }
  return good;
}

}  // namespace avocet::confgen
