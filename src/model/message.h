#pragma once
// What a client says about one trace or span: a snapshot (a create, speaks for all fields) or a patch (an update, speaks
// only for the fields that it carries).

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/uuid.h"
#include "model/field.h"

namespace opik::model {

// When a message was said. `stamp_us` is what messages are ordered by: the client's `last_updated_at` if it sent one, else
// the arrival.
struct Moment {
  int64_t stamp_us = 0;
  int64_t arrival_us = 0;  // at the server, from its ArrivalClock; unique per message
  bool from_client = false;

  static Moment arrived(int64_t arrival_us) { return {arrival_us, arrival_us, false}; }
  static Moment stamped(int64_t stamp_us, int64_t arrival_us) { return {stamp_us, arrival_us, true}; }
  friend bool operator==(const Moment&, const Moment&) = default;
};

// Tags to add to and remove from whatever tags the entity has when the message arrives.
struct TagEdit {
  std::vector<std::string> add;
  std::vector<std::string> remove;
};

struct Message {
  enum class Form : uint8_t { snapshot, patch };

  Kind kind = Kind::trace;
  Form form = Form::snapshot;
  base::Uuid id;
  Moment moment;
  uint64_t content_hash = 0;             // of a snapshot: over project name and all fields as they came
  Fields fields;                         // Field::project is empty: the store fills it from the next two
  std::string project_name;              // a snapshot's project ("Default Project" if it named none); a patch's hint, or empty
  std::optional<base::Uuid> project_id;  // a patch may name its project by id
  std::optional<TagEdit> tag_edit;       // patches only
};

}  // namespace opik::model
