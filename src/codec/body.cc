#include "codec/body.h"

#include <memory>

#include <fmt/format.h>
#include <simdjson.h>

#include "codec/slice.h"
#include "codec/validate.h"
#include "model/limits.h"

// How it works: simdjson's first stage finds the quotes, brackets and separators of the whole text (and refuses bad UTF-8 and
// control characters in strings); its on-demand iterator then walks the one or two levels of objects that a request has. It does
// not look inside the values that it skips, so each of them goes through check_json() first. Any error sends the whole text
// through check_json() again, which knows where it is broken.

namespace opik::codec {
namespace {

using base::Code;
using base::Error;
using base::Result;
namespace ondemand = simdjson::ondemand;

// A parser keeps buffers of several times its largest text: those of a large one are not kept.
constexpr size_t kKeptParserBytesMax = size_t{8} << 20;

static_assert(base::PaddedBuffer::kPadding >= simdjson::SIMDJSON_PADDING);

// Says what is wrong with a text that a walk has stopped in.
Error explain(std::string_view text) {
  const JsonCheck check = check_json(text);
  if (!check.ok()) return malformed(fmt::format("At byte {}: expected {}", check.at, check.error));
  if (!valid_utf8(text)) return malformed("The text is not UTF-8");
  return malformed("The text is too long or too deeply nested");
}

// The key's text, unescaped; nothing if it is broken. `raw` begins behind the key's opening quote.
std::optional<std::string_view> key_text(const char* raw, const char* end, std::string& unescaped) {
  const char* const stop = find_special(raw, end);
  if (stop < end && *stop == '"') return std::string_view(raw, static_cast<size_t>(stop - raw));
  size_t at = 0;
  const std::string_view rest(raw - 1, static_cast<size_t>(end - raw) + 1);
  skip_value(rest, at);
  if (!check_json(rest.substr(0, at)).ok()) return std::nullopt;
  unescaped = unescape(rest.substr(1, at - 2));
  return unescaped;
}

bool is_space(std::string_view text) {
  size_t at = 0;
  skip_space(text, at);
  return at == text.size();
}

bool begins_with(ondemand::value value, char c) {
  const std::string_view token = value.raw_json_token();
  return !token.empty() && token[0] == c;
}

// The text of a value that the iterator stands before; nothing if it is broken. Moves behind strings, arrays and objects.
// `end` is the end of the whole text.
std::optional<Slice> read_slice(ondemand::value value, const char* end) {
  std::string_view text = value.raw_json_token();
  if (text.empty()) return std::nullopt;
  if (text[0] == '"') {
    // Passed here: the iterator's own skipping would take a string before a colon for a key ("a":"b":"c").
    if (value.get_raw_json_string().error() != simdjson::SUCCESS) return std::nullopt;
    // Most strings have no escapes.
    const char* const stop = find_special(text.data() + 1, end);
    const auto length = static_cast<size_t>(stop - text.data()) + 1;
    if (length <= text.size() && *stop == '"' && is_space(text.substr(length))) return Slice{text.substr(0, length)};
  } else if (text[0] == '{') {
    ondemand::object object;
    if (value.get_object().get(object) != simdjson::SUCCESS || object.raw_json().get(text) != simdjson::SUCCESS) return std::nullopt;
  } else if (text[0] == '[') {
    ondemand::array array;
    if (value.get_array().get(array) != simdjson::SUCCESS || array.raw_json().get(text) != simdjson::SUCCESS) return std::nullopt;
  }
  const JsonCheck check = check_json(text);
  if (!check.ok()) return std::nullopt;
  return Slice{text.substr(0, check.end), !check.non_finite && !check.multi_line};
}

// Calls take(key, value) for each member, key unescaped. False if the text is broken or take() says so.
template <class Take>
bool walk_object(ondemand::object object, const char* end, Take&& take) {
  std::string unescaped;
  for (auto step : object) {
    ondemand::field field;
    if (std::move(step).get(field) != simdjson::SUCCESS) return false;
    const std::optional<std::string_view> key = key_text(field.key().raw(), end, unescaped);
    if (!key || !take(*key, field.value())) return false;
  }
  return true;
}

bool take_member(Members& members, std::string_view name, ondemand::value value, const char* end) {
  const std::optional<Slice> slice = read_slice(value, end);
  if (!slice) return false;
  if (const std::optional<Key> key = key_of(name)) members[static_cast<size_t>(*key)] = *slice;
  return true;
}

// Parsers are expensive to make: one is kept per thread.
class Parser {
 public:
  explicit Parser(size_t bytes) {
    thread_local ondemand::parser kept;
    if (bytes > kKeptParserBytesMax) {
      own_ = std::make_unique<ondemand::parser>();
      parser_ = own_.get();
    } else {
      parser_ = &kept;
    }
  }
  ondemand::parser& operator*() { return *parser_; }

