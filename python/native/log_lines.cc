#include "log_lines.h"

#include <pthread.h>

#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include <opik/client.h>

namespace nb = nanobind;

namespace opik::python {
namespace {

constexpr size_t kLinesMax = 1000;  // that wait; more are dropped, for there is nobody to read them

struct Line {
  LogLevel level;
  std::string text;
};

std::mutex mutex;
std::vector<Line> lines;
PyObject* handler = nullptr;  // guarded by the GIL

int on_main_thread(void*) {
  deliver_log_lines();
  return 0;
}

void take(LogLevel level, std::string_view line) {
  try {
    const std::lock_guard lock(mutex);
    if (lines.size() < kLinesMax) lines.push_back({level, std::string(line)});
  } catch (const std::bad_alloc&) {
    return;
  }
  (void)Py_AddPendingCall(on_main_thread, nullptr);  // full: somebody has asked already
}

}  // namespace

void set_log_handler(nb::object handle) {
  static const bool prepared = [] {
    return pthread_atfork([] { mutex.lock(); }, [] { mutex.unlock(); }, [] { mutex.unlock(); }) == 0;
  }();
  (void)prepared;
  deliver_log_lines();
  Py_XDECREF(handler);
  handler = handle.is_none() ? nullptr : handle.release().ptr();
  set_log_sink(handler != nullptr ? take : nullptr);
}

void deliver_log_lines() {
  std::vector<Line> mine;
  {
    const std::lock_guard lock(mutex);
    mine.swap(lines);
  }
  if (handler == nullptr) return;
  for (const Line& line : mine) {
    PyObject* text = PyUnicode_DecodeUTF8(line.text.data(), static_cast<Py_ssize_t>(line.text.size()), "replace");
    PyObject* done = text != nullptr ? PyObject_CallFunction(handler, "iO", static_cast<int>(line.level), text) : nullptr;
    Py_XDECREF(text);
    if (done == nullptr) PyErr_WriteUnraisable(handler);
    Py_XDECREF(done);
  }
}

}  // namespace opik::python
