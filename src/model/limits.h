#pragma once
// Every limit of the domain, with its unit and reason. Crossing one is an error that names it.

#include <cstddef>
#include <cstdint>

namespace opik::model {

inline constexpr size_t kBatchItemsMax = 1000;   // items in a batch, ids in a list: Opik's
inline constexpr size_t kPatchTagsMax = 50;      // tags that an update may leave behind: Opik's
inline constexpr size_t kTagCharsMax = 100;      // characters of a tag in an update: Opik's
inline constexpr size_t kSearchLimitMax = 2000;  // rows of one search stream: Opik's
inline constexpr size_t kProjectNameCharsMax = 150;
inline constexpr size_t kFeedbackDefinitionNameCharsMax = 150;
inline constexpr size_t kDescriptionCharsMax = 255;
inline constexpr int64_t kThreadTimeoutMaxS = 7 * 24 * 3600;  // how late a thread may become inactive: Opik's
inline constexpr size_t kColorsMax = 10'000;                  // entries of a workspace's color map: Opik's
inline constexpr size_t kFileNameCharsMax = 1024;             // of an attachment: what object stores take
inline constexpr size_t kMimeTypeCharsMax = 255;              // RFC 6838: 127 for type and subtype each
inline constexpr int kJsonDepthMax = 1000;                    // nesting of input, output, metadata: what Opik's parser accepts

inline constexpr int64_t kTimeMinNs = 0;                          // 1970-01-01T00:00:00Z
inline constexpr int64_t kTimeMaxNs = 9'223'372'036'000'000'000;  // 2262-04-11T23:47:16Z, exclusive: the last whole second in int64 ns
inline constexpr int64_t kStampMaxUs = 10'413'792'000'000'000;    // 2300-01-01T00:00:00Z, exclusive

inline constexpr int64_t kScoreMaxNano = 999'999'999'999'999'999;  // +-999999999.999999999

}  // namespace opik::model
