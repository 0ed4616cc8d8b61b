#pragma once
/// birdc's reply lines as they are written: four digits, then `-` while more follows and a blank on the last line
/// (reference 9.1). And answers that are produced in pages.
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

namespace avocet::ctl {

/// Text of one connection that waits to be written.
class Reply {
 public:
  /// A line that is not the last. After a line with the same code the code is left out, as BIRD does.
  void row(int code, std::string_view text);
  /// The last line of an answer.
  void end(int code, std::string_view text = {});
  /// A line outside of any answer (log echo); the next row carries its code again.
  void asynchronous(std::string_view text);

  std::size_t size_bytes() const { return text_.size(); }
  std::string take();

 private:
  std::string text_;
  int last_code_ = -1;
};

/// An answer too long to be built at once. It reads the rooms as they are at the moment of each call.
class Answer {
 public:
  virtual ~Answer() = default;
  /// Appends about a page, working at most about a millisecond. True when the answer is complete.
  virtual bool produce(Reply& reply) = 0;
};
using AnswerPtr = std::unique_ptr<Answer>;

}  // namespace avocet::ctl
