#include "codec/reader.h"

#include <algorithm>
#include <charconv>
#include <limits>
#include <unordered_set>

#include <fmt/format.h>

#include "codec/body.h"
#include "codec/decimal.h"
#include "codec/encode.h"
#include "codec/object_writer.h"
#include "codec/slice.h"
#include "codec/validate.h"
#include "model/limits.h"

namespace opik::codec {
namespace {

using base::Code;
using base::Error;
using base::Uuid;

constexpr size_t kFewTexts = 16;

std::string_view between_quotes(std::string_view value) { return value.substr(1, value.size() - 2); }

// The text of a scalar; `value` is neither array nor object nor null.
std::string scalar_text(std::string_view value) {
  return type_of(value) == JsonType::string ? unescape(between_quotes(value)) : std::string(value);
}

// The same of a string, without a copy where there is nothing to unescape.
std::string_view string_text(std::string_view value, std::string& unescaped) {
  const std::string_view inner = between_quotes(value);
  if (inner.find('\\') == std::string_view::npos) return inner;
  unescaped = unescape(inner);
  return unescaped;
}

// Texts in order of appearance, each once. Few are compared one by one, many are hashed.
class DistinctTexts {
 public:
  void add(std::string text) {
    if (texts_.size() == kFewTexts) index_.insert(texts_.begin(), texts_.end());
    const bool again =
        texts_.size() < kFewTexts ? std::find(texts_.begin(), texts_.end(), text) != texts_.end() : !index_.insert(text).second;
    if (!again) texts_.push_back(std::move(text));
  }
  std::vector<std::string> take() { return std::move(texts_); }

