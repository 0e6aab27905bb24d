#pragma once
// A filter and sort keys as SQL over one row `e` of traces or spans.
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

// " AND ..." or nothing.
std::string filter_sql(const PayloadSource& source, const query::Filter& filter, Parameters& with);

// "..., " or nothing. What has no value comes last in either direction.
std::string sort_sql(const PayloadSource& source, const std::vector<query::SortKey>& keys, Parameters& with);

}  // namespace opik::store::sqlite
