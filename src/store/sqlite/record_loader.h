#pragma once
// Rows -> records: with project, scores and, for a trace, the totals of its spans.

#include <unordered_map>
#include <vector>

#include "model/record.h"
#include "store/sqlite/connection.h"
#include "store/sqlite/payload.h"
#include "store/sqlite/row.h"

namespace opik::store::sqlite {

// Made once per answer: what its rows share is looked up once.
class RecordLoader {
 public:
  RecordLoader(Connection& db, const PayloadCodec& codec, model::Kind kind, int64_t workspace);

  // Row `n`, or each of them, in that order, must exist. The first leaves out what people and guardrails said. Throws SqlError.
  model::Record load(int64_t n, bool with_payload);
  std::vector<model::Record> load(const std::vector<int64_t>& numbers, bool with_payload);
  // What the first load() found in the row besides: whether there is input, output, metadata.
  const PayloadFacts& facts() const { return facts_; }

 private:
  // Comments and verdicts of guardrails of rows `numbers`, by one statement each.
  void annotate(const std::vector<int64_t>& numbers, std::vector<model::Record>& records);
  model::Record to_record(Row row);
  const model::Project& project_of(int64_t number);
  void load_totals(model::Record& record, int64_t project);

  Connection& db_;
  const PayloadCodec& codec_;
  const model::Kind kind_;
  const int64_t workspace_;
  bool has_scores_ = false;
  bool has_span_scores_ = false;
  PayloadFacts facts_;
  std::unordered_map<int64_t, model::Project> projects_;
};

}  // namespace opik::store::sqlite
