#include "codec/litellm.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>

#include "codec/decimal.h"
#include "codec/slice.h"
#include "codec/validate.h"

namespace opik::codec {
namespace {

using base::Code;
using base::Error;
using base::Result;

constexpr std::string_view kSample = "sample_spec";
constexpr std::string_view kProvider = "litellm_provider";
constexpr std::string_view kMode = "mode";
// The two names for a second of video stand side by side; the first counts, if it says something.
constexpr std::array<std::string_view, 7> kPrices{"input_cost_per_token",
                                                  "output_cost_per_token",
                                                  "cache_creation_input_token_cost",
                                                  "cache_read_input_token_cost",
                                                  "output_cost_per_video_per_second",
                                                  "output_cost_per_second",
                                                  "input_cost_per_character"};
constexpr int kScale = 15;  // of the prices read

Error wrong(std::string_view what) { return {Code::malformed, fmt::format("price list: {}", what)}; }

Error not_json(std::string_view json, const JsonCheck& check) {
  const auto line = 1 + std::count(json.begin(), json.begin() + static_cast<std::ptrdiff_t>(check.at), '\n');
  return {Code::malformed, fmt::format("price list, line {}: expected {}", line, check.error)};
}

// Rounded to the last place that a price has: lists are full of what a double made of 3e-07. Nothing for what is no price.
std::optional<int64_t> parse_price(std::string_view value) {
  if (type_of(value) == JsonType::null) return 0;
  if (type_of(value) != JsonType::number) return std::nullopt;
  const std::optional<Decimal> dollars = parse_decimal(value);
  if (!dollars || (dollars->negative && !dollars->digits.empty())) return std::nullopt;
  const std::optional<int64_t> tenths = scaled(*dollars, kScale + 1);
  return tenths ? std::optional((*tenths + 5) / 10) : std::nullopt;
}

// Reads one entry of the list; what is wrong with it stays.
class Entry {
 public:
  Entry(std::string_view name, std::string_view json) {
    model_.name = unescape(name);
    if (type_of(json) != JsonType::object) {
      refuse(std::nullopt, json, "an object");
    } else {
      each_member(json, [&](std::string_view key, std::string_view value) { take(unescape(key), value); });
    }
  }

  bool is_model() const { return model_.name != kSample && (wrong_ || !model_.provider.empty() || has_price()); }
  std::optional<Error> error() const {
    if (wrong_) return wrong(fmt::format("model {}: {}", shorten(model_.name), *wrong_));
    if (model_.provider.empty())
      return wrong(fmt::format("model {}: {}: found nothing, expected the provider's name", shorten(model_.name), kProvider));
    return std::nullopt;
  }
  ListedModel take_model() {
    if (model_.mode.empty()) model_.mode = "chat";
    model_.input = prices_[0];
    model_.output = prices_[1];
    model_.cache_write = prices_[2];
    model_.cache_read = prices_[3];
    model_.second = prices_[4] != 0 ? prices_[4] : prices_[5];
    model_.character = prices_[6];
    return std::move(model_);
  }

 private:
  bool has_price() const {
    return std::any_of(prices_.begin(), prices_.end(), [](int64_t price) { return price != 0; });
  }

  void take(std::string_view key, std::string_view value) {
    if (key == kProvider) return take_text(key, value, model_.provider);
    if (key == kMode) return take_text(key, value, model_.mode);
    const auto found = std::find(kPrices.begin(), kPrices.end(), key);
    if (found == kPrices.end()) return;
    const std::optional<int64_t> price = parse_price(value);
    if (!price) return refuse(key, value, "a number of US dollars from 0 to less than 100");
    prices_[static_cast<size_t>(found - kPrices.begin())] = *price;
  }

  void take_text(std::string_view key, std::string_view value, std::string& into) {
    into.clear();
    if (type_of(value) == JsonType::null) return;
    if (type_of(value) != JsonType::string) return refuse(key, value, "a string");
    into = unescape(value.substr(1, value.size() - 2));
  }

  void refuse(std::optional<std::string_view> key, std::string_view value, std::string_view expected) {
    if (wrong_) return;
    wrong_ = fmt::format("{}{}found {}, expected {}", key.value_or(""), key ? ": " : "", describe(value), expected);
  }

  ListedModel model_;
  std::array<int64_t, kPrices.size()> prices_{};
  std::optional<std::string> wrong_;
};

}  // namespace

Result<std::vector<ListedModel>> decode_litellm_models(std::string_view json) {
  const JsonCheck check = check_json(json);
  if (!check.ok()) return not_json(json, check);
  if (!valid_utf8(json)) return wrong("the text is not UTF-8");
  size_t begin = 0;
  skip_space(json, begin);
  const std::string_view list = json.substr(begin, check.end - begin);
  if (type_of(list) != JsonType::object) return wrong(fmt::format("found {}, expected an object", describe(list)));
  std::vector<ListedModel> models;
  std::optional<Error> error;
  each_member(list, [&](std::string_view name, std::string_view value) {
    if (error) return;
    Entry entry(name, value);
    if (!entry.is_model()) return;
    error = entry.error();
    if (!error) models.push_back(entry.take_model());
  });
  if (error) return *std::move(error);
  return models;
}

}  // namespace opik::codec
