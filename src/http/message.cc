#include "http/message.h"

#include "base/check.h"

namespace opik::http {
namespace {

std::optional<std::string_view> first(const Pairs& pairs, std::string_view name) {
  for (const auto& [key, value] : pairs) {
    if (key == name) return value;
  }
  return std::nullopt;
}

void append_json_text(std::string& to, std::string_view text) {
  static constexpr char kHex[] = "0123456789abcdef";
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      to += '\\';
      to += c;
    } else if (static_cast<unsigned char>(c) < 0x20) {
      to += "\\u00";
      to += kHex[(c >> 4) & 0xf];
      to += kHex[c & 0xf];
    } else {
      to += c;
    }
  }
}

}  // namespace

std::optional<std::string_view> Request::header(std::string_view name) const { return first(headers, name); }

std::optional<std::string_view> Request::query_value(std::string_view name) const { return first(query, name); }

std::string_view Request::path_param(std::string_view name) const {
  const std::optional<std::string_view> value = first(path_params, name);
  base::check(value.has_value(), "a path parameter that the route does not have");
  return *value;
}

Response plain_error(int status, std::string_view message) {
  Response response;
  response.status = status;
  response.body = "{\"code\":" + std::to_string(status) + ",\"message\":\"";
  append_json_text(response.body, message);
  response.body += "\"}";
  return response;
}

}  // namespace opik::http
