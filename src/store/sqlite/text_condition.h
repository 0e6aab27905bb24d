#pragma once
// Conditions on texts and lists of texts, made ready to be put to many rows.

#include <memory>
#include <string>
#include <string_view>

#include "query/plan.h"
#include "store/sqlite/functions.h"

namespace opik::store::sqlite {

// One text against one value, by the operators of Type::string; ignoring the case of ASCII letters or not.
class TextTest {
 public:
  TextTest(query::Operator op, std::string_view value, bool ignores_case);
  bool holds(std::string_view text) const;

 private:
  bool equals(std::string_view text) const;
  bool contains(std::string_view text) const;
  std::strong_ordering compare(std::string_view text) const;

  const query::Operator op_;
  const std::string value_;  // in lower case if the case is ignored
  const bool ignores_case_;
};

// A JSON array of texts. `=` has: one of them is the value, as it is. `contains`: the value is within one of them, ignoring case.
class ListTest {
 public:
  explicit ListTest(const query::Condition& condition);
  bool holds(std::string_view json) const;

 private:
  const query::Operator op_;
  std::string value_;
  bool is_exact_ = false;
};

// Tests for columns; NULL is the empty text, the empty list.
std::unique_ptr<const RowTest> column_text_test(query::Operator op, std::string_view value, bool ignores_case);
// For a column with the 16 bytes of an id, compared as the id's text.
std::unique_ptr<const RowTest> column_id_test(query::Operator op, std::string_view value, bool ignores_case);
// For a column with a JSON array of texts.
std::unique_ptr<const RowTest> column_list_test(const query::Condition& condition);

}  // namespace opik::store::sqlite
