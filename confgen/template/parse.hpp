#pragma once
/// Text of a template to a tree, with the grammar of Go's text/template.
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "confgen/template/number.hpp"
#include "confgen/template/value.hpp"

namespace avocet::confgen {

/// One node of the tree. Which members mean something depends on the kind.
struct Node {
  enum Kind {
    list,
    text,
    action,
    if_,
    range,
    with,
    invoke,
    break_,
    continue_,  // statements
    pipeline,
    command,
    field,
    variable,
    chain,
    function,
    dot,
    nil,
    boolean,
    number,
    string  // expressions
  };
  Kind kind;
  std::size_t position = 0;        ///< bytes from the start of the file
  std::string words;               ///< text; name of a template or function; a literal as written
  std::vector<std::string> names;  ///< variables declared (pipeline), fields of a field, variable or chain
  bool assigns = false;            ///< pipeline: `=` rather than `:=`
  Value value;                     ///< boolean, string
  Number literal;                  ///< number
  /// list: nodes; pipeline: commands; command: operands; chain: what the fields are asked of; action and invoke:
  /// pipeline; if, range and with: pipeline, body, else
  std::vector<std::unique_ptr<Node>> children;

  /// The node as Go writes it in messages.
  std::string written() const;
};
using NodePtr = std::unique_ptr<Node>;

/// What is wrong with a template: "template: NAME:LINE: ..." as Go words it.
struct TemplateError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// A file's templates: the main one under its own name, and those of define and block.
struct Templates {
  std::string name, source;
  std::map<std::string, NodePtr> trees;
};

/// Reads a template. `functions` are the names that may be called. Throws TemplateError.
Templates parse_template(const std::string& name, const std::string& source, const std::set<std::string>& functions);

/// 1-based line and 0-based byte column, as Go's messages count them.
std::pair<std::size_t, std::size_t> place(const std::string& source, std::size_t position);

}  // namespace avocet::confgen
