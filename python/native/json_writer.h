#pragma once
// Python objects as JSON text, in one walk straight to UTF-8.
//
//   JsonWriter writer;
//   writer.write(object);                       // holding the GIL
//   send(writer.text(), writer.repaired());
//
// What is not JSON is made so, and `repaired` says that something was lost: lone surrogates become U+FFFD, NaN and infinities strings;
// what is nested deeper than Value::kDepthMax, larger than Value::kBytesMax or contains itself becomes a string that says so. Enums are
// their values, bytes base64, datetimes ISO 8601, dataclasses and pydantic models their fields, sets and tuples lists, numpy's arrays and
// scalars what tolist() says; everything else str(object). Generators and iterators are not consumed.
//
// Never raises: an error of the object's own code becomes the text "<T object: str() raised E>".

#include <Python.h>

#include <string>
#include <string_view>
#include <vector>

namespace opik::python {

class JsonWriter {
 public:
  // Forgets what was written before.
  void write(PyObject* object);
  std::string_view text() const { return out_; }
  bool repaired() const { return repaired_; }

 private:
  enum class Kind : uint8_t { text, integer, floating, dict, list, tuple, set, bytes, datetime, date, enumeration, fields, numpy, other };
  friend class Kinds;

  void value(PyObject* object);
  void container(PyObject* object, Kind kind);
  void string(PyObject* text);
  void integer(PyObject* number);
  void dict(PyObject* object);
  void key(PyObject* object);
  void items(PyObject* object);
  void bytes(PyObject* object);
  void moment(PyObject* object, bool has_time);
  void str_of(PyObject* object);
  void replaced(PyObject* object, PyObject* by);
  void leave_out(std::string_view why);

  std::string out_;
  std::vector<PyObject*> path_;  // the containers that are being written, outermost first
  bool repaired_ = false;
  bool full_ = false;
};

// Before the first write: what the module needs of Python's own modules. False with a Python error set.
bool prepare_json_writer();

}  // namespace opik::python
