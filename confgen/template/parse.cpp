#include "confgen/template/parse.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "confgen/template/lex.hpp"

namespace avocet::confgen {

namespace {

constexpr int deepest = 1000;  // nesting of blocks and parentheses; beyond it the stack would be at risk

void append_utf8(std::string& out, std::uint32_t c) {
  if (c < 0x80) out += static_cast<char>(c);
  else if (c < 0x800) (out += static_cast<char>(0xc0 | c >> 6)) += static_cast<char>(0x80 | (c & 0x3f));
  else if (c < 0x10000) ((out += static_cast<char>(0xe0 | c >> 12)) += static_cast<char>(0x80 | (c >> 6 & 0x3f))) += static_cast<char>(0x80 | (c & 0x3f));
  else (((out += static_cast<char>(0xf0 | c >> 18)) += static_cast<char>(0x80 | (c >> 12 & 0x3f))) += static_cast<char>(0x80 | (c >> 6 & 0x3f))) += static_cast<char>(0x80 | (c & 0x3f));
}

class Parser {
 public:
  Parser(const std::string& name, const std::string& source, const std::set<std::string>& functions)
      : functions_(functions), tokens_(lex_template(name, source)) {
    made_.name = name;
    made_.source = source;
  }

  Templates run() {
    made_.trees[made_.name] = body(nullptr);
    return std::move(made_);
  }

 private:
  const Token& peek() const { return tokens_[at_]; }
  const Token& next() { return tokens_[at_ < tokens_.size() - 1 ? at_++ : at_]; }
  const Token& peek_word() {
    while (peek().kind == Token::space) ++at_;
    return peek();
  }
  [[noreturn]] void fail(const std::string& what) { fail(peek(), what); }
  [[noreturn]] void fail(const Token& token, const std::string& what) {
    throw TemplateError(fmt::format("template: {}:{}: {}", made_.name, place(made_.source, token.position).first, what));
  }
  [[noreturn]] void unexpected(const Token& token, const std::string& where) {
    fail(token, token.kind == Token::end ? "unexpected EOF" : fmt::format("unexpected {} in {}", token.kind == Token::left || token.kind == Token::right ? quote(token.value) : "<" + token.value + ">", where));
  }
  NodePtr make(Node::Kind kind, std::size_t position) {
    auto node = std::make_unique<Node>();
    node->kind = kind;
    node->position = position;
    return node;
  }

  /// Nodes up to {{end}} or {{else}}; with `ending` the word that ended it is told, without it the file's end must come.
  NodePtr body(std::string* ending) {
    if (++depth_ > deepest) fail("nested too deeply");
    auto list = make(Node::list, peek().position);
    while (true) {
      auto& token = next();
      if (token.kind == Token::end) {
        if (ending) fail(token, "unexpected EOF");
        break;
      }
      if (token.kind == Token::text) {
        list->children.push_back(make(Node::text, token.position));
        list->children.back()->words = token.value;
        continue;
      }
      auto& word = peek_word();
      if (word.kind == Token::word && (word.value == "end" || word.value == "else")) {
        if (!ending) fail(word, "unexpected {{" + word.value + "}}");
        *ending = next().value;
        break;
      }
      if (auto node = statement()) list->children.push_back(std::move(node));
    }
    --depth_;
    return list;
  }

  void right(const std::string& where) {
    if (peek_word().kind != Token::right) unexpected(peek(), where);
    next();
  }

  NodePtr statement() {
    auto word = peek_word();
    if (word.kind == Token::word) {
      if (word.value == "if") return next(), control(Node::if_, "if");
      if (word.value == "range") return next(), control(Node::range, "range");
      if (word.value == "with") return next(), control(Node::with, "with");
      if (word.value == "break" || word.value == "continue") {
        next();
        if (!ranges_) fail(word, fmt::format("{{{{{}}}}} outside {{{{range}}}}", word.value));
        right(word.value);
        return make(word.value == "break" ? Node::break_ : Node::continue_, word.position);
      }
      if (word.value == "define") return next(), define();
      if (word.value == "block" || word.value == "template") return next(), invocation(word);
    }
    auto node = make(Node::action, word.position);
    node->children.push_back(pipeline("command", Token::right));
    return node;
  }

  NodePtr control(Node::Kind kind, const char* where) {
    auto node = make(kind, peek_word().position);
    auto scope = variables_.size();
    node->children.push_back(pipeline(where, Token::right));
    ranges_ += kind == Node::range;
    std::string ending;
    node->children.push_back(body(&ending));
    ranges_ -= kind == Node::range;
    if (ending == "else") {
      // {{else if}} is an {{if}} inside the {{else}} that takes over the {{end}}.
      if (peek_word().kind == Token::word && kind == Node::if_ && peek().value == "if") {
        next();
        auto rest = make(Node::list, peek().position);
        rest->children.push_back(control(Node::if_, "if"));
        node->children.push_back(std::move(rest));
        variables_.resize(scope);
        return node;
      }
      right("else");
      node->children.push_back(body(&ending));
      if (ending == "else") fail("expected end; found {{else}}");
    }
    right("end");
    variables_.resize(scope);
    return node;
  }

