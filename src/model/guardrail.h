#pragma once
// The verdict of one check on what a trace said, as the guardrail that made it reports it.

#include <cstdint>
#include <string>
#include <string_view>

#include "base/uuid.h"

namespace opik::model {

enum class Verdict : uint8_t { passed, failed };
inline constexpr std::string_view kVerdictNames[] = {"passed", "failed"};
inline constexpr std::string_view verdict_name(Verdict verdict) { return kVerdictNames[static_cast<size_t>(verdict)]; }

inline constexpr std::string_view kGuardrailNames[] = {"TOPIC", "PII"};

struct GuardrailCheck {
  base::Uuid trace_id;
  base::Uuid span_id;  // the guardrail's own span
  std::string name;    // one of kGuardrailNames
  Verdict verdict = Verdict::passed;
  std::string config;   // JSON text; not read back with a trace
  std::string details;  // likewise
  uint64_t hash = 0;    // of name, verdict, config and details: the same check of the same span, sent again, is one
  int64_t created_at_us = 0;
  friend bool operator==(const GuardrailCheck&, const GuardrailCheck&) = default;
};

}  // namespace opik::model
