#pragma once
// A filter as it was written: what is compared, how, and with what, all of it still text. Nothing is checked but the grammar.
// plan.h makes something that can be run of it.

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace opik::query {

struct Comparison {
  std::string field;
  std::string key;  // behind the field's dot, or `key` of a JSON filter; empty: none
  std::string op;
  std::string value;                // empty for is_empty and is_not_empty
  std::vector<std::string> values;  // of `in (...)` written as OQL
  bool has_value = true;            // false: a JSON filter without `value`
  std::string where;                // for messages: "at byte 12", "filter 3"
};

struct Ast {
  enum class Form { oql, json };
  Form form = Form::oql;
  std::string source;                   // the whole text
  std::vector<Comparison> comparisons;  // all must hold
};

// Reads a filter in Opik's query language.
//
//   query       =  [ comparison { "and" comparison } ]
//   comparison  =  field [ "." key ] operator [ value ]
//   field       =  letters, digits, "_"
//   key         =  a quoted text, or letters, digits, "_", "-", ".", "[", "]", "*", "$"
//   operator    =  "=" "!=" ">" ">=" "<" "<=" or a word; is_empty and is_not_empty take no value
//   value       =  a quoted text, a number, or one of true, false, null; behind in and not_in: "(" value { "," value } ")"
//   quoted text =  between " or ', which is doubled inside
//
//   name contains "x" and duration > 2 and metadata."user id" = "u" and type in ("llm", "tool")
//
// "and" in any case. "or" and brackets are not in the language.
// Errors: Code::malformed, "Invalid filters query parameter '<text>': at byte <n>: expected <what>, found <what>".
base::Result<Ast> parse_oql(std::string_view text);

// The beginning of every message about a filter that cannot be read, the text cut to kEchoBytesMax.
std::string refusal(std::string_view source);

}  // namespace opik::query
