#include "model/field.h"

namespace opik::model {

std::string_view field_name(Field field) {
  static constexpr std::array<std::string_view, kFieldCount> kNames{"project_id",
                                                                    "trace_id",
                                                                    "parent_span_id",
                                                                    "name",
                                                                    "type",
                                                                    "start_time",
                                                                    "end_time",
                                                                    "input",
                                                                    "output",
                                                                    "metadata",
                                                                    "tags",
                                                                    "usage",
                                                                    "error_info",
                                                                    "model",
                                                                    "provider",
                                                                    "thread_id",
                                                                    "total_estimated_cost",
                                                                    "ttft",
                                                                    "source"};
  return kNames[static_cast<size_t>(field)];
}

}  // namespace opik::model
