#pragma once
// One connection: requests in, answers out, in order, until either side has enough.
//
//   read_head > plan_request > BodyReader > inflate > handler > ResponseWriter, and again

#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <optional>

#include "http/body_reader.h"
#include "http/connection.h"
#include "http/pending_reply.h"
#include "http/plan.h"
#include "http/response_writer.h"

namespace opik::http {

class Session final : public Connection, private PendingReply::Waiter {
 public:
  Session(House& house, Socket socket) : Connection(house, std::move(socket)), replied_(wire_.strand()) {}

 private:
  enum class HeadEnd { parsed, refused, late, gone };

  Task<void> converse() override;
  Task<bool> exchange();
  Task<HeadEnd> read_head(RequestParser& parser);
  std::optional<Response> unpack(Plan& plan, Admission& admission);
  Task<std::optional<Response>> ask(std::function<void(Reply)> handle);
  Task<void> refuse_and_leave(Response response);
  Task<void> linger();

  Task<bool> respond(Exchange& exchange, Response response);

  void wake() override;  // any thread
  void abort() override;

  Inbox inbox_;
  boost::asio::basic_waitable_timer<std::chrono::steady_clock, boost::asio::wait_traits<std::chrono::steady_clock>, Strand> replied_;
  bool aborted_ = false;
};

}  // namespace opik::http
