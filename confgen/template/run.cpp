#include "confgen/template/run.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "confgen/template/format.hpp"

namespace avocet::confgen {

namespace {

constexpr int deepest_call = 1000;  // {{template}} in {{template}}; Go stops at 100000, our stack is smaller

/// How a statement ended, for the loop around it.
enum class Flow { next, break_, continue_ };

const char* type_of(char operand) {
  switch (operand) {
    case 's': return "string";
    case 'i': return "int";
    case 'S': return "[]string";
    case 'P': return "[]memkv.KVPair";
    default: return "interface {}";
  }
}

class Run {
 public:
  Run(const Templates& templates, const Functions& functions, TemplateMemory* memory)
      : templates_(templates), functions_(functions), memory_(memory) {}

  std::string start(const Value& dot) {
    tree_ = templates_.name;
    variables_.emplace_back("$", dot);
    walk(*templates_.trees.at(tree_), dot);
    return std::move(out_);
  }

 private:
  /// Tells the node that was looked at last.
  [[noreturn]] void fail(const std::string& why) {
    auto [line, column] = place(templates_.source, node_->position);
    throw TemplateError(fmt::format("template: {}:{}:{}: executing {} at <{}>: {}", templates_.name, line, column,
                                    quote(tree_), node_->written(), why));
  }
  void at(const Node& node) { node_ = &node; }

  // Statements

  Flow walk(const Node& node, const Value& dot) {
    at(node);
    switch (node.kind) {
      case Node::list:
        for (auto& child : node.children)
          if (auto flow = walk(*child, dot); flow != Flow::next) return flow;
        return Flow::next;
      case Node::text: out_ += node.words; return Flow::next;
      case Node::action: {
        auto value = pipeline(*node.children[0], dot);
        if (!node.children[0]->names.empty()) return Flow::next;
        at(node);
        if (value.is_nil())
          out_ += "<no value>";
        else if (auto text = value.string())
          out_ += *text;
        else
          out_ += print(value);
        return Flow::next;
      }
      case Node::if_:
      case Node::with: return branch(node, dot);
      case Node::range: return range(node, dot);
      case Node::invoke: invoke(node, dot); return Flow::next;
      case Node::break_: return Flow::break_;
      case Node::continue_: return Flow::continue_;
      default: return Flow::next;
    }
  }

  Flow branch(const Node& node, const Value& dot) {
    auto mark = variables_.size();
    auto value = pipeline(*node.children[0], dot);
    auto flow = Flow::next;
    if (truth(value))
      flow = walk(*node.children[1], node.kind == Node::with ? value : dot);
    else if (node.children.size() > 2)
      flow = walk(*node.children[2], dot);
    variables_.resize(mark);
    return flow;
  }

  Flow range(const Node& node, const Value& dot) {
    auto& pipe = *node.children[0];
    auto outer = variables_.size();
    auto value = pipeline(pipe, dot);
    auto mark = variables_.size();
    bool any = false;
    auto flow = Flow::next;
    auto step = [&](Value index, const Value& item) {
      any = true;
      if (!pipe.names.empty()) loop_variable(pipe, mark, pipe.names.size() - 1) = item;
      if (pipe.names.size() > 1) loop_variable(pipe, mark, 0) = std::move(index);
      flow = walk(*node.children[1], item);
      variables_.resize(mark);
      return flow != Flow::break_;
    };
    each(value, step);
    if (!any && node.children.size() > 2)
      flow = walk(*node.children[2], dot);
    else
      flow = Flow::next;
    variables_.resize(outer);
    return flow;
  }

  /// A declared variable is on top of the stack; an assigned one is where it was declared.
  Value& loop_variable(const Node& pipe, std::size_t mark, std::size_t i) {
    return pipe.assigns ? variable(pipe.names[i]) : variables_[mark - pipe.names.size() + i].second;
  }

