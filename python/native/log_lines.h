#pragma once
// The SDK's own lines on their way to Python's logging: they come from threads that may not wait for the GIL, so they are put into a
// list, and the main thread hands them over when it next runs Python code.

#include <nanobind/nanobind.h>

namespace opik::python {

// `handle(level: int, line: str)` gets every line from now on (0 info, 1 warning, 2 error); None: they go to standard error again, as
// they must when the interpreter is about to end. Holding the GIL.
void set_log_handler(nanobind::object handle);

// Hands over what has gathered. Holding the GIL; for calls that kept the main thread busy.
void deliver_log_lines();

}  // namespace opik::python
