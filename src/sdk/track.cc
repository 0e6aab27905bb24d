#include <opik/track.h>

#include <cxxabi.h>
#include <cstdlib>
#include <exception>
#include <memory>
#include <typeinfo>

#include "sdk/value_access.h"

namespace opik::detail {
namespace {

std::string demangled(const char* name) {
  int status = 0;
  const std::unique_ptr<char, decltype(&std::free)> text(abi::__cxa_demangle(name, nullptr, nullptr, &status), &std::free);
  return text ? text.get() : name;
}

}  // namespace

Value as_output(Value value) noexcept {
  const auto kind = ValueAccess::kind(value);
  if (kind == ValueAccess::Kind::object || kind == ValueAccess::Kind::array || kind == ValueAccess::Kind::json) return value;
  return Value::object({{"output", std::move(value)}});
}

void record_exception(SpanScope& scope, std::exception_ptr exception) noexcept {
  try {
    std::string type = "exception";
    std::string message;
    try {
      if (const std::type_info* info = abi::__cxa_current_exception_type()) type = demangled(info->name());
      std::rethrow_exception(exception);
    } catch (const std::exception& caught) {
      type = demangled(typeid(caught).name());
      message = caught.what();
    } catch (const std::string& text) {
      message = text;
    } catch (const char* text) {
      message = text != nullptr ? text : "";
    } catch (...) {
    }
    scope.set_error({type, message, {}});
  } catch (...) {
    scope.set_error({"exception", {}, {}});
  }
}

}  // namespace opik::detail
