#include "connection.h"

#include <nanobind/stl/string.h>

#include <cmath>
#include <condition_variable>
#include <thread>
#include <vector>

#include "log_lines.h"
#include "sdk/emit.h"
#include "sdk/engine.h"

namespace nb = nanobind;

namespace opik::python {
namespace {

using sdk::HandleAccess;
using std::chrono::milliseconds;

constexpr size_t kResponseBytesMax = size_t{1} << 30;  // of a search: a thousand traces with payloads of a megabyte

// Texts of Python objects for the time of one call.
class Texts {
 public:
  // None: empty. What is no str is str(object).
  std::string_view of(nb::handle object) {
    if (object.is_none()) return {};
    PyObject* text = object.ptr();
    if (!PyUnicode_Check(text)) {
      text = PyObject_Str(text);
      if (text == nullptr) return PyErr_Clear(), std::string_view();
      kept_.push_back(nb::steal(text));
    }
    if (PyUnicode_IS_COMPACT_ASCII(text))
      return {static_cast<const char*>(PyUnicode_DATA(text)), static_cast<size_t>(PyUnicode_GET_LENGTH(text))};
    PyObject* bytes = PyUnicode_AsEncodedString(text, "utf-8", "surrogatepass");
    if (bytes == nullptr) return PyErr_Clear(), std::string_view();
    kept_.push_back(nb::steal(bytes));
    return {PyBytes_AS_STRING(bytes), static_cast<size_t>(PyBytes_GET_SIZE(bytes))};
  }

 private:
  std::vector<nb::object> kept_;
};

Value value_of(nb::handle object) {
  // Writers that were used before keep their memory. A call may come in the middle of another, from a str() that is traced.
  static auto& idle = *new std::vector<std::unique_ptr<JsonWriter>>;  // lives on: the process may be ending
  std::unique_ptr<JsonWriter> writer;
  if (idle.empty()) {
    writer = std::make_unique<JsonWriter>();
  } else {
    writer = std::move(idle.back());
    idle.pop_back();
  }
  writer->write(object.ptr());
  Value value = detail::ValueAccess::written(writer->text(), writer->repaired());
  constexpr size_t kKept = 4;
  constexpr size_t kKeptBytes = 1 << 20;
  if (idle.size() < kKept && writer->text().size() <= kKeptBytes) idle.push_back(std::move(writer));
  return value;
}

std::optional<double> number_of(nb::handle object) {
  const double number = PyFloat_AsDouble(object.ptr());
  if (number == -1.0 && PyErr_Occurred()) return PyErr_Clear(), std::nullopt;
  return std::isfinite(number) ? std::optional(number) : std::nullopt;
}

// A datetime, to the microsecond; what is none counts as not set.
Time time_of(nb::handle object) {
  PyObject* stamp = PyObject_CallMethod(object.ptr(), "timestamp", nullptr);
  if (stamp == nullptr) return PyErr_Clear(), Time{};
  const std::optional<double> seconds = number_of(nb::steal(stamp));
  if (!seconds || std::fabs(*seconds) > 1e11) return {};
  return Time(std::chrono::duration_cast<Time::duration>(std::chrono::microseconds(std::llround(*seconds * 1e6))));
}

std::optional<SpanType> type_of(std::string_view name) {
  if (name == "general") return SpanType::general;
  if (name == "tool") return SpanType::tool;
  if (name == "llm") return SpanType::llm;
  if (name == "guardrail") return SpanType::guardrail;
  return std::nullopt;
}

// One string alone is one tag; what is no collection is none.
Tags tags_of(nb::handle object, Texts& texts) {
  std::vector<std::string_view> tags;
  if (PyUnicode_Check(object.ptr())) {
    tags.push_back(texts.of(object));
  } else if (PyList_Check(object.ptr()) || PyTuple_Check(object.ptr()) || PyAnySet_Check(object.ptr())) {
    const nb::object list = nb::steal(PySequence_List(object.ptr()));
    for (nb::handle tag : nb::borrow<nb::list>(list)) tags.push_back(texts.of(tag));
  }
  return Tags(tags);
}

nb::handle item(nb::handle dict, const char* key) {
  PyObject* found = PyDict_GetItemString(dict.ptr(), key);
  return found != nullptr ? nb::handle(found) : nb::handle(Py_None);
}

ErrorInfo error_of(nb::handle object, Texts& texts) {
  if (!PyDict_Check(object.ptr())) return {"Error", texts.of(object), {}};
  const std::string_view type = texts.of(item(object, "exception_type"));
  return {type.empty() ? std::string_view("Error") : type, texts.of(item(object, "message")), texts.of(item(object, "traceback"))};
}

// The members of `fields`, of a span and of a trace.
struct Fields {
  SpanData data;
  std::string_view thread_id;
  Texts texts;