 private:
  std::vector<std::string> texts_;
  std::unordered_set<std::string> index_;
};

struct Count {
  std::string_view name;    // as in the JSON text
  std::string_view number;  // empty: another of the same name comes later
};

void drop_earlier(std::vector<Count>& counts) {
  if (counts.size() <= kFewTexts) {
    for (size_t i = 0; i < counts.size(); ++i) {
      const auto same = [&](const Count& later) { return later.name == counts[i].name; };
      if (std::any_of(counts.begin() + static_cast<ptrdiff_t>(i) + 1, counts.end(), same)) counts[i].number = {};
    }
    return;
  }
  std::unordered_set<std::string_view> later;
  for (auto count = counts.rbegin(); count != counts.rend(); ++count) {
    if (!later.insert(count->name).second) count->number = {};
  }
}

bool is_scalar(std::string_view value) {
  const JsonType type = type_of(value);
  return type != JsonType::array && type != JsonType::object;
}

std::string join(std::span<const std::string_view> names) {
  std::string joined;
  for (std::string_view name : names) joined.append(joined.empty() ? "" : ", ").append(name);
  return joined;
}

std::optional<int32_t> int32_of(std::string_view number) {
  int32_t value = 0;
  const char* const end = number.data() + number.size();
  if (const auto [stop, error] = std::from_chars(number.data(), end, value); error == std::errc{} && stop == end) return value;
  const std::optional<Decimal> decimal = parse_decimal(number);
  if (!decimal || !decimal->is_integer()) return std::nullopt;
  const std::optional<int64_t> wide = scaled(*decimal, 0);
  if (!wide || *wide < std::numeric_limits<int32_t>::min() || *wide > std::numeric_limits<int32_t>::max()) return std::nullopt;
  return static_cast<int32_t>(*wide);
}

// An object with its names in one form of many: escaped only where they must be.
std::string with_plain_names(std::string_view object) {
  std::string out = "{";
  each_member(object, [&](std::string_view name, std::string_view value) {
    if (out.size() > 1) out.push_back(',');
    append_string(out, unescape(name));
    out.append(":").append(value);
  });
  return out + "}";
}

}  // namespace

bool is_blank(std::string_view text) { return text.find_first_not_of(" \t\n\v\f\r") == std::string_view::npos; }

std::string Where::path(std::string_view member) const {
  if (outer.empty()) return std::string(member);
  if (!index) return fmt::format("{}.{}", outer, member);
  return fmt::format("{}[{}].{}", outer, *index, member);
}

std::string Where::camel_path(std::string_view member) const {
  std::string camel;
  for (size_t i = 0; i < member.size(); ++i) {
    if (member[i] == '_' && i + 1 < member.size()) {
      ++i;
      camel.push_back(static_cast<char>(member[i] - 'a' + 'A'));
    } else {
      camel.push_back(member[i]);
    }
  }
  return path(camel);
}

std::nullopt_t Reader::expected(std::string_view path, std::string_view value, std::string_view what) {
  fail(malformed(fmt::format("Cannot deserialize value of {} from {}: {}", path, describe(value), what)));
  return std::nullopt;
}

void Reader::fail(Error error) {
  if (!error_) error_ = std::move(error);
}

void Reader::refuse(Key key, std::string_view what) {
  fail({Code::unprocessable, fmt::format("{} {}", where_.camel_path(key_name(key)), what)});
}

void Reader::require(Key key) {
  if (!has(key)) refuse(key, "must not be null");
}

void Reader::limit(Key key, std::string_view text, size_t characters_max) {
  if (text.size() > characters_max && count_characters(text) > characters_max) {
    refuse(key, fmt::format("size must be between 0 and {}", characters_max));
  }
}

std::optional<std::string> Reader::json(Key key) const {
  const Slice& value = slice(key);
  if (value.is_null()) return std::nullopt;
  return value.standard ? std::string(value.text) : standard_json(value.text);
}

std::optional<std::string> Reader::json_object(Key key) {
  if (!has(key)) return std::nullopt;
  if (type_of(slice(key).text) != JsonType::object) return expected(key, "expected an object");
  return json(key);
}

std::optional<Members> Reader::object(Key key) {
  if (!has(key)) return std::nullopt;
  if (type_of(slice(key).text) != JsonType::object) return expected(key, "expected an object");
  Members members{};
  each_member(slice(key).text, [&](std::string_view name, std::string_view value) {
    if (const std::optional<Key> inner = key_of(unescape(name))) members[static_cast<size_t>(*inner)] = {value, slice(key).standard};
  });
  return members;
}

bool Reader::has_elements(Key key) {
  if (!has(key)) return false;
  if (type_of(slice(key).text) != JsonType::array) expected(key, "expected an array");
  bool any = false;
  each_element(slice(key).text, [&](std::string_view) { any = true; });
  return any;
}

std::optional<std::string> Reader::scalar(Key key, std::string_view what) {
  const std::string_view value = slice(key).text;
  if (slice(key).is_null()) return std::nullopt;
  if (!is_scalar(value)) return expected(key, what);
  return scalar_text(value);
}

std::optional<std::string> Reader::text(Key key) {
  std::optional<std::string> text = scalar(key, "expected a string");
  if (text && is_blank(*text)) return std::nullopt;
  return text;
}

std::optional<std::string> Reader::text_not_blank(Key key) {
  std::optional<std::string> text = scalar(key, "expected a string");
  if (text && is_blank(*text)) {
    refuse(key, "must not be blank");
    return std::nullopt;
  }
  return text;
}

std::optional<std::string> Reader::one_of(Key key, std::span<const std::string_view> names) {
  const std::string_view value = slice(key).text;
  if (slice(key).is_null()) return std::nullopt;
  if (type_of(value) == JsonType::string) {
    std::string text = unescape(between_quotes(value));
    if (std::find(names.begin(), names.end(), text) != names.end()) return text;
  }
  return expected(key, fmt::format("not one of the values accepted for Enum class: [{}]", join(names)));
}

std::optional<Uuid> Reader::uuid(Key key) {
  const std::string_view value = slice(key).text;
  if (slice(key).is_null()) return std::nullopt;
  std::optional<Uuid> id;
  std::string unescaped;
  if (type_of(value) == JsonType::string) id = Uuid::parse(string_text(value, unescaped));
  if (!id) return expected(key, "expected a UUID of 36 characters");
  return id;
}

std::optional<base::Instant> Reader::instant(Key key) {
  const std::string_view value = slice(key).text;
  if (slice(key).is_null()) return std::nullopt;
  std::optional<base::Instant> instant;
  std::string unescaped;
  if (type_of(value) == JsonType::string) instant = base::parse_instant(string_text(value, unescaped));
  if (!instant) return expected(key, "expected an ISO-8601 instant with a zone, as 2024-01-01T00:00:00.000Z");
  return instant;
}

std::optional<double> Reader::real_not_negative(Key key) {
  const std::optional<std::string> text = scalar(key, "expected a number");
  if (!text) return std::nullopt;
  const std::optional<double> value = parse_double(*text);
  if (!value) return expected(key, "expected a number that fits a double");
  if (*value < 0) refuse(key, "must be greater than or equal to 0.0");
  return *value == 0 ? 0.0 : *value;  // -0 is 0
}

std::optional<int64_t> Reader::nano(Key key) {
  const std::optional<std::string> text = scalar(key, "expected a number");
  if (!text) return std::nullopt;
  const std::optional<Decimal> value = parse_decimal(*text);
  if (!value) return expected(key, "expected a number");
  const std::optional<int64_t> nano = scaled(*value, 9);
  if (!nano) {
    refuse(key,
           value->negative ? "must be greater than or equal to -999999999.999999999" : "must be less than or equal to 999999999.999999999");
  }
  return nano;
}

std::optional<int64_t> Reader::integer(Key key, int64_t min, int64_t max) {
  const std::optional<std::string> text = scalar(key, "expected an integer");
  if (!text) return std::nullopt;
  const std::optional<int32_t> value = int32_of(*text);
  if (!value) return expected(key, "expected an integer");
  if (*value < min) refuse(key, fmt::format("must be greater than or equal to {}", min));
  if (*value > max) refuse(key, fmt::format("must be less than or equal to {}", max));
  return *value;
}

std::optional<bool> Reader::boolean(Key key) {
  const std::optional<std::string> text = scalar(key, "expected a boolean");
  if (!text) return std::nullopt;
  if (*text == "true") return true;
  if (*text == "false") return false;
  return expected(key, "expected a boolean");
}

std::optional<std::vector<std::string>> Reader::texts(Key key) {
  const std::string_view value = slice(key).text;
  if (slice(key).is_null()) return std::nullopt;
  if (type_of(value) != JsonType::array) return expected(key, "expected an array of strings");
  DistinctTexts texts;
  size_t index = 0;
  each_element(value, [&](std::string_view element) {
    const size_t at = index++;
    if (element == "null") return;
    if (!is_scalar(element)) {
      expected(fmt::format("{}[{}]", where_.path(key_name(key)), at), element, "expected a string");
      return;
    }
    texts.add(scalar_text(element));
  });
  return texts.take();
}

std::optional<std::string> Reader::usage(Key key) {
  std::string_view object = slice(key).text;
  if (slice(key).is_null()) return std::nullopt;
  if (type_of(object) != JsonType::object) return expected(key, "expected an object of integers");
  std::string plain;
  if (object.find('\\') != std::string_view::npos) object = plain = with_plain_names(object);
  std::vector<Count> counts;
  counts.reserve(kFewTexts);
  each_member(object, [&](std::string_view name, std::string_view number) { counts.push_back({name, number}); });
  drop_earlier(counts);
  std::string out;
  out.reserve(object.size());
  for (const auto& [name, number] : counts) {
    if (number.empty() || number == "null") continue;
    std::string unescaped;
    const bool in_quotes = type_of(number) == JsonType::string;
    const std::optional<int32_t> count = is_scalar(number) ? int32_of(in_quotes ? string_text(number, unescaped) : number) : std::nullopt;
    if (!count) return expected(fmt::format("{}.{}", where_.path(key_name(key)), unescape(name)), number, "expected a 32-bit integer");
    out.append(out.empty() ? "{\"" : ",\"").append(name).append("\":");
    append_integer(out, *count);
  }
  if (!out.empty()) return out + "}";
  if (counts.empty()) return "{}";
  return std::nullopt;  // only nulls: nothing was said
}

std::optional<std::vector<Uuid>> Reader::uuids(Key key) {
  const std::string_view value = slice(key).text;
  if (slice(key).is_null()) return std::nullopt;
  if (type_of(value) != JsonType::array) return expected(key, "expected an array of UUIDs");
  std::vector<Uuid> ids;
  std::unordered_set<Uuid, base::UuidHash> seen;
  size_t count = 0;
  each_element(value, [&](std::string_view element) {
    const size_t at = count++;
    const std::optional<Uuid> id = type_of(element) == JsonType::string ? Uuid::parse(unescape(between_quotes(element))) : std::nullopt;
    if (!id) {
      expected(fmt::format("{}[{}]", where_.path(key_name(key)), at), element, "expected a UUID of 36 characters");
    } else if (seen.insert(*id).second) {
      ids.push_back(*id);
    }
  });
  if (count == 0 || count > model::kBatchItemsMax) refuse(key, fmt::format("size must be between 1 and {}", model::kBatchItemsMax));
  return ids;
}

std::optional<std::string> read_project_name(Reader& in) {
  std::optional<std::string> name = in.text_not_blank(Key::project_name);
  if (name) in.limit(Key::project_name, *name, model::kProjectNameCharsMax);
  return name;
}

Error wrong_item(std::string_view list, size_t index, std::string_view value) {
  return malformed(fmt::format("Cannot deserialize value of {}[{}] from {}: expected an object", list, index, describe(value)));
}

}  // namespace opik::codec
