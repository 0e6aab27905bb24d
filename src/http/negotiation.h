#pragma once
// What the headers say about bodies: their media type, their encoding, and what the client takes back. Pure.

#include <optional>
#include <string>
#include <string_view>

#include "http/message.h"

namespace opik::http {

// ASCII, case-insensitive.
bool same_text(std::string_view a, std::string_view b);
std::string_view trimmed(std::string_view text);  // without spaces and tabs around it

enum class Coding { identity, gzip, deflate, zstd };

// How the request's body is encoded; nothing if it is in a way that is not offered (unknown, or several on top of each other).
std::optional<Coding> body_coding(const Pairs& headers);

// "Application/JSON; charset=utf-8" -> "application/json".
std::string media_type(std::string_view content_type);

// Whether a client that sent this Accept-Encoding takes gzip: "gzip", "x-gzip" or "*", with a weight other than 0.
bool accepts_gzip(std::string_view accept_encoding);
// Whether it names `coding` ("br", "zstd") itself, with a weight other than 0.
bool accepts_coding(std::string_view accept_encoding, std::string_view coding);

// Text in one form or another; pictures and archives are compressed already.
bool is_compressible(std::string_view content_type);

}  // namespace opik::http
