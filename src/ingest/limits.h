#pragma once
// The limits of group commit. What may wait before it is bounded in bytes by the server's in-flight budget.

#include <cstddef>

namespace opik::ingest {

inline constexpr size_t kGroupJobsMax = 1024;      // requests in one transaction: bounds how long the first of them waits
inline constexpr size_t kGroupMessagesMax = 8192;  // traces and spans in one transaction: about 100 ms of work

}  // namespace opik::ingest