  template <class Step>
  void each(const Value& value, const Step& step) {
    if (auto list = value.list()) {
      for (std::size_t i = 0; i < list->size(); ++i)
        if (!step(Value(static_cast<std::int64_t>(i)), element((*list)[i]))) return;
    } else if (auto map = value.map()) {
      for (auto& [key, item] : *map)
        if (!step(Value(key), element(item))) return;
    } else if (auto count = value.as<std::int64_t>()) {  // since Go 1.22
      for (std::int64_t i = 0; i < *count; ++i)
        if (!step(Value(i), Value(i))) return;
    } else if (!value.is_nil()) {
      fail("range can't iterate over " + print(value));
    }
  }

  void invoke(const Node& node, const Value& dot) {
    auto found = templates_.trees.find(node.words);
    if (found == templates_.trees.end()) fail("template " + quote(node.words) + " not defined");
    if (depth_ == deepest_call) fail(fmt::format("exceeded maximum template depth ({})", deepest_call));
    auto inner = node.children.empty() ? Value() : pipeline(*node.children[0], dot);
    bool kept = memory_ && inner.record() && memory_->asks_nothing(*found->second, templates_, functions_);
    if (auto text = kept ? memory_->find(*found->second, inner) : nullptr) {
      out_ += *text;
      return;
    }
    auto start = out_.size();
    ++depth_;
    auto outer = std::exchange(variables_, {{"$", inner}});
    auto tree = std::exchange(tree_, node.words);
    walk(*found->second, inner);
    tree_ = tree;
    variables_ = std::move(outer);
    --depth_;
    if (kept) memory_->keep(*found->second, inner, out_.substr(start));
  }

  // Expressions. `piped` is the value of the command before in the pipeline; it is the last operand.

  Value pipeline(const Node& pipe, const Value& dot) {
    at(pipe);
    Value value;
    for (std::size_t i = 0; i < pipe.children.size(); ++i) {
      value = command(*pipe.children[i], dot, i ? &value : nullptr);
      if (value.as<Null>()) value = Value();
    }
    for (auto& name : pipe.names) {
      if (pipe.assigns)
        variable(name) = value;
      else
        variables_.emplace_back(name, value);
    }
    return value;
  }

  Value& variable(const std::string& name) {
    for (auto i = variables_.rbegin(); i != variables_.rend(); ++i)
      if (i->first == name) return i->second;
    fail("undefined variable: " + name);
  }

  Value command(const Node& node, const Value& dot, const Value* piped) {
    auto& first = *node.children[0];
    switch (first.kind) {
      case Node::function: return call(first, node, &node, dot, piped);
      case Node::field:
      case Node::chain:
      case Node::variable: return operand(first, dot, &node, piped);
      case Node::pipeline: no_operands(node, piped); return pipeline(first, dot);
      default: break;
    }
    at(first);
    no_operands(node, piped);
    if (first.kind == Node::nil) fail("nil is not a command");
    return operand(first, dot);
  }

  void no_operands(const Node& command, const Value* piped) {
    if (command.children.size() > 1 || piped)
      fail("can't give argument to non-function " + command.children[0]->written());
  }

  /// The value of one operand; with `command` and `piped` it is called with what they say.
  Value operand(const Node& node, const Value& dot, const Node* command = nullptr, const Value* piped = nullptr) {
    at(node);
    switch (node.kind) {
      case Node::dot: return dot;
      case Node::boolean:
      case Node::string: return node.value;
      case Node::number: return constant(node);
      case Node::pipeline: return pipeline(node, dot);
      case Node::function: return call(node, node, nullptr, dot, nullptr);
      case Node::field: return fields(node, 0, dot, dot, command, piped);
      case Node::variable: return fields(node, 1, variable(node.names[0]), dot, command, piped);
      case Node::chain: {
        auto& inner = *node.children[0];
        if (inner.kind == Node::nil) fail("indirection through explicit nil in " + node.written());
        return fields(node, 0, operand(inner, dot), dot, command, piped);
      }
      default: fail("can't evaluate command " + quote(node.written()));
    }
  }

  Value constant(const Node& node) {
    try {
      return ideal_constant(node.words, node.literal);
    } catch (const CallError& error) {
      fail(error.what());
    }
  }

