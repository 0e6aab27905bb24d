#pragma once
// Times as JSON strings: "2024-01-01T00:00:00.123456Z" with its quotes.

#include <cstdint>
#include <string>

namespace opik::sdk {

void append_time_us(std::string& out, int64_t us);

}  // namespace opik::sdk
