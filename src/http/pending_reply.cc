#include "http/pending_reply.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <atomic>
#include <exception>
#include <utility>

#include "base/uuid.h"

namespace opik::http {
namespace {

// What the copies of a Reply share.
class Promise {
 public:
  explicit Promise(std::shared_ptr<PendingReply> pending) : pending_(std::move(pending)) {}
  Promise(const Promise&) = delete;
  ~Promise() {
    if (!called_.load() && pending_->is_open()) pending_->answer(logged_error("a handler ended without an answer"));
  }
  void keep(Response response) {
    called_.store(true);
    pending_->answer(std::move(response));
  }

 private:
  const std::shared_ptr<PendingReply> pending_;
  std::atomic<bool> called_{false};
};

}  // namespace

Reply PendingReply::reply_to(std::shared_ptr<PendingReply> pending) {
  return [promise = std::make_shared<Promise>(std::move(pending))](Response response) { promise->keep(std::move(response)); };
}

void PendingReply::ask(const std::shared_ptr<PendingReply>& pending, const std::function<void(Reply)>& handle) {
  try {
    handle(reply_to(pending));
  } catch (const std::exception& failure) {
    pending->answer(logged_error(std::string("a handler threw: ") + failure.what()));
  } catch (...) {
    pending->answer(logged_error("a handler threw"));
  }
}

void PendingReply::answer(Response response) {
  const std::lock_guard lock(mutex_);
  if (answered_) return;
  answered_ = true;
  response_ = std::move(response);
  if (waiter_ != nullptr) waiter_->wake();
}

bool PendingReply::arrived_or_wake(Waiter& waiter) {
  const std::lock_guard lock(mutex_);
  if (answered_) return true;
  waiter_ = &waiter;
  return false;
}

std::optional<Response> PendingReply::take() {
  const std::lock_guard lock(mutex_);
  waiter_ = nullptr;
  return std::exchange(response_, std::nullopt);
}

void PendingReply::abandon() {
  std::optional<Response> dropped;  // its stream is destroyed outside the lock
  const std::lock_guard lock(mutex_);
  answered_ = true;
  waiter_ = nullptr;
  dropped = std::exchange(response_, std::nullopt);
}

bool PendingReply::is_open() {
  const std::lock_guard lock(mutex_);
  return !answered_;
}

Response logged_error(const std::string& what) {
  const std::string id = base::Uuid::v7().text().substr(28);
  spdlog::error("http: {} (ID {})", what, id);
  return plain_error(500, fmt::format("There was an error processing your request. It has been logged (ID {}).", id));
}

}  // namespace opik::http
