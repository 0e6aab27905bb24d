#pragma once
// The tables by topic: each function is called once, by the migration that brought its topic in.

#include "store/sqlite/connection.h"

namespace opik::store::sqlite {

// Threads, with those of the traces that are there.
void add_thread_tables(Connection& db);
// Beside what a span costs, what the client and the metadata say of it. The costs themselves are due then (reprice.h).
void add_cost_columns(Connection& db);

// The ids of OTLP traces.
void add_otlp_trace_tables(Connection& db);
// Attachments: none yet.
void add_attachment_tables(Connection& db);

// Feedback definitions, with the one that every Opik has.
void add_feedback_definition_tables(Connection& db);

void add_comment_tables(Connection& db);
void add_guardrail_tables(Connection& db);
void add_workspace_configuration_tables(Connection& db);
// By which the names of scores are found.
void add_name_indexes(Connection& db);

}  // namespace opik::store::sqlite
