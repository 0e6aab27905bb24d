#pragma once
// GET /v1/private/traces/live: tells subscribers of new and changed traces of a project, as server-sent events (docs/live.md).
//
//   LiveTraces live;                                     // before the database, whose listener it is
//   Database::open({.directory = d, .listener = &live});
//   api::add_routes(router, {..., &live});
//
// Thread-safe. The writer hands over what a transaction changed and goes on: text is made once per change, and copied to each
// subscriber's queue. Who does not keep up is dropped. While nobody subscribes, and nobody did until kLiveLinger ago, it does not listen.

#include <atomic>
#include <chrono>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "http/push_stream.h"
#include "store/changes.h"

namespace opik::api {

class LiveTraces final : public store::ChangeListener {
 public:
  LiveTraces();
  ~LiveTraces() override;

  bool is_listening() const override;
  void committed(std::vector<store::TraceChange> changes) override;
  void missed() override;

  // Events from now on, and those since `last_event_id` if they are still known; if they are not, an event that says so comes first.
  // Code::busy beyond kLiveSubscribersMax.
  base::Result<std::shared_ptr<http::PushStream>> subscribe(int64_t project, std::string_view last_event_id);

  struct Counters {
    int64_t subscribers = 0;  // now
    uint64_t events = 0;      // changes told to anybody
    uint64_t dropped = 0;     // subscribers that did not keep up
  };
  Counters counters() const;

 private:
  struct Subscriber {
    int64_t project = 0;
    std::shared_ptr<http::PushStream> stream;
  };
  struct Event {
    uint64_t number = 0;
    int64_t project = 0;
    std::string text;
  };

  void keep(Event event);
  void begin_anew();
  void forget_gone();
  std::string id_of(uint64_t number) const;
  std::optional<uint64_t> number_of(std::string_view id) const;

  const std::string run_;  // of this process: numbers begin anew with each
  mutable std::mutex mutex_;
  std::vector<Subscriber> subscribers_;
  std::deque<Event> recent_;  // of all projects, ascending, without gaps
  size_t recent_bytes_ = 0;
  uint64_t last_number_ = 0;
  uint64_t gap_before_ = 0;  // what came up to this number may have gone unheard
  uint64_t events_ = 0;
  uint64_t dropped_ = 0;
  // Steady time until which it listens without subscribers; max while there are some.
  mutable std::atomic<int64_t> listening_until_ns_{0};
};

}  // namespace opik::api
