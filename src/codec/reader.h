#pragma once
// Reads typed values out of an object's members. The first thing that is wrong stays; what is read after it does not matter.
//
//   Reader in(members, {"traces", 3});
//   message.name = in.text(Key::name);
//   if (in.failed()) return in.error();       // "... value of traces[3].name from Object value: expected a string"
//
// null and absent are the same everywhere. Where it saves data, what is meant is taken for what is said: a number or boolean
// where a text belongs, a number or boolean in quotes where a bare one belongs.

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/instant.h"
#include "base/result.h"
#include "base/uuid.h"
#include "codec/members.h"

namespace opik::codec {

// Where an object stands in its request: "traces[3].", "update." or nowhere in particular.
struct Where {
  std::string_view outer;
  std::optional<size_t> index;

  std::string path(std::string_view member) const;        // traces[3].start_time
  std::string camel_path(std::string_view member) const;  // traces[3].startTime: Opik's way to name what breaks a rule
};

class Reader {
 public:
  Reader(const Members& members, Where where) : members_(members), where_(where) {}

  bool has(Key key) const { return !slice(key).is_null(); }
  // JSON text of any type, in standard form; nothing if there is none.
  std::optional<std::string> json(Key key) const;
  std::optional<std::string> json_object(Key key);
  // The members of an object.
  std::optional<Members> object(Key key);
  // Whether there is an array that is not empty.
  bool has_elements(Key key);
  std::optional<std::string> text_as_is(Key key) { return scalar(key, "expected a string"); }
  // Blank text is nothing.
  std::optional<std::string> text(Key key);
  // Blank text is a broken rule.
  std::optional<std::string> text_not_blank(Key key);
  std::optional<std::string> one_of(Key key, std::span<const std::string_view> names);
  std::optional<base::Uuid> uuid(Key key);
  std::optional<base::Instant> instant(Key key);
  std::optional<double> real_not_negative(Key key);
  std::optional<int64_t> nano(Key key);  // value x 10^9 of a decimal
  std::optional<int64_t> integer(Key key, int64_t min, int64_t max);
  std::optional<bool> boolean(Key key);
  // Elements that are null are left out, the second of equal ones too.
  std::optional<std::vector<std::string>> texts(Key key);
  // {"name": int32}, printed again without what is null.
  std::optional<std::string> usage(Key key);
  std::optional<std::vector<base::Uuid>> uuids(Key key);

  // A rule is broken: "<member> <what>".
  void refuse(Key key, std::string_view what);
  void fail(base::Error error);
  // Fails if it is absent.
  void require(Key key);
  // Fails if `text` has more characters.
  void limit(Key key, std::string_view text, size_t characters_max);

  bool failed() const { return error_.has_value(); }
  const base::Error& error() const { return *error_; }
  const Slice& slice(Key key) const { return members_[static_cast<size_t>(key)]; }

 private:
  // The wrong type or form: names the member, what is there and what was expected.
  std::nullopt_t expected(std::string_view path, std::string_view value, std::string_view what);
  std::nullopt_t expected(Key key, std::string_view what) { return expected(where_.path(key_name(key)), slice(key).text, what); }
  // The text of a scalar, and the number or word in quotes or without them.
  std::optional<std::string> scalar(Key key, std::string_view what);

  const Members& members_;
  const Where where_;
  std::optional<base::Error> error_;
};

bool is_blank(std::string_view text);

// project_name: nothing if absent, and neither blank nor too long.
std::optional<std::string> read_project_name(Reader& in);

// An item of a list that is no object.
base::Error wrong_item(std::string_view list, size_t index, std::string_view value);

}  // namespace opik::codec
