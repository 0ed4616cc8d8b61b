#include "confgen/template/parse.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "confgen/template/characters.hpp"
#include "confgen/template/lex.hpp"

namespace avocet::confgen {

namespace {

constexpr int deepest = 1000;  // nesting of blocks and parentheses; beyond it the stack would be at risk

/// What all templates of one file share.
struct File {
  Templates made;
  const std::set<std::string>& functions;
  std::vector<Token> tokens;
  std::size_t next = 0;
  int depth = 0;

  Token take() { return next < tokens.size() ? tokens[next++] : Token{}; }
};

/// Nothing but blanks: such a template gives way to another definition of the same name.
bool is_empty(const Node& node) {
  if (node.kind == Node::text) return node.words.find_first_not_of(" \t\r\n\v\f") == std::string::npos;
  if (node.kind != Node::list) return false;
  return std::all_of(node.children.begin(), node.children.end(), [](auto& child) { return is_empty(*child); });
}

/// How a list of statements ended.
struct Ending {
  Token::Kind kind;
  std::size_t position;
};
const char* shown(Token::Kind ending) { return ending == Token::end ? "{{end}}" : "{{else}}"; }

/// Reads one template: the file's, or one of its definitions. Up to three words are looked ahead; a message tells the
/// line of the one that was read last of all, as Go's do.
class Parser {
 public:
  explicit Parser(File& file) : file_(file) {}

  void main() {
    auto root = make(Node::list, peek().position);
    while (peek().kind != Token::end_of_file) {
      if (peek().kind == Token::left) {
        auto left = next();
        if (next_word().kind == Token::define) {
          Parser(file_).definition();
          continue;
        }
        push_back(left);
      }
      Ending ending{};
      if (auto node = text_or_action(ending))
        root->children.push_back(std::move(node));
      else
        fail(fmt::format("unexpected {}", shown(ending.kind)));
    }
    add(file_.made.name, std::move(root));
  }

 private:
  // Words

  const Token& peek() {
    if (ahead_ == 0) ahead_ = 1, tokens_[0] = file_.take();
    return tokens_[ahead_ - 1];
  }
  Token next() {
    if (ahead_ > 0) return tokens_[--ahead_];
    return tokens_[0] = file_.take();
  }
  Token next_word() {
    auto token = next();
    while (token.kind == Token::space) token = next();
    return token;
  }
  const Token& peek_word() {
    next_word();
    back();
    return tokens_[ahead_ - 1];
  }
  void back() { ++ahead_; }
  void push_back(Token before) { tokens_[1] = std::move(before), ahead_ = 2; }
  void push_back(Token before, Token between) {
    tokens_[1] = std::move(between), tokens_[2] = std::move(before), ahead_ = 3;
  }

  [[noreturn]] void fail(const std::string& what) {
    throw TemplateError(fmt::format("template: {}:{}: {}", file_.made.name, tokens_[0].line, what));
  }
  [[noreturn]] void unexpected(const Token& token, const std::string& where) {
    if (token.kind != Token::error) fail(fmt::format("unexpected {} in {}", token.shown(), where));
    std::string started;
    if (action_line_ && action_line_ != token.line)
      started = fmt::format("{} started at {}:{}", token.value.ends_with(" action") ? "" : " in action",
                            file_.made.name, action_line_);
    fail(token.value + started);
  }
  Token expect(Token::Kind kind, const std::string& where) {
    auto token = next_word();
    if (token.kind != kind) unexpected(token, where);
    return token;
  }

  static NodePtr make(Node::Kind kind, std::size_t position) {
    auto node = std::make_unique<Node>();
    node->kind = kind;
    node->position = position;
    return node;
  }

  /// Counts how deep the tree is.
  struct Level {
    explicit Level(Parser& parser) : depth(parser.file_.depth) {
      if (++depth > deepest) parser.fail("nested too deeply");
    }
    ~Level() { --depth; }
    int& depth;
  };

  // Templates

