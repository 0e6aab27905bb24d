#pragma once
// The tables of opik.db, and how a file of an older version becomes one of the present.
//
// A user may open the file with any SQLite tool: the tables and columns explain themselves (see the comments in the schema,
// which SQLite keeps), and the views trace_list and span_list show ids and times as text and what payloads weigh. Payloads are zstd frames:
// `opikd payload ID` prints one.

#include <cstdint>

#include "store/sqlite/connection.h"

namespace opik::store::sqlite {

inline constexpr int64_t kApplicationId = 0x4f50494b;  // "OPIK" in the file's header
inline constexpr int64_t kSchemaVersion = 2;           // PRAGMA user_version

// Makes the tables in a new file; migrates an older one, one version at a time, each in a transaction.
// Throws SqlError; a file that is not ours, or newer than this program, is left as it is and the message says so.
void prepare_schema(Connection& db);
// Throws SqlError unless the file is ours and of the present version.
void check_schema(Connection& db);

}  // namespace opik::store::sqlite
