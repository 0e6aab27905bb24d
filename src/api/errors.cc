#include "api/errors.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <random>

#include "api/limits.h"
#include "codec/encode.h"

namespace opik::api {

namespace {

int status_of(base::Code code) {
  switch (code) {
    case base::Code::malformed:
    case base::Code::invalid:
    case base::Code::unsupported:
      return status::kBadRequest;
    case base::Code::unprocessable:
      return status::kUnprocessable;
    case base::Code::not_found:
      return status::kNotFound;
    case base::Code::conflict:
      return status::kConflict;
    case base::Code::busy:
      return status::kTooManyRequests;
    case base::Code::unavailable:
      return status::kUnavailable;
    case base::Code::internal:
      break;
  }
  return status::kInternal;
}

// Whether clients know the failure as a list of reasons rather than as a code with a message.
bool is_listed(base::Code code) { return code == base::Code::invalid || code == base::Code::unprocessable || code == base::Code::conflict; }

// The client gets a number and the log has the reason under it: what broke is nobody's business outside.
std::string hide_reason(const base::Error& error) {
  thread_local std::minstd_rand random{std::random_device{}()};
  const std::string id = fmt::format("{:08x}", random());
  spdlog::error("request failed id={} reason=\"{}\"", id, error.message);
  return fmt::format("There was an error processing your request. It has been logged (ID {}).", id);
}

http::Response code_message_response(int status, std::string_view message) {
  http::Response response;
  response.status = status;
  codec::append_code_message(response.body, status, message);
  return response;
}

}  // namespace

http::Response error_response(const base::Error& error) {
  const int status = status_of(error.code);
  if (is_listed(error.code)) return errors_response(status, {error.message});
  if (status == status::kInternal) return code_message_response(status, hide_reason(error));
  http::Response response = code_message_response(status, error.message);
  if (error.code == base::Code::busy) {
    const std::string seconds = std::to_string(kRetryAfter.count());
    response.headers.emplace_back("RateLimit-Reset", seconds);
    response.headers.emplace_back("Retry-After", seconds);
  }
  return response;
}

http::Response errors_response(int status, const std::vector<std::string>& messages) {
  http::Response response;
  response.status = status;
  codec::append_errors(response.body, messages);
  return response;
}

http::Response batch_response(std::vector<codec::ItemError> errors, size_t stored) {
  http::Response response;
  if (errors.empty()) {
    response.status = status::kNoContent;
    response.headers.emplace_back("Accept-Encoding", "zstd, gzip, deflate");  // RFC 7694: the next batch may come in zstd
    return response;
  }
  std::sort(errors.begin(), errors.end(), [](const auto& a, const auto& b) { return a.index < b.index; });
  if (stored == 0 && !is_listed(errors.front().error.code)) return error_response(errors.front().error);

  std::vector<codec::RejectedItem> rejected;
  rejected.reserve(errors.size());
  for (codec::ItemError& item : errors) {
    rejected.push_back({item.index, item.id ? item.id->text() : std::string{}, std::move(item.error.message)});
  }
  response.status = stored == 0 ? status_of(errors.front().error.code) : status::kUnprocessable;
  codec::append_partial_failure(response.body, rejected, stored);
  return response;
}

}  // namespace opik::api