  void read(nb::handle dict) {
    PyObject* key;
    PyObject* value;
    // Reading a value may run code of its type, which may change the dict.
    std::vector<std::pair<nb::object, nb::object>> members;
    members.reserve(16);
    for (Py_ssize_t at = 0; PyDict_Next(dict.ptr(), &at, &key, &value);) {
      if (value != Py_None) members.emplace_back(nb::borrow(key), nb::borrow(value));
    }
    for (const auto& [name, member] : members) set(name, member);
  }

  void set(nb::handle name, nb::handle value) {
    if (!PyUnicode_Check(name.ptr()) || !PyUnicode_IS_COMPACT_ASCII(name.ptr())) return;
    const std::string_view key(static_cast<const char*>(PyUnicode_DATA(name.ptr())), static_cast<size_t>(PyUnicode_GET_LENGTH(name.ptr())));
    if (key == "name")
      data.name = texts.of(value);
    else if (key == "type")
      data.type = type_of(texts.of(value));
    else if (key == "start_time")
      data.start_time = time_of(value);
    else if (key == "end_time")
      data.end_time = time_of(value);
    else if (key == "input")
      data.input = value_of(value);
    else if (key == "output")
      data.output = value_of(value);
    else if (key == "metadata")
      data.metadata = value_of(value);
    else if (key == "tags")
      data.tags = tags_of(value, texts);
    else if (key == "usage")
      data.usage = value_of(value);
    else if (key == "model")
      data.model = texts.of(value);
    else if (key == "provider")
      data.provider = texts.of(value);
    else if (key == "total_cost")
      data.total_cost = number_of(value);
    else if (key == "ttft")
      data.time_to_first_token_ms = number_of(value);
    else if (key == "error_info")
      data.error_info = error_of(value, texts);
    else if (key == "thread_id")
      thread_id = texts.of(value);
    else if (key == "project_name")
      data.project_name = texts.of(value);
    else if (key == "source")
      data.source = texts.of(value);
  }

