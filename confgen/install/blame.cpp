#include "confgen/install/blame.hpp"

#include <fmt/format.h>

#include <regex>
#include <string_view>
#include <vector>

namespace avocet::confgen {

namespace {

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  for (std::size_t start = 0; start <= text.size();) {
    auto end = std::min(text.find('\n', start), text.size());
    lines.push_back(text.substr(start, end - start));
    start = end + 1;
  }
  return lines;
}

std::string trimmed(const std::string& line) {
  auto start = line.find_first_not_of(" \t");
  return start == std::string::npos ? "" : line.substr(start, line.find_last_not_of(" \t\r") + 1 - start);
}

constexpr std::size_t longest_matched = 500;  // bytes of a line that regular expressions see: they recurse

/// The object that a comment of this line names: "# BGPPeer tor", "accept;  # IPPool pods: why". Calico's own templates
/// name the key of a peer: "# For peer /bgp/v1/global/peer_v4/10.0.0.1".
std::optional<Culprit> named_in(const std::string& line) {
  static const std::regex object(
      R"(\b(Node|BGPConfiguration|BGPPeer|IPPool|BlockAffinity|BGPFilter|Secret|Service) '?([A-Za-z0-9._/-]*[A-Za-z0-9]))"),
      key(R"(For peer (/[A-Za-z0-9._:/-]+))");
  auto hash = line.rfind('#');
  if (hash == std::string::npos) return {};
  auto comment = line.substr(hash, longest_matched);
  std::smatch match;
  if (std::regex_search(comment, match, object)) return Culprit{match[1], match[2], ""};
  if (std::regex_search(comment, match, key)) return Culprit{"key", match[1], ""};
  return {};
}

/// Which member of a BGPPeer makes a statement that begins so.
struct Statement {
  const char* begins;
  const char* member;
};
constexpr Statement peer_statements[] = {
    {"password", "spec.password"},
    {"ttl security", "spec.ttlSecurity"},
    {"multihop", "spec.ttlSecurity"},
    {"allow local as", "spec.numAllowedLocalASNumbers"},
    {"keepalive time", "spec.keepaliveTime"},
    {"graceful restart time", "spec.maxRestartTime"},
    {"local", "spec.localASNumber"},
    {"neighbor", "spec.peerIP"},
    {"next hop", "spec.nextHopMode"},
    {"source address", "spec.sourceAddress"},
    {"route ", "spec.reachableBy"},
};

/// The rule of a BGPFilter: rules are the lines of its functions, in order, one line each.
std::string rule_of(const std::vector<std::string>& lines, std::size_t at) {
  static const std::regex head(R"(^\s*function 'bgp_.*_(import|export)FilterV([46])')");
  std::smatch match;
  for (std::size_t i = at + 1; i-- > 0;) {
    if (!std::regex_search(lines[i], match, head)) continue;
    auto list = fmt::format("spec.{}V{}", match[1].str(), match[2].str());
    return i == at ? list : fmt::format("{}[{}]", list, at - i - 1);
  }
  return "";
}

void find_member(Culprit& culprit, const std::vector<std::string>& lines, std::size_t at) {
  if (culprit.kind == "BGPFilter") culprit.member = rule_of(lines, at);
  if (culprit.kind == "IPPool") culprit.member = "spec.cidr";
  if (culprit.kind != "BGPPeer") return;
  // Statements from an annotation say so on the line above them.
  if (at > 0 && lines[at - 1].find("# metadata.annotations") != std::string::npos) {
    culprit.member = trimmed(lines[at - 1]).substr(2);
    return;
  }
  for (auto& statement : peer_statements)
    if (trimmed(lines[at]).starts_with(statement.begins)) culprit.member = statement.member;
}

}  // namespace

std::optional<Complaint> first_complaint(const std::string& output) {
  // bgpd: FILE:3:7: error: WHAT; BIRD 2: [bird: ]FILE:3:7 WHAT; BIRD 1.6: [bird: ]FILE, line 3[:7]: WHAT
  static const std::regex modern(R"(^(?:bird: )?([^\s:]+):(\d+):(\d+):? (?:error: )?(.*)$)"),
      old(R"(^(?:bird: )?([^\s:]+), line (\d+)(?::(\d+))?:? (.*)$)");
  for (auto& whole : lines_of(output)) {
    auto line = whole.substr(0, longest_matched);
    std::smatch match;
    if (!std::regex_match(line, match, modern) && !std::regex_match(line, match, old)) continue;
    if (match[4].str().starts_with("warning:") || match[4].str().starts_with("note:")) continue;
    return Complaint{match[1], std::stoi(match[2]), match[3].matched ? std::stoi(match[3]) : 0, match[4]};
  }
  return {};
}

std::optional<Culprit> blame(const std::string& text, int line) {
  auto lines = lines_of(text);
  if (line < 1 || static_cast<std::size_t>(line) > lines.size()) return {};
  auto at = static_cast<std::size_t>(line) - 1;
  for (std::size_t i = at + 1; i-- > 0;) {
    // Blocks end with a brace in the first column; what is above that is another block's.
    if (i != at && lines[i].starts_with("}")) {
      // Functions of one filter follow each other below one comment.
      if (lines[i + 1].starts_with("function 'bgp_")) continue;
      return {};
    }
    bool own = i == at || trimmed(lines[i]).starts_with("#");  // a comment behind a statement names only that one
    if (auto culprit = own ? named_in(lines[i]) : std::nullopt) {
      find_member(*culprit, lines, at);
      return culprit;
    }
  }
  return {};
}

std::string line_of(const std::string& text, int line) {
  auto lines = lines_of(text);
  return line < 1 || static_cast<std::size_t>(line) > lines.size() ? ""
                                                                   : trimmed(lines[static_cast<std::size_t>(line) - 1]);
}

}  // namespace avocet::confgen
