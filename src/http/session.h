#pragma once
// One connection: requests in, answers out, in order, until either side has enough.
//
//   read_head > plan_request > BodyReader > inflate > handler > ResponseWriter, and again
//
// A coroutine on the connection's strand. Shared by that coroutine and by what is on its way to it from other threads
// (a timeout, a late reply, the end of the server).

#include <atomic>
#include <boost/asio/steady_timer.hpp>
#include <memory>
#include <mutex>
#include <optional>
#include <unordered_set>

#include "base/byte_budget.h"
#include "http/body_reader.h"
#include "http/pending_reply.h"
#include "http/plan.h"
#include "http/response_writer.h"
#include "http/server.h"

namespace opik::http {

class Session;

// What the connections of a server share.
struct House {
  House(const Limits& its_limits, base::ByteBudget& its_budget, const Router& its_router)
      : limits(its_limits), budget(its_budget), router(its_router) {}

  const Limits limits;
  base::ByteBudget& budget;
  const Router& router;
  Counters counters;
  std::atomic<bool> stopping{false};

  // The open sessions. Each leaves before its coroutine ends.
  std::mutex mutex;
  std::unordered_set<Session*> open;
  size_t open_count();
  // Any thread.
  void expire_late();
  void wake_all();  // those that wait for a request see that the server stops
  void abort_all();
};

class Session final : public std::enable_shared_from_this<Session>, private PendingReply::Waiter {
 public:
  Session(House& house, Socket socket);
  // Runs the session on its strand until the connection ends.
  static void start(House& house, Socket socket);

 private:
  friend struct House;
  enum class HeadEnd { parsed, refused, late, gone };

  static Task<void> live(std::shared_ptr<Session> self);
  Task<bool> exchange();
  Task<HeadEnd> read_head(RequestParser& parser);
  std::optional<Response> unpack(Plan& plan, Admission& admission);
  Task<std::optional<Response>> ask(std::function<void(Reply)> handle);
  Task<void> refuse_and_leave(Response response);
  Task<void> linger();

  Task<bool> respond(Exchange& exchange, Response response);

  void wake() override;  // any thread
  void abort();

  House& house_;
  Wire wire_;
  Inbox inbox_;
  boost::asio::basic_waitable_timer<std::chrono::steady_clock, boost::asio::wait_traits<std::chrono::steady_clock>, Strand> replied_;
  bool aborted_ = false;
};

}  // namespace opik::http
