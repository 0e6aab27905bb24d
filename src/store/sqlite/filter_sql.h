#pragma once
// A filter and sort keys as SQL over one row `e` of traces, spans or threads.
//
//   Parameters with;
//   const std::string sql = "SELECT e.n FROM spans e WHERE e.project_n = " + with.add(project) +
//                           filter_sql(source, filter, with) + " ORDER BY " + sort_sql(source, keys, with) + "e.id DESC";
//
// The texts are made of ours alone: whatever a request says is a parameter. Conditions on columns come first, then those that look
// at other tables, and the payload is opened last, only for rows that fulfil the others.

#include <string>
#include <vector>

#include "query/plan.h"
#include "store/sqlite/parameters.h"
#include "store/sqlite/payload_query.h"

namespace opik::store::sqlite {

// What the rows are.
struct FilteredRows {
  const PayloadSource& payloads;  // of threads: those of their traces
  query::Entity entity;
  int64_t active_since_us = 0;  // threads: one without a new trace since then is inactive

  static FilteredRows of(const PayloadSource& payloads) { return {payloads, query::entity_of(payloads.kind)}; }
};

// " AND ..." or nothing.
std::string filter_sql(const FilteredRows& rows, const query::Filter& filter, Parameters& with);

// "..., " or nothing. What has no value comes last in either direction.
std::string sort_sql(const FilteredRows& rows, const std::vector<query::SortKey>& keys, Parameters& with);

}  // namespace opik::store::sqlite
