#pragma once
// How a gRPC call ends: a number and a text, in headers of the Response, from where they become the call's trailers.
//
//   reply(grpc_failure(400, GrpcCode::invalid_argument, "reading spans: found something else"));
//
// A Response without them is the method's message if its status is 200, and GrpcCode::internal if it is anything else.

#include <cstdint>
#include <string>
#include <string_view>

#include "http/message.h"

namespace opik::http {

// gRPC's numbers: those that are used here.
enum class GrpcCode : uint8_t {
  ok = 0,
  invalid_argument = 3,
  deadline_exceeded = 4,
  not_found = 5,
  resource_exhausted = 8,
  unimplemented = 12,
  internal = 13,
  unavailable = 14,  // the only one of these that OpenTelemetry's exporters try again without being told when
};

inline constexpr std::string_view kGrpcStatus = "grpc-status", kGrpcMessage = "grpc-message";
inline constexpr size_t kGrpcMessageBytesMax = 1024;  // before it is encoded: clients take trailers of 8 KB

// `status`: what the same failure is over HTTP, for the counters.
Response grpc_failure(int status, GrpcCode code, std::string_view message);

// As gRPC sends texts: what is not printable ASCII, and "%", as %XX.
std::string percent_encoded(std::string_view text);

}  // namespace opik::http