  void add(const std::string& name, NodePtr root) {
    auto& tree = file_.made.trees[name];
    if (!tree || is_empty(*tree))
      tree = std::move(root);
    else if (!is_empty(*root))
      fail(fmt::format("template: multiple definition of template {}", quote(name)));
  }
  /// A definition's body; `teller` words the error, so that it tells the line of its last word.
  void body_of(const std::string& name, const std::string& where, Parser& teller) {
    Ending ending{};
    auto root = statements(ending);
    if (ending.kind != Token::end) teller.fail(fmt::format("unexpected {} in {}", shown(ending.kind), where));
    add(name, std::move(root));
  }
  void definition() {
    auto name = template_name(next_word(), "define clause");
    expect(Token::right, "define clause");
    body_of(name, "define clause", *this);
  }
  std::string template_name(const Token& token, const std::string& where) {
    if (token.kind != Token::string && token.kind != Token::raw_string) unexpected(token, where);
    return text_of(token);
  }
  std::string text_of(const Token& token) {
    if (auto text = unquote(token.value)) return *text;
    fail("invalid syntax");
  }

  // Statements

  NodePtr statements(Ending& ending) {
    Level level(*this);
    auto list = make(Node::list, peek_word().position);
    while (peek_word().kind != Token::end_of_file) {
      auto node = text_or_action(ending);
      if (!node) return list;
      list->children.push_back(std::move(node));
    }
    fail("unexpected EOF");
  }

  /// A statement; nothing at {{end}} and {{else}}.
  NodePtr text_or_action(Ending& ending) {
    auto token = next_word();
    if (token.kind == Token::text) {
      auto node = make(Node::text, token.position);
      node->words = token.value;
      return node;
    }
    if (token.kind != Token::left) unexpected(token, "input");
    action_line_ = token.line;
    auto node = action(ending);
    action_line_ = 0;
    return node;
  }

  NodePtr action(Ending& ending) {
    auto token = next_word();
    switch (token.kind) {
      case Token::block: return block();
      case Token::break_:
      case Token::continue_: return leave(token);
      case Token::else_: return else_clause(ending);
      case Token::end: ending = {Token::end, expect(Token::right, "end").position}; return nullptr;
      case Token::if_: return control(Node::if_, "if");
      case Token::range: return control(Node::range, "range");
      case Token::template_: return invocation();
      case Token::with: return control(Node::with, "with");
      default: break;
    }
    back();
    auto node = make(Node::action, peek().position);
    node->children.push_back(pipeline("command", Token::right));
    return node;
  }

  NodePtr leave(const Token& token) {
    auto shown = "{{" + token.value + "}}";
    if (auto right = next_word(); right.kind != Token::right) unexpected(right, shown);
    if (ranges_ == 0) fail(shown + " outside {{range}}");
    return make(token.kind == Token::break_ ? Node::break_ : Node::continue_, token.position);
  }

  /// {{else}}, or {{else if}} and {{else with}} whose second word is left for who asked.
  NodePtr else_clause(Ending& ending) {
    auto kind = peek_word().kind;
    bool goes_on = kind == Token::if_ || kind == Token::with;
    ending = {Token::else_, goes_on ? peek().position : expect(Token::right, "else").position};
    return nullptr;
  }

  NodePtr control(Node::Kind kind, const std::string& where) {
    Level level(*this);
    auto scope = variables_.size();
    auto pipe = pipeline(where, Token::right);
    auto node = make(kind, pipe->position);
    node->children.push_back(std::move(pipe));
    ranges_ += kind == Node::range;
    Ending ending{};
    node->children.push_back(statements(ending));
    ranges_ -= kind == Node::range;
    if (ending.kind == Token::else_) node->children.push_back(alternative(kind, ending));
    variables_.resize(scope);
    return node;
  }

  NodePtr alternative(Node::Kind kind, Ending ending) {
    // {{else if}} is an {{if}} inside the {{else}} that takes over the {{end}}; so is {{else with}} (since Go 1.23).
    auto again = peek().kind;
    if ((kind == Node::if_ && again == Token::if_) || (kind == Node::with && again == Token::with)) {
      next();
      auto list = make(Node::list, ending.position);
      list->children.push_back(control(kind, kind == Node::if_ ? "if" : "with"));
      return list;
    }
    auto list = statements(ending);
    if (ending.kind != Token::end) fail(fmt::format("expected end; found {}", shown(ending.kind)));
    return list;
  }

