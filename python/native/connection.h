#pragma once
// A Connection is what Python's Opik stands on: opik::Client with Python's objects for arguments.
//
// Logging calls hold the GIL for the one walk over the arguments and never wait. flush, end and request give it up. A Connection is not
// closed by being forgotten: what it logged is delivered when the process ends, as its connections are the process's.
//
// Thread rule: any thread, holding the GIL.

#include <nanobind/nanobind.h>

#include <memory>
#include <mutex>
#include <optional>

#include <opik/client.h>

#include "json_writer.h"
#include "sdk/call.h"
#include "sdk/config.h"
#include "sdk/transport.h"

namespace opik::python {

// A dict of str, bool and None for the members of Config of these names.
Config config_of(nanobind::handle values);
nanobind::dict settings_of(const sdk::Settings& settings);

class Connection {
 public:
  explicit Connection(nanobind::handle config);

  // One call about a trace or span. `fields` is a dict with members as in TraceData and SpanData; None counts as absent, other members
  // are passed over. Without an `id` a create makes one. Returns the id.
  nanobind::str log(sdk::Op op, bool is_span, sdk::Method method, nanobind::handle id, nanobind::handle trace_id, nanobind::handle parent_span_id,
                    nanobind::handle fields);
  // `kind`: trace_score, span_score or thread_score; `id` is a thread's for the last. False: the value is no number.
  bool score(sdk::Kind kind, nanobind::handle id, nanobind::handle name, nanobind::handle value, nanobind::handle category_name,
             nanobind::handle reason, nanobind::handle project_name);
  void attach(bool is_span, nanobind::handle id, nanobind::handle path, nanobind::handle bytes, nanobind::handle file_name,
              nanobind::handle content_type, nanobind::handle project_name);

  nanobind::dict flush(std::optional<double> timeout_s);
  nanobind::dict end(std::optional<double> timeout_s);
  nanobind::dict stats() const;
  nanobind::dict settings() const;

  // One request to the server, besides those of the log: (status, body). Raises ConnectionError without an answer.
  nanobind::tuple request(const std::string& method, const std::string& path, std::optional<nanobind::bytes> body, double timeout_s);

 private:
  struct Reader {
    std::mutex mutex;
    std::unique_ptr<sdk::Transport> transport;
  };

  Client* client_;  // never destroyed: that would wait for delivery
  detail::Channel* channel_;
  sdk::Settings settings_;
  Reader* reader_ = nullptr;
};

}  // namespace opik::python
