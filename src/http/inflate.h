#pragma once
// Inflates request bodies: gzip (any number of members), deflate (with or without zlib's frame) and zstd (any number of frames).
//
// What the packed text says about its size is a hint: room is taken for at most kRatioTrusted times the packed size at first
// and grows fourfold when there is really more, so a lie costs no memory and a bomb no more than `bytes_max`. Pure, thread-safe.

#include <cstddef>
#include <functional>
#include <string_view>

#include "base/padded_buffer.h"
#include "http/negotiation.h"

namespace opik::http {

enum class Inflated {
  whole,
  broken,     // not what the coding says, cut short, or with something behind it
  too_large,  // more than bytes_max
  no_room,    // `room` said no
};

inline constexpr size_t kRatioTrusted = 32;
// Members or frames in one body. One may be a few bytes for nothing inflated, and each costs a microsecond.
inline constexpr size_t kMembersMax = 64 << 10;

// `room(bytes)` is asked before the output is given room for `bytes` in all. `out` holds the text only if the answer is whole.
Inflated inflate(Coding coding, std::string_view packed, size_t bytes_max, const std::function<bool(size_t bytes)>& room,
                 base::PaddedBuffer& out);

}  // namespace opik::http
