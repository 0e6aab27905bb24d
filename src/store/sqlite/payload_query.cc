#include "store/sqlite/payload_query.h"

#include <algorithm>
#include <optional>

#include "codec/encode.h"
#include "codec/json_path.h"
#include "codec/slice.h"
#include "query/value.h"
#include "store/sqlite/text_condition.h"

namespace opik::store::sqlite {
namespace {

using codec::JsonType;
using model::Field;
using query::Condition;
using query::Operand;
using query::Operator;
using query::Type;

Field field_of(Operand operand) {
  if (operand == Operand::input) return Field::input;
  if (operand == Operand::output) return Field::output;
  return operand == Operand::metadata ? Field::metadata : Field::error_info;
}

// Opens payloads, one after the other.
class PayloadReader {
 public:
  explicit PayloadReader(const PayloadSource& source)
      : codec_(source.codec),
        read_(source.db.handle(), source.kind == model::Kind::trace ? "SELECT payload FROM trace_payloads WHERE n = ?1"
                                                                    : "SELECT payload FROM span_payloads WHERE n = ?1") {}
  // Without a payload: nothing in it.
  model::Fields read(int64_t n) {
    model::Fields fields;
    ResetGuard guard(read_);
    if (read_.bind(1, n).step()) decode_record(codec_.decompress(read_.blob(0)), fields);
    return fields;
  }

 private:
  const PayloadCodec& codec_;
  Statement read_;
};

// One condition on one part of the payload.
class PartTest {
 public:
  explicit PartTest(const Condition& condition) : condition_(condition), field_(field_of(condition.operand)) {
    const auto* text = std::get_if<std::string>(&condition.value);
    number_ = std::get_if<query::Number>(&condition_.value);
    const std::string_view value = number_ != nullptr ? std::string_view(number_->text) : text != nullptr ? std::string_view(*text) : "";
    text_.emplace(condition.op, value, true);
    if (condition.type != Type::string) return;
    std::string quoted;
    codec::append_string(quoted, value);
    quoted = quoted.substr(1, quoted.size() - 2);
    if (quoted != value) quoted_.emplace(condition.op, quoted, true);
    is_plain_ = is_within_a_token(value) && (condition.op == Operator::contains || condition.op == Operator::not_contains);
  }
  PartTest(const PartTest&) = delete;

  bool holds(const model::Fields& payload) const {
    const std::string_view json = payload.text(field_);
    return condition_.type == Type::string ? text_holds(json) : value_holds(json);
  }

 private:
  bool text_holds(std::string_view json) const {
    if (is_plain_ && json.find("\\u") == std::string_view::npos && json.find("\\/") == std::string_view::npos) return text_->holds(json);
    std::string scratch;
    const std::string_view text = codec::compact_json(json, scratch);
    const bool holds = text_->holds(text);
    if (!quoted_) return holds;
    // Found as it is or as JSON writes it.
    if (condition_.op == Operator::contains) return holds || quoted_->holds(text);
    return holds && (condition_.op != Operator::not_contains || quoted_->holds(text));
  }

  bool value_holds(std::string_view json) const {
    const std::optional<std::string_view> value = codec::find_value(json, condition_.path);
    if (!query::takes_value(condition_.op)) return is_empty(value) == (condition_.op == Operator::is_empty);
    if (!value) return holds_of_absent(condition_);
    switch (condition_.op) {
      case Operator::equal:
        return text_->holds(codec::value_text(*value)) || is_same_number(*value);
      case Operator::not_equal:
        return text_->holds(codec::value_text(*value)) && !is_same_number(*value);
      case Operator::greater:
      case Operator::greater_equal:
      case Operator::less:
      case Operator::less_equal:
        return order_holds(*value);
      default:
        return text_->holds(codec::value_text(*value));
    }
  }

  static bool is_empty(const std::optional<std::string_view>& value) {
    if (!value) return true;
    const JsonType type = codec::type_of(*value);
    if (type == JsonType::object || type == JsonType::array) return false;
    const std::string text = codec::value_text(*value);
    return text.empty() || text == "null";
  }

  bool is_same_number(std::string_view value) const {
    if (number_ == nullptr || codec::type_of(value) != JsonType::number) return false;
    const std::optional<query::Number> own = query::parse_number(value);
    return own && own->value == number_->value;
  }

