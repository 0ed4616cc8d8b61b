#pragma once
/// birdc's numbered reply lines as a client reads them: "NNNN-text" (more follows), "NNNN text" (last), one blank and text
/// (the code of the line before), and "+text" (asynchronous, outside of any reply).
#include <optional>
#include <string>
#include <string_view>

namespace avocet::proto {

struct ReplyLine {
  int code = 0;
  bool last = false;          ///< ends the reply
  bool asynchronous = false;  ///< a '+' line; code means nothing
  std::string text;
  friend bool operator==(const ReplyLine&, const ReplyLine&) = default;
};

/// Fed with bytes in any pieces; yields whole lines.
class ReplyParser {
 public:
  void feed(std::string_view bytes) { pending_.append(bytes); }
  std::optional<ReplyLine> next();

 private:
  std::string pending_;
  std::size_t at_ = 0;
  int code_ = 0;
};

}  // namespace avocet::proto
