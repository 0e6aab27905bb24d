#include "cost/prices.h"

#include <algorithm>
#include <array>

#include "base/check.h"

// How it works: a row's key is provider and model in one string; a look-up tries up to four spellings of the model's name, on the stack.
// Prices are integers, so that adding them up neither rounds nor depends on the order.

namespace opik::cost {

extern const char* const kBuiltInPrices;  // src/cost/prices.tsv, put into the program by CMakeLists.txt

namespace {

using base::Code;
using base::Error;
using base::Result;

constexpr std::array<std::string_view, 9> kColumns{"provider",    "model",      "mode",   "input",    "output",
                                                   "cache_write", "cache_read", "second", "character"};
using Cells = std::array<std::string_view, kColumns.size()>;

Error wrong(size_t line, std::string_view what) {
  return {Code::malformed, "price table, line " + std::to_string(line) + ": " + std::string(what)};
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool all_digits(std::string_view text) { return std::all_of(text.begin(), text.end(), is_digit); }

// Dollars per million, "2.5", as femtodollars per one: the point moves nine places. Nothing for what is no such number.
std::optional<Femtodollars> parse_price(std::string_view text) {
  constexpr size_t kDigitsMax = 9;
  if (text.empty()) return 0;
  const size_t point = text.find('.');
  const std::string_view whole = text.substr(0, point);
  const std::string_view fraction = point == std::string_view::npos ? std::string_view{} : text.substr(point + 1);
  const bool sound = !whole.empty() && whole.size() <= kDigitsMax && fraction.size() <= kDigitsMax && all_digits(whole) &&
                     all_digits(fraction) && (point == std::string_view::npos || !fraction.empty());
  if (!sound) return std::nullopt;
  Femtodollars value = 0;
  for (const char c : whole) value = value * 10 + (c - '0');
  for (size_t i = 0; i < kDigitsMax; ++i) value = value * 10 + (i < fraction.size() ? fraction[i] - '0' : 0);
  return value;
}

std::optional<Cells> split(std::string_view line) {
  Cells cells;
  for (size_t i = 0; i < cells.size(); ++i) {
    const size_t tab = line.find('\t');
    const bool last = i + 1 == cells.size();
    if (last != (tab == std::string_view::npos)) return std::nullopt;
    cells[i] = line.substr(0, tab);
    if (!last) line.remove_prefix(tab + 1);
  }
  return cells;
}

Result<Price> read_price(const Cells& cells, size_t line) {
  Price price;
  price.mode = mode_of(cells[2]);
  const std::array<Femtodollars*, 6> values{&price.input,      &price.output, &price.cache_write,
                                            &price.cache_read, &price.second, &price.character};
  for (size_t i = 0; i < values.size(); ++i) {
    const size_t column = i + 3;
    const std::optional<Femtodollars> value = parse_price(cells[column]);
    if (!value) {
      return wrong(line, std::string(kColumns[column]) + ": found \"" + std::string(cells[column].substr(0, 40)) +
                             "\", expected a decimal number with at most nine digits before and behind the point, or nothing");
    }
    *values[i] = *value;
  }
  return price;
}

// The key of a row, in a place of its own: provider, a tab, and a spelling of the model's name, which can be respelled there.
class Key {
 public:
  // Both together have at most kPriceKeyBytesMax bytes.
  Key(std::string_view provider, std::string_view model) : model_begin_(provider.size() + 1), size_(model_begin_ + model.size()) {
    std::copy(provider.begin(), provider.end(), text_.begin());
    text_[provider.size()] = '\t';
    std::copy(model.begin(), model.end(), text_.begin() + static_cast<std::ptrdiff_t>(model_begin_));
  }

  std::string_view text() const { return {text_.data(), size_}; }

  void lower() {
    each_letter([](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  }
  void dash() {
    each_letter([](char c) { return c == '.' ? '-' : c; });
  }
  // The key without -YYYY-MM-DD at the end, if it is there.
  std::string_view without_date() const {
    constexpr std::string_view kForm = "-dddd-dd-dd";
    if (size_ - model_begin_ < kForm.size()) return text();
    const std::string_view tail = text().substr(size_ - kForm.size());
    for (size_t i = 0; i < kForm.size(); ++i) {
      if (kForm[i] == 'd' ? !is_digit(tail[i]) : tail[i] != '-') return text();
    }
    return text().substr(0, size_ - kForm.size());
  }

 private:
  template <class Change>
  void each_letter(Change&& change) {
    for (size_t i = model_begin_; i < size_; ++i) text_[i] = change(text_[i]);
  }

  std::array<char, kPriceKeyBytesMax + 1> text_;
  size_t model_begin_;
  size_t size_;
};

// Takes lines off the front of a text, with their numbers.
class Lines {
 public:
  explicit Lines(std::string_view text) : rest_(text) {}

  // The next line that is neither empty nor a comment.
  std::optional<std::string_view> next() {
    while (!rest_.empty()) {
      const size_t end = std::min(rest_.find('\n'), rest_.size());
      std::string_view line = rest_.substr(0, end);
      rest_.remove_prefix(std::min(end + 1, rest_.size()));
      ++number_;
      if (line.ends_with('\r')) line.remove_suffix(1);
      if (!line.empty() && line[0] != '#') return line;
    }
    return std::nullopt;
  }
  size_t number() const { return number_; }

 private:
  std::string_view rest_;
  size_t number_ = 0;
};

}  // namespace

Price::Mode mode_of(std::string_view name) {
  if (name == mode_name(Price::Mode::video_generation)) return Price::Mode::video_generation;
  if (name == mode_name(Price::Mode::audio_speech)) return Price::Mode::audio_speech;
  return Price::Mode::tokens;
}

std::string_view mode_name(Price::Mode mode) {
  switch (mode) {
    case Price::Mode::video_generation:
      return "video_generation";
    case Price::Mode::audio_speech:
      return "audio_speech";
    case Price::Mode::tokens:
      break;
  }
  return "tokens";
}

const PriceTable& PriceTable::built_in() {
  static const PriceTable table = [] {
    Result<PriceTable> parsed = parse(kBuiltInPrices);
    base::check(parsed.has_value(), "the price table that is built in is broken");
    return *std::move(parsed);
  }();
  return table;
}

Result<PriceTable> PriceTable::parse(std::string_view text) {
  Lines lines(text);
  const std::optional<std::string_view> head = lines.next();
  if (!head) return wrong(lines.number(), "found no rows, expected the names of the columns");
  const std::optional<Cells> names = split(*head);
  if (!names || *names != kColumns) {
    return wrong(lines.number(),
                 "expected the names of the columns: provider, model, mode, input, output, cache_write, cache_read, second, character");
  }
  PriceTable table;
  while (const std::optional<std::string_view> line = lines.next()) {
    const std::optional<Cells> cells = split(*line);
    if (!cells) return wrong(lines.number(), "expected " + std::to_string(kColumns.size()) + " columns parted by one tab");
    const auto& [provider, model, mode, input, output, cache_write, cache_read, second, character] = *cells;
    if (const char* fault = fault_of_key(provider, model)) return wrong(lines.number(), fault);
    const Result<Price> price = read_price(*cells, lines.number());
    if (!price) return price.error();
    if (!table.prices_.emplace(Key(provider, model).text(), *price).second) {
      return wrong(lines.number(), "a second row for " + std::string(model.substr(0, 100)) + " of " + std::string(provider.substr(0, 100)));
    }
    if (table.size() > kPriceRowsMax) return wrong(lines.number(), "more than " + std::to_string(kPriceRowsMax) + " rows");
  }
  return table;
}

const char* PriceTable::fault_of_key(std::string_view provider, std::string_view model) {
  static_assert(kPriceKeyBytesMax == 256, "the message says so");
  const auto has_control = [](std::string_view text) {
    return std::any_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20; });
  };
  if (provider.empty() || model.empty()) return "expected a provider and a model";
  if (provider.size() + model.size() > kPriceKeyBytesMax) return "provider and model are longer than 256 bytes";
  if (provider[0] == '#') return "found a provider that begins with '#', as a comment does";
  if (has_control(provider) || has_control(model)) return "found a tab, a line break or another control character in provider or model";
  return nullptr;
}

void PriceTable::add(const PriceTable& other) {
  for (const auto& [key, price] : other.prices_) prices_.insert_or_assign(key, price);
}

const Price* PriceTable::find_exact(std::string_view key) const {
  const auto found = prices_.find(key);
  return found == prices_.end() ? nullptr : &found->second;
}

const Price* PriceTable::find(std::string_view model, std::string_view provider) const {
  model.remove_prefix(model.find('/') + 1);  // npos + 1 is 0
  if (model.empty() || provider.empty() || model.size() + provider.size() > kPriceKeyBytesMax) return nullptr;
  Key key(provider, model);
  if (const Price* price = find_exact(key.text())) return price;
  key.lower();
  Key dashed = key;
  dashed.dash();
  if (const Price* price = find_exact(dashed.text())) return price;
  if (const Price* price = find_exact(key.without_date())) return price;
  return find_exact(dashed.without_date());
}

std::optional<double> PriceTable::estimated_cost(std::string_view model, std::string_view provider, const codec::UsageCounts& usage) const {
  const Price* price = find(model, provider);
  return price == nullptr ? std::nullopt : cost_of(*price, provider, usage);
}

}  // namespace opik::cost