  std::string template_name(const std::string& where) {
    auto token = peek_word();
    if (token.kind != Token::string && token.kind != Token::raw_string) unexpected(token, where);
    next();
    return unquote(token);
  }

  void sub_template(const std::string& name) {
    auto outer = std::exchange(variables_, {"$"});
    auto ranges = std::exchange(ranges_, 0);
    std::string ending;
    made_.trees[name] = body(&ending);
    if (ending == "else") fail("unexpected {{else}} in define clause");
    right("define clause");
    variables_ = std::move(outer);
    ranges_ = ranges;
  }

  NodePtr define() {
    auto name = template_name("define clause");
    right("define clause");
    sub_template(name);
    return nullptr;
  }

  NodePtr invocation(const Token& word) {
    auto node = make(Node::invoke, word.position);
    node->words = template_name(word.value + " clause");
    if (peek_word().kind == Token::right && word.value == "template") next();
    else node->children.push_back(pipeline(word.value + " clause", Token::right));
    if (word.value == "block") sub_template(node->words);
    return node;
  }

  /// Declarations, then commands joined by "|"; takes the token that ends it.
  NodePtr pipeline(const std::string& where, Token::Kind closing) {
    if (++depth_ > deepest) fail("nested too deeply");
    auto node = make(Node::pipeline, peek_word().position);
    declarations(*node, where);
    while (true) {
      auto& token = peek_word();
      if (token.kind == closing) {
        if (node->children.empty()) fail(token, "missing value for " + where);
        break;
      }
      node->children.push_back(command(where));
      if (peek_word().kind == Token::pipe) {
        next();
        if (peek_word().kind == closing) fail("missing value for command");
      } else if (peek().kind != closing) unexpected(peek(), where);
    }
    for (std::size_t i = 1; i < node->children.size(); ++i) {
      auto kind = node->children[i]->children[0]->kind;
      if (kind == Node::constant || kind == Node::dot || kind == Node::nil)
        fail(fmt::format("non executable command in pipeline stage {}", i + 1));
    }
    node->words = made_.source.substr(node->position, peek().position - node->position);
    node->words.erase(node->words.find_last_not_of(" \t\r\n-") + 1);
    next();
    --depth_;
    return node;
  }

  void declarations(Node& node, const std::string& where) {
    while (peek_word().kind == Token::variable) {
      auto start = at_;
      auto name = next().value;
      auto kind = peek_word().kind;
      if (kind == Token::declare || kind == Token::assign) {
        next();
        node.assigns = kind == Token::assign;
        if (node.assigns) require_variable(name);
        else variables_.push_back(name);
        node.names.push_back(name);
        return;
      }
      if (kind == Token::comma && where == "range" && node.names.empty()) {
        next();
        node.names.push_back(name);
        variables_.push_back(name);
        if (peek_word().kind != Token::variable) fail("range can only initialize variables");
        continue;
      }
      if (kind == Token::comma) fail("too many declarations in " + where);
      at_ = start;
      return;
    }
  }

  void require_variable(const std::string& name) {
    if (std::find(variables_.begin(), variables_.end(), name) == variables_.end()) fail("undefined variable " + quote(name));
  }

  NodePtr command(const std::string&) {
    auto node = make(Node::command, peek_word().position);
    while (true) {
      auto kind = peek_word().kind;
      if (kind == Token::right || kind == Token::close || kind == Token::pipe) break;
      node->children.push_back(operand());
      kind = peek().kind;
      if (kind != Token::space && kind != Token::right && kind != Token::close && kind != Token::pipe) unexpected(peek(), "operand");
    }
    if (node->children.empty()) fail("empty command");
    return node;
  }

  /// A term and the fields after it: $x.A.B, .A.B, (pipeline).A
  NodePtr operand() {
    auto start = peek_word();
    auto node = term();
    if (peek().kind == Token::field) {
      if (node->kind == Node::constant || node->kind == Node::nil || node->kind == Node::dot) fail(fmt::format("unexpected . after term {}", quote(start.value)));
      if (node->kind != Node::field && node->kind != Node::variable) {
        auto chain = make(Node::chain, peek().position);
        chain->children.push_back(std::move(node));
        node = std::move(chain);
      }
      while (peek().kind == Token::field) node->names.push_back(next().value.substr(1));
    }
    node->words = made_.source.substr(start.position, peek().position - start.position);
    return node;
  }

