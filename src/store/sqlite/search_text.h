#pragma once
// Looks for a text in everything that a trace or span says, ignoring the case of ASCII letters.
//
// Payloads are searched as the JSON text that is stored, so the needle is looked for as JSON would write it: once with
// UTF-8 kept, once with \uXXXX for what is not ASCII (clients send either).

#include <string>
#include <string_view>
#include <vector>

#include "model/field.h"
#include "store/sqlite/row.h"

namespace opik::store::sqlite {

class SearchText {
 public:
  explicit SearchText(std::string_view text);

  bool is_empty() const { return plain_.empty(); }
  // `row` has its payload.
  bool matches(model::Kind kind, const Row& row) const;

 private:
  std::string plain_;                // lower case
  std::vector<std::string> quoted_;  // as inside a JSON string; lower case
};

}  // namespace opik::store::sqlite