 private:
  std::unique_ptr<ondemand::parser> own_;
  ondemand::parser* parser_;
};

// What is not an object has no members: says what it is instead.
std::optional<Error> refuse_other_than_object(std::string_view text) {
  size_t at = 0;
  skip_space(text, at);
  if (at == text.size()) return Error{Code::unprocessable, "The request body must not be null"};
  if (text[at] == '{') return std::nullopt;
  const JsonCheck check = check_json(text);
  if (!check.ok() || !valid_utf8(text)) return explain(text);
  const std::string_view value = text.substr(at, check.end - at);
  if (value == "null") return Error{Code::unprocessable, "The request body must not be null"};
  return malformed("Cannot deserialize the request body from " + describe(value) + ": expected an object");
}

// Walks the body's object with take(key, value).
template <class Take>
Result<void> walk_body(const base::PaddedBuffer& body, Take&& take) {
  const std::string_view text = body.view();
  if (std::optional<Error> error = refuse_other_than_object(text)) return *std::move(error);
  Parser parser(text.size());
  ondemand::document document;
  ondemand::object object;
  const char* const end = text.data() + text.size();
  const simdjson::padded_string_view padded(text.data(), text.size(), text.size() + base::PaddedBuffer::kPadding);
  if ((*parser).iterate(padded).get(document) != simdjson::SUCCESS || document.get_object().get(object) != simdjson::SUCCESS ||
      !walk_object(object, end, take) || document.current_location().error() != simdjson::OUT_OF_BOUNDS) {  // text behind the object
    return explain(text);
  }
  return {};
}

struct ListShape {
  bool given = false;
  size_t count = 0;
  std::string wrong;  // what stands in its place, if it is no list
};

bool walk_items(ondemand::array array, const char* end, ListShape& shape, ItemSink& sink) {
  sink.begin();
  Members members;
  for (auto step : array) {
    ondemand::value value;
    if (std::move(step).get(value) != simdjson::SUCCESS) return false;
    const size_t index = shape.count++;
    if (!begins_with(value, '{')) {
      const std::optional<Slice> slice = read_slice(value, end);
      if (!slice) return false;
      if (index < model::kBatchItemsMax) sink.item_of_wrong_type(index, slice->text);
      continue;
    }
    ondemand::object object;
    if (value.get_object().get(object) != simdjson::SUCCESS) return false;
    members.fill({});
    if (!walk_object(object, end, [&](std::string_view name, ondemand::value member) { return take_member(members, name, member, end); })) {
      return false;
    }
    if (index < model::kBatchItemsMax) sink.item(index, members);
  }
  return true;
}

}  // namespace

Error malformed(std::string_view what) { return {Code::malformed, fmt::format("Unable to process JSON. {}", what)}; }

Result<Members> read_object(const base::PaddedBuffer& body) {
  Members members{};
  const char* const end = body.data() + body.size();
  const Result<void> walked =
      walk_body(body, [&](std::string_view name, ondemand::value value) { return take_member(members, name, value, end); });
  if (!walked) return walked.error();
  return members;
}

Result<void> read_list(const base::PaddedBuffer& body, Key list, ItemSink& sink) {
  const char* const end = body.data() + body.size();
  ListShape shape;
  const Result<void> walked = walk_body(body, [&](std::string_view name, ondemand::value value) {
    if (key_of(name) != list) return read_slice(value, end).has_value();
    shape = {};
    if (begins_with(value, '[')) {
      ondemand::array array;
      if (value.get_array().get(array) != simdjson::SUCCESS) return false;
      shape.given = true;
      return walk_items(array, end, shape, sink);
    }
    const std::optional<Slice> slice = read_slice(value, end);
    if (slice && !slice->is_null()) shape.wrong = describe(slice->text);
    return slice.has_value();
  });
  if (!walked) return walked.error();
  if (!shape.wrong.empty()) {
    return malformed(fmt::format("Cannot deserialize value of {} from {}: expected an array", key_name(list), shape.wrong));
  }
  if (!shape.given) return Error{Code::unprocessable, fmt::format("{} must not be null", key_name(list))};
  if (shape.count == 0 || shape.count > model::kBatchItemsMax) {
    return Error{Code::unprocessable, fmt::format("{} size must be between 1 and {}", key_name(list), model::kBatchItemsMax)};
  }
  return {};
}

}  // namespace opik::codec
