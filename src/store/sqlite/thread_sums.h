#pragma once
// What the threads of a project come to, from all of their traces.

#include <map>
#include <string>
#include <vector>

#include "model/sum.h"
#include "store/sqlite/column_pieces.h"

namespace opik::store::sqlite {

struct ThreadSum {
  base::Uuid first_id;  // the least of its traces'
  int64_t start_ns = 0;
  int64_t end_ns = kNoTime;
  model::Sum cost;
  bool has_error = false;  // one of its traces has
  std::vector<std::string> tags;
  std::map<std::string, double> scores;  // the mean by name
};

// `traces`: the project. Otherwise as each_piece_row().
std::vector<ThreadSum> sum_threads(const ColumnState* state, const query::Selection& traces, const PayloadSource& source);

}  // namespace opik::store::sqlite