  NodePtr term() {
    auto token = next();
    auto node = make(Node::constant, token.position);
    switch (token.kind) {
      case Token::word:
        if (token.value == "true" || token.value == "false") return node->value = Value(token.value == "true"), std::move(node);
        if (token.value == "nil") return node->kind = Node::nil, std::move(node);
        if (!functions_.count(token.value)) fail(token, "function " + quote(token.value) + " not defined");
        node->kind = Node::function;
        node->names.clear();
        node->value = Value(token.value);
        return node;
      case Token::dot: return node->kind = Node::dot, std::move(node);
      case Token::field: return node->kind = Node::field, node->names = {token.value.substr(1)}, std::move(node);
      case Token::variable:
        require_variable(token.value);
        return node->kind = Node::variable, node->names = {token.value}, std::move(node);
      case Token::string:
      case Token::raw_string: return node->value = Value(unquote(token)), std::move(node);
      case Token::character: return node->value = Value(character(token)), std::move(node);
      case Token::number: return node->value = number(token), std::move(node);
      case Token::open: return pipeline("parenthesized pipeline", Token::close);
      default: unexpected(token, "operand");
    }
  }

  Value number(const Token& token) {
    std::string digits;
    for (char c : token.value)
      if (c != '_') digits += c;
    bool minus = digits[0] == '-';
    auto body = digits.substr(minus || digits[0] == '+');
    int base = 10;
    if (body.size() > 1 && body[0] == '0') {
      char c = static_cast<char>(body[1] | 0x20);
      base = c == 'x' ? 16 : c == 'b' ? 2 : c == '.' || c == 'e' ? 10 : 8;
      if (c == 'x' || c == 'b' || c == 'o') body.erase(0, 2);
    }
    std::int64_t integer = 0;
    auto text = (minus ? "-" : "") + body;
    auto end = text.data() + text.size();
    if (auto r = std::from_chars(text.data(), end, integer, base); r.ec == std::errc{} && r.ptr == end) return Value(integer);
    double floating = 0;
    if (auto r = std::from_chars(text.data(), end, floating); base == 10 && r.ec == std::errc{} && r.ptr == end) {
      return Value(floating);
    }
    fail(token, "bad number syntax: " + quote(token.value));
  }

  std::int64_t character(const Token& token) {
    auto inner = unquote(token);
    if (inner.empty()) fail(token, "malformed character constant: " + token.value);
    unsigned char first = inner[0];
    std::int64_t c = first < 0x80 ? first : first < 0xe0 ? first & 0x1f : first < 0xf0 ? first & 0x0f : first & 0x07;
    for (std::size_t i = 1; i < inner.size(); ++i) c = c << 6 | (inner[i] & 0x3f);
    return c;
  }

  std::string unquote(const Token& token) {
    auto inner = token.value.substr(1, token.value.size() - 2);
    if (token.kind == Token::raw_string) return inner;
    std::string out;
    for (std::size_t i = 0; i < inner.size(); ++i) {
      if (inner[i] != '\\') {
        out += inner[i];
        continue;
      }
      char c = inner[++i];
      static constexpr std::string_view from = "abfnrtv\\\"'", to = "\a\b\f\n\r\t\v\\\"'";
      if (auto plain = from.find(c); plain != from.npos) out += to[plain];
      else {
        int digits = c == 'x' ? 2 : c == 'u' ? 4 : c == 'U' ? 8 : c >= '0' && c <= '7' ? 3 : 0;
        std::uint32_t code = 0;
        auto first = inner.data() + i + (c >= '0' && c <= '7' ? 0 : 1), last = first + digits;
        if (!digits || last > inner.data() + inner.size() || std::from_chars(first, last, code, digits == 3 ? 8 : 16).ptr != last) fail(token, "invalid syntax");
        if (c == 'u' || c == 'U') append_utf8(out, code);
        else out += static_cast<char>(code);
        i = last - inner.data() - 1;
      }
    }
    return out;
  }

  const std::set<std::string>& functions_;
  std::vector<Token> tokens_;
  std::size_t at_ = 0;
  int depth_ = 0, ranges_ = 0;
  std::vector<std::string> variables_{"$"};
  Templates made_;
};

}  // namespace

Templates parse_template(const std::string& name, const std::string& source, const std::set<std::string>& functions) {
  return Parser(name, source, functions).run();
}

std::pair<std::size_t, std::size_t> place(const std::string& source, std::size_t position) {
  position = std::min(position, source.size());
  auto line = 1 + std::count(source.begin(), source.begin() + static_cast<std::ptrdiff_t>(position), '\n');
  auto start = position ? source.rfind('\n', position - 1) : std::string::npos;
  return {line, start == std::string::npos ? position : position - start - 1};
}

}  // namespace avocet::confgen
