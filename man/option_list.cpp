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
  if (object == "table of ROAs") return "Tables of ROAs";
  if (object == "protocol") return "Every protocol";
  if (object == "channel") return "Every channel";
  if (object == "bgp channel") return "Channels of protocol bgp";
  if (object == "bfd sessions") return "Sessions of protocol bfd, and of bfd of protocol bgp";
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

/// What a change of a value does to a protocol that runs; nothing special is said of what is applied at once.
std::string consequence(Effect effect) {
  if (includes(effect, Effect::restart)) return "A change restarts the protocol.";
  if (effect == Effect::refilter_both) return "A change filters routes again, both ways.";
  if (includes(effect, Effect::refilter_in)) return "A change filters received routes again.";
  if (includes(effect, Effect::refilter_out)) return "A change announces routes again as far as they differ.";
  if (includes(effect, Effect::resync)) return "A change has the cache asked anew; what it has told stays until it has answered.";
  if (includes(effect, Effect::next_session)) return "A change holds from the next session on.";
  return "A change is applied at once.";
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
  if (row.support == Support::full && row.effect != Effect::none) fmt::print("{}\n", consequence(row.effect));
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

/// The same the other way round: which options do what when they change.
void print_changes() {
  for (auto effect : {Effect::restart, Effect::next_session, Effect::refilter_in, Effect::refilter_out, Effect::refilter_both,
                      Effect::none}) {
    std::string object;
    fmt::print(".It {}\n", escaped(consequence(effect)));
    for (auto& row : option_docs()) {
      if (row.effect != effect || row.support != Support::full) continue;
      fmt::print("{}", row.object == object ? ",\n" : object.empty() ? "" : ".\n");
      if (row.object != object) fmt::print("{}:\n", heading(object = row.object));
      fmt::print("{}", escaped(row.words));
    }
    fmt::print(".\n");
  }
}

}  // namespace

int main() {
  for (std::string line; std::getline(std::cin, line);) {
    if (line == "@OPTIONS@") print_options();
    else if (line == "@CHANGES@") print_changes();
    else fmt::print("{}\n", line);
  }
}
