#include "confgen/calico/selector.hpp"

#include <set>

namespace avocet::confgen {

namespace {

constexpr int deepest = 200;  // parentheses and negations

/// Parses and answers in one walk: both sides of an operator are always read, so errors never hide.
class Evaluation {
 public:
  Evaluation(const std::string& text, const Labels& labels) : text_(text), labels_(labels) {}

  proto::Parsed<bool> run() {
    try {
      skip();
      if (at_ == text_.size()) return true;
      bool answer = any();
      if (at_ != text_.size()) fail("unexpected text");
      return answer;
    } catch (const proto::TextError& error) {
      return tl::make_unexpected(error);
    }
  }

 private:
  [[noreturn]] void fail(const char* what) { throw proto::TextError{at_, what}; }
  void skip() {
    while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\t')) ++at_;
  }
  bool take(const std::string& word) {
    if (text_.compare(at_, word.size(), word) != 0) return false;
    at_ += word.size();
    skip();
    return true;
  }

  bool any() {
    bool answer = all();
    while (take("||")) answer |= all();
    return answer;
  }
  bool all() {
    bool answer = one();
    while (take("&&")) answer &= one();
    return answer;
  }
  bool one() {
    if (++depth_ > deepest) fail("nested too deeply");
    bool answer = operation();
    --depth_;
    return answer;
  }
  bool operation() {
    if (take("!")) return !one();
    if (take("all()") || take("global()")) return true;
    if (take("(")) {
      bool answer = any();
      if (!take(")")) fail("expected ')'");
      return answer;
    }
    if (take("has(")) {
      auto name = key();
      if (!take(")")) fail("expected ')'");
      return labels_.count(name) > 0;
    }
    auto found = labels_.find(key());
    auto has = found != labels_.end();
    auto value = has ? found->second : "";
    if (take("==")) return string() == value && has;
    if (take("!=")) return string() != value || !has;
    if (take("in")) return set().count(value) && has;
    if (two("not", "in")) return !set().count(value) || !has;
    if (take("contains")) return value.find(string()) != std::string::npos && has;
    if (two("starts", "with")) return value.starts_with(string()) && has;
    if (two("ends", "with")) return value.ends_with(string()) && has;
    fail("expected an operator");
  }
  bool two(const char* first, const char* second) {
    auto start = at_;
    if (take(first) && take(second)) return true;
    at_ = start;
    return false;
  }
  std::string key() {
    auto start = at_;
    while (at_ < text_.size() && (std::isalnum(static_cast<unsigned char>(text_[at_])) ||
                                  std::string("_./-").find(text_[at_]) != std::string::npos))
      ++at_;
    if (at_ == start || at_ - start > 512) fail("expected a label name");
    auto name = text_.substr(start, at_ - start);
    skip();
    return name;
  }
  std::string string() {
    if (at_ >= text_.size() || (text_[at_] != '"' && text_[at_] != '\'')) fail("expected a text in quotes");
    auto end = text_.find(text_[at_], at_ + 1);
    if (end == std::string::npos) fail("unterminated text");
    auto inner = text_.substr(at_ + 1, end - at_ - 1);
    at_ = end + 1;
    skip();
    return inner;
  }
  std::set<std::string> set() {
    std::set<std::string> members;
    if (!take("{")) fail("expected '{'");
    while (!take("}")) {
      members.insert(string());
      if (!take(",") && (at_ >= text_.size() || text_[at_] != '}')) fail("expected ',' or '}'");
    }
    return members;
  }

  const std::string& text_;
  const Labels& labels_;
  std::size_t at_ = 0;
  int depth_ = 0;
};

}  // namespace

proto::Parsed<bool> selects(const std::string& selector, const Labels& labels) {
  return Evaluation(selector, labels).run();
}

}  // namespace avocet::confgen
