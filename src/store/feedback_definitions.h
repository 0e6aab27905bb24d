#pragma once
// Where feedback definitions live. Two halves and threads as in trace_store.h; the writer works within the TraceWriter's begin() and
// commit().
//
//   Result<void> made = session.resources.feedback_definitions->create(kDefaultWorkspace, definition);

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "model/feedback_definition.h"

namespace opik::store {

struct FeedbackDefinitionListing {
  std::string name_contains;  // ignoring case; empty: all
  std::optional<model::FeedbackType> type;
  int64_t offset = 0;
  int64_t limit = 10;
};

struct FeedbackDefinitionPage {
  std::vector<model::FeedbackDefinition> definitions;  // the newest first
  int64_t total = 0;
};

class FeedbackDefinitionReader {
 public:
  virtual ~FeedbackDefinitionReader() = default;
  virtual base::Result<std::optional<model::FeedbackDefinition>> find(int64_t workspace, const base::Uuid& id) const = 0;
  virtual base::Result<FeedbackDefinitionPage> list(int64_t workspace, const FeedbackDefinitionListing& listing) const = 0;
};

class FeedbackDefinitionWriter {
 public:
  virtual ~FeedbackDefinitionWriter() = default;
  // Names are equal if they differ only in case. Code::conflict if the name is taken.
  virtual base::Result<void> create(int64_t workspace, const model::FeedbackDefinition& definition) = 0;
  // Name, description and details of the definition with that id. Code::not_found; Code::conflict if the name is another's;
  // Code::unprocessable for another type than it has.
  virtual base::Result<void> update(int64_t workspace, const model::FeedbackDefinition& definition) = 0;
  // Unknown ids are no error.
  virtual base::Result<void> remove(int64_t workspace, const std::vector<base::Uuid>& ids) = 0;
};

}  // namespace opik::store
