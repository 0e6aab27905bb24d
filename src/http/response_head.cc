#include "http/response_head.h"

#include <fmt/format.h>

#include <iterator>

#include "http/negotiation.h"

namespace opik::http {
namespace {

std::string_view reason(int status) {
  switch (status) {
    case 200:
      return "OK";
    case 201:
      return "Created";
    case 202:
      return "Accepted";
    case 204:
      return "No Content";
    case 206:
      return "Partial Content";
    case 301:
      return "Moved Permanently";
    case 302:
      return "Found";
    case 303:
      return "See Other";
    case 304:
      return "Not Modified";
    case 307:
      return "Temporary Redirect";
    case 308:
      return "Permanent Redirect";
    case 400:
      return "Bad Request";
    case 401:
      return "Unauthorized";
    case 402:
      return "Payment Required";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 406:
      return "Not Acceptable";
    case 408:
      return "Request Timeout";
    case 409:
      return "Conflict";
    case 410:
      return "Gone";
    case 411:
      return "Length Required";
    case 412:
      return "Precondition Failed";
    case 413:
      return "Request Entity Too Large";
    case 415:
      return "Unsupported Media Type";
    case 416:
      return "Range Not Satisfiable";
    case 417:
      return "Expectation Failed";
    case 422:
      return "Unprocessable Entity";
    case 429:
      return "Too Many Requests";
    case 431:
      return "Request Header Fields Too Large";
    case 500:
      return "Internal Server Error";
    case 501:
      return "Not Implemented";
    case 502:
      return "Bad Gateway";
    case 503:
      return "Service Unavailable";
    case 504:
      return "Gateway Timeout";
    case 505:
      return "HTTP Version Not Supported";
    case 507:
      return "Insufficient Storage";
    default:
      return "Status";
  }
}

void append_header(std::string& head, std::string_view name, std::string_view value) {
  head.append(name).append(": ");
  for (const char c : value) head += static_cast<unsigned char>(c) < 0x20 || c == 0x7f ? ' ' : c;
  head += "\r\n";
}

bool is_framing(std::string_view name) {
  for (const std::string_view mine : {"content-length", "transfer-encoding", "connection", "content-type", "date"}) {
    if (same_text(name, mine)) return true;
  }
  return false;
}

bool is_token(std::string_view name) {
  constexpr std::string_view kOthers = "!#$%&'*+-.^_`|~";
  for (const char c : name) {
    const bool alphanumeric = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    if (!alphanumeric && kOthers.find(c) == std::string_view::npos) return false;
  }
  return !name.empty();
}

}  // namespace

std::string_view method_name(Method method) {
  switch (method) {
    case Method::get:
      return "GET";
    case Method::head:
      return "HEAD";
    case Method::post:
      return "POST";
    case Method::put:
      return "PUT";
    case Method::patch:
      return "PATCH";
    case Method::del:
      return "DELETE";
    case Method::options:
      return "OPTIONS";
    case Method::other:
      break;
  }
  return {};
}

std::string method_list(const std::vector<Method>& methods) {
  std::string list;
  for (const Method method : methods) {
    if (!list.empty()) list += ", ";
    list += method_name(method);
  }
  return list;
}

std::string http_date(int64_t seconds) {
  static constexpr const char* kDays[] = {"Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"};
  static constexpr const char* kMonths[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const int64_t days = seconds / 86400, second = seconds % 86400;
  // Days since 1 March of the year 0, in eras of 400 years; a year that begins in March has its leap day at its end.
  const int64_t shifted = days + 719468;
  const int64_t day_of_era = shifted % 146097;
  const int64_t year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
  const int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const int64_t march_month = (5 * day_of_year + 2) / 153;
  const int64_t day = day_of_year - (153 * march_month + 2) / 5 + 1;
  const int64_t month = march_month < 10 ? march_month + 3 : march_month - 9;
  const int64_t year = shifted / 146097 * 400 + year_of_era + (month <= 2 ? 1 : 0);
  return fmt::format("{}, {:02} {} {:04} {:02}:{:02}:{:02} GMT", kDays[days % 7], day, kMonths[month - 1], year, second / 3600,
                     second / 60 % 60, second % 60);
}

std::string response_head(const Response& response, const HeadFacts& facts) {
  std::string head;
  head.reserve(384);
  fmt::format_to(std::back_inserter(head), "HTTP/1.1 {} {}\r\nDate: {}\r\n", response.status, reason(response.status),
                 http_date(facts.now_seconds));
  if (facts.has_type) append_header(head, "Content-Type", response.content_type);
  if (facts.gzipped) head += "Content-Encoding: gzip\r\n";
  if (facts.framing == Framing::sized) fmt::format_to(std::back_inserter(head), "Content-Length: {}\r\n", facts.body_bytes);
  if (facts.framing == Framing::chunked) head += "Transfer-Encoding: chunked\r\n";
  if (facts.close) {
    head += "Connection: close\r\n";
  } else if (facts.is_http_1_0) {
    head += "Connection: keep-alive\r\n";
  }
  if (facts.varies_by_encoding) head += "Vary: Accept-Encoding\r\n";
  if (facts.cors_origin) {
    append_header(head, "Access-Control-Allow-Origin", *facts.cors_origin);
    head +=
        "Access-Control-Allow-Credentials: true\r\n"
        "Access-Control-Expose-Headers: Location, X-Opik-Actual-Model, X-Opik-Provider\r\n"
        "Vary: Origin\r\n";
  }
  for (const auto& [name, value] : response.headers) {
    if (is_token(name) && !is_framing(name)) append_header(head, name, value);
  }
  head += "\r\n";
  return head;
}

bool has_header(const Response& response, std::string_view name) {
  for (const auto& [key, value] : response.headers) {
    if (same_text(key, name)) return true;
  }
  return false;
}

void add_preflight_headers(Response& response) {
  response.headers.emplace_back("Access-Control-Allow-Methods", "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS");
  response.headers.emplace_back("Access-Control-Allow-Headers",
                                "Authorization, Content-Type, Accept, X-Requested-With, Origin, Comet-Sdk-Api, comet-username, "
                                "comet-react-ver, Comet-Workspace, opikApiKey");
  response.headers.emplace_back("Access-Control-Max-Age", "1800");
}

}  // namespace opik::http
