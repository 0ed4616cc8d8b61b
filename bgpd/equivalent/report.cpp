#include <fmt/format.h>
#include <algorithm>

#include "bgpd/equivalent/equivalent.hpp"

namespace avocet::equivalent {
namespace {

std::string indented(const std::string& lines, std::size_t by) {
  std::string text, margin(by, ' ');
  for (std::size_t at = 0; at < lines.size();) {
    auto end = std::min(lines.find('\n', at), lines.size());
    text += margin + lines.substr(at, end - at) + '\n';
    margin.assign(by + 2, ' ');
    at = end + 1;
  }
  return text;
}

/// Sections with the same findings, the first one's title in front.
struct Told {
  const Section* section;
  std::vector<std::string> others;
};

std::vector<Told> grouped(const std::vector<Section>& sections, bool different) {
  std::vector<Told> told;
  for (auto& section : sections) {
    if (section.differences.empty() == different) continue;
    auto alike = std::find_if(told.begin(), told.end(), [&](auto& other) {
      return other.section->differences == section.differences && (different || other.section->notes == section.notes);
    });
    if (alike == told.end())
      told.push_back({&section, {}});
    else
      alike->others.push_back(section.title);
  }
  return told;
}

std::string heading(const Told& told) {
  constexpr std::size_t most_named = 3;
  auto text = told.section->title + '\n';
  for (std::size_t i = 0; i < std::min(told.others.size(), most_named); ++i) text += "  and " + told.others[i] + '\n';
  if (told.others.size() > most_named) text += fmt::format("  and {} more\n", told.others.size() - most_named);
  return text;
}

}  // namespace

std::string text(const Report& report) {
  constexpr std::size_t most_told = 40;  // of different findings each; sections with the same ones count once
  std::string out;
  auto different = grouped(report.sections, true);
  for (std::size_t i = 0; i < std::min(different.size(), most_told); ++i) {
    out += heading(different[i]);
    for (auto& difference : different[i].section->differences) out += indented(difference, 2);
  }
  if (different.size() > most_told)
    out += fmt::format("and {} more that differ in yet other ways\n", different.size() - most_told);
  std::string notes;
  auto noted = grouped(report.sections, false);
  for (std::size_t i = 0; i < std::min(noted.size(), most_told); ++i) {
    notes += indented(heading(noted[i]), 2);
    for (auto& note : noted[i].section->notes) notes += indented(note, 4);
  }
  if (noted.size() > most_told) notes += fmt::format("  and {} more\n", noted.size() - most_told);
  if (!notes.empty()) out += "without effect:\n" + notes;
  for (auto& limit : report.limits) out += "note: " + limit + '\n';
  out += fmt::format(
      "{}: {} sessions in both, {} pairs of filters, {} of them not equal as text and run over {} routes\n",
      report.equivalent() ? "equivalent" : "different", report.sessions, report.filters, report.run, report.routes);
  return out;
}

}  // namespace avocet::equivalent
