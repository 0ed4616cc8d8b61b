#include "bgpd/ctl/reply.hpp"

#include <array>
#include <cstdio>
#include <utility>

namespace avocet::ctl {
namespace {

std::string code_text(int code, char mark) {
  std::array<char, 8> text;
  std::snprintf(text.data(), text.size(), "%04d%c", code % 10000, mark);
  return text.data();
}

}  // namespace

void Reply::row(int code, std::string_view text) {
  text_ += code == last_code_ ? " " : code_text(code, '-');
  text_ += text;
  text_ += '\n';
  last_code_ = code;
}

void Reply::end(int code, std::string_view text) {
  text_ += code_text(code, ' ');
  text_ += text;
  text_ += '\n';
  last_code_ = -1;
}

void Reply::asynchronous(std::string_view text) {
  text_ += '+';
  text_ += text;
  text_ += '\n';
  last_code_ = -1;
}

std::string Reply::take() { return std::exchange(text_, {}); }

}  // namespace avocet::ctl
