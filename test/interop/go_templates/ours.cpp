/// Runs templates through our engine, as oracle.go does through Go's: one case a line, one answer a line.
#include <fmt/format.h>

#include <boost/json.hpp>
#include <iostream>

#include "confgen/template/functions.hpp"

using namespace avocet::confgen;

int main() {
  const KeyTree nothing;
  auto functions = confd_functions(nothing);
  auto names = function_names(functions);
  for (std::string line; std::getline(std::cin, line);) {
    auto one = json_value(line);
    auto& members = *one.map();
    boost::json::object answer{{"out", ""}, {"err", ""}};
    try {
      auto text =
          run_template(parse_template("t", *members.at("template").string(), names), functions, members.at("data"));
      answer["out"] = fmt::format("{:02x}", fmt::join(std::vector<unsigned char>(text.begin(), text.end()), ""));
    } catch (const TemplateError& error) {
      answer["err"] = error.what();
    }
    std::cout << answer << '\n';
  }
}
