#pragma once
// A list of models and their prices in the form of litellm's model_prices_and_context_window.json:
//
//   {"gpt-4o": {"litellm_provider": "openai", "mode": "chat", "input_cost_per_token": 2.5e-06, ...}, ...}
//
// Members that are not read may hold anything. Of two with the same name the later counts. An entry with neither a provider nor a
// price is no model, and neither is the sample that the list begins with: they are passed over.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace opik::codec {

struct ListedModel {
  std::string name;      // as the list has it, often with the provider before a '/'
  std::string provider;  // as litellm calls it
  std::string mode;      // what the model does; "chat" if the list does not say
  // US dollars x 10^15 for one token (second of video, character of text to be spoken), rounded; 0: none.
  int64_t input = 0;
  int64_t output = 0;
  int64_t cache_write = 0;
  int64_t cache_read = 0;
  int64_t second = 0;
  int64_t character = 0;
};

// In the order of the list. Errors: Code::malformed with the line of what is not JSON, or else the model and its member.
base::Result<std::vector<ListedModel>> decode_litellm_models(std::string_view json);

}  // namespace opik::codec
