#pragma once
// The Engine moves records from tapes to the server: one owner thread, which alone touches the queue and the spool, and a few sender
// threads, each with a connection of its own.
//
//   threads of the program --tapes--> owner: Reading > Queue <--> Spool        every 5 ms, or when woken
//                                       | Request        ^ Request with its verdict
//                                       v                |
//                                     senders: JSON, compression, HTTP, judge()
//
// Thread rule: start, stop, flush, stats, wake and add_anonymizer from any thread.

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include <opik/client.h>

#include "sdk/config.h"
#include "sdk/delivery.h"
#include "sdk/queue.h"
#include "sdk/reading.h"
#include "sdk/request.h"
#include "sdk/spool.h"
#include "sdk/tapes.h"
#include "sdk/transport.h"

namespace opik::sdk {

class Engine {
 public:
  using TransportFactory = std::function<std::unique_ptr<Transport>(const Settings&)>;

  Engine(const Settings& settings, TransportFactory make_transport);
  ~Engine();
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

  void start();
  // Ends the threads. What is not delivered is spooled, or rejected if there is no spool. May be started again.
  void stop();

  Tapes& tapes() { return tapes_; }
  void lose(bool is_late) noexcept { (is_late ? late_ : lost_).fetch_add(1, std::memory_order_relaxed); }
  // No lock is taken: a call that comes as the owner thread falls asleep waits for its next look, 5 ms.
  void wake() noexcept {
    woken_.store(true, std::memory_order_relaxed);
    owner_wakes_.notify_one();
  }

  // `at_exit`: does not wait for a server that is down when the spool can take the rest.
  FlushResult flush(std::optional<std::chrono::milliseconds> timeout, bool at_exit);
  Stats stats();
  void add_anonymizer(Anonymizer rewrite);

  // Around fork(): no thread is within the engine's data between the two.
  void hold();
  void let_go();
  // In the child, held: what is here stays the parent's. The engine must not be used any more, nor destroyed.
  void abandon();

 private:
  struct Request {
    Batch batch;
    HttpRequest http;  // made by the sender; kept for a retry
    Encoding encoding = Encoding::identity;
    unsigned attempts = 0;
    unsigned errors = 0;  // 500s in a row
    int64_t not_before_us = 0;
    uint64_t deliveries_before = 0;  // when it was first sent
    bool others_delivered = false;
    Verdict verdict;
    bool outage = false;  // no answer, or one that says that others would fare alike
    bool accepts_zstd = false;
  };
  using Requests = std::vector<std::unique_ptr<Request>>;
  struct Waiting {  // a flush() that waits
    bool at_exit = false;
    bool seen = false;  // before the tapes were read: all that it waits for is in the queue after that
    bool begun = false;
    bool done = false;
    uint64_t epoch = 0;
    uint64_t delivered_before = 0;
    uint64_t pending = 0;
  };

  void run();
  void step(Requests results, std::vector<Anonymizer> added);
  void finish();
  void conclude(std::unique_ptr<Request> request, bool stopping);
  void conclude_failed(std::unique_ptr<Request> request, bool stopping);
  void split(const Request& request);
  void dispatch();
  void hand_over(std::unique_ptr<Request> request);
  void publish(bool drained);
  void warn_foreign();

  void open_spool();
  void keep_spool();
  void append(const std::vector<Item>& items, bool replay);
  void replay();
  void keep_memory();

  void send_loop(Transport& transport);
  void send(Request& request, Transport& transport, Compressor& compressor, double random);

  const Settings settings_;
  const TransportFactory make_transport_;
  const Queue::Limits limits_;
  const size_t queue_bytes_max_;
  Tapes tapes_;
  std::atomic<uint64_t> lost_{0};  // calls for which there was no memory
  std::atomic<uint64_t> late_{0};  // calls after the last client was shut down
  std::atomic<bool> woken_{false};

  // The owner's.
  std::mutex step_mutex_;  // held through a step; fork() waits for it
  Queue queue_;
  Reading reading_;
  std::unique_ptr<Spool> spool_;
  Requests resting_;  // wait for their time
  size_t in_flight_ = 0;
  int64_t gate_us_ = 0;  // nothing is sent before: the server is down, or does not let us in
  int64_t spool_due_us_ = 0;
  int64_t adopt_due_us_ = 0;
  int64_t busy_us_ = 0;  // when there was last something to do
  uint64_t deliveries_ = 0;
  uint64_t retries_ = 0;
  uint64_t requests_ = 0;
  bool accepts_zstd_ = false;  // the server does
  bool told_outage_ = false;
  bool told_spool_ = false;
  std::set<std::string> told_reasons_;

  // Shared, under mutex_.
  std::mutex mutex_;
  std::condition_variable owner_wakes_;
  std::condition_variable senders_wake_;
  std::condition_variable flushes_wake_;
  bool stopping_ = false;
  bool senders_stop_ = false;
  bool running_ = false;
  std::deque<std::unique_ptr<Request>> to_send_;
  Requests results_;
  std::vector<Anonymizer> new_anonymizers_;
  std::list<Waiting> waiting_;
  Stats stats_;
  std::map<std::string, RejectionCount> reasons_;
  uint64_t rejected_reported_ = 0;

  std::mutex life_mutex_;  // start and stop
  std::thread owner_;
  std::vector<std::thread> senders_;
  std::vector<std::unique_ptr<Transport>> transports_;
};

// Address, headers and TLS as these settings say, and the transport over libcurl that is made of them.
TransportConfig transport_config_of(const Settings& settings);
std::unique_ptr<Transport> curl_transport_of(const Settings& settings);

}  // namespace opik::sdk
