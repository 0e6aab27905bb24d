#pragma once
// Substring search over a record, ignoring the case of ASCII letters.

#include <string>
#include <string_view>

#include "model/record.h"

namespace opik::store::memory {

// ASCII letters become small; every other byte stays.
std::string fold_case(std::string_view text);

// Whether `needle` is in any text of the record: its id, its narrow text fields, its JSON. A JSON text is searched as it came,
// so the needle is tried as JSON writes it: with UTF-8 kept, and with \uXXXX for what is not ASCII.
bool contains_text(const model::Record& record, std::string_view needle);

}  // namespace opik::store::memory
