#include "codec/validate.h"

#include <algorithm>
#include <array>
#include <cstdint>

#include <simdjson.h>

#include "codec/scan.h"

// How it works: one cursor and one bit per open container (1: object). After a value the innermost bit says what may follow;
// there is no other state.
//
//   value      > container opened: its first value or key | a scalar: after_value
//   key        > string ':' value
//   after_value> ',' key or value | closing bracket: after_value of the parent | depth 0: done

namespace opik::codec {
namespace {

constexpr std::array<uint8_t, 256> kByteClass = [] {
  std::array<uint8_t, 256> classes{};
  for (char c : {' ', '\t', '\n', '\r'}) classes[static_cast<uint8_t>(c)] = 1;
  for (char c : {'"', '\\', '/', 'b', 'f', 'n', 'r', 't'}) classes[static_cast<uint8_t>(c)] |= 2;
  for (char c = '0'; c <= '9'; ++c) classes[static_cast<uint8_t>(c)] |= 4 | 8;
  for (char c : {'a', 'b', 'c', 'd', 'e', 'f', 'A', 'B', 'C', 'D', 'E', 'F'}) classes[static_cast<uint8_t>(c)] |= 8;
  return classes;
}();
bool is_space(char c) { return (kByteClass[static_cast<uint8_t>(c)] & 1) != 0; }
bool is_escape(char c) { return (kByteClass[static_cast<uint8_t>(c)] & 2) != 0; }
bool is_digit(char c) { return (kByteClass[static_cast<uint8_t>(c)] & 4) != 0; }
bool is_hex(char c) { return (kByteClass[static_cast<uint8_t>(c)] & 8) != 0; }

class OpenContainers {
 public:
  void push(bool object) {
    const uint64_t bit = uint64_t{1} << (depth_ % 64);
    uint64_t& word = words_[static_cast<size_t>(depth_) / 64];
    word = object ? word | bit : word & ~bit;
    ++depth_;
    object_ = object;
  }
  void pop() {
    --depth_;
    if (depth_ > 0) object_ = (words_[static_cast<size_t>(depth_ - 1) / 64] >> ((depth_ - 1) % 64) & 1) != 0;
  }
  bool innermost_is_object() const { return object_; }
  int depth() const { return depth_; }

 private:
  std::array<uint64_t, model::kJsonDepthMax / 64 + 1> words_;  // only what was pushed is read
  int depth_ = 0;
  bool object_ = false;
};

// Moves behind the escape sequence at `at`; returns what was expected where it stops, or null.
const char* pass_escape(const char*& at, const char* end) {
  ++at;
  if (at == end) return "an escape sequence";
  if (is_escape(*at)) {
    ++at;
    return nullptr;
  }
  if (*at != 'u') return "an escape sequence";
  ++at;
  for (int i = 0; i < 4; ++i, ++at) {
    if (at == end || !is_hex(*at)) return "four hexadecimal digits";
  }
  return nullptr;
}

// Everything that runs per token is inlined into one function, where the cursor stays in a register.
#define OPIK_INLINE [[gnu::always_inline]]

class Checker {
 public:
  Checker(std::string_view text, int depth_max)
      : begin_(text.data()), end_(text.data() + text.size()), at_(begin_), depth_max_(std::min(depth_max, model::kJsonDepthMax)) {}

  OPIK_INLINE JsonCheck run() {
    if (document()) {
      result_.end = static_cast<size_t>(at_ - begin_);
      skip_space<false>();
      if (at_ != end_) fail("nothing behind the value");
    }
    return result_;
  }

 private:
  OPIK_INLINE bool fail(const char* expected) {
    result_.error = expected;
    result_.at = static_cast<size_t>(at_ - begin_);
    return false;
  }

  template <bool kInside>
  OPIK_INLINE void skip_space() {
    if (at_<end_&& static_cast<uint8_t>(*at_)> ' ') return;
    while (at_ < end_ && is_space(*at_)) {
      if (kInside && (*at_ == '\n' || *at_ == '\r')) result_.multi_line = true;
      ++at_;
    }
  }

  OPIK_INLINE bool take(char c) {
    if (at_ == end_ || *at_ != c) return false;
    ++at_;
    return true;
  }