  bool order_holds(std::string_view value) const {
    const JsonType type = codec::type_of(value);
    if (number_ == nullptr) return type == JsonType::string && text_->holds(codec::value_text(value));
    if (type != JsonType::number && type != JsonType::string) return false;
    const std::optional<query::Number> own = query::parse_number(codec::value_text(value));
    if (!own) return false;
    const std::partial_ordering order = own->value <=> number_->value;
    if (condition_.op == Operator::greater) return order > 0;
    if (condition_.op == Operator::greater_equal) return order >= 0;
    return condition_.op == Operator::less ? order < 0 : order <= 0;
  }

  // A needle that can be found only inside a string or a number: space between tokens does not matter to it, so that JSON
  // whose strings are written as they mean need not be made compact to look for it.
  static bool is_within_a_token(std::string_view needle) {
    constexpr std::string_view kSpace = " \t\n\r";
    return needle.find_first_of("\"{}[],:\\") == std::string_view::npos && kSpace.find(needle.front()) == std::string_view::npos &&
           kSpace.find(needle.back()) == std::string_view::npos;
  }

  const Condition condition_;
  const Field field_;
  bool is_plain_ = false;
  const query::Number* number_ = nullptr;  // of condition_
  std::optional<TextTest> text_;
  std::optional<TextTest> quoted_;  // the value as JSON writes it, if that differs
};

class PayloadTest final : public RowTest {
 public:
  PayloadTest(const PayloadSource& source, const std::vector<Condition>& conditions) : reader_(source) {
    for (const Condition& condition : conditions) {
      if (is_on_payload(condition)) parts_.push_back(std::make_unique<PartTest>(condition));
    }
  }
  bool holds(sqlite3_value* n) const override {
    const model::Fields payload = reader_.read(sqlite3_value_int64(n));
    return std::all_of(parts_.begin(), parts_.end(), [&](const auto& part) { return part->holds(payload); });
  }

 private:
  mutable PayloadReader reader_;
  std::vector<std::unique_ptr<const PartTest>> parts_;
};

void give_text(sqlite3_context* out, std::string_view text) {
  sqlite3_result_text64(out, text.data(), text.size(), SQLITE_TRANSIENT, SQLITE_UTF8);
}

class PayloadKey final : public RowKey {
 public:
  PayloadKey(const PayloadSource& source, const query::SortKey& key) : reader_(source), field_(field_of(key.operand)), path_(key.path) {}

  void give(sqlite3_context* out, sqlite3_value* n) const override {
    const model::Fields payload = reader_.read(sqlite3_value_int64(n));
    const std::string_view json = payload.text(field_);
    std::string scratch;
    if (path_.steps.empty()) {
      if (!json.empty()) give_text(out, codec::compact_json(json, scratch));
      return;
    }
    const std::optional<std::string_view> value = codec::find_value(json, path_);
    if (!value) return;
    const std::optional<query::Number> number =
        codec::type_of(*value) == JsonType::number ? query::parse_number(*value) : std::optional<query::Number>{};
    if (number) return sqlite3_result_double(out, number->value);
    give_text(out, codec::value_text(*value));
  }

 private:
  mutable PayloadReader reader_;
  const Field field_;
  const model::JsonPath path_;
};

}  // namespace

bool is_on_payload(const Condition& condition) {
  if (condition.type == Type::dictionary) return true;
  return condition.type == Type::string &&
         (condition.operand == Operand::input || condition.operand == Operand::output || condition.operand == Operand::metadata);
}

bool holds_of_absent(const Condition& condition) {
  if (condition.op == Operator::not_equal || condition.op == Operator::not_contains || condition.op == Operator::is_empty) return true;
  return condition.type == Type::string && condition.op == Operator::less;  // the empty text is less than any other
}

std::unique_ptr<const RowTest> payload_test(const PayloadSource& source, const std::vector<Condition>& conditions) {
  return std::make_unique<PayloadTest>(source, conditions);
}

std::unique_ptr<const RowKey> payload_key(const PayloadSource& source, const query::SortKey& key) {
  return std::make_unique<PayloadKey>(source, key);
}

}  // namespace opik::store::sqlite
