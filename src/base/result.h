#pragma once
// Result<T> is a value or an Error, with the member names of std::expected (which C++20 lacks).
//
//   Result<Uuid> id = Uuid::parse(text);
//   if (!id) return id.error();
//   use(*id);
//
// Reading the value of a failed Result ends the process: it is a bug of the caller.

#include <string>
#include <utility>
#include <variant>

#include "base/check.h"

namespace opik::base {

// What kind of failure it is. Rooms say these; only http/ turns them into status codes.
enum class Code {
  malformed,      // the text is not what its format says: broken JSON, a wrong type, a timestamp without a zone
  invalid,        // well-formed, but breaks a rule of the domain: an id that is not a UUIDv7, an unsupported filter
  unprocessable,  // a field is missing or out of its range
  not_found,
  conflict,
  unsupported,  // known, but not offered
  busy,         // a budget is used up; try again later
  unavailable,  // storage cannot take it now: disk full, read-only
  internal,
};

struct Error {
  Code code = Code::internal;
  std::string message;  // "doing what: found what"; goes to the client as it is
};

template <class T>
class [[nodiscard]] Result {
 public:
  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}      // NOLINT: implicit as in std::expected
  Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}  // NOLINT

  bool has_value() const { return state_.index() == 0; }
  explicit operator bool() const { return has_value(); }

  T& value() & { return (check(has_value(), "value of a failed Result"), std::get<0>(state_)); }
  const T& value() const& { return (check(has_value(), "value of a failed Result"), std::get<0>(state_)); }
  T&& value() && { return (check(has_value(), "value of a failed Result"), std::get<0>(std::move(state_))); }
  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T&& operator*() && { return std::move(*this).value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }

  const Error& error() const& { return (check(!has_value(), "error of a good Result"), std::get<1>(state_)); }
  Error&& error() && { return (check(!has_value(), "error of a good Result"), std::get<1>(std::move(state_))); }

 private:
  std::variant<T, Error> state_;
};

struct Nothing {};

template <>
class [[nodiscard]] Result<void> : public Result<Nothing> {
 public:
  Result() : Result<Nothing>(Nothing{}) {}
  Result(Error error) : Result<Nothing>(std::move(error)) {}  // NOLINT
};

}  // namespace opik::base
