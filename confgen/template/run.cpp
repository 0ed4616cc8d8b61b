#include "confgen/template/run.hpp"

#include <fmt/format.h>

namespace avocet::confgen {

namespace {

constexpr int deepest_call = 1000;  // {{template}} in {{template}}; Go stops at 100000, our stack is smaller

struct Break {};
struct Continue {};

class Run {
 public:
  Run(const Templates& templates, const Functions& functions) : templates_(templates), functions_(functions) {}

  std::string start(const Value& dot) {
    tree_ = templates_.name;
    variables_ = {{"$", dot}};
    walk(*templates_.trees.at(tree_), dot);
    return std::move(out_);
  }

 private:
  [[noreturn]] void fail(const Node& node, const std::string& why) {
    auto [line, column] = place(templates_.source, node.position);
    auto context = node.words.size() > 20 ? node.words.substr(0, 20) + "..." : node.words;
    throw TemplateError(fmt::format("template: {}:{}:{}: executing {} at <{}>: {}", templates_.name, line, column, quote(tree_), context, why));
  }

  void walk(const Node& node, const Value& dot) {
    switch (node.kind) {
      case Node::list:
        for (auto& child : node.children) walk(*child, dot);
        break;
      case Node::text: out_ += node.words; break;
      case Node::action: {
        auto value = evaluate(*node.children[0], dot);
        if (node.children[0]->names.empty()) out_ += value.is_nil() ? "<no value>" : print(value);
        break;
      }
      case Node::if_:
      case Node::with: {
        auto mark = variables_.size();
        auto value = evaluate(*node.children[0], dot);
        if (truth(value)) walk(*node.children[1], node.kind == Node::with ? value : dot);
        else if (node.children.size() > 2) walk(*node.children[2], dot);
        variables_.resize(mark);
        break;
      }
      case Node::range: range(node, dot); break;
      case Node::invoke: invoke(node, dot); break;
      case Node::break_: throw Break{};
      case Node::continue_: throw Continue{};
      default: break;
    }
  }

  void range(const Node& node, const Value& dot) {
    auto& pipe = *node.children[0];
    auto mark = variables_.size();
    auto value = evaluate(pipe, dot, true);
    bool any = false;
    auto step = [&](const Value& index, const Value& item) {
      any = true;
      auto inner = variables_.size();
      if (!pipe.names.empty()) {
        bind(pipe, pipe.names.back(), item);
        if (pipe.names.size() > 1) bind(pipe, pipe.names.front(), index);
      }
      try {
        walk(*node.children[1], item);
      } catch (Continue) {
      }
      variables_.resize(inner);
    };
    try {
      if (auto list = value.list())
        for (std::size_t i = 0; i < list->size(); ++i) step(Value(static_cast<std::int64_t>(i)), (*list)[i]);
      else if (auto map = value.map())
        for (auto& [key, item] : *map) step(Value(key), item);
      else if (!value.is_nil()) fail(pipe, "range can't iterate over " + print(value));
    } catch (Break) {
    }
    variables_.resize(mark);
    if (!any && node.children.size() > 2) walk(*node.children[2], dot);
    variables_.resize(mark);
  }

  void invoke(const Node& node, const Value& dot) {
    auto found = templates_.trees.find(node.words);
    if (found == templates_.trees.end()) fail(node, "template " + quote(node.words) + " not defined");
    if (++depth_ > deepest_call) fail(node, "exceeded maximum template depth");
    auto inner = node.children.empty() ? Value() : evaluate(*node.children[0], dot);
    auto outer = std::exchange(variables_, {{"$", inner}});
    auto tree = std::exchange(tree_, node.words);
    walk(*found->second, inner);
    tree_ = tree;
    variables_ = std::move(outer);
    --depth_;
  }

  void bind(const Node& pipe, const std::string& name, const Value& value) {
    if (!pipe.assigns) return variables_.emplace_back(name, value), void();
    variable(pipe, name) = value;
  }
  Value& variable(const Node& node, const std::string& name) {
    for (auto i = variables_.rbegin(); i != variables_.rend(); ++i)
      if (i->first == name) return i->second;
    fail(node, "undefined variable: " + name);
  }

