#pragma once
// Failures as Opik's clients know them: which status, and which of the shapes
//
//   {"errors": ["..."]}                                  a rule of the domain or a field is broken
//   {"code": 404, "message": "..."}                      not found, not JSON, busy, broken
//   {"errors": [...], "rejected": [...], "stored": 3}    some or all items of a batch; ours
//
// Status codes that the API uses have their names here.

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "codec/decode.h"
#include "http/message.h"

namespace opik::api {

namespace status {
inline constexpr int kOk = 200;
inline constexpr int kCreated = 201;
inline constexpr int kNoContent = 204;
inline constexpr int kPartialContent = 206;
inline constexpr int kSeeOther = 303;
inline constexpr int kNotModified = 304;
inline constexpr int kBadRequest = 400;
inline constexpr int kNotFound = 404;
inline constexpr int kConflict = 409;
inline constexpr int kRangeNotSatisfiable = 416;
inline constexpr int kUnprocessable = 422;
inline constexpr int kTooManyRequests = 429;
inline constexpr int kInternal = 500;
inline constexpr int kNotImplemented = 501;
inline constexpr int kUnavailable = 503;
}  // namespace status

// The message of an Error for a path or id that cannot be anything here: what Opik's framework says.
inline constexpr std::string_view kNoSuchPath = "HTTP 404 Not Found";

http::Response error_response(const base::Error& error);

// {"errors": [...]}
http::Response errors_response(int status, const std::vector<std::string>& messages);

// The answer to a batch of which `errors` (in any order) were refused and `stored` were not: 204 if nothing was refused, 422
// with every reason if something was stored, and if nothing was, the status of the first reason. The 204 says which encodings of a
// body are taken, for clients that know of zstd.
http::Response batch_response(std::vector<codec::ItemError> errors, size_t stored);

}  // namespace opik::api
