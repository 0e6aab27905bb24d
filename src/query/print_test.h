#pragma once
// Queries as text, for tests: one line per comparison, condition or sort key.

#include <string>

#include "query/plan.h"

namespace opik::query {

inline std::string print(const Ast& ast) {
  std::string out;
  for (const Comparison& c : ast.comparisons) {
    out += c.where + ": " + c.field + (c.key.empty() ? "" : "[" + c.key + "]") + " " + c.op;
    if (!c.values.empty()) {
      for (const std::string& value : c.values) out += " <" + value + ">";
    } else if (c.has_value) {
      out += " <" + c.value + ">";
    }
    out += "\n";
  }
  return out;
}

inline std::string print(const model::JsonPath& path) {
  using Kind = model::JsonPath::Step::Kind;
  std::string out = "$";
  for (const auto& step : path.steps) {
    if (step.kind == Kind::member) out += "." + step.name;
    if (step.kind == Kind::element) out += "[" + std::to_string(step.index) + "]";
    if (step.kind == Kind::elements) out += "[*]";
  }
  return out + (path.flat_name.empty() ? "" : " or '" + path.flat_name + "'");
}

inline std::string print(const ConditionValue& value) {
  struct Printer {
    std::string operator()(std::monostate) const { return "-"; }
    std::string operator()(const std::string& text) const { return "'" + text + "'"; }
    std::string operator()(const std::vector<std::string>& texts) const {
      std::string out;
      for (const std::string& text : texts) out += "'" + text + "' ";
      return out;
    }
    std::string operator()(const base::Instant& t) const { return std::to_string(t.seconds) + "s+" + std::to_string(t.nanos); }
    std::string operator()(const Number& n) const { return std::to_string(n.value) + " (" + n.text + ")"; }
    std::string operator()(const Nano& n) const { return std::to_string(n.value) + "n"; }
  };
  return std::visit(Printer{}, value);
}

inline std::string print(const Filter& filter) {
  std::string out;
  for (const Condition& c : filter.conditions) {
    out += "#" + std::to_string(static_cast<int>(c.operand)) + " " + std::string(type_name(c.type));
    if (!c.key.empty()) out += " key '" + c.key + "'";
    if (c.type == Type::dictionary) out += " at " + print(c.path);
    out += " " + std::string(operator_name(c.op)) + " " + print(c.value) + "\n";
  }
  return out;
}

}  // namespace opik::query
