#pragma once
// The small resources beside traces and projects, each with an interface of its own. A store that does not have one leaves it null, and
// its routes are not offered.

namespace opik::store {

class FeedbackDefinitionReader;
class FeedbackDefinitionWriter;

// Any thread.
struct ResourceReaders {
  const FeedbackDefinitionReader* feedback_definitions = nullptr;
};

// The writer's thread, between begin() and commit().
struct ResourceWriters {
  FeedbackDefinitionWriter* feedback_definitions = nullptr;
};

}  // namespace opik::store
