#pragma once
// base/instant.h by the names that this room uses.

#include "base/instant.h"

namespace opik::codec {

using base::Date;
using base::date_of_days;
using base::Instant;
using base::parse_instant;

}  // namespace opik::codec
