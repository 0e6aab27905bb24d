#pragma once
// Which traces or spans a reader asks for. Checked: whoever holds a Selection need not look for errors in it.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/uuid.h"
#include "model/field.h"
#include "query/plan.h"

namespace opik::query {

struct Selection {
  model::Kind kind = model::Kind::trace;
  int64_t workspace = 1;
  int64_t project = 0;                 // the project's number
  std::optional<base::Uuid> id_from;   // inclusive; time ranges are ranges of UUIDv7 ids
  std::optional<base::Uuid> id_to;     // inclusive
  std::optional<base::Uuid> trace_id;  // spans only
  std::optional<std::string> type;     // spans only
  std::string search;                  // substring of any text in it, ignoring case; empty: everything
  Filter filter;

  // True: all of the project, so that its length is known without counting.
  bool is_whole_project() const { return !id_from && !id_to && !trace_id && !type && search.empty() && filter.empty(); }
};

// In which order and how much of it. Listings go by pages, streams by cursor.
struct Window {
  enum class Order : uint8_t {
    listing,  // traces: id descending; spans: trace_id, parent_span_id, id descending
    newest,   // id descending, after `before`
    any,      // whichever costs least, for counting
  };
  Order order = Order::listing;
  std::optional<base::Uuid> before;  // only ids less than this; Order::newest
  int64_t offset = 0;
  int64_t limit = 10;
  std::vector<SortKey> sort = {};  // instead of the order, if there are any; Order::listing
};

}  // namespace opik::query
