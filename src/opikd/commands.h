#pragma once
// What opikd can be told to do. Each returns the exit code of the process and says on stderr why it is not 0.

#include <string>
#include <vector>

#include "base/uuid.h"
#include "opikd/config.h"

namespace opik::opikd {

inline constexpr int kExitOk = 0;
inline constexpr int kExitFailed = 1;
inline constexpr int kExitUsage = 2;

// Serves until SIGTERM or SIGINT. Prints "opikd ready http://HOST:PORT" on stdout once it accepts.
int serve(const Config& config);

// Prints {"input":...,"output":...,"metadata":...} of the trace or span `id`; members that it has.
int print_payload(const Config& config, const base::Uuid& id);

// Without files, prints the price table in use (prices.h). With files, puts their prices into the data directory, all of them or, if
// one file is broken, nothing; where two files have a row, the later counts.
int prices(const Config& config, const std::vector<std::string>& files);

}  // namespace opik::opikd
