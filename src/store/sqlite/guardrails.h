#pragma once
// Verdicts of guardrails in SQLite, and how traces find theirs.

#include <functional>
#include <vector>

#include "store/guardrails.h"
#include "store/sqlite/columns.h"
#include "store/sqlite/connection.h"

namespace opik::store::sqlite {

class GuardrailEdits final : public GuardrailWriter {
 public:
  // `columns` are told of the traces.
  GuardrailEdits(Connection& db, Columns& columns) : db_(db), columns_(columns) {}
  base::Result<void> put(int64_t workspace, const std::vector<model::GuardrailCheck>& checks) override;

 private:
  Connection& db_;
  Columns& columns_;
};

bool has_guardrail_checks(Connection& db, int64_t workspace);
// Those of many traces (their n) by one statement, by span; without config and details.
void each_guardrail_check(Connection& db, int64_t workspace, const std::vector<int64_t>& traces,
                          const std::function<void(model::GuardrailCheck)>& visit);
int64_t count_failed_checks(Connection& db, int64_t workspace, const base::Uuid& trace_id);
void delete_guardrail_checks_of(Connection& db, int64_t workspace, const base::Uuid& trace_id);

}  // namespace opik::store::sqlite
