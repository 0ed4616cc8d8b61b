#include "bgpd/ctl/reply.hpp"

#include <algorithm>
#include <utility>

namespace avocet::ctl {
namespace {

void append_code(std::string& out, int code, char mark) {
  for (int unit : {1000, 100, 10, 1}) out += static_cast<char>('0' + code / unit % 10);
  out += mark;
}

bool is_control(char c) {
  auto byte = static_cast<unsigned char>(c);
  return (byte < 0x20 && c != '\t') || byte == 0x7f;
}

/// What peers and files put into names and messages must not begin lines of its own.
void append_line(std::string& out, std::string_view text) {
  auto begin = static_cast<std::ptrdiff_t>(out.size());
  out += text;
  std::replace_if(out.begin() + begin, out.end(), is_control, '?');
  out += '\n';
}

}  // namespace

void Reply::row(int code, std::string_view text) {
  if (code == last_code_) text_ += ' ';
  else append_code(text_, code, '-');
  append_line(text_, text);
  last_code_ = code;
}

void Reply::end(int code, std::string_view text) {
  append_code(text_, code, ' ');
  append_line(text_, text);
  last_code_ = -1;
}

void Reply::asynchronous(std::string_view text) {
  text_ += '+';
  append_line(text_, text);
  last_code_ = -1;
}

std::string Reply::take() { return std::exchange(text_, {}); }

}  // namespace avocet::ctl
