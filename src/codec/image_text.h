#pragma once
// Images inside of JSON text, for readers who want to see what is beside them. Pure.

#include <string>
#include <string_view>

namespace opik::codec {

// The text with "[image]" in place of each image in base64: "data:image/png;base64,iVBOR..." wherever it stands, and whole JSON strings of
// at least kBareImageDigitsMin digits that begin as images do.
std::string without_images(std::string_view json);
inline constexpr size_t kBareImageDigitsMin = 64;

}  // namespace opik::codec