  Value fields(const Node& node, std::size_t from, const Value& start, const Value& dot, const Node* command,
               const Value* piped) {
    if (from == node.names.size()) {
      if (command) no_operands(*command, piped);
      return start;
    }
    auto value = field(node, from, start, dot, command, piped);
    bool from_map = start.map() != nullptr;
    for (auto i = from + 1; i < node.names.size(); ++i) {
      auto inner = field(node, i, value, dot, command, piped, from_map);
      from_map = value.map() != nullptr;
      value = std::move(inner);
    }
    return value;
  }

  /// One field of a value. Only the last of a chain can be a method with operands.
  Value field(const Node& node, std::size_t i, const Value& of, const Value& dot, const Node* command,
              const Value* piped, bool from_map = false) {
    auto& name = node.names[i];
    bool last = i + 1 == node.names.size();
    bool has_operands = last && command && (command->children.size() > 1 || piped);
    if (of.is_missing()) return {};
    if (of.as<Null>()) fail("nil pointer evaluating interface {}." + name);
    if (auto map = of.map()) {
      if (has_operands) fail(name + " is not a method but has arguments");
      auto found = map->find(name);
      return found == map->end() ? Value() : element(found->second);
    }
    if (auto record = of.record()) {
      if (record->methods)
        if (auto method = record->methods->calls.find(name); method != record->methods->calls.end())
          return call_method(name, method->second, last ? command : nullptr, dot, last ? piped : nullptr);
      if (auto found = record->fields.find(name); found != record->fields.end()) {
        if (has_operands) fail(name + " has arguments but cannot be invoked as function");
        return found->second;
      }
    }
    // What came out of a map has lost its type, in Go's eyes.
    fail(fmt::format("can't evaluate field {} in type {}", name, from_map ? "interface {}" : type_name(of)));
  }

  Value call_method(const std::string& name, const std::function<Value(const List&)>& method, const Node* command,
                    const Value& dot, const Value* piped) {
    List operands;
    for (std::size_t i = 1; command && i < command->children.size(); ++i)
      operands.push_back(argument(*command->children[i], 'a', dot));
    if (piped) operands.push_back(*piped);
    return guarded(name, [&] { return method(operands); });
  }

  template <class Call>
  Value guarded(const std::string& name, const Call& call) {
    try {
      return call();
    } catch (const CallError& error) {
      fail(fmt::format("error calling {}: {}", name, error.what()));
    }
  }

  /// A call; `whole` is what an error shows, `command` holds the operands, if any. `and` and `or` stop at the first
  /// operand that decides.
  Value call(const Node& function, const Node& whole, const Node* command, const Value& dot, const Value* piped) {
    at(function);
    auto& name = function.words;
    auto given = command ? command->children.size() - 1 : 0;
    if (name == "and" || name == "or") return decide(name, command, given, dot, piped);
    auto found = functions_.find(name);
    auto& target = found != functions_.end() ? found->second : language_functions().at(name);
    auto& types = target.operands;
    bool variadic = types.ends_with('*');
    auto fixed = variadic ? types.size() - 2 : types.size();
    auto count = given + (piped != nullptr);
    if (variadic && count < fixed)
      fail(fmt::format("wrong number of args for {}: want at least {} got {}", name, fixed, given));
    if (!variadic && count != fixed)
      fail(fmt::format("wrong number of args for {}: want {} got {}", name, fixed, count));
    auto type = [&](std::size_t i) { return i < fixed ? types[i] : types[types.size() - 2]; };
    List operands;
    operands.reserve(count);
    for (std::size_t i = 0; i < given; ++i) operands.push_back(argument(*command->children[i + 1], type(i), dot));
    if (piped) {
      check(*piped, type(given));
      operands.push_back(*piped);
    }
    try {
      return target.call(operands);
    } catch (const CallError& error) {
      at(whole);
      fail(fmt::format("error calling {}: {}", name, error.what()));
    }
  }

