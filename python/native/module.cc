// opik_cpp._native: what Python's half of the package stands on (opik_cpp/_native.pyi has the types).

#include <nanobind/nanobind.h>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/string.h>

#include "connection.h"
#include "log_lines.h"

namespace nb = nanobind;
using namespace opik::python;  // NOLINT
using namespace nb::literals;

NB_MODULE(_native, module) {
  nb::set_leak_warnings(false);  // connections live as long as the process
  if (!prepare_json_writer()) throw nb::python_error();

  nb::class_<Connection>(module, "Connection")
      .def(nb::init<nb::handle>(), "config"_a)
      .def(
          "log",
          [](Connection& self, int op, bool is_span, int method, nb::handle id, nb::handle trace_id, nb::handle parent_span_id, nb::dict fields) {
            return self.log(static_cast<opik::sdk::Op>(op), is_span, static_cast<opik::sdk::Method>(method), id, trace_id, parent_span_id, fields);
          },
          nb::arg(), nb::arg(), nb::arg(), nb::arg().none(), nb::arg().none(), nb::arg().none(), nb::arg())
      .def(
          "score",
          [](Connection& self, int kind, nb::handle id, nb::handle name, nb::handle value, nb::handle category_name, nb::handle reason,
             nb::handle project_name) {
            return self.score(static_cast<opik::sdk::Kind>(kind), id, name, value, category_name, reason, project_name);
          },
          nb::arg(), nb::arg().none(), nb::arg().none(), nb::arg().none(), nb::arg().none(), nb::arg().none(), nb::arg().none())
      .def("attach", &Connection::attach, nb::arg(), nb::arg().none(), nb::arg().none(), nb::arg().none(), nb::arg().none(), nb::arg().none(),
           nb::arg().none())
      .def("flush", &Connection::flush, nb::arg().none())
      .def("end", &Connection::end, nb::arg().none())
      .def("stats", &Connection::stats)
      .def("settings", &Connection::settings)
      .def("request", &Connection::request, nb::arg(), nb::arg(), nb::arg().none(), nb::arg());

  module.def("new_id", [] { return nb::str(opik::Id::make().text().c_str()); });
  module.def("load_settings", [](nb::dict config) { return settings_of(opik::sdk::load_settings(config_of(config), opik::sdk::Environment::of_process())); });
  module.def(
      "to_json",
      [](nb::handle object) {
        JsonWriter writer;
        writer.write(object.ptr());
        return nb::bytes(writer.text().data(), writer.text().size());
      },
      nb::arg().none());
  module.def("shutdown_all", [] {
    const nb::gil_scoped_release release;
    opik::shutdown_all();
  });
  module.def("set_log_handler", &set_log_handler, nb::arg().none());

  using opik::sdk::Kind;
  using opik::sdk::Method;
  using opik::sdk::Op;
  const auto constant = [&](const char* name, auto value) { module.attr(name) = static_cast<int>(value); };
  constant("CREATE", Op::create);
  constant("UPDATE", Op::update);
  constant("END", Op::end);
  constant("BY_CLIENT_SPAN", Method::update_span);
  constant("BY_CLIENT_TRACE", Method::update_trace);
  constant("BY_SPAN_END", Method::span_end);
  constant("BY_SPAN_UPDATE", Method::span_update);
  constant("BY_TRACE_END", Method::trace_end);
  constant("BY_TRACE_UPDATE", Method::trace_update);
  constant("TRACE_SCORE", Kind::trace_score);
  constant("SPAN_SCORE", Kind::span_score);
  constant("THREAD_SCORE", Kind::thread_score);
}
