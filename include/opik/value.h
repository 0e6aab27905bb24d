#pragma once
// A Value is one JSON value on its way to the log: it can be built and copied, not read back. It owns what it was given.
//
//   opik::Value v = {{"prompt", prompt}, {"n", 3}, {"nested", {{"a", 1.5}}}};     // an object
//   opik::Value::array({1, "two", nullptr})                                         // an array
//   opik::Value::json(R"({"already":"text"})")                                      // JSON text, checked before it is sent
//   v.set("more", std::vector<int>{1, 2});                                          // any range, map and optional of loggable things
//
// Own types: a function `opik::Value to_opik_value(const Mine&)` in the namespace of Mine. nlohmann::json is taken as it is.
//
// What is not JSON is made so, and counted (Stats::repaired): invalid UTF-8 becomes U+FFFD, NaN and infinities the strings "NaN",
// "Infinity", "-Infinity"; JSON text that is malformed becomes a string of that text; a value nested deeper than kDepthMax or
// larger than kBytesMax becomes a string that says so.
//
// No call throws or allocates on the heap in steady state (blocks are kept per thread). One thread at a time.

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include "opik/export.h"

namespace opik {

class Value;
struct Member;

namespace detail {
struct ValueAccess;

template <class T, class = void>
struct HasHook : std::false_type {};
template <class T>
struct HasHook<T, std::void_t<decltype(to_opik_value(std::declval<const T&>()))>>
    : std::is_same<std::decay_t<decltype(to_opik_value(std::declval<const T&>()))>, Value> {};

// nlohmann::json and its like, recognised by what they can do, so that no header of theirs is needed here.
template <class T, class = void>
struct HasDump : std::false_type {};
template <class T>
struct HasDump<T, std::void_t<decltype(std::declval<const T&>().dump(-1, ' ', false, T::error_handler_t::replace))>> : std::true_type {};

template <class T, class = void>
struct IsOptional : std::false_type {};
template <class T>
struct IsOptional<T, std::void_t<decltype(std::declval<const T&>().has_value()), decltype(*std::declval<const T&>())>> : std::true_type {};

template <class T, class = void>
struct IsRange : std::false_type {};
template <class T>
struct IsRange<T, std::void_t<decltype(std::declval<const T&>().begin()), decltype(std::declval<const T&>().end())>> : std::true_type {};

template <class T>
constexpr bool is_text() {
  return std::is_convertible_v<const T&, std::string_view>;
}
template <class T>
constexpr bool is_loggable();

template <class T, class = void>
struct Element {
  static constexpr bool loggable = false;
  static constexpr bool keyed = false;
};
template <class T>
struct Element<T, std::enable_if_t<IsRange<T>::value>> {
  using type = std::decay_t<decltype(*std::declval<const T&>().begin())>;
  template <class P, class = void>
  struct Pair : std::false_type {
    static constexpr bool loggable = is_loggable<P>();
  };
  template <class P>
  struct Pair<P, std::void_t<typename P::first_type, typename P::second_type>>
      : std::bool_constant<is_text<typename P::first_type>() && is_loggable<typename P::second_type>()> {
    static constexpr bool loggable = is_text<typename P::first_type>() && is_loggable<typename P::second_type>();
  };
  static constexpr bool keyed = Pair<type>::value;
  static constexpr bool loggable = !std::is_same_v<type, T> && Pair<type>::loggable;
};

template <class T>
struct OptionalOf {
  using type = std::decay_t<decltype(*std::declval<const T&>())>;
};

template <class T>
constexpr bool is_loggable() {
  if constexpr (std::is_same_v<T, Value> || std::is_arithmetic_v<T> || std::is_same_v<T, std::nullptr_t>) {
    return true;
  } else if constexpr (HasHook<T>::value || HasDump<T>::value || is_text<T>()) {
    return true;
  } else if constexpr (IsOptional<T>::value) {
    return is_loggable<typename OptionalOf<T>::type>();
  } else {
    return Element<T>::loggable;
  }
}
}  // namespace detail

class OPIK_API Value {
 public:
  static constexpr size_t kBytesMax = 64u << 20;  // of one value as text
  static constexpr unsigned kDepthMax = 256;      // objects and arrays within each other

