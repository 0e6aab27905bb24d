#pragma once
// A place inside a JSON value, as a filter's or a sort key's name for it:
//
//   $.user.name   user.name   ['user name'][0]   [*].role
//
// Made by query/ from text, followed by codec/ through JSON text.

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace opik::model {

struct JsonPath {
  struct Step {
    enum class Kind : uint8_t {
      member,    // of an object, by name
      element,   // of an array, by index
      elements,  // all of an array
    };
    Kind kind = Kind::member;
    std::string name;
    size_t index = 0;
    friend bool operator==(const Step&, const Step&) = default;
  };
  std::vector<Step> steps;
  // Tried as the name of one member at the top where the steps lead nowhere: "gen_ai.system" may be either. Empty: not tried.
  std::string flat_name;
  friend bool operator==(const JsonPath&, const JsonPath&) = default;
};

}  // namespace opik::model
