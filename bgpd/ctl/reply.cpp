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

/// What peers and files put into names and messages must not begin lines of its own.
void append_line(std::string& out, std::string_view text) {
  for (char c : text) {
    auto byte = static_cast<unsigned char>(c);
    out += (byte < 0x20 && c != '\t') || byte == 0x7f ? '?' : c;
  }
  out += '\n';
}

}  // namespace

void Reply::row(int code, std::string_view text) {
  text_ += code == last_code_ ? " " : code_text(code, '-');
  append_line(text_, text);
  last_code_ = code;
}

void Reply::end(int code, std::string_view text) {
  text_ += code_text(code, ' ');
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
