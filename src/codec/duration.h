#pragma once
// ISO-8601 durations of days, hours, minutes and seconds, as Java reads and prints them: PT30M, P1DT2H, PT0.5S, -PT1H.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace opik::codec {

// Milliseconds; a fraction of one is cut off. Nothing if it is no duration, or one of more than 10,000 years.
std::optional<int64_t> parse_duration_ms(std::string_view text);
// In hours, minutes and seconds: P1D becomes PT24H.
void append_duration_s(std::string& out, int64_t seconds);

}  // namespace opik::codec
