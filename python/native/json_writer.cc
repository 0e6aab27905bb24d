// The walk holds a reference to everything that it is inside of: str() of one object may change the containers around it. Dicts are
// walked by PyDict_Next and lists by index, both of which look at the present size at every step.

#include "json_writer.h"

#include <datetime.h>

#include <algorithm>
#include <charconv>
#include <cstring>
#include <unordered_map>
#include <utility>

#include <opik/value.h>

#include "sdk/text.h"

namespace opik::python {
namespace {

constexpr size_t kTypesMax = 4096;  // remembered; programs that make types without end start anew

// A reference that is owned here.
class Owned {
 public:
  explicit Owned(PyObject* object) : object_(object) {}
  ~Owned() { Py_XDECREF(object_); }
  Owned(const Owned&) = delete;
  Owned& operator=(const Owned&) = delete;
  PyObject* get() const { return object_; }
  explicit operator bool() const { return object_ != nullptr; }

 private:
  PyObject* object_;
};

PyObject* module_attribute(const char* module, const char* name) {
  const Owned found(PyImport_GetModule(Owned(PyUnicode_FromString(module)).get()));
  if (!found) return PyErr_Clear(), nullptr;
  PyObject* attribute = PyObject_GetAttrString(found.get(), name);
  if (attribute == nullptr) PyErr_Clear();
  return attribute;
}

bool has_attribute(PyObject* object, const char* name) {
  const Owned attribute(PyObject_GetAttrString(object, name));
  if (!attribute) PyErr_Clear();
  return static_cast<bool>(attribute);
}

// A type is an Enum only if the module is loaded already: it is not imported for this.
bool is_enum(PyTypeObject* type) {
  const Owned base(module_attribute("enum", "Enum"));
  return base && PyType_Check(base.get()) && PyType_IsSubtype(type, reinterpret_cast<PyTypeObject*>(base.get()));
}

bool is_of_numpy(PyTypeObject* type) {
  const Owned module(PyObject_GetAttrString(reinterpret_cast<PyObject*>(type), "__module__"));
  if (!module || !PyUnicode_Check(module.get())) return PyErr_Clear(), false;
  const char* name = PyUnicode_AsUTF8(module.get());
  if (name == nullptr) return PyErr_Clear(), false;
  return (std::strcmp(name, "numpy") == 0 || std::strncmp(name, "numpy.", 6) == 0) && has_attribute(reinterpret_cast<PyObject*>(type), "tolist");
}

}  // namespace

bool prepare_json_writer() {
  PyDateTime_IMPORT;
  return PyDateTimeAPI != nullptr;
}

// What is known of a type. Guarded by the GIL.
class Kinds {
 public:
  using Kind = JsonWriter::Kind;

  Kind of(PyTypeObject* type) {
    const auto found = known_.find(type);
    if (found != known_.end()) return found->second;
    const Kind kind = classify(type);
    if (known_.size() >= kTypesMax) {
      std::unordered_map<PyTypeObject*, Kind> old;
      old.swap(known_);
      for (const auto& [key, unused] : old) Py_DECREF(key);
    }
    Py_INCREF(type);
    known_.emplace(type, kind);
    return kind;
  }

 private:
  static Kind classify(PyTypeObject* type) {
    const auto is = [&](PyTypeObject* base) { return PyType_IsSubtype(type, base) != 0; };
    auto* object = reinterpret_cast<PyObject*>(type);
    if (is_enum(type)) return Kind::enumeration;
    if (is_of_numpy(type)) return Kind::numpy;
    if (is(&PyUnicode_Type)) return Kind::text;
    if (is(&PyLong_Type)) return Kind::integer;
    if (is(&PyFloat_Type)) return Kind::floating;
    if (is(&PyDict_Type)) return Kind::dict;
    if (is(&PyList_Type)) return Kind::list;
    if (is(&PyTuple_Type)) return Kind::tuple;
    if (is(&PySet_Type) || is(&PyFrozenSet_Type)) return Kind::set;
    if (is(&PyBytes_Type)) return Kind::bytes;
    if (is(PyDateTimeAPI->DateTimeType)) return Kind::datetime;
    if (is(PyDateTimeAPI->DateType)) return Kind::date;
    if (has_attribute(object, "__dataclass_fields__") || has_attribute(object, "__pydantic_fields__")) return Kind::fields;
    return Kind::other;
  }

