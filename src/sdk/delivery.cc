// How it works. The outcome falls in one of these, by status:
//
//   no answer, 408, 425, 429, 502, 503, 504, other 5xx   the server could not: retry
//   500                                                  could not, or cannot take this very content: retry, split, then reject
//   400, 413, 422                                        an item is at fault: by name, or by halving
//   401, 402, 403, and 404 or 3xx to a batch             nobody's item is at fault: pause
//   415                                                  the encoding is
//   404, 405, 409, 501 and other 4xx                     this item will never be taken: reject
#include "sdk/delivery.h"

#include <algorithm>
#include <cmath>
#include <string_view>

#include "sdk/json_reader.h"

namespace opik::sdk {
namespace {

using std::chrono::milliseconds;

constexpr size_t kReasonBytesMax = 500;  // of a server's message that is quoted

// The message of one of Opik's four shapes of error (errors[], message), or the beginning of the body.
std::string message_of(std::string_view body) {
  std::string message;
  if (const auto answer = read_json(body)) {
    for (const JsonNode& error : answer->at("errors").items) {
      if (!message.empty()) message += "; ";
      message += error.text;
      if (message.size() > kReasonBytesMax) break;
    }
    if (message.empty()) message = answer->at("message").text;
  }
  if (message.empty()) message = body;
  if (message.size() > kReasonBytesMax) {
    message.resize(kReasonBytesMax);
    while (!message.empty() && (static_cast<unsigned char>(message.back()) & 0xc0) == 0x80) message.pop_back();  // whole UTF-8 only
    if (!message.empty() && static_cast<unsigned char>(message.back()) >= 0xc0) message.pop_back();
    message += "…";
  }
  return message;
}

std::string reason_of(const HttpResponse& response) {
  std::string reason = "the server answered " + std::to_string(response.status);
  const std::string message = message_of(response.body);
  return message.empty() ? reason : reason + ": " + message;
}

Verdict retry(milliseconds wait, std::string reason) { return {Action::retry, wait, std::move(reason), {}}; }

// What the server asked for, and a tenth more at random so that its clients do not come back as one.
milliseconds server_wait(milliseconds asked, double random) {
  const milliseconds wait = std::clamp(asked, milliseconds(0), kServerWaitMax);
  return wait + milliseconds(static_cast<int64_t>(static_cast<double>(wait.count()) * 0.1 * random));
}

Verdict wait_for_server(const HttpResponse& response, const Attempt& attempt, double random) {
  milliseconds wait = backoff(attempt.attempts, random);
  if (response.retry_after) wait = std::max(server_wait(*response.retry_after, random), kBackoffFirst / 10);
  return retry(wait, reason_of(response));
}

// The items named in {"rejected":[{"index":…,"error":…}],"stored":N}; nothing if the list is not there or does not add up.
std::optional<std::vector<Rejection>> named_rejections(const HttpResponse& response, size_t items) {
  const auto answer = read_json(response.body);
  if (!answer) return std::nullopt;
  const std::optional<int64_t> stored = answer->at("stored").whole();
  if (!stored) return std::nullopt;
  std::vector<Rejection> rejected;
  for (const JsonNode& node : answer->at("rejected").items) {
    const std::optional<int64_t> index = node.at("index").whole();
    if (!index || static_cast<uint64_t>(*index) >= items) return std::nullopt;
    rejected.push_back(
        {static_cast<size_t>(*index), "the server answered " + std::to_string(response.status) + ": " + node.at("error").text});
  }
  std::sort(rejected.begin(), rejected.end(), [](const Rejection& a, const Rejection& b) { return a.index < b.index; });
  const auto same = [](const Rejection& a, const Rejection& b) { return a.index == b.index; };
  if (std::adjacent_find(rejected.begin(), rejected.end(), same) != rejected.end()) return std::nullopt;
  if (rejected.empty() || rejected.size() + static_cast<uint64_t>(*stored) != items) return std::nullopt;
  return rejected;
}

Verdict refused_content(const HttpResponse& response, const Attempt& attempt) {
  if (attempt.is_batch) {
    if (auto rejected = named_rejections(response, attempt.items)) return {Action::delivered, {}, {}, *std::move(rejected)};
    if (attempt.items > 1) return {Action::split, {}, reason_of(response), {}};
  }
  return {Action::reject, {}, reason_of(response), {}};
}

Verdict server_error(const HttpResponse& response, const Attempt& attempt, double random) {
  if (attempt.is_batch && attempt.items > 1 && attempt.errors >= kErrorsBeforeSplit) {
    return {Action::split, {}, reason_of(response), {}};
  }
  if (attempt.items == 1 && attempt.others_delivered && attempt.errors >= kErrorsBeforeReject) {
    return {Action::reject, {}, reason_of(response) + " (" + std::to_string(attempt.errors) + " times, while others were delivered)", {}};
  }
  return wait_for_server(response, attempt, random);
}

Verdict pause(const HttpResponse& response, double random) {
  milliseconds wait = kPauseWait + milliseconds(static_cast<int64_t>(static_cast<double>(kPauseWait.count()) * 0.1 * random));
  if (response.retry_after) wait = std::max(wait, server_wait(*response.retry_after, random));
  return {Action::pause, wait, reason_of(response), {}};
}

Verdict judge_status(const HttpResponse& response, const Attempt& attempt, double random) {
  const int status = response.status;
  if (status >= 200 && status < 300) return {Action::delivered, {}, {}, {}};
  switch (status) {
    case 408:
    case 425:
    case 429:
      return wait_for_server(response, attempt, random);
    case 400:
    case 413:
    case 422:
      return refused_content(response, attempt);
    case 401:
    case 402:
    case 403:
      return pause(response, random);
    case 404:
      // Of a batch, or for want of the workspace: the address is wrong or the gateway is not up, and no item is at fault.
      if (attempt.is_batch || response.body.find("orkspace not found") != std::string::npos) return pause(response, random);
      return {Action::reject, {}, reason_of(response), {}};
    case 415:
      if (attempt.encoding != Encoding::identity) return {Action::lower_encoding, {}, reason_of(response), {}};
      return refused_content(response, attempt);
    case 500:
      return server_error(response, attempt, random);
    case 501:
      return {Action::reject, {}, reason_of(response), {}};
    default:
      break;
  }
  if (status >= 500) return wait_for_server(response, attempt, random);
  if (status >= 400) return {Action::reject, {}, reason_of(response), {}};
  return pause(response, random);  // 1xx, 3xx: a gateway that answers for a server it does not reach
}

}  // namespace

milliseconds backoff(unsigned attempts, double random) {
  const unsigned doublings = std::min(attempts == 0 ? 0U : attempts - 1, 20U);
  const milliseconds full = std::min<milliseconds>(kBackoffFirst * (int64_t{1} << doublings), kBackoffMax);
  return full - milliseconds(static_cast<int64_t>(static_cast<double>(full.count()) * 0.5 * random));
}

Verdict judge(const base::Result<HttpResponse>& outcome, const Attempt& attempt, double random) {
  if (outcome) return judge_status(*outcome, attempt, random);
  const base::Error& error = outcome.error();
  // A request that cannot be sent: for its address if it is a batch, whose address is fixed, and else for its own.
  if (error.code == base::Code::invalid) {
    if (attempt.is_batch) return {Action::pause, kPauseWait, error.message, {}};
    return {Action::reject, {}, error.message, {}};
  }
  return retry(backoff(attempt.attempts, random), error.message);
}

}  // namespace opik::sdk