  Value decide(const std::string& name, const Node* command, std::size_t given, const Value& dot, const Value* piped) {
    if (given + (piped != nullptr) == 0) fail(fmt::format("wrong number of args for {}: want at least 1 got 0", name));
    Value value;
    for (std::size_t i = 0; i < given; ++i)
      if (value = argument(*command->children[i + 1], 'v', dot); truth(value) == (name == "or")) return value;
    return piped ? *piped : value;
  }

  /// An operand for a parameter of this type.
  Value argument(const Node& node, char type, const Value& dot) {
    at(node);
    switch (node.kind) {
      case Node::nil:
        if (type == 's' || type == 'i') fail(fmt::format("cannot assign nil to {}", type_of(type)));
        return type == 'S' ? Value(List{}, Element::text) : type == 'P' ? Value(List{}, Element::pair) : Value(Null{});
      case Node::boolean:
      case Node::string:
      case Node::number: return literal(node, type);
      default: {
        auto value = operand(node, dot);
        check(value, type);
        return value;
      }
    }
  }

  Value literal(const Node& node, char type) {
    switch (type) {
      case 's':
        if (node.kind != Node::string) fail("expected string; found " + node.written());
        return node.value;
      case 'i':
        if (node.kind != Node::number || !node.literal.whole) fail("expected integer; found " + node.written());
        return Value(*node.literal.whole);
      case 'S':
      case 'P': fail(fmt::format("can't handle {} for arg of type {}", node.written(), type_of(type)));
      default: return node.kind == Node::number ? constant(node) : node.value;
    }
  }

  /// Whether a value is of the type that a parameter asks for.
  void check(const Value& value, char type) {
    if (type == 'a' || type == 'v') return;
    bool list = type == 'S' || type == 'P';
    if (value.is_missing() && !list) fail(fmt::format("invalid value; expected {}", type_of(type)));
    auto typed = value.typed_list();
    bool fits = type == 's' ? value.string() != nullptr
                : type == 'i'
                    ? value.as<std::int64_t>() != nullptr
                    : value.is_missing() || (typed && typed->element == (type == 'S' ? Element::text : Element::pair));
    if (!fits) fail(fmt::format("wrong type for value; expected {}; got {}", type_of(type), type_name(value)));
  }

  const Templates& templates_;
  const Functions& functions_;
  TemplateMemory* memory_;  ///< null for none
  const Node* node_ = nullptr;
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

std::string run_template(const Templates& templates, const Functions& functions, const Value& dot,
                         TemplateMemory* memory) {
  if (memory) memory->begin();
  auto text = Run(templates, functions, memory).start(dot);
  if (memory) memory->end();
  return text;
}

void TemplateMemory::end() {
  for (auto& [tree, made] : made_) std::erase_if(made, [&](auto& one) { return one.second.round != round_; });
}

const std::string* TemplateMemory::find(const Node& tree, const Value& record) {
  auto& made = made_[&tree];
  auto at = made.find(record.record());
  if (at == made.end()) return nullptr;
  at->second.round = round_;
  return &at->second.text;
}

void TemplateMemory::keep(const Node& tree, const Value& record, std::string text) {
  made_[&tree].insert_or_assign(record.record(), Made{record, std::move(text), round_});
}

bool TemplateMemory::asks_nothing(const Node& tree, const Templates& templates, const Functions& functions) {
  auto known = asks_nothing_.find(&tree);
  if (known != asks_nothing_.end()) return known->second;
  asks_nothing_[&tree] = false;  // for one that invokes itself
  auto asks = [&](const Node& node, auto& self) -> bool {
    if (node.kind == Node::function && node.words != "and" && node.words != "or" &&
        (functions.count(node.words) || !language_functions().count(node.words)))
      return true;
    if (node.kind == Node::invoke) {
      auto found = templates.trees.find(node.words);
      if (found == templates.trees.end() || !asks_nothing(*found->second, templates, functions)) return true;
    }
    return std::any_of(node.children.begin(), node.children.end(),
                       [&](auto& child) { return child && self(*child, self); });
  };
  return asks_nothing_[&tree] = !asks(tree, asks);
}

}  // namespace avocet::confgen
