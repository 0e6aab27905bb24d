#pragma once
// The SDK's own few lines, to the sink of the program or to standard error as "OPIK: …".

#include <string_view>

#include <opik/client.h>

namespace opik::sdk {

void log_line(LogLevel level, std::string_view line) noexcept;

}  // namespace opik::sdk
