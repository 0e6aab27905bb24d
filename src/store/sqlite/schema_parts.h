#pragma once
// The tables by topic: each function is called once, by the migration that brought its topic in.

#include "store/sqlite/connection.h"

namespace opik::store::sqlite {

// Threads, with those of the traces that are there.
void add_thread_tables(Connection& db);

// Feedback definitions, with the one that every Opik has.
void add_feedback_definition_tables(Connection& db);

}  // namespace opik::store::sqlite
