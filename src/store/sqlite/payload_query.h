#pragma once
// Conditions and sort keys on what lies in the compressed payload: input, output, metadata, error_info.

#include <memory>
#include <vector>

#include "query/plan.h"
#include "store/sqlite/functions.h"
#include "store/sqlite/payload.h"

namespace opik::store::sqlite {

// Where the payloads of a kind are read from. `db` may be in the midst of the statement that asks.
struct PayloadSource {
  Connection& db;
  const PayloadCodec& codec;
  model::Kind kind;
};

// Whether a condition can only be answered from the payload.
bool is_on_payload(const query::Condition& condition);
// Whether it holds for an entity without that part of a payload.
bool holds_of_absent(const query::Condition& condition);

// All conditions of a filter that are on the payload, so that it is opened once. Asked with the row's number.
std::unique_ptr<const RowTest> payload_test(const PayloadSource& source, const std::vector<query::Condition>& conditions);

// A sort key on the payload, of the row's number. NULL, a number or a text.
std::unique_ptr<const RowKey> payload_key(const PayloadSource& source, const query::SortKey& key);

}  // namespace opik::store::sqlite