  TraceData trace() && {
    TraceData trace;
    trace.id = data.id;
    trace.name = data.name;
    trace.start_time = data.start_time;
    trace.end_time = data.end_time;
    trace.input = std::move(data.input);
    trace.output = std::move(data.output);
    trace.metadata = std::move(data.metadata);
    trace.tags = std::move(data.tags);
    trace.time_to_first_token_ms = data.time_to_first_token_ms;
    trace.error_info = data.error_info;
    trace.thread_id = thread_id;
    trace.project_name = data.project_name;
    trace.source = data.source;
    return trace;
  }
};

nb::str str_of(const Id& id) {
  const std::string text = id.text();
  return nb::str(text.data(), text.size());
}

std::optional<milliseconds> ms_of(std::optional<double> seconds) {
  if (!seconds) return std::nullopt;
  return milliseconds(static_cast<int64_t>(std::min(std::max(*seconds, 0.0), 1e9) * 1000));
}

nb::dict dict_of(const FlushResult& result) {
  nb::dict found;
  found["delivered"] = result.delivered;
  found["pending"] = result.pending;
  found["rejected"] = result.rejected;
  found["spooled"] = result.spooled;
  nb::list reasons;
  for (const Rejection& rejection : result.reasons) {
    nb::dict reason;
    reason["reason"] =
        nb::steal(PyUnicode_DecodeUTF8(rejection.reason.data(), static_cast<Py_ssize_t>(rejection.reason.size()), "replace"));
    reason["count"] = rejection.count;
    reason["id"] = rejection.first ? nb::object(str_of(rejection.first)) : nb::none();
    reasons.append(reason);
  }
  found["reasons"] = reasons;
  return found;
}

// Runs `wait` on a thread of its own, so that this one can answer Ctrl-C. After that nobody looks at what it returns.
template <class F>
FlushResult interruptible(F wait) {
  struct Shared {
    std::mutex mutex;
    std::condition_variable over;
    std::optional<FlushResult> result;
  };
  const auto shared = std::make_shared<Shared>();
  std::thread([shared, wait] {
    FlushResult result = wait();
    const std::lock_guard lock(shared->mutex);
    shared->result = std::move(result);
    shared->over.notify_all();
  }).detach();
  for (;;) {
    {
      const nb::gil_scoped_release release;
      std::unique_lock lock(shared->mutex);
      if (shared->over.wait_for(lock, milliseconds(50), [&] { return shared->result.has_value(); })) return *shared->result;
    }
    if (PyErr_CheckSignals() != 0) throw nb::python_error();
  }
}

}  // namespace

Config config_of(nb::handle values) {
  Config config;
  Texts texts;
  const auto text = [&](const char* key, std::optional<std::string>& to) {
    const nb::handle value = item(values, key);
    if (!value.is_none()) to = std::string(texts.of(value));
  };
  const auto truth = [&](const char* key, std::optional<bool>& to) {
    const nb::handle value = item(values, key);
    if (!value.is_none()) to = PyObject_IsTrue(value.ptr()) == 1;
  };
  text("url_override", config.url_override);
  text("project_name", config.project_name);
  text("workspace", config.workspace);
  text("api_key", config.api_key);
  truth("batching", config.batching);
  return config;
}

nb::dict settings_of(const sdk::Settings& settings) {
  nb::dict found;
  found["url_override"] = nb::str(settings.base_url.c_str());
  found["project_name"] = nb::str(settings.project_name.c_str());
  found["workspace"] = nb::str(settings.workspace.c_str());
  found["api_key"] = settings.api_key.empty() ? nb::none() : nb::object(nb::str(settings.api_key.c_str()));
  found["batching"] = settings.batching;
  found["track_disable"] = settings.track_disable;
  found["check_tls_certificate"] = settings.check_tls_certificate;
  found["suppress_batching_update_warning"] = settings.suppress_batching_update_warning;
  if (settings.default_flush_timeout)
    found["default_flush_timeout"] = static_cast<double>(settings.default_flush_timeout->count()) / 1000;
  else
    found["default_flush_timeout"] = nb::none();
  found["exit_flush_timeout"] = static_cast<double>(settings.exit_flush_timeout.count()) / 1000;
  return found;
}

Connection::Connection(nb::handle values) {
  Config config = config_of(values);
  settings_ = sdk::load_settings(config, sdk::Environment::of_process());
  // track_disable is about @track alone, as in Opik: that is decided in Python.
  config.track_disable = false;
  {
    const nb::gil_scoped_release release;
    client_ = new Client(config);
  }
  channel_ = HandleAccess::channel(*client_);
  reader_ = new Reader;
}

nb::str Connection::log(sdk::Op op, bool is_span, sdk::Method method, nb::handle id, nb::handle trace_id, nb::handle parent_span_id,
                        nb::handle fields) {
  Fields read;
  read.read(fields);
  const Id own = id.is_none() ? Id() : Id(read.texts.of(id));
  const Id trace = trace_id.is_none() ? Id() : Id(read.texts.of(trace_id));
  const Id parent = parent_span_id.is_none() ? Id() : Id(read.texts.of(parent_span_id));
  const bool creates = op == sdk::Op::create;
  const Id made = own || !creates ? own : Id::make();
  read.data.id = made;
  nb::str text = id.is_none() ? str_of(made) : nb::str(id);
  if (channel_ == nullptr) return text;
  const Id& decides = is_span ? trace : made;
  if (is_span && !trace.valid()) return sdk::refuse(channel_, trace, "trace_id is not a version 7 UUID"), text;
  if (!made.valid()) return sdk::refuse(channel_, made, "id is not a version 7 UUID"), text;
  if (!sdk::is_sampled(channel_, decides)) return text;
  if (creates) {
    if (is_span)
      sdk::begin_span({channel_, trace, parent}, read.data);
    else
      sdk::begin_trace(channel_, std::move(read).trace());
    return text;
  }
  detail::Channel* channel = sdk::Core::with_project(channel_, read.data.project_name);
  if (is_span)
    sdk::update_span(HandleAccess::span(channel, trace, parent, made), read.data, op, method);
  else
    sdk::update_trace(HandleAccess::trace(channel, made), std::move(read).trace(), op, method);
  return text;
}

bool Connection::score(sdk::Kind kind, nb::handle id, nb::handle name, nb::handle value, nb::handle category_name, nb::handle reason,
                       nb::handle project_name) {
  const std::optional<double> number = number_of(value);
  if (!number) return false;
  Texts texts;
  Score score;
  if (kind == sdk::Kind::thread_score)
    score.thread_id = texts.of(id);
  else
    score.id = Id(texts.of(id));
  score.name = texts.of(name);
  score.value = *number;
  score.category_name = texts.of(category_name);
  score.reason = texts.of(reason);
  score.project_name = texts.of(project_name);
  sdk::log_score(channel_, kind, score);
  return true;
}

void Connection::attach(bool is_span, nb::handle id, nb::handle path, nb::handle bytes, nb::handle file_name, nb::handle content_type,
                        nb::handle project_name) {
  if (channel_ == nullptr) return;
  Texts texts;
  Attachment attachment;
  attachment.path = texts.of(path);
  if (PyBytes_Check(bytes.ptr())) attachment.bytes = {PyBytes_AS_STRING(bytes.ptr()), static_cast<size_t>(PyBytes_GET_SIZE(bytes.ptr()))};
  attachment.file_name = texts.of(file_name);
  attachment.content_type = texts.of(content_type);
  sdk::log_attachment(sdk::Core::with_project(channel_, texts.of(project_name)), is_span, Id(texts.of(id)), attachment);
}

nb::dict Connection::flush(std::optional<double> timeout_s) {
  const FlushResult result = interruptible([client = client_, timeout = ms_of(timeout_s)] { return client->flush(timeout); });
  deliver_log_lines();
  return dict_of(result);
}

nb::dict Connection::end(std::optional<double> timeout_s) {
  const FlushResult result = interruptible([client = client_, timeout = ms_of(timeout_s)] { return client->shutdown(timeout); });
  deliver_log_lines();
  return dict_of(result);
}

nb::dict Connection::stats() const {
  const Stats stats = client_->stats();
  nb::dict found;
  found["captured"] = stats.captured;
  found["delivered"] = stats.delivered;
  found["rejected"] = stats.rejected;
  found["spooled"] = stats.spooled;
  found["pending"] = stats.pending;
  found["requests"] = stats.requests;
  found["retries"] = stats.retries;
  found["repaired"] = stats.repaired;
  return found;
}

nb::dict Connection::settings() const { return settings_of(settings_); }

nb::tuple Connection::request(const std::string& method, const std::string& path, std::optional<nb::bytes> body, double timeout_s) {
  sdk::HttpRequest request{method, path, {}, {}};
  if (body) {
    request.body.assign(body->c_str(), body->size());
    request.headers.emplace_back("Content-Type", "application/json");
  }
  std::optional<base::Result<sdk::HttpResponse>> response;
  {
    const nb::gil_scoped_release release;
    const std::lock_guard lock(reader_->mutex);
    if (!reader_->transport) {
      sdk::TransportConfig config = sdk::transport_config_of(settings_);
      config.response_bytes_max = kResponseBytesMax;
      reader_->transport = sdk::make_curl_transport(config);
    }
    response = reader_->transport->send(request, milliseconds(static_cast<int64_t>(timeout_s * 1000)));
  }
  if (!*response) {
    PyErr_SetString(PyExc_ConnectionError, response->error().message.c_str());
    throw nb::python_error();
  }
  const sdk::HttpResponse& answer = **response;
  return nb::make_tuple(answer.status, nb::bytes(answer.body.data(), answer.body.size()));
}

}  // namespace opik::python
