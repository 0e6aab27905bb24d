#include "http/grpc_status.h"

namespace opik::http {

Response grpc_failure(int status, GrpcCode code, std::string_view message) {
  Response response;
  response.status = status;
  response.headers.emplace_back(kGrpcStatus, std::to_string(static_cast<int>(code)));
  response.headers.emplace_back(kGrpcMessage, percent_encoded(message.substr(0, kGrpcMessageBytesMax)));
  return response;
}

std::string percent_encoded(std::string_view text) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  std::string encoded;
  for (const char c : text) {
    if (c >= ' ' && c <= '~' && c != '%') {
      encoded += c;
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    encoded += '%';
    encoded += kDigits[byte >> 4];
    encoded += kDigits[byte & 15];
  }
  return encoded;
}

}  // namespace opik::http