  NodePtr block() {
    auto token = next_word();
    auto node = make(Node::invoke, token.position);
    node->words = template_name(token, "block clause");
    node->children.push_back(pipeline("block clause", Token::right));
    Parser(file_).body_of(node->words, "block clause", *this);
    return node;
  }

  NodePtr invocation() {
    auto token = next_word();
    auto node = make(Node::invoke, token.position);
    node->words = template_name(token, "template clause");
    if (next_word().kind == Token::right) return node;
    back();
    node->children.push_back(pipeline("template clause", Token::right));
    return node;
  }

  // Pipelines

  /// Declarations, then commands joined by "|"; takes the token that ends it.
  NodePtr pipeline(const std::string& where, Token::Kind closing) {
    Level level(*this);
    auto node = make(Node::pipeline, peek_word().position);
    while (declaration(*node, where)) {
    }
    while (true) {
      auto token = next_word();
      if (token.kind == closing) break;
      if (!starts_operand(token.kind)) unexpected(token, where);
      back();
      node->children.push_back(command());
    }
    if (node->children.empty()) fail("missing value for " + where);
    for (std::size_t i = 1; i < node->children.size(); ++i)
      if (node->children[i]->children[0]->kind >= Node::dot)
        fail(fmt::format("non executable command in pipeline stage {}", i + 1));
    return node;
  }

  static bool starts_operand(Token::Kind kind) {
    return (kind >= Token::identifier && kind <= Token::nil) || kind == Token::open;
  }

  /// One declared variable; true if another may follow.
  bool declaration(Node& pipe, const std::string& where) {
    if (peek_word().kind != Token::variable) return false;
    auto variable = next();
    auto after = peek();
    auto following = peek_word();
    auto declare = [&] {
      next_word();
      pipe.names.push_back(variable.value);
      variables_.push_back(variable.value);
    };
    if (following.kind == Token::assign || following.kind == Token::declare) {
      pipe.assigns = following.kind == Token::assign;
      declare();
    } else if (following.kind == Token::character && following.value == ",") {
      declare();
      if (where == "range" && pipe.names.size() < 2) {
        auto kind = peek_word().kind;
        if (kind == Token::variable || kind == Token::right || kind == Token::close) return true;
        fail("range can only initialize variables");
      }
      fail("too many declarations in " + where);
    } else if (after.kind == Token::space) {
      push_back(variable, after);
    } else {
      push_back(variable);
    }
    return false;
  }

  NodePtr command() {
    auto node = make(Node::command, peek_word().position);
    while (true) {
      peek_word();
      if (auto one = operand()) node->children.push_back(std::move(one));
      auto token = next();
      if (token.kind == Token::space) continue;
      if (token.kind == Token::right || token.kind == Token::close)
        back();
      else if (token.kind != Token::pipe)
        unexpected(token, "operand");
      break;
    }
    if (node->children.empty()) fail("empty command");
    return node;
  }

  /// A term and the fields after it: $x.A.B, .A.B, (pipeline).A; nothing if here is none.
  NodePtr operand() {
    auto node = term();
    if (!node || peek().kind != Token::field) return node;
    auto position = peek().position;
    std::vector<std::string> fields;
    while (peek().kind == Token::field) fields.push_back(next().value.substr(1));
    if (node->kind == Node::field || node->kind == Node::variable) {
      node->position = position;
    } else if (node->kind >= Node::dot) {
      fail("unexpected . after term " + quote(node->written()));
    } else {
      auto chain = make(Node::chain, position);
      chain->children.push_back(std::move(node));
      node = std::move(chain);
    }
    node->names.insert(node->names.end(), fields.begin(), fields.end());
    return node;
  }

