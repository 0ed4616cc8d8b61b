#include "proto/bird_reply.hpp"

#include <algorithm>
#include <cctype>

namespace avocet::proto {

std::optional<ReplyLine> ReplyParser::next() {
  auto end = pending_.find('\n', at_);
  if (end == std::string::npos) {
    pending_.erase(0, at_);
    at_ = 0;
    return std::nullopt;
  }
  std::string_view line(pending_.data() + at_, end - at_);
  at_ = end + 1;
  ReplyLine out;
  out.code = code_;
  if (line.starts_with('+')) {
    out.asynchronous = true;
    out.text = line.substr(1);
    return out;
  }
  auto digit = [](unsigned char c) { return std::isdigit(c) != 0; };
  bool numbered = line.size() >= 5 && std::all_of(line.begin(), line.begin() + 4, digit) && (line[4] == '-' || line[4] == ' ');
  if (!numbered) {
    out.text = line.empty() ? line : line.substr(1);
    return out;
  }
  code_ = out.code = (line[0] - '0') * 1000 + (line[1] - '0') * 100 + (line[2] - '0') * 10 + (line[3] - '0');
  out.last = line[4] == ' ';
  out.text = line.substr(5);
  return out;
}

}  // namespace avocet::proto
