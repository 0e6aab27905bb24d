#include "store/sqlite/functions.h"

#include <new>
#include <vector>

#include "model/record.h"
#include "model/sum.h"

namespace opik::store::sqlite {
namespace {

// Exceptions must not cross SQLite's C frames.
template <class Work>
void contained(sqlite3_context* context, Work&& work) {
  try {
    work();
  } catch (const SqlError& error) {
    sqlite3_result_error(context, error.what(), -1);
    sqlite3_result_error_code(context, error.code());
  } catch (const std::bad_alloc&) {
    sqlite3_result_error_nomem(context);
  }
}

template <class Bound>
const Bound* bound(sqlite3_context* context, sqlite3_value* value, const char* type) {
  const auto* pointer = static_cast<const Bound*>(sqlite3_value_pointer(value, type));
  if (pointer == nullptr) sqlite3_result_error(context, "a function was called without what was to be bound to it", -1);
  return pointer;
}

void test(sqlite3_context* context, int, sqlite3_value** arguments) {
  contained(context, [&] {
    if (const auto* row_test = bound<RowTest>(context, arguments[0], kTestPointer)) {
      sqlite3_result_int(context, row_test->holds(arguments[1]) ? 1 : 0);
    }
  });
}

void key(sqlite3_context* context, int, sqlite3_value** arguments) {
  contained(context, [&] {
    if (const auto* row_key = bound<RowKey>(context, arguments[0], kKeyPointer)) row_key->give(context, arguments[1]);
  });
}

// The aggregate's memory is SQLite's, zeroed at first: it holds a pointer to the values.
using Values = std::vector<int64_t>;

void mean_step(sqlite3_context* context, int, sqlite3_value** arguments) {
  contained(context, [&] {
    auto** values = static_cast<Values**>(sqlite3_aggregate_context(context, sizeof(Values*)));
    if (values == nullptr) throw std::bad_alloc();
    if (*values == nullptr) *values = new Values();
    (*values)->push_back(sqlite3_value_int64(arguments[0]));
  });
}

// Called once for every aggregate that was begun, also when the statement is given up.
void mean_final(sqlite3_context* context) {
  auto** values = static_cast<Values**>(sqlite3_aggregate_context(context, 0));
  if (values == nullptr || *values == nullptr) return sqlite3_result_null(context);
  sqlite3_result_int64(context, model::mean_nano(**values));
  delete *values;
  *values = nullptr;
}

// A Sum of zeros is all zeros, so it lives in the aggregate's memory itself.
void sum_step(sqlite3_context* context, int, sqlite3_value** arguments) {
  auto* sum = static_cast<model::Sum*>(sqlite3_aggregate_context(context, sizeof(model::Sum)));
  if (sum == nullptr) return sqlite3_result_error_nomem(context);
  if (sqlite3_value_type(arguments[0]) != SQLITE_NULL) sum->add(sqlite3_value_double(arguments[0]));
}

void sum_final(sqlite3_context* context) {
  const auto* sum = static_cast<const model::Sum*>(sqlite3_aggregate_context(context, 0));
  sqlite3_result_double(context, sum == nullptr ? 0 : sum->value());
}

}  // namespace

std::string_view text_of(sqlite3_value* value) {
  if (sqlite3_value_type(value) == SQLITE_NULL) return {};
  const auto* data = static_cast<const char*>(sqlite3_value_blob(value));  // a text's bytes as they are
  return data == nullptr ? std::string_view{} : std::string_view(data, static_cast<size_t>(sqlite3_value_bytes(value)));
}

void register_functions(Connection& db) {
  constexpr int kFlags = SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_DIRECTONLY;
  const auto check = [&](int code) {
    if (code != SQLITE_OK) throw SqlError(code & 0xff, sqlite3_errmsg(db.handle()));
  };
  check(sqlite3_create_function_v2(db.handle(), "opik_test", 2, kFlags, nullptr, test, nullptr, nullptr, nullptr));
  check(sqlite3_create_function_v2(db.handle(), "opik_key", 2, kFlags, nullptr, key, nullptr, nullptr, nullptr));
  check(sqlite3_create_function_v2(db.handle(), "opik_mean", 1, kFlags, nullptr, nullptr, mean_step, mean_final, nullptr));
  check(sqlite3_create_function_v2(db.handle(), "opik_sum", 1, kFlags, nullptr, nullptr, sum_step, sum_final, nullptr));
}

}  // namespace opik::store::sqlite
