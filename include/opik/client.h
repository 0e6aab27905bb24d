#pragma once
// A Client is the way to one server. Thread-safe. Clients with the same server, workspace and key share their threads, their
// connections and their queue, so any number of them is cheap. ~Client waits for delivery, but not longer than exit_flush_timeout.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "opik/config.h"
#include "opik/data.h"
#include "opik/export.h"
#include "opik/handles.h"

namespace opik {

struct Rejection {
  std::string reason;
  uint64_t count = 0;
  Id first;  // of those records; not set for a thread's score
};

// Counts of records. A record is one trace, span, score or attachment to be delivered: updates that reach it before it is sent
// are part of it, and one that comes later makes another record. At any time captured = delivered + rejected + spooled + pending.
struct Stats {
  uint64_t captured = 0;
  uint64_t delivered = 0;  // the server has confirmed them
  uint64_t rejected = 0;   // never will be: the server refuses them, or a limit was crossed (FlushResult::reasons says which)
  uint64_t spooled = 0;    // on disk only; the next process, or this one when the server is back, delivers them
  uint64_t pending = 0;
  uint64_t requests = 0;
  uint64_t retries = 0;
  uint64_t repaired = 0;  // values that were not JSON and were made so (see value.h)
};

struct FlushResult {
  uint64_t delivered = 0;  // since this call began
  uint64_t pending = 0;    // of what was logged before this call: still neither delivered nor rejected nor spooled
  uint64_t rejected = 0;   // since the last flush() that reported them
  uint64_t spooled = 0;    // on disk only, now
  std::vector<Rejection> reasons;

  bool ok() const noexcept { return pending == 0 && rejected == 0 && spooled == 0; }
};

// Which field of a trace or span an anonymizer looks at.
enum class AnonymizedField : uint8_t { input, output, metadata };

class OPIK_API Client {
 public:
  explicit Client(const Config& config = {}) noexcept;
  ~Client();
  Client(Client&& other) noexcept;
  Client& operator=(Client&& other) noexcept;

  // Begins a trace. With an id that is known already, the data replaces all that was logged under it.
  Trace trace(const TraceData& data = {}) const noexcept;
  // Begins a span below data.trace_id; without one, a trace of the same name, input and times is made for it.
  Span span(const SpanData& data = {}) const noexcept;

  // Updates what may have been begun elsewhere: data.id is needed, and for a span data.trace_id and, if it has one,
  // data.parent_span_id. What this process began itself is updated without a race; what it did not goes as a PATCH.
  void update_trace(const TraceData& data) const noexcept;
  void update_span(const SpanData& data) const noexcept;

  void log_traces_feedback_scores(std::initializer_list<Score> scores) const noexcept { log_scores(0, scores.begin(), scores.size()); }
  void log_spans_feedback_scores(std::initializer_list<Score> scores) const noexcept { log_scores(1, scores.begin(), scores.size()); }
  void log_threads_feedback_scores(std::initializer_list<Score> scores) const noexcept { log_scores(2, scores.begin(), scores.size()); }
  void log_traces_feedback_scores(const std::vector<Score>& scores) const noexcept { log_scores(0, scores.data(), scores.size()); }
  void log_spans_feedback_scores(const std::vector<Score>& scores) const noexcept { log_scores(1, scores.data(), scores.size()); }
  void log_threads_feedback_scores(const std::vector<Score>& scores) const noexcept { log_scores(2, scores.data(), scores.size()); }

  // `rewrite` is given every string inside the input, output and metadata of all that is logged from now on, through any client of
  // this connection, before it is sent or written to disk. It runs on the SDK's thread, one call at a time. If it throws, the
  // string is replaced by "(anonymizer threw)".
  void add_anonymizer(std::function<void(AnonymizedField, std::string& text)> rewrite);

  // Waits until all that was logged before is delivered or rejected. No timeout: default_flush_timeout. Zero: tells how things
  // stand, at once.
  FlushResult flush(std::optional<std::chrono::milliseconds> timeout = std::nullopt) const;
  // flush(), then no more: what is logged through this client later is rejected and counted. With the connection's last client,
  // its threads end and what is not delivered is spooled (unless SpoolMode::off). No timeout: exit_flush_timeout.
  FlushResult shutdown(std::optional<std::chrono::milliseconds> timeout = std::nullopt);

  Stats stats() const;
  const std::string& project_name() const noexcept;

 private:
  friend struct detail::HandleAccess;
  void log_scores(int kind, const Score* scores, size_t count) const noexcept;
  detail::Channel* channel_ = nullptr;
  bool open_ = true;
};

// The client behind start_as_current_span, track and the like: made from the environment when first asked for, unless set before.
OPIK_API Client& global_client() noexcept;
OPIK_API void set_global_client(Client client) noexcept;

// Does now what the end of the program does by itself: delivers what all clients have, for at most exit_flush_timeout each, and spools
// the rest. For processes that end by _exit(), as forked workers may. What is logged later is rejected and counted.
OPIK_API void shutdown_all() noexcept;

// Recording on and off, for the process. Begins as the configuration's track_disable says.
OPIK_API void set_tracing_active(bool active) noexcept;
OPIK_API bool is_tracing_active() noexcept;

// Where warnings go instead of standard error: one line each, without its end. May be called from any thread.
enum class LogLevel : uint8_t { info, warning, error };
OPIK_API void set_log_sink(void (*sink)(LogLevel, std::string_view line)) noexcept;

}  // namespace opik
