#pragma once
// What language models cost, and what a span that used one cost.
//
//   const PriceTable& prices = PriceTable::built_in();
//   std::optional<double> usd = prices.estimated_cost("gpt-4o-2024-08-06", "openai", usage);
//
// What a span costs, of all that is said about it: span_cost.h.
//
// A table is text, one row per model and provider, columns parted by one tab; '#' begins a line that is skipped, an empty line is
// skipped too. The first row names the columns, in this order:
//
//   provider model mode input output cache_write cache_read second character
//
// Prices are US dollars per million tokens (second: of video, character: of text to be spoken), plain decimals with at most nine
// digits on either side of the point, empty for none. The mode says what is paid for: video_generation the seconds, audio_speech the
// characters if they have a price, every other name the tokens. The table that is built in is src/cost/prices.tsv.
//
// Tables are values; reading one is thread-safe.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/result.h"
#include "codec/usage.h"

namespace opik::cost {

inline constexpr size_t kPriceRowsMax = 100'000;                // rows of a table: twenty times what all providers offer together
inline constexpr size_t kPriceKeyBytesMax = 256;                // provider and model of a row: twice the longest there is
inline constexpr size_t kPriceFileBytesMax = size_t{64} << 20;  // a file with prices: twenty times litellm's

// US dollars x 10^15 per token, second or character: small enough to hold every published price exactly.
using Femtodollars = int64_t;

struct Price {
  enum class Mode : uint8_t { tokens, video_generation, audio_speech };

  Mode mode = Mode::tokens;
  Femtodollars input = 0;
  Femtodollars output = 0;
  Femtodollars cache_write = 0;
  Femtodollars cache_read = 0;
  Femtodollars second = 0;
  Femtodollars character = 0;
  friend bool operator==(const Price&, const Price&) = default;
};

// Every name but two means tokens.
Price::Mode mode_of(std::string_view name);
std::string_view mode_name(Price::Mode mode);

class PriceTable {
 public:
  // The prices that the program was built with.
  static const PriceTable& built_in();
  //   errors   Code::malformed with the number of the line: "price table, line 7: ..."
  static base::Result<PriceTable> parse(std::string_view text);
  // A list of litellm's (codec/litellm.h). Its providers get the names that Opik's SDKs send, and else keep their own; of two rows with
  // one name the later counts. Errors: Code::malformed with the model.
  static base::Result<PriceTable> of_litellm(std::string_view json);
  // The prices that a user gives in either form: a list begins with '{'.
  static base::Result<PriceTable> read(std::string_view text);

  // The table as text, sorted: parse() makes the same table of it.
  std::string text() const;

  // Takes over the rows of `other`, which win over the own.
  void add(const PriceTable& other);

  // The price of a model by the name that a client calls it. `model` may have a prefix up to a '/', a '.' where the provider
  // writes '-', capitals, or a date behind it (-2024-08-06) that the provider's list does not have; the nearest name counts.
  // `provider` as Opik's SDKs name it: openai, anthropic, google_ai, google_vertexai, anthropic_vertexai, bedrock, groq.
  // Allocates nothing: it is asked for every span that is written.
  const Price* find(std::string_view model, std::string_view provider) const;

  // US dollars, cut to twelve decimals. Nothing if the model is unknown or the sum is 0.
  std::optional<double> estimated_cost(std::string_view model, std::string_view provider, const codec::UsageCounts& usage) const;

  size_t size() const { return prices_.size(); }

 private:
  struct Hash {
    using is_transparent = void;
    size_t operator()(std::string_view key) const { return std::hash<std::string_view>{}(key); }
  };
  using Prices = std::unordered_map<std::string, Price, Hash, std::equal_to<>>;

  // What keeps a provider and a model from being a row's key; null if nothing does.
  static const char* fault_of_key(std::string_view provider, std::string_view model);
  const Price* find_exact(std::string_view key) const;

  Prices prices_;  // by provider, a tab, model
};

// What `usage` costs at `price`. What counts as input, and whether cached tokens are part of it, depends on the provider.
std::optional<double> cost_of(const Price& price, std::string_view provider, const codec::UsageCounts& usage);

}  // namespace opik::cost