  NodePtr term() {
    auto token = next_word();
    auto node = make(Node::dot, token.position);
    node->words = token.value;
    switch (token.kind) {
      case Token::identifier:
        if (!file_.functions.count(token.value)) fail(fmt::format("function {} not defined", quote(token.value)));
        node->kind = Node::function;
        return node;
      case Token::dot: return node;
      case Token::nil: return node->kind = Node::nil, std::move(node);
      case Token::variable:
        if (std::find(variables_.begin(), variables_.end(), token.value) == variables_.end())
          fail("undefined variable " + quote(token.value));
        return node->kind = Node::variable, node->names = {token.value}, std::move(node);
      case Token::field: return node->kind = Node::field, node->names = {token.value.substr(1)}, std::move(node);
      case Token::boolean:
        return node->kind = Node::boolean, node->value = Value(token.value == "true"), std::move(node);
      case Token::number: {
        auto number = read_number(token.value);
        if (!number) fail(number.error());
        return node->kind = Node::number, node->literal = *number, std::move(node);
      }
      case Token::open: return pipeline("parenthesized pipeline", Token::close);
      case Token::string:
      case Token::raw_string: return node->kind = Node::string, node->value = Value(text_of(token)), std::move(node);
      default: back(); return nullptr;
    }
  }

  File& file_;
  Token tokens_[3];
  int ahead_ = 0;
  std::size_t action_line_ = 0;
  int ranges_ = 0;
  std::vector<std::string> variables_{"$"};
};

std::string written_list(const Node& node) {
  std::string out;
  for (auto& child : node.children) out += child->written();
  return out;
}

std::string written_pipeline(const Node& node) {
  std::string out;
  for (auto& name : node.names) out += (out.empty() ? "" : ", ") + name;
  if (!out.empty()) out += node.assigns ? " = " : " := ";
  for (std::size_t i = 0; i < node.children.size(); ++i) out += (i ? " | " : "") + node.children[i]->written();
  return out;
}

std::string written_command(const Node& node) {
  std::string out;
  for (auto& operand : node.children) {
    if (!out.empty()) out += ' ';
    out += operand->kind == Node::pipeline ? "(" + operand->written() + ")" : operand->written();
  }
  return out;
}

std::string written_control(const Node& node, const char* word) {
  auto out = fmt::format("{{{{{} {}}}}}{}", word, node.children[0]->written(), node.children[1]->written());
  if (node.children.size() > 2) out += "{{else}}" + node.children[2]->written();
  return out + "{{end}}";
}

}  // namespace

std::string Node::written() const {
  switch (kind) {
    case list: return written_list(*this);
    case text: return quote(words);
    case action: return "{{" + children[0]->written() + "}}";
    case if_: return written_control(*this, "if");
    case range: return written_control(*this, "range");
    case with: return written_control(*this, "with");
    case invoke: return "{{template " + quote(words) + (children.empty() ? "" : " " + children[0]->written()) + "}}";
    case break_: return "{{break}}";
    case continue_: return "{{continue}}";
    case pipeline: return written_pipeline(*this);
    case command: return written_command(*this);
    case field: return fmt::format(".{}", fmt::join(names, "."));
    case variable: return fmt::format("{}", fmt::join(names, "."));
    case chain: {
      auto& inner = *children[0];
      auto head = inner.kind == pipeline ? "(" + inner.written() + ")" : inner.written();
      return fmt::format("{}.{}", head, fmt::join(names, "."));
    }
    default: return words;
  }
}

Templates parse_template(const std::string& name, const std::string& source, const std::set<std::string>& functions) {
  File file{{name, source, {}}, functions, lex_template(source)};
  Parser(file).main();
  return std::move(file.made);
}

std::pair<std::size_t, std::size_t> place(const std::string& source, std::size_t position) {
  position = std::min(position, source.size());
  auto line = 1 + std::count(source.begin(), source.begin() + static_cast<std::ptrdiff_t>(position), '\n');
  auto start = position ? source.rfind('\n', position - 1) : std::string::npos;
  return {line, start == std::string::npos ? position : position - start - 1};
}

}  // namespace avocet::confgen