  OPIK_INLINE bool document() {
    skip_space<false>();
    while (true) {
      // A value begins here.
      if (at_ == end_) return fail("a value");
      const char first = *at_;
      if (first == '{' || first == '[') {
        if (open_.depth() >= depth_max_) return fail("at most 1000 levels of nesting");
        ++at_;
        open_.push(first == '{');
        skip_space<true>();
        if (!take(first == '{' ? '}' : ']')) {
          if (first == '{' && !key()) return false;
          continue;
        }
        open_.pop();
      } else if (!scalar(first)) {
        return false;
      }
      // A value ended here.
      while (true) {
        if (open_.depth() == 0) return true;
        skip_space<true>();
        if (take(',')) {
          skip_space<true>();
          if (open_.innermost_is_object() && !key()) return false;
          break;
        }
        if (!take(open_.innermost_is_object() ? '}' : ']')) {
          return fail(open_.innermost_is_object() ? "',' or '}'" : "',' or ']'");
        }
        open_.pop();
      }
    }
  }

  OPIK_INLINE bool key() {
    if (at_ == end_ || *at_ != '"') return fail("a member's name");
    if (!string()) return false;
    skip_space<true>();
    if (!take(':')) return fail("':'");
    skip_space<true>();
    return true;
  }

  OPIK_INLINE bool scalar(char first) {
    if (first == '"') return string();
    if (first == '-' || is_digit(first)) return number();
    switch (first) {
      case 't':
        return word("true");
      case 'f':
        return word("false");
      case 'n':
        return word("null");
      case 'N':
        return non_finite("NaN");
      case 'I':
        return non_finite("Infinity");
      default:
        return fail("a value");
    }
  }

  OPIK_INLINE bool word(std::string_view expected) {
    if (static_cast<size_t>(end_ - at_) < expected.size() || std::string_view(at_, expected.size()) != expected) return fail("a value");
    at_ += expected.size();
    return true;
  }

  OPIK_INLINE bool non_finite(std::string_view expected) {
    result_.non_finite = true;
    return word(expected);
  }

  OPIK_INLINE bool string() {
    const char* at = at_ + 1;
    const char* error = nullptr;
    while (true) {
      at = find_special(at, end_);
      if (at == end_) {
        error = "the string's end";
      } else if (*at == '\\') {
        error = pass_escape(at, end_);
        if (error == nullptr) continue;
      } else if (*at != '"') {
        error = "no control character in a string";
      }
      break;
    }
    at_ = at;
    if (error != nullptr) return fail(error);
    ++at_;
    return true;
  }

  OPIK_INLINE bool digits() {
    if (at_ == end_ || !is_digit(*at_)) return fail("a digit");
    while (at_ < end_ && is_digit(*at_)) ++at_;
    return true;
  }

  OPIK_INLINE bool number() {
    if (take('-') && at_ < end_ && *at_ == 'I') return non_finite("Infinity");
    if (!take('0') && !digits()) return false;
    if (take('.') && !digits()) return false;
    if (take('e') || take('E')) {
      if (!take('-')) take('+');
      return digits();
    }
    return true;
  }

  const char* const begin_;
  const char* const end_;
  const char* at_;
  const int depth_max_;
  OpenContainers open_;
  JsonCheck result_;
};

#undef OPIK_INLINE

}  // namespace

JsonCheck check_json(std::string_view text, int depth_max) { return Checker(text, depth_max).run(); }

std::string standard_json(std::string_view json) {
  std::string out;
  out.reserve(json.size() + 16);
  const char* const end = json.data() + json.size();
  for (const char* at = json.data(); at < end;) {
    if (*at == '"') {  // a string goes over as it is
      const char* const begin = at++;
      while ((at = find_special(at, end)) < end && *at != '"') at += *at == '\\' && end - at > 1 ? 2 : 1;
      if (at < end) ++at;
      out.append(begin, at);
      continue;
    }
    const std::string_view rest(at, static_cast<size_t>(end - at));
    size_t length = 0;
    for (std::string_view word : {"NaN", "Infinity", "-Infinity"}) {
      if (rest.substr(0, word.size()) == word) length = word.size();
    }
    if (length > 0) {
      out.append("\"").append(at, length).append("\"");
      at += length;
      continue;
    }
    if (*at != '\n' && *at != '\r') out.push_back(*at);
    ++at;
  }
  return out;
}

bool valid_utf8(std::string_view text) { return simdjson::validate_utf8(text.data(), text.size()); }

}  // namespace opik::codec
