#include "confgen/line_diff.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <string_view>
#include <unordered_map>

namespace avocet::confgen {

namespace {

/// Most edits that are searched for; the search takes time and memory with their square.
constexpr int most_edits = 300;

std::vector<std::string_view> lines_of(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    auto end = std::min(text.find('\n'), text.size() - 1);
    lines.push_back(text.substr(0, end + 1));
    text.remove_prefix(end + 1);
  }
  return lines;
}

std::string without_newline(std::string_view line) {
  return std::string(line.substr(0, line.ends_with('\n') ? line.size() - 1 : line.size()));
}

/// Myers' greedy search: the furthest reach in `a` on each diagonal, kept for each number of edits to walk back.
class Search {
 public:
  using Lines = std::vector<std::string_view>;
  Search(const Lines& a, const Lines& b) : a_(a), b_(b) {}

  /// False if there are too many edits.
  bool run() {
    std::map<int, int> reach{{1, 0}};
    for (int edits = 0; edits <= most_edits; ++edits) {
      for (int k = -edits; k <= edits; k += 2) {
        int x = step_down(reach, k, edits) ? reach[k + 1] : reach[k - 1] + 1;
        while (x < size(a_) && x - k < size(b_) && a_[at(x)] == b_[at(x - k)]) ++x;
        reach[k] = x;
        if (x >= size(a_) && x - k >= size(b_)) return trace_.push_back(reach), true;
      }
      trace_.push_back(reach);
    }
    return false;
  }

  /// The changes, from the end.
  std::vector<LineChange> walk_back(std::size_t offset) {
    std::vector<LineChange> changes;
    int x = size(a_), y = size(b_);
    for (int edits = static_cast<int>(trace_.size()) - 1; edits > 0; --edits) {
      auto& reach = trace_[at(edits) - 1];
      int k = x - y;
      bool down = step_down(reach, k, edits);
      int from = reach[down ? k + 1 : k - 1];
      int edit_x = from, edit_y = from - (down ? k + 1 : k - 1);
      if (down)
        changes.push_back({'+', offset + at(edit_y) + 1, without_newline(b_[at(edit_y)])});
      else
        changes.push_back({'-', offset + at(edit_x) + 1, without_newline(a_[at(edit_x)])});
      x = edit_x, y = edit_y;
    }
    std::reverse(changes.begin(), changes.end());
    return changes;
  }

 private:
  static int size(const Lines& lines) { return static_cast<int>(lines.size()); }
  static std::size_t at(int i) { return static_cast<std::size_t>(i); }
  static bool step_down(std::map<int, int>& reach, int k, int edits) {
    return k == -edits || (k != edits && reach[k - 1] < reach[k + 1]);
  }

  const Lines &a_, &b_;
  std::vector<std::map<int, int>> trace_;
};

/// Takes away what both have at the beginning and at the end. How much it was at the beginning.
std::size_t trim(std::vector<std::string_view>& a, std::vector<std::string_view>& b) {
  auto head = static_cast<std::size_t>(std::mismatch(a.begin(), a.end(), b.begin(), b.end()).first - a.begin());
  auto drop = [](auto& lines, std::size_t n) { lines.erase(lines.begin(), lines.begin() + static_cast<long>(n)); };
  drop(a, head), drop(b, head);
  auto tail = static_cast<std::size_t>(std::mismatch(a.rbegin(), a.rend(), b.rbegin(), b.rend()).first - a.rbegin());
  a.resize(a.size() - tail), b.resize(b.size() - tail);
  return head;
}

}  // namespace

std::vector<LineChange> changed_lines(const std::string& before, const std::string& after) {
  auto a = lines_of(before), b = lines_of(after);
  auto same = trim(a, b);
  Search search(a, b);
  if (search.run()) return search.walk_back(same);
  std::vector<LineChange> changes;
  for (std::size_t i = 0; i < a.size(); ++i) changes.push_back({'-', same + i + 1, without_newline(a[i])});
  for (std::size_t i = 0; i < b.size(); ++i) changes.push_back({'+', same + i + 1, without_newline(b[i])});
  return changes;
}

std::string count_changes(const std::string& before, const std::string& after) {
  auto a = lines_of(before), b = lines_of(after);
  trim(a, b);
  std::unordered_map<std::string_view, long> balance;
  for (auto line : a) --balance[line];
  for (auto line : b) ++balance[line];
  long added = 0, removed = 0;
  for (auto& [line, count] : balance) count > 0 ? added += count : removed -= count;
  return fmt::format("+{} -{} lines", added, removed);
}

}  // namespace avocet::confgen
