#pragma once
// A page of records, whole, for those who compare pages.

#include <iterator>
#include <vector>

#include "store/trace_store.h"

namespace opik::store {

struct WholePage : PageSink {
  std::vector<model::Record> records;
  int64_t rows = -1;  // as promised
  int64_t total = -1;

  void begin(int64_t on_page, int64_t of_all) override {
    rows = on_page;
    total = of_all;
  }
  void add(std::vector<model::Record>& some) override { std::move(some.begin(), some.end(), std::back_inserter(records)); }
  bool is_whole() const { return rows == static_cast<int64_t>(records.size()); }
};

}  // namespace opik::store
