#include "store/sqlite/text_condition.h"

#include <algorithm>

#include "codec/decode.h"
#include "store/sqlite/projects.h"
#include "store/sqlite/text_match.h"

namespace opik::store::sqlite {
namespace {

using query::Operator;

class ColumnTextTest final : public RowTest {
 public:
  ColumnTextTest(Operator op, std::string_view value, bool ignores_case) : test_(op, value, ignores_case) {}
  bool holds(sqlite3_value* value) const override { return test_.holds(text_of(value)); }

 private:
  const TextTest test_;
};

class ColumnIdTest final : public RowTest {
 public:
  ColumnIdTest(Operator op, std::string_view value, bool ignores_case) : test_(op, value, ignores_case) {}
  bool holds(sqlite3_value* value) const override {
    const std::optional<base::Uuid> id = base::Uuid::from_bytes(text_of(value));
    return test_.holds(id ? id->text() : std::string{});
  }

 private:
  const TextTest test_;
};

class ColumnListTest final : public RowTest {
 public:
  explicit ColumnListTest(const query::Condition& condition) : test_(condition) {}
  bool holds(sqlite3_value* value) const override { return test_.holds(text_of(value)); }

 private:
  const ListTest test_;
};

}  // namespace

TextTest::TextTest(Operator op, std::string_view value, bool ignores_case)
    : op_(op), value_(ignores_case ? name_key(value) : std::string(value)), ignores_case_(ignores_case) {}

bool TextTest::holds(std::string_view text) const {
  switch (op_) {
    case Operator::equal:
      return equals(text);
    case Operator::not_equal:
      return !equals(text);
    case Operator::contains:
      return contains(text);
    case Operator::not_contains:
      return !contains(text);
    case Operator::starts_with:
      return ignores_case_ ? starts_with_folded(text, value_) : text.starts_with(value_);
    case Operator::ends_with:
      return ignores_case_ ? ends_with_folded(text, value_) : text.ends_with(value_);
    case Operator::greater:
      return compare(text) > 0;
    case Operator::greater_equal:
      return compare(text) >= 0;
    case Operator::less:
      return compare(text) < 0;
    case Operator::less_equal:
      return compare(text) <= 0;
    default:
      return false;
  }
}

bool TextTest::equals(std::string_view text) const { return text.size() == value_.size() && compare(text) == 0; }

bool TextTest::contains(std::string_view text) const {
  return ignores_case_ ? contains_folded(text, value_) : text.find(value_) != std::string_view::npos;
}

std::strong_ordering TextTest::compare(std::string_view text) const {
  return ignores_case_ ? compare_folded(text, value_) : text.compare(value_) <=> 0;
}

ListTest::ListTest(const query::Condition& condition) : op_(condition.op) {
  if (const auto* value = std::get_if<std::string>(&condition.value)) value_ = *value;
  is_exact_ = op_ == Operator::equal || op_ == Operator::not_equal;
  if (!is_exact_) value_ = name_key(value_);
}

bool ListTest::holds(std::string_view json) const {
  const std::vector<std::string> list = codec::parse_tags(json);
  if (!query::takes_value(op_)) return list.empty() == (op_ == Operator::is_empty);
  const bool found = std::any_of(list.begin(), list.end(),
                                 [&](const std::string& text) { return is_exact_ ? text == value_ : contains_folded(text, value_); });
  return found == (op_ == Operator::equal || op_ == Operator::contains);
}

std::unique_ptr<const RowTest> column_text_test(Operator op, std::string_view value, bool ignores_case) {
  return std::make_unique<ColumnTextTest>(op, value, ignores_case);
}

std::unique_ptr<const RowTest> column_id_test(Operator op, std::string_view value, bool ignores_case) {
  return std::make_unique<ColumnIdTest>(op, value, ignores_case);
}

std::unique_ptr<const RowTest> column_list_test(const query::Condition& condition) { return std::make_unique<ColumnListTest>(condition); }

}  // namespace opik::store::sqlite
