#include "store/sqlite/guardrails.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace opik::store::sqlite {

using base::Result;
using model::GuardrailCheck;

Result<void> GuardrailEdits::put(int64_t workspace, const std::vector<GuardrailCheck>& checks) {
  return guarded("storing verdicts of guardrails", [&]() -> Result<void> {
    for (const GuardrailCheck& check : checks) {
      columns_.touch(model::Kind::trace, workspace, check.trace_id);
      Statement& insert = db_.prepared(
          "INSERT INTO guardrail_checks (workspace_n, trace_id, span_id, hash, name, verdict, config, details, created_at_us) "
          "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9) ON CONFLICT DO NOTHING");
      insert.bind(1, workspace).bind(2, check.trace_id).bind(3, check.span_id).bind(4, static_cast<int64_t>(check.hash));
      insert.bind_text(5, check.name).bind_text(6, model::verdict_name(check.verdict));
      insert.bind_text(7, check.config).bind_text(8, check.details).bind(9, check.created_at_us).run();
    }
    return {};
  });
}

bool has_guardrail_checks(Connection& db, int64_t workspace) {
  Statement& any = db.prepared("SELECT EXISTS (SELECT 1 FROM guardrail_checks WHERE workspace_n = ?1)");
  ResetGuard guard(any);
  any.bind(1, workspace).step();
  return any.integer(0) != 0;
}

void each_guardrail_check(Connection& db, int64_t workspace, const std::vector<int64_t>& traces,
                          const std::function<void(GuardrailCheck)>& visit) {
  const std::string wanted = fmt::format("[{}]", fmt::join(traces, ","));
  Statement& rows = db.prepared(
      "SELECT g.trace_id, g.span_id, g.name, g.verdict, g.hash, g.created_at_us FROM json_each(?2) j CROSS JOIN traces e ON e.n = j.value "
      "CROSS JOIN guardrail_checks g ON g.workspace_n = ?1 AND g.trace_id = e.id ORDER BY g.trace_id, g.span_id, g.created_at_us, g.hash");
  ResetGuard guard(rows);
  rows.bind(1, workspace).bind_text(2, wanted);
  while (rows.step()) {
    GuardrailCheck check;
    check.trace_id = rows.uuid(0);
    check.span_id = rows.uuid(1);
    check.name = rows.text(2);
    check.verdict = rows.text(3) == model::verdict_name(model::Verdict::failed) ? model::Verdict::failed : model::Verdict::passed;
    check.hash = static_cast<uint64_t>(rows.integer(4));
    check.created_at_us = rows.integer(5);
    visit(std::move(check));
  }
}

int64_t count_failed_checks(Connection& db, int64_t workspace, const base::Uuid& trace_id) {
  Statement& count = db.prepared("SELECT count(*) FROM guardrail_checks WHERE workspace_n = ?1 AND trace_id = ?2 AND verdict = 'failed'");
  ResetGuard guard(count);
  count.bind(1, workspace).bind(2, trace_id).step();
  return count.integer(0);
}

void delete_guardrail_checks_of(Connection& db, int64_t workspace, const base::Uuid& trace_id) {
  db.prepared("DELETE FROM guardrail_checks WHERE workspace_n = ?1 AND trace_id = ?2").bind(1, workspace).bind(2, trace_id).run();
}

}  // namespace opik::store::sqlite
