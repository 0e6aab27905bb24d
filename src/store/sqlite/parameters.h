#pragma once
// The values of an SQL text that is put together from parts: each is given its place in the text when it is added, and all are
// bound at the end.
//
//   Parameters with;
//   std::string sql = "SELECT n FROM spans WHERE name = " + with.add("x");   // ... = ?1
//   Statement found(db.handle(), sql);
//   with.bind(found);
//
// Must outlive the statement: texts are not copied.

#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "store/sqlite/functions.h"

namespace opik::store::sqlite {

class Parameters {
 public:
  std::string add(int64_t value) { return place(value); }
  std::string add(double value) { return place(value); }
  std::string add(std::string text) { return place(std::move(text)); }
  std::string add_blob(std::string_view bytes) { return place(Blob{std::string(bytes)}); }
  std::string add(std::unique_ptr<const RowTest> test) { return place(std::move(test)); }
  std::string add(std::unique_ptr<const RowKey> key) { return place(std::move(key)); }

  int size() const { return static_cast<int>(values_.size()); }

  void bind(Statement& statement) const {
    for (size_t i = 0; i < values_.size(); ++i) {
      const int at = static_cast<int>(i) + 1;
      const Value& value = values_[i];
      if (const auto* integer = std::get_if<int64_t>(&value)) statement.bind(at, *integer);
      if (const auto* real = std::get_if<double>(&value)) statement.bind(at, *real);
      if (const auto* text = std::get_if<std::string>(&value)) statement.bind_text(at, *text);
      if (const auto* blob = std::get_if<Blob>(&value)) statement.bind_blob(at, blob->bytes);
      if (const auto* test = std::get_if<std::unique_ptr<const RowTest>>(&value)) statement.bind_pointer(at, test->get(), kTestPointer);
      if (const auto* key = std::get_if<std::unique_ptr<const RowKey>>(&value)) statement.bind_pointer(at, key->get(), kKeyPointer);
    }
  }

 private:
  struct Blob {
    std::string bytes;
  };
  using Value = std::variant<int64_t, double, std::string, Blob, std::unique_ptr<const RowTest>, std::unique_ptr<const RowKey>>;

  std::string place(Value value) {
    values_.push_back(std::move(value));
    return "?" + std::to_string(values_.size());
  }

  std::vector<Value> values_;
};

}  // namespace opik::store::sqlite
