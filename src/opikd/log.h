#pragma once
// Log lines on stderr: "2026-11-22T07:00:00.123Z info what happened key=value key=\"two words\"".

#include <string>

namespace opik::opikd {

void start_log(const std::string& level);

}  // namespace opik::opikd
