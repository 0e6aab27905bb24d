#pragma once
// CRC-32C (Castagnoli), as iSCSI, ext4 and LevelDB use it: crc32c("123456789") == 0xe3069283.

#include <cstdint>
#include <string_view>

namespace opik::sdk {

// Of `bytes`; `before` is the CRC of what stands before them.
uint32_t crc32c(std::string_view bytes, uint32_t before = 0);

}  // namespace opik::sdk
