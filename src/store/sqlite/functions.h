#pragma once
// What SQL cannot say of a row's values by itself. Four functions, known on every reading connection:
//
//   opik_test(?1, value)   1 if the RowTest bound to ?1 holds for the value, else 0
//   opik_key(?1, value)    what the RowKey bound to ?1 makes of the value, to be compared or ordered by
//   opik_mean(value)       an aggregate: model::mean_nano(); NULL of nothing
//   opik_sum(value)        an aggregate: model::Sum; 0 of nothing
//
// Tests and keys are bound as pointers (see Parameters): no text of a request is ever part of an SQL text, and nothing is
// parsed again for each row. They must live until the statement ran.

#include "store/sqlite/connection.h"

namespace opik::store::sqlite {

// May throw SqlError, which becomes the statement's.
class RowTest {
 public:
  virtual ~RowTest() = default;
  virtual bool holds(sqlite3_value* value) const = 0;
};

class RowKey {
 public:
  virtual ~RowKey() = default;
  virtual void give(sqlite3_context* out, sqlite3_value* value) const = 0;
};

inline constexpr const char* kTestPointer = "opik_test";
inline constexpr const char* kKeyPointer = "opik_key";

void register_functions(Connection& db);

// A value's bytes; nothing of NULL. They live as long as the call.
std::string_view text_of(sqlite3_value* value);

}  // namespace opik::store::sqlite
