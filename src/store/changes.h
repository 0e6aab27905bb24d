#pragma once
// Which traces a transaction has changed, for whoever wants to know.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/uuid.h"
#include "model/field.h"

namespace opik::store {

// What one transaction did to one trace, and how the trace stands after it.
struct TraceChange {
  enum class What : uint8_t { created, updated, deleted };

  base::Uuid id;
  int64_t workspace = 0;
  int64_t project = 0;
  What what = What::updated;
  model::FieldSet fields;  // of the trace, that updates carried
  bool spans = false;      // spans of it came or changed
  bool scores = false;     // its own feedback scores did
  std::string name;        // empty: none, or deleted; likewise the next two
  std::optional<int64_t> start_time_ns;
  std::optional<int64_t> end_time_ns;
};

class ChangeListener {
 public:
  virtual ~ChangeListener() = default;
  // Asked at the beginning of each transaction: false, and it costs nothing more. Any thread.
  virtual bool is_listening() const = 0;
  // On the writer's thread, when the transaction is on disk: must not wait.
  virtual void committed(std::vector<TraceChange> changes) = 0;
  // Instead: it began to listen when the transaction had begun, and what that changed is not known.
  virtual void missed() = 0;
};

}  // namespace opik::store
