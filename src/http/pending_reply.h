#pragma once
// The answer to one request, on its way from the handler (any thread, any time) to the connection that waits for it.
// Shared, as either may go first: the connection when the client hangs up, the handler's Reply when it has answered.

#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "http/message.h"

namespace opik::http {

class PendingReply {
 public:
  // Who waits. wake() is called on any thread, at most once, while nobody can abandon().
  class Waiter {
   public:
    virtual void wake() = 0;

   protected:
    ~Waiter() = default;
  };

  // The Reply to hand out. When its last copy goes without having been called, the answer is 500.
  static Reply reply_to(std::shared_ptr<PendingReply> pending);
  // Lets `handle` answer. What it throws is logged, and the answer 500.
  static void ask(const std::shared_ptr<PendingReply>& pending, const std::function<void(Reply)>& handle);

  void answer(Response response);        // the first one counts
  bool arrived_or_wake(Waiter& waiter);  // true: take() it. False: `waiter` will be woken
  std::optional<Response> take();
  void abandon();  // nobody waits any more
  bool is_open();  // neither answered nor abandoned

 private:
  std::mutex mutex_;
  std::optional<Response> response_;
  bool answered_ = false;
  Waiter* waiter_ = nullptr;
};

// The answer to a failure that is our own: 500 with an id under which `what` is logged.
Response logged_error(const std::string& what);

}  // namespace opik::http
