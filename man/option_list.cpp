/// Prints the options of bgpd.conf as mdoc(7), from the rows that the daemon itself reads them with: bgpd.conf(5) cannot
/// promise what the daemon does not do. Input: the page with a line `@OPTIONS@`. Output: the page.
#include <fmt/format.h>

#include <iostream>
#include <string>

#include "bgpd/config/vocabulary.hpp"

namespace {

using namespace avocet::config;

/// Where the options of an object stand. No word of it may be a macro of mdoc ("In", "At").
std::string heading(const std::string& object) {
  if (object == "global") return "Top level";
  if (object == "table") return "Tables";
  if (object == "protocol") return "Every protocol";
  if (object == "channel") return "Every channel";
  if (object == "bgp channel") return "Channels of protocol bgp";
  return "Protocol " + object;
}

/// Text as a macro's argument or a line of prose.
std::string escaped(const std::string& text) {
  std::string out;
  for (char c : text) {
    if (c == '\\') out += "\\e";
    else if (c == '"') out += "\\(dq";
    else if (c == '-') out += "\\-";
    else out += c;
  }
  return out.starts_with('.') || out.starts_with('\'') ? "\\&" + out : out;
}

std::string sentence(std::string text) {
  if (!text.empty() && text.back() != '.') text += '.';
  return text;
}

void print_row(const OptionDoc& row) {
  auto shape = row.shape.empty() || row.support != Support::full ? "" : fmt::format(" Ar \"{}\"", escaped(row.shape));
  fmt::print(".It Ic \"{}\"{}\n", escaped(row.words), shape);
  if (row.in == In::bird1) fmt::print("(BIRD 1.6 form)\n");
  if (row.in == In::bird2) fmt::print("(BIRD 2 form)\n");
  auto doc = escaped(sentence(row.doc));
  switch (row.support) {
    case Support::full: fmt::print("{}\n", doc); break;
    case Support::no_effect: fmt::print("Read with a warning, changes nothing: {}\n", doc); break;
    case Support::missing: fmt::print("Refused, not supported: {}\n", doc); break;
  }
  if (includes(row.effect, Effect::restart)) fmt::print("A change restarts the protocol.\n");
}

void print_options() {
  std::string object;
  for (auto& row : option_docs()) {
    if (row.object != object) {
      if (!object.empty()) fmt::print(".El\n");
      object = row.object;
      fmt::print(".Ss {}\n.Bl -tag -width Ds -compact\n", heading(object));
    }
    print_row(row);
  }
  fmt::print(".El\n");
}

}  // namespace

int main() {
  for (std::string line; std::getline(std::cin, line);) {
    if (line == "@OPTIONS@") print_options();
    else fmt::print("{}\n", line);
  }
}
