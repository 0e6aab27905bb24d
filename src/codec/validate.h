#pragma once
// Whether bytes are one JSON value, in one pass and without recursion.
//
//   JsonCheck check = check_json(R"({"a": 1}  )");
//   check.ok()          true
//   check.end           8: where the value ends; white space may follow, anything else is an error
//
// Numbers may be of any length and precision, strings may hold lone surrogates (\ud800): both stay text. NaN, Infinity and
// -Infinity are accepted as values, because Python prints them, and reported. Everything else is RFC 8259, but for one thing:
// whether strings are UTF-8 is not looked at (the parser's first stage has done that; see valid_utf8()).
// Safe on any bytes; reads nothing outside of `text`.

#include <cstddef>
#include <string>
#include <string_view>

#include "model/limits.h"

namespace opik::codec {

struct JsonCheck {
  const char* error = nullptr;  // what was expected; null: the text is one JSON value
  size_t at = 0;                // where that was expected
  size_t end = 0;               // behind the value
  bool non_finite = false;      // it holds NaN, Infinity or -Infinity
  bool multi_line = false;      // it holds line breaks between its tokens

  bool ok() const { return error == nullptr; }
};

// `depth_max`: how deep arrays and objects may nest; at most kJsonDepthMax.
JsonCheck check_json(std::string_view text, int depth_max = model::kJsonDepthMax);

// The same value on one line and in the grammar of RFC 8259: NaN, Infinity and -Infinity become strings of that name, line
// breaks between tokens go. `json` has been checked.
std::string standard_json(std::string_view json);

bool valid_utf8(std::string_view text);

}  // namespace opik::codec
