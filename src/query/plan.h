#pragma once
// A filter that can be run: every field exists, every operator fits its type, every value is parsed. A type of its own, so
// that whoever holds one need not look for errors in it.
//
//   Result<Ast> ast = parse_oql(text);
//   Result<Filter> filter = plan_filter(Entity::span, *ast);
//
// What is absent. A text that an entity does not have is "", a number 0, a list empty. A time, a duration, ttft, a value that a
// path does not lead to and a score that was not given are nothing: no >, <, =, contains, starts_with or ends_with holds for
// nothing; != holds for a path and a score, not for a time or duration. (So Opik, but that there an absent duration is 0.)
//
// input, output and metadata as a text are their JSON text without space between tokens, with UTF-8 kept. `contains` also finds
// a needle as JSON would write it: say "hi" in {"q":"say \"hi\""}.
//
// A value that a path leads to is compared as text: a string without quotes, anything else as its JSON text. If the condition's
// value is a number, = and != compare JSON numbers as numbers too, and the four orders compare JSON numbers and strings that
// are numbers, nothing else. If it is none, the orders compare strings alone, as texts. All ignore the case of ASCII letters.
// is_empty holds of nothing, null, "" and "null".

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "base/instant.h"
#include "base/result.h"
#include "model/json_path.h"
#include "query/ast.h"
#include "query/field.h"

namespace opik::query {

// A number, and as it was written: a dictionary's values are texts as well.
struct Number {
  double value = 0;
  std::string text;
  friend bool operator==(const Number&, const Number&) = default;
};
// A score's value x 10^9, as scores are kept; digits beyond are cut off, and what is beyond any score is held there.
struct Nano {
  int64_t value = 0;
  friend bool operator==(const Nano&, const Nano&) = default;
};

// What is compared with, by Condition::type:
//   string, string_exact, list, enumeration, enumeration_legacy    std::string; behind in and not_in std::vector<std::string>
//   date_time                                                      Instant
//   number, duration                                               Number
//   feedback_scores_number                                         Nano
//   dictionary                                                     Number if it is one, else std::string
// Nothing for is_empty and is_not_empty.
using ConditionValue = std::variant<std::monostate, std::string, std::vector<std::string>, base::Instant, Number, Nano>;

struct Condition {
  Operand operand = Operand::id;
  Type type = Type::string;  // never custom
  Operator op = Operator::equal;
  std::string key;       // of Operand::usage and the scores: the name
  model::JsonPath path;  // of Type::dictionary
  ConditionValue value;
};

struct Filter {
  std::vector<Condition> conditions;  // all must hold
  bool empty() const { return conditions.empty(); }
};

// Errors, all Code::malformed, with what would be accepted behind Opik's words:
//   Invalid filters query parameter '...': at byte 0: there is no field 'x': a trace has id, name, ...
//   Invalid operator '>' for field 'tags' of type 'LIST' (at byte 0): expected one of =, !=, ...
//   Invalid value 'x' or key '' for field 'ttft' of type 'NUMBER' (filter 2): expected a number
base::Result<Filter> plan_filter(Entity entity, const Ast& ast);

// In which order rows come: by the first key, where that is equal by the next, and at last by id descending. What has no value
// comes last in either direction.
struct SortKey {
  Operand operand = Operand::id;
  bool descending = false;
  std::string key;       // of usage and the scores
  model::JsonPath path;  // of input, output, metadata: where in it; without steps the whole text
};

struct SortEntryText {
  std::string field;
  bool descending = false;
};
// Unknown fields are left out, as in Opik. Errors: more than kSortKeysMax; a path that cannot be read.
base::Result<std::vector<SortKey>> plan_sort(Entity entity, const std::vector<SortEntryText>& entries);

}  // namespace opik::query
