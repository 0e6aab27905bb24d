#include <algorithm>
#include <array>
#include <vector>

#include "codec/litellm.h"
#include "cost/prices.h"

// Prices from a list of litellm's, and to the text of a table.

namespace opik::cost {
namespace {

using base::Code;
using base::Error;
using base::Result;
using codec::ListedModel;

constexpr std::string_view kHead =
    "# Prices of language models, in US dollars per million tokens (second: per million seconds of video, character: per million\n"
    "# characters of text to be spoken). Empty: none. Sorted. Columns are separated by one tab.\n"
    "provider\tmodel\tmode\tinput\toutput\tcache_write\tcache_read\tsecond\tcharacter\n";

// What litellm calls a provider, and what Opik's SDKs call it. Those that are not here are called the same.
constexpr std::array<std::pair<std::string_view, std::string_view>, 4> kProviders{{
    {"bedrock_converse", "bedrock"},
    {"gemini", "google_ai"},
    {"vertex_ai-anthropic_models", "anthropic_vertexai"},
    {"vertex_ai-language-models", "google_vertexai"},
}};

std::string_view provider_of(const ListedModel& listed) {
  const auto found = std::find_if(kProviders.begin(), kProviders.end(), [&](const auto& pair) { return pair.first == listed.provider; });
  return found == kProviders.end() ? std::string_view(listed.provider) : found->second;
}

// Behind the first '/', if something is there.
std::string_view model_of(const ListedModel& listed) {
  const std::string_view name = listed.name;
  const size_t slash = name.find('/');
  return slash == std::string_view::npos || slash + 1 == name.size() ? name : name.substr(slash + 1);
}

// One region's price of a model that has a row of its own.
bool is_regional(const ListedModel& listed) { return listed.provider == "bedrock" && listed.name.find('/') != std::string::npos; }

// Seconds and characters are paid for in one mode each, whatever else a list says of them.
Price price_of(const ListedModel& listed) {
  Price price{mode_of(listed.mode), listed.input, listed.output, listed.cache_write, listed.cache_read, 0, 0};
  if (price.mode == Price::Mode::video_generation) price.second = listed.second;
  if (price.mode == Price::Mode::audio_speech) price.character = listed.character;
  return price;
}

void append_price(std::string& out, Femtodollars price) {
  constexpr Femtodollars kOne = 1'000'000'000;
  out += '\t';
  if (price == 0) return;
  out += std::to_string(price / kOne);
  if (price % kOne == 0) return;
  const std::string fraction = std::to_string(kOne + price % kOne).substr(1);
  out += '.';
  out.append(fraction, 0, fraction.find_last_not_of('0') + 1);
}

}  // namespace

Result<PriceTable> PriceTable::of_litellm(std::string_view json) {
  Result<std::vector<ListedModel>> models = codec::decode_litellm_models(json);
  if (!models) return models.error();
  PriceTable table;
  for (const ListedModel& listed : *models) {
    if (is_regional(listed)) continue;
    const std::string_view provider = provider_of(listed);
    const std::string_view model = model_of(listed);
    if (const char* fault = fault_of_key(provider, model)) {
      return Error{Code::malformed, "price list: model " + listed.name.substr(0, 100) + ": " + fault};
    }
    table.prices_.insert_or_assign(std::string(provider).append(1, '\t').append(model), price_of(listed));
    if (table.size() > kPriceRowsMax) return Error{Code::malformed, "price list: more than " + std::to_string(kPriceRowsMax) + " models"};
  }
  return table;
}

Result<PriceTable> PriceTable::read(std::string_view text) {
  const size_t first = text.find_first_not_of(" \t\r\n");
  return first != std::string_view::npos && text[first] == '{' ? of_litellm(text) : parse(text);
}

std::string PriceTable::text() const {
  std::vector<const Prices::value_type*> rows;
  rows.reserve(prices_.size());
  for (const auto& row : prices_) rows.push_back(&row);
  std::sort(rows.begin(), rows.end(), [](const auto* a, const auto* b) { return a->first < b->first; });
  std::string out(kHead);
  for (const auto* row : rows) {
    const auto& [key, price] = *row;
    out += key;
    out += '\t';
    out += mode_name(price.mode);
    for (const Femtodollars one : {price.input, price.output, price.cache_write, price.cache_read, price.second, price.character}) {
      append_price(out, one);
    }
    out += '\n';
  }
  return out;
}

}  // namespace opik::cost