  // Not defaulted, and so not constexpr: g++ would clear a whole TraceData or SpanData with one `rep stos`, which takes longer than all the
  // stores that it saves.
  Value() noexcept {}                                                     // NOLINT
  Value(std::nullptr_t) noexcept {}                                       // NOLINT: implicit, as arguments are written
  Value(const char* text) noexcept { text ? set_string(text) : void(); }  // NOLINT
  Value(std::string_view text) noexcept { set_string(text); }             // NOLINT
  Value(const std::string& text) noexcept { set_string(text); }           // NOLINT
  Value(std::initializer_list<Member> members) noexcept;                  // NOLINT: an object
  template <class T, class = std::enable_if_t<!std::is_same_v<T, Value> && detail::is_loggable<T>()>>
  Value(const T& from) noexcept {  // NOLINT
    assign(from);
  }
  Value(const Value& other) noexcept { copy(other); }
  Value(Value&& other) noexcept : all_(other.all_) { other.all_ = {}; }
  Value& operator=(const Value& other) noexcept {
    if (this != &other) release(), copy(other);
    return *this;
  }
  Value& operator=(Value&& other) noexcept {
    if (this != &other) release(), all_ = other.all_, other.all_ = {};
    return *this;
  }
  ~Value() { release(); }

  static Value object(std::initializer_list<Member> members = {}) noexcept;
  static Value array(std::initializer_list<Value> elements = {}) noexcept;
  static Value json(std::string_view text) noexcept;

  // Adds a member to an object (anything else becomes an empty object first). A key given twice is sent twice.
  Value& set(std::string_view key, const Value& value) noexcept;
  // Adds an element to an array (anything else becomes an empty array first).
  Value& push(const Value& element) noexcept;

  bool is_null() const noexcept { return all_.kind == Kind::null; }
  std::string text() const;  // as JSON

 private:
  friend struct detail::ValueAccess;
  enum class Kind : uint8_t { null, boolean, int64, uint64, number, string, object, array, json };
  struct All {
    Kind kind = Kind::null;
    bool repaired = false;
    uint16_t depth = 0;     // of objects and arrays
    uint32_t size = 0;      // of text: a string without quotes and escapes, the members of an object without its braces
    uint32_t capacity = 0;  // 0: no block is held
    union {
      int64_t integer;
      uint64_t natural;
      double number;
      char* text = nullptr;
    };
  };

  template <class T>
  void assign(const T& from) noexcept {
    if constexpr (detail::HasHook<T>::value) {
      hook([&] { *this = to_opik_value(from); });
    } else if constexpr (std::is_same_v<T, bool>) {
      all_.kind = Kind::boolean, all_.integer = from;
    } else if constexpr (std::is_floating_point_v<T>) {
      all_.kind = Kind::number, all_.number = static_cast<double>(from);
    } else if constexpr (std::is_integral_v<T> && std::is_signed_v<T>) {
      all_.kind = Kind::int64, all_.integer = from;
    } else if constexpr (std::is_integral_v<T>) {
      all_.kind = Kind::uint64, all_.natural = from;
    } else if constexpr (std::is_same_v<T, std::nullptr_t>) {
    } else if constexpr (detail::HasDump<T>::value) {
      hook([&] { *this = json(from.dump(-1, ' ', false, T::error_handler_t::replace)); });
    } else if constexpr (detail::is_text<T>()) {
      set_string(std::string_view(from));
    } else if constexpr (detail::IsOptional<T>::value) {
      if (from.has_value()) *this = Value(*from);
    } else if constexpr (detail::Element<T>::keyed) {
      start(Kind::object);
      for (const auto& element : from) set(std::string_view(element.first), Value(element.second));
    } else {
      start(Kind::array);
      for (const auto& element : from) push(Value(static_cast<const typename detail::Element<T>::type&>(element)));
    }
  }

  // Runs code of the user that makes a value; if that throws, the value is the string "(to_opik_value threw)".
  template <class F>
  void hook(F&& make) noexcept {
#if OPIK_HAS_EXCEPTIONS
    try {
      make();
    } catch (...) {
      *this = Value("(to_opik_value threw)");
      all_.repaired = true;
    }
#else
    make();
#endif
  }

  void start(Kind kind) noexcept {
    release();
    all_ = {};
    all_.kind = kind;
    all_.depth = 1;
  }
  void set_string(std::string_view text) noexcept;
  void copy(const Value& other) noexcept;
  void release() noexcept {
    if (all_.capacity != 0) free_block();
  }
  void free_block() noexcept;

  All all_;
};

struct Member {
  std::string_view key;
  Value value;
};

// Words attached to a trace or span: {"beta", "eu"}, or any range of strings.
class Tags {
 public:
  Tags() noexcept {}  // NOLINT: see Value()
  Tags(std::initializer_list<std::string_view> tags) noexcept { add(tags); }
  template <class T, class = std::enable_if_t<detail::IsRange<T>::value && !detail::is_text<T>()>>
  Tags(const T& tags) noexcept {  // NOLINT
    add(tags);
  }
  bool empty() const noexcept { return list_.is_null(); }
  const Value& list() const noexcept { return list_; }

 private:
  template <class T>
  void add(const T& tags) noexcept {
    for (const auto& tag : tags) list_.push(Value(std::string_view(tag)));
  }
  Value list_;
};

}  // namespace opik
