#pragma once
// Tells a snapshot that was sent again from a newer one.

#include <cstdint>

#include "model/message.h"

namespace opik::codec {

// Over the project's name and all fields. Each part goes in with its type and length, so that bytes cannot move from one field
// to another unseen.
uint64_t hash_content(const model::Message& message);

}  // namespace opik::codec