  Value evaluate(const Node& pipe, const Value& dot, bool range = false) {
    Value value;
    for (std::size_t i = 0; i < pipe.children.size(); ++i) value = command(*pipe.children[i], dot, i ? &value : nullptr);
    if (!range)
      for (auto& name : pipe.names) bind(pipe, name, value);
    return value;
  }

  Value command(const Node& node, const Value& dot, const Value* piped) {
    auto& first = *node.children[0];
    if (first.kind == Node::function) return call(node, dot, piped);
    if (node.children.size() > 1 || piped) {
      if (first.kind == Node::field || first.kind == Node::variable || first.kind == Node::chain) {
        operand(first, dot);
        fail(first, fmt::format("{} is not a method but has arguments", first.names.back()));
      }
      fail(first, fmt::format("can't give argument to non-function {}", first.words));
    }
    if (first.kind == Node::nil) fail(first, "nil is not a command");
    return operand(first, dot);
  }

  Value operand(const Node& node, const Value& dot) {
    switch (node.kind) {
      case Node::dot: return dot;
      case Node::nil: return {};
      case Node::constant: return node.value;
      case Node::field: return fields(node, dot, 0);
      case Node::variable: return fields(node, variable(node, node.names[0]), 1);
      case Node::pipeline: return evaluate(node, dot);
      case Node::chain: return fields(node, operand(*node.children[0], dot), 0);
      case Node::function: {
        Node command{Node::command, node.position, node.words, {}, false, {}, {}};
        command.children.push_back(std::make_unique<Node>(Node{Node::function, node.position, node.words, {}, false, node.value, {}}));
        return call(command, dot, nullptr);
      }
      default: fail(node, "can't evaluate operand");
    }
  }

  Value fields(const Node& node, Value value, std::size_t from) {
    for (auto i = from; i < node.names.size(); ++i) {
      auto& name = node.names[i];
      if (auto map = value.map()) {
        auto found = map->find(name);
        Value inner = found == map->end() ? Value() : found->second;
        value = inner;
      } else if (auto record = value.record()) {
        auto found = record->fields.find(name);
        if (found == record->fields.end()) fail(node, fmt::format("can't evaluate field {} in type {}", name, record->type));
        Value inner = found->second;
        value = inner;
      } else if (value.is_nil()) fail(node, fmt::format("nil data; no entry for key {}", quote(name)));
      else fail(node, fmt::format("can't evaluate field {} in type {}", name, type_name(value)));
    }
    return value;
  }

  /// A call; `and` and `or` stop at the first operand that decides.
  Value call(const Node& command, const Value& dot, const Value* piped) {
    auto& function = *command.children[0];
    auto& name = *function.value.string();
    auto count = command.children.size() - 1 + (piped != nullptr);
    auto argument = [&](std::size_t i) { return i + 1 < command.children.size() ? operand(*command.children[i + 1], dot) : *piped; };
    if (name == "and" || name == "or") {
      if (count == 0) fail(function, fmt::format("wrong number of args for {}: want at least 1 got 0", name));
      Value value;
      for (std::size_t i = 0; i < count; ++i)
        if (value = argument(i); truth(value) == (name == "or")) break;
      return value;
    }
    auto found = functions_.find(name);
    auto& target = found != functions_.end() ? found->second : language_functions().at(name);
    if (count < target.least || count > target.most)
      fail(function, fmt::format("wrong number of args for {}: want {}{} got {}", name, target.least == target.most ? "" : "at least ", target.least, count));
    List arguments;
    for (std::size_t i = 0; i < count; ++i) arguments.push_back(argument(i));
    try {
      return target.call(arguments);
    } catch (const CallError& error) {
      fail(function, fmt::format("error calling {}: {}", name, error.what()));
    }
  }

  const Templates& templates_;
  const Functions& functions_;
  std::string out_, tree_;
  std::vector<std::pair<std::string, Value>> variables_;
  int depth_ = 0;
};

}  // namespace

std::set<std::string> function_names(const Functions& functions) {
  std::set<std::string> names{"and", "or"};
  for (auto& [name, f] : language_functions()) names.insert(name);
  for (auto& [name, f] : functions) names.insert(name);
  return names;
}

std::string run_template(const Templates& templates, const Functions& functions, const Value& dot) { return Run(templates, functions).start(dot); }

}  // namespace avocet::confgen
