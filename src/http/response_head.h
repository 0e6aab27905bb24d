#pragma once
// The text that stands before a response's body: status line and headers. Pure.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "http/message.h"

namespace opik::http {

// "GET", "POST", ...; empty for Method::other.
std::string_view method_name(Method method);
std::string method_list(const std::vector<Method>& methods);  // "GET, POST"

// "Thu, 01 Jan 1970 00:00:00 GMT"; `seconds` since then, from 0 to the year 9999.
std::string http_date(int64_t seconds);

// How the body goes over the wire.
enum class Framing { none, sized, chunked, until_close };

struct HeadFacts {
  Framing framing = Framing::sized;
  size_t body_bytes = 0;  // of a sized body, as packed
  bool gzipped = false;
  bool varies_by_encoding = false;  // another Accept-Encoding would have got another text
  bool has_type = true;             // Content-Type is sent
  bool close = false;
  bool is_http_1_0 = false;
  int64_t now_seconds = 0;
  std::optional<std::string_view> cors_origin;  // to allow
};

// Headers of the response that would break the framing (Content-Length, Connection, ...) are left out; control characters in
// values become spaces.
std::string response_head(const Response& response, const HeadFacts& facts);

bool has_header(const Response& response, std::string_view name);

// The headers with which a preflight is answered, beside those that every response to an origin has.
void add_preflight_headers(Response& response);

}  // namespace opik::http
