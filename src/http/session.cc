#include "http/session.h"

#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <exception>
#include <vector>

#include "base/cpu_time.h"
#include "http/inflate.h"

// GCC 12 inlines one half of asio's operator new and delete for coroutines and takes the pair for a mismatch.
#pragma GCC diagnostic ignored "-Wmismatched-new-delete"

namespace opik::http {
namespace {

namespace asio = boost::asio;

// After an answer that came before its request was read to the end: how long the client may go on sending.
constexpr std::chrono::milliseconds kLingerQuiet{2'000};
constexpr int64_t kLingerNs = 30'000'000'000;
// After so many requests a client that never lets the connection run dry makes way for the others.
constexpr unsigned kServedAtAStretch = 16;

Response too_large(uint64_t bytes_max) {
  return plain_error(413, "reading the body: found more than " + std::to_string(bytes_max) + " bytes");
}

Response busy() {
  Response response = plain_error(429, "Too Many Requests: the server has as much in hand as it may; please send this again");
  response.headers.emplace_back("RateLimit-Reset", "1");
  response.headers.emplace_back("Retry-After", "1");
  return response;
}

Response late() { return plain_error(408, "waiting for the request: found no progress in time"); }

// The answer to a body that did not become one; nothing if it did.
std::optional<Response> body_refusal(BodyEnd end, uint64_t bytes_max) {
  switch (end) {
    case BodyEnd::whole:
      return std::nullopt;
    case BodyEnd::busy:
      return busy();
    case BodyEnd::too_large:
      return too_large(bytes_max);
    case BodyEnd::left:
      return busy();
    case BodyEnd::malformed:
      return plain_error(400, "reading the body: found something other than chunks");
    case BodyEnd::overlong:
      return plain_error(431, "reading the body: found too long extensions or trailers of chunks");
    case BodyEnd::late:
    case BodyEnd::gone:
      break;
  }
  return late();
}

// What the receiver says to the head of a request.
Intake receive(const Receiver& receiver, const Request& request) {
  Intake intake;
  try {
    return receiver(request);
  } catch (const std::exception& failure) {
    intake.refusal = logged_error(std::string("a receiver threw: ") + failure.what());
  }
  return intake;
}

struct Abandon {
  PendingReply& pending;
  ~Abandon() { pending.abandon(); }
};

}  // namespace

Task<void> Session::converse() {
  for (unsigned served = 1; co_await exchange(); ++served) {
    if (served % kServedAtAStretch == 0) co_await wire_.yield();
  }
}

// One request and its answer. False: the connection is done.
Task<bool> Session::exchange() {
  RequestParser parser(house_.limits.header_bytes_max);
  const HeadEnd head_end = co_await read_head(parser);
  if (head_end == HeadEnd::gone) co_return false;
  house_.counters.requests.fetch_add(1, std::memory_order_relaxed);
  if (head_end != HeadEnd::parsed) {
    Response refusal = head_end == HeadEnd::late ? late() : plain_error(parser.refusal().status, parser.refusal().message);
    co_await refuse_and_leave(std::move(refusal));
    co_return false;
  }

  Head& head = parser.parsed();
  Plan plan = plan_request(head, house_.router, house_.limits.cors);
  Exchange exchange = Exchange::of(head, plan.request, house_.limits.cors);
  Admission admission(house_.budget);
  std::unique_ptr<BodySink> sink;
  uint64_t bytes_max = house_.limits.body_bytes_max;
  if (plan.receiver != nullptr && !plan.answer) {
    Intake intake = receive(*plan.receiver, plan.request);
    sink = std::move(intake.sink);
    bytes_max = intake.bytes_max;
    if (sink == nullptr) plan.answer = std::move(intake.refusal);
  }
  BodyEnd end = BodyEnd::whole;
  if (head.has_body()) {
    BodyReader reader({house_.limits, house_.counters, wire_, inbox_, head, admission});
    if (plan.answer) {
      end = co_await reader.discard();
    } else if (sink != nullptr) {
      end = co_await reader.read_into(*sink, bytes_max);
    } else {
      end = co_await reader.read(plan.request.body);
    }
    if (end == BodyEnd::gone) co_return false;
    const bool is_framing_lost = end == BodyEnd::malformed || end == BodyEnd::overlong || end == BodyEnd::late;
    const bool sink_answers = sink != nullptr && end == BodyEnd::left;  // it has given up, and knows why
    if ((!plan.answer && !sink_answers) || is_framing_lost) plan.answer = body_refusal(end, bytes_max);
  }
  const bool is_read = end == BodyEnd::whole || end == BodyEnd::busy;
  exchange.close = !is_read || !head.keep_alive || house_.stopping.load();

  if (!plan.answer) plan.answer = unpack(plan, admission);
  if (plan.answer) {
    plan.request.body = base::PaddedBuffer();
    admission.release();
  } else {
    plan.request.in_flight = admission.take();
    const std::function<void(Reply)> handle = [&](Reply reply) {
      if (sink != nullptr) return sink->end(std::move(reply));
      (*plan.handler)(std::move(plan.request), std::move(reply));
    };
    plan.answer = co_await ask(handle);
    if (!plan.answer) co_return false;
    exchange.close = exchange.close || house_.stopping.load();
  }
  const bool is_sent = co_await respond(exchange, *std::move(plan.answer));
  if (is_sent && !is_read) co_await linger();
  co_return is_sent && !exchange.close;
}

// Waits for a request and reads its head.
Task<Session::HeadEnd> Session::read_head(RequestParser& parser) {
  bool has_begun = !inbox_.empty();
  wire_.set_deadline(has_begun ? house_.limits.header_timeout : house_.limits.idle_timeout);
  for (;;) {
    if (!inbox_.empty()) {
      const RequestParser::Step step = parser.head(inbox_.view());
      inbox_.drop(step.taken);
      if (step.state != RequestParser::State::more) {
        wire_.clear_deadline();
        co_return step.state == RequestParser::State::done ? HeadEnd::parsed : HeadEnd::refused;
      }
    }
    const Inbox::Room room = inbox_.room();
    const ssize_t count = wire_.read_now(room.at, room.size);
    if (count == Wire::kEnd) co_return HeadEnd::gone;
    if (count == Wire::kNothing) {
      if (!has_begun && house_.stopping.load()) co_return HeadEnd::gone;
      inbox_.release();
      const Wake wake = co_await wire_.wait_readable();
      if (wake == Wake::late) co_return has_begun ? HeadEnd::late : HeadEnd::gone;
      continue;
    }
    if (!has_begun) wire_.set_deadline(house_.limits.header_timeout);
    has_begun = true;
    inbox_.add(static_cast<size_t>(count));
  }
}

// Inflates the body in its place. Nothing, or the answer to one that cannot be used.
std::optional<Response> Session::unpack(Plan& plan, Admission& admission) {
  base::PaddedBuffer& body = plan.request.body;
  if (body.empty()) return std::nullopt;
  if (plan.wrong_type) return unsupported_media_type();
  if (plan.coding == Coding::identity) return std::nullopt;
  base::PaddedBuffer inflated;
  const auto room = [&](size_t bytes) { return admission.cover(body.size() + bytes); };
  Inflated end;
  {
    const base::CpuTimer meter(house_.counters.inflate_ns);
    end = inflate(plan.coding, body.view(), house_.limits.body_bytes_max, room, inflated);
  }
  switch (end) {
    case Inflated::broken:
      return plain_error(400, "inflating the body: found something other than its Content-Encoding");
    case Inflated::too_large:
      return too_large(house_.limits.body_bytes_max);
    case Inflated::no_room:
      return busy();
    case Inflated::whole:
      break;
  }
  body = std::move(inflated);
  admission.settle(body.size());
  return std::nullopt;
}

// The handler's answer, when it comes. Nothing if the server would not wait for it.
Task<std::optional<Response>> Session::ask(std::function<void(Reply)> handle) {
  const auto pending = std::make_shared<PendingReply>();
  const Abandon on_leaving{*pending};
  PendingReply::ask(pending, handle);
  if (!pending->arrived_or_wake(*this)) {
    boost::system::error_code ignored;
    replied_.expires_at(std::chrono::steady_clock::time_point::max());
    if (!aborted_) co_await replied_.async_wait(asio::redirect_error(kAwait, ignored));
  }
  co_return pending->take();
}

void Session::wake() {
  asio::post(wire_.strand(), [this, held = shared_from_this()] { replied_.cancel(); });
}

void Session::abort() {
  aborted_ = true;
  Connection::abort();
  replied_.cancel();
}

Task<void> Session::refuse_and_leave(Response response) {
  Exchange exchange;
  if (co_await respond(exchange, std::move(response))) co_await linger();
}

Task<bool> Session::respond(Exchange& exchange, Response response) {
  ResponseWriter writer({house_.limits, house_.counters, wire_, exchange, house_.stopping, shared_from_this()});
  co_return co_await writer.write(std::move(response));
}

// Ends the sending side and reads on for a while: closing with bytes unread would make the kernel take the answer back.
Task<void> Session::linger() {
  wire_.end_sending();
  uint64_t left = house_.limits.body_bytes_max + kDiscardBytesMax;
  const int64_t end_ns = steady_ns() + kLingerNs;
  inbox_.drop(inbox_.size());
  const Inbox::Room room = inbox_.room();
  wire_.set_deadline(kLingerQuiet);
  while (steady_ns() < end_ns) {
    const ssize_t count = wire_.read_now(room.at, room.size);
    if (count == Wire::kEnd) co_return;
    if (count == Wire::kNothing) {
      if (co_await wire_.wait_readable() == Wake::late) co_return;
      continue;
    }
    if (static_cast<uint64_t>(count) >= left) co_return;
    left -= static_cast<uint64_t>(count);
    wire_.set_deadline(kLingerQuiet);
  }
}

}  // namespace opik::http
