#pragma once
// The prices that a server estimates costs by: those that are built in and, over them, those in prices.tsv of its data directory.

#include <string>

#include "base/result.h"
#include "cost/prices.h"

namespace opik::opikd {

struct PricesInUse {
  cost::PriceTable table;
  size_t own = 0;  // rows of prices.tsv
};

// Errors: prices.tsv cannot be read, or is broken; the message names it and the line.
base::Result<PricesInUse> prices_in_use(const std::string& data);

}  // namespace opik::opikd