  std::unordered_map<PyTypeObject*, Kind> known_;
};

static Kinds& kinds() {
  static auto* forever = new Kinds;  // its types outlive the interpreter's end
  return *forever;
}

void JsonWriter::write(PyObject* object) {
  out_.clear();
  path_.clear();
  repaired_ = full_ = false;
  value(object);
  if (full_) {
    out_.clear();
    leave_out("(left out: more than 64 MiB)");
  }
}

void JsonWriter::value(PyObject* object) {
  if (full_) return;
  PyTypeObject* type = Py_TYPE(object);
  if (type == &PyUnicode_Type) return string(object);
  if (object == Py_None) return void(out_ += "null");
  if (object == Py_True) return void(out_ += "true");
  if (object == Py_False) return void(out_ += "false");
  if (type == &PyLong_Type) return integer(object);
  if (type == &PyDict_Type) return container(object, Kind::dict);
  if (type == &PyList_Type) return container(object, Kind::list);
  if (type == &PyTuple_Type) return container(object, Kind::tuple);
  const Kind kind = type == &PyFloat_Type ? Kind::floating : kinds().of(type);
  switch (kind) {
    case Kind::text:
      return string(object);
    case Kind::integer:
      return integer(object);
    case Kind::floating: {
      const double number = PyFloat_AS_DOUBLE(object);
      const size_t begin = out_.size();
      if (!(number - number == 0)) repaired_ = true;
      sdk::append_number(out_, number);
      // 1.0 is to stay a float when it is read back.
      if (out_.find_first_not_of("-0123456789", begin) == std::string::npos) out_ += ".0";
      return;
    }
    case Kind::bytes:
      return bytes(object);
    case Kind::datetime:
      return moment(object, true);
    case Kind::date:
      return moment(object, false);
    case Kind::other:
      return str_of(object);
    default:
      return container(object, kind);
  }
}

// Everything that may lead back to itself.
void JsonWriter::container(PyObject* object, Kind kind) {
  if (std::find(path_.begin(), path_.end(), object) != path_.end()) {
    char text[200];
    std::snprintf(text, sizeof text, "<Cyclic reference to %.100s id=%p>", Py_TYPE(object)->tp_name, static_cast<void*>(object));
    return leave_out(text);
  }
  if (path_.size() >= Value::kDepthMax) return leave_out("(left out: nested deeper than 256 levels)");
  path_.push_back(object);
  Py_INCREF(object);
  switch (kind) {
    case Kind::dict:
      dict(object);
      break;
    case Kind::enumeration:
      replaced(object, PyObject_GetAttrString(object, "value"));
      break;
    case Kind::numpy:
      replaced(object, PyObject_CallMethod(object, "tolist", nullptr));
      break;
    case Kind::fields: {
      PyObject* fields = PyObject_GetAttrString(object, "__dict__");
      if (fields == nullptr) {  // slots
        PyErr_Clear();
        fields = PyDict_New();
        const Owned names(PyObject_GetAttrString(object, "__dataclass_fields__"));
        const Owned list(names ? PySequence_List(names.get()) : nullptr);
        for (Py_ssize_t i = 0; list && i < PyList_GET_SIZE(list.get()); ++i) {
          const Owned field(PyObject_GetAttr(object, PyList_GET_ITEM(list.get(), i)));
          if (field) PyDict_SetItem(fields, PyList_GET_ITEM(list.get(), i), field.get());
        }
        PyErr_Clear();
      }
      replaced(object, fields);
      break;
    }
    default:
      items(object);
  }
  Py_DECREF(object);
  path_.pop_back();
}

// `by` is owned; null: the attempt raised.
void JsonWriter::replaced(PyObject* object, PyObject* by) {
  const Owned owned(by);
  if (by != nullptr) return value(by);
  PyErr_Clear();
  str_of(object);
}

void JsonWriter::string(PyObject* text) {
  if (PyUnicode_IS_COMPACT_ASCII(text)) {
    sdk::append_json_string(out_, {static_cast<const char*>(PyUnicode_DATA(text)), static_cast<size_t>(PyUnicode_GET_LENGTH(text))});
  } else {
    const Owned encoded(PyUnicode_AsEncodedString(text, "utf-8", "surrogatepass"));
    if (!encoded) return PyErr_Clear(), leave_out("(left out: not to be encoded)");
    repaired_ |= sdk::append_json_string(
        out_, {PyBytes_AS_STRING(encoded.get()), static_cast<size_t>(PyBytes_GET_SIZE(encoded.get()))});
  }
  full_ = out_.size() > Value::kBytesMax;
}

void JsonWriter::integer(PyObject* number) {
  int overflow = 0;
  const long long small = PyLong_AsLongLongAndOverflow(number, &overflow);
  if (overflow == 0) {
    char digits[24];
    out_.append(digits, std::to_chars(digits, digits + sizeof digits, small).ptr);
    return;
  }
  const Owned text(PyNumber_ToBase(number, 10));
  if (!text) return PyErr_Clear(), leave_out("(left out: an integer of too many digits)");
  out_.append(static_cast<const char*>(PyUnicode_DATA(text.get())), static_cast<size_t>(PyUnicode_GET_LENGTH(text.get())));
}

void JsonWriter::dict(PyObject* object) {
  out_ += '{';
  bool first = true;
  Py_ssize_t at = 0;
  PyObject* name;
  PyObject* member;
  while (!full_ && PyDict_Next(object, &at, &name, &member)) {
    Py_INCREF(name);
    Py_INCREF(member);
    if (!std::exchange(first, false)) out_ += ',';
    key(name);
    out_ += ':';
    value(member);
    Py_DECREF(name);
    Py_DECREF(member);
  }
  out_ += '}';
}

// As Python's json has them: null, true, 1, 1.5; everything else str().
void JsonWriter::key(PyObject* object) {
  if (PyUnicode_CheckExact(object)) return string(object);
  const size_t begin = out_.size();
  const bool scalar = object == Py_None || PyBool_Check(object) || PyLong_CheckExact(object) || PyFloat_CheckExact(object);
  if (!scalar) return kinds().of(Py_TYPE(object)) == Kind::text ? string(object) : str_of(object);
  value(object);
  if (out_[begin] != '"') {  // NaN is a string already
    out_.insert(begin, 1, '"');
    out_ += '"';
  }
}

void JsonWriter::items(PyObject* object) {
  out_ += '[';
  bool first = true;
  const auto add = [&](PyObject* item) {
    Py_INCREF(item);
    if (!std::exchange(first, false)) out_ += ',';
    value(item);
    Py_DECREF(item);
  };
  if (PyList_Check(object)) {
    for (Py_ssize_t i = 0; !full_ && i < PyList_GET_SIZE(object); ++i) add(PyList_GET_ITEM(object, i));
  } else if (PyTuple_Check(object)) {
    for (Py_ssize_t i = 0; !full_ && i < PyTuple_GET_SIZE(object); ++i) add(PyTuple_GET_ITEM(object, i));
  } else {
    const Owned list(PySequence_List(object));  // a set: it may not change while it is walked
    if (!list) PyErr_Clear();
    for (Py_ssize_t i = 0; list && !full_ && i < PyList_GET_SIZE(list.get()); ++i) add(PyList_GET_ITEM(list.get(), i));
  }
  out_ += ']';
}

void JsonWriter::bytes(PyObject* object) {
  const Owned module(PyImport_ImportModule("binascii"));
  const Owned encoded(module ? PyObject_CallMethod(module.get(), "b2a_base64", "O", object) : nullptr);
  if (!encoded) return PyErr_Clear(), str_of(object);
  out_ += '"';
  out_.append(PyBytes_AS_STRING(encoded.get()), static_cast<size_t>(PyBytes_GET_SIZE(encoded.get()) - 1));  // without the line's end
  out_ += '"';
  full_ = out_.size() > Value::kBytesMax;
}

// A naive time is local time, as everywhere in datetime. UTC is written Z.
void JsonWriter::moment(PyObject* object, bool has_time) {
  PyObject* aware = object;
  Py_INCREF(aware);
  if (has_time) {
    const Owned zone(PyObject_GetAttrString(object, "tzinfo"));
    if (zone.get() == Py_None) {
      Py_DECREF(aware);
      aware = PyObject_CallMethod(object, "astimezone", nullptr);  // fails for years near the ends of the calendar
      if (aware == nullptr) {
        PyErr_Clear();
        Py_INCREF(aware = object);
      }
    }
  }
  const Owned owned(aware);
  const Owned text(PyObject_CallMethod(aware, "isoformat", nullptr));
  if (!text || !PyUnicode_Check(text.get())) return PyErr_Clear(), str_of(object);
  string(text.get());
  constexpr std::string_view kUtc = "+00:00\"";
  if (has_time && std::string_view(out_).substr(out_.size() - std::min(out_.size(), kUtc.size())) == kUtc) {
    out_.resize(out_.size() - kUtc.size());
    out_ += "Z\"";
  }
}

void JsonWriter::str_of(PyObject* object) {
  const Owned text(PyObject_Str(object));
  if (text) return string(text.get());
  PyObject* type = nullptr;
  PyObject* raised = nullptr;
  PyObject* trace = nullptr;
  PyErr_Fetch(&type, &raised, &trace);
  if (type != nullptr && PyErr_GivenExceptionMatches(type, PyExc_KeyboardInterrupt)) PyErr_SetInterrupt();  // not ours to swallow
  char said[260];
  std::snprintf(said, sizeof said, "<%.100s object: str() raised %.100s>", Py_TYPE(object)->tp_name,
                type != nullptr && PyType_Check(type) ? reinterpret_cast<PyTypeObject*>(type)->tp_name : "an error");
  Py_XDECREF(type);
  Py_XDECREF(raised);
  Py_XDECREF(trace);
  leave_out(said);
}

void JsonWriter::leave_out(std::string_view why) {
  repaired_ = true;
  sdk::append_json_string(out_, why);
}

}  // namespace opik::python
