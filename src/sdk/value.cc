// How a Value holds its text: a block of malloc, taken from and returned to a small stock per thread, so that a loop which logs alike
// values allocates nothing. Objects and arrays are kept without their brackets, so that adding to one is an append.

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <cstring>

#include "sdk/text.h"
#include "sdk/value_access.h"

namespace opik {
namespace {

using sdk::Escaped;

constexpr size_t kClasses = 8;  // blocks of 64, 128, … 8192 bytes are kept
constexpr size_t kLeastBlockBits = 6;
constexpr size_t kLeastBlock = size_t{1} << kLeastBlockBits;
constexpr uint8_t kKeptPerClass = 16;

struct Block {
  Block* next;
};

// Trivially destructible, so that it may be used by destructors of other thread-locals; StockKeeper frees it before. There is no room
// until the thread has its keeper, nor after the keeper is gone.
struct Stock {
  Block* first[kClasses];
  uint8_t room[kClasses];  // for so many blocks more
  bool closed;
};
thread_local constinit Stock stock __attribute__((tls_model("initial-exec"))) = {};

struct StockKeeper {
  StockKeeper() noexcept { std::fill(std::begin(stock.room), std::end(stock.room), kKeptPerClass); }
  ~StockKeeper() {
    stock.closed = true;
    for (size_t c = 0; c < kClasses; ++c) {
      stock.room[c] = 0;
      while (Block* block = stock.first[c]) {
        stock.first[c] = block->next;
        std::free(block);
      }
    }
  }
};

// Of the least block that holds `bytes`; kClasses or more: of none.
size_t class_of(size_t bytes) { return bytes <= kLeastBlock ? 0 : 64 - static_cast<size_t>(__builtin_clzll(bytes - 1)) - kLeastBlockBits; }

inline char* take_block(size_t bytes, uint32_t* capacity) noexcept {
  const size_t c = class_of(bytes);
  if (c >= kClasses) {
    *capacity = static_cast<uint32_t>(bytes);
    return static_cast<char*>(std::malloc(bytes));
  }
  *capacity = static_cast<uint32_t>(kLeastBlock << c);
  if (Block* block = stock.first[c]) [[likely]] {
    stock.first[c] = block->next;
    ++stock.room[c];
    return reinterpret_cast<char*>(block);
  }
  return static_cast<char*>(std::malloc(kLeastBlock << c));
}

inline void keep_block(char* text, size_t c) noexcept {
  auto* block = reinterpret_cast<Block*>(text);
  block->next = stock.first[c];
  stock.first[c] = block;
  --stock.room[c];
}

[[gnu::noinline]] void return_without_room(char* text, size_t c) noexcept {
  if (stock.closed) return std::free(text);
  static thread_local StockKeeper keeper;  // the first time here there is room after this
  (void)keeper;
  stock.room[c] > 0 ? keep_block(text, c) : std::free(text);
}

// A capacity of at most that of the greatest class is that of a class.
inline void return_block(char* text, uint32_t capacity) noexcept {
  const size_t c = class_of(capacity);
  if (c >= kClasses) return std::free(text);
  if (stock.room[c] == 0) [[unlikely]]
    return return_without_room(text, c);
  keep_block(text, c);
}

char* put(char* to, std::string_view text) {
  if (!text.empty()) std::memcpy(to, text.data(), text.size());  // an empty text may have no address
  return to + text.size();
}

}  // namespace

// Makes room for `more` bytes after the text. False if there is no memory, or the value would be too large.
bool detail::ValueAccess::grow(Value& value, size_t more) noexcept {
  Value::All& all = value.all_;
  const size_t need = all.size + more;
  if (need > Value::kBytesMax) return false;
  if (need <= all.capacity) return true;
  uint32_t capacity = 0;
  char* text = take_block(need < 2 * size_t{all.capacity} ? 2 * size_t{all.capacity} : need, &capacity);
  if (text == nullptr) return false;
  if (all.size > 0) std::memcpy(text, all.text, all.size);
  if (all.capacity > 0) return_block(all.text, all.capacity);
  all.text = text;
  all.capacity = capacity;
  return true;
}

void detail::ValueAccess::leave_out(Value& value, const char* why) noexcept {
  value.release();
  value.all_ = {};
  value.set_string(why);
  value.all_.repaired = true;
}

size_t detail::ValueAccess::text_bytes(const Value& value) noexcept {
  switch (value.all_.kind) {
    case Value::Kind::null:
      return 4;
    case Value::Kind::boolean:
      return 5;
    case Value::Kind::int64:
    case Value::Kind::uint64:
      return 20;
    case Value::Kind::number:
      return 32;
    case Value::Kind::string:
      return 2 + sdk::measure_escaped(text_of(value)).bytes;
    case Value::Kind::object:
    case Value::Kind::array:
    case Value::Kind::json:
      return size_t{2} + value.all_.size;
  }
  return 0;
}

char* detail::ValueAccess::write_text(char* to, const Value& value) noexcept {
  const Value::All& all = value.all_;
  switch (all.kind) {
    case Value::Kind::null:
      return put(to, "null");
    case Value::Kind::boolean:
      return put(to, all.integer != 0 ? "true" : "false");
    case Value::Kind::int64:
      return std::to_chars(to, to + 20, all.integer).ptr;
    case Value::Kind::uint64:
      return std::to_chars(to, to + 20, all.natural).ptr;
    case Value::Kind::number:
      return sdk::write_number(to, all.number);
    case Value::Kind::string:
      *to++ = '"';
      to = sdk::write_escaped(to, text_of(value));
      *to++ = '"';
      return to;
    case Value::Kind::object:
      *to++ = '{';
      to = put(to, text_of(value));
      *to++ = '}';
      return to;
    case Value::Kind::array:
      *to++ = '[';
      to = put(to, text_of(value));
      *to++ = ']';
      return to;
    case Value::Kind::json:
      return put(to, text_of(value));
  }
  return to;
}

Value::Value(std::initializer_list<Member> members) noexcept {
  start(Kind::object);
  for (const Member& member : members) set(member.key, member.value);
}

Value Value::object(std::initializer_list<Member> members) noexcept { return Value(members); }

Value Value::array(std::initializer_list<Value> elements) noexcept {
  Value value;
  value.start(Kind::array);
  for (const Value& element : elements) value.push(element);
  return value;
}

Value Value::json(std::string_view text) noexcept {
  Value value;
  const std::optional<std::string_view> checked = text.size() <= kBytesMax ? sdk::check_json(text) : std::nullopt;
  value.set_string(checked ? *checked : text);
  if (checked)
    value.all_.kind = Kind::json;
  else
    value.all_.repaired = true;
  value.all_.depth = checked ? 1 : 0;
  return value;
}

Value detail::ValueAccess::written(std::string_view json, bool repaired) noexcept {
  Value value(json);
  if (value.all_.kind != Value::Kind::string || value.all_.size != json.size()) return value;  // no memory, or too large
  value.all_.kind = Value::Kind::json;
  value.all_.repaired = repaired;
  value.all_.depth = 1;
  return value;
}

void Value::set_string(std::string_view text) noexcept {
  All all;
  all.kind = Kind::string;
  all_ = all;
  if (text.size() > kBytesMax) return detail::ValueAccess::leave_out(*this, "(left out: more than 64 MiB)");
  if (text.empty()) return;
  all.text = take_block(text.size(), &all.capacity);
  if (all.text == nullptr) return void(all_ = {});
  all.size = static_cast<uint32_t>(text.size());
  all_ = all;
  std::memcpy(all.text, text.data(), text.size());
}

Value& Value::set(std::string_view key, const Value& value) noexcept {
  if (all_.kind != Kind::object) start(Kind::object);
  if (&value == this) return set(key, Value(value));
  const Escaped escaped = sdk::measure_escaped(key);
  if (value.all_.depth >= kDepthMax) return set(key, detail::ValueAccess::too_deep());
  if (!detail::ValueAccess::grow(*this, escaped.bytes + 4 + detail::ValueAccess::text_bytes(value)))
    return detail::ValueAccess::leave_out(*this, "(left out: more than 64 MiB)"), *this;
  char* to = all_.text + all_.size;
  if (all_.size > 0) *to++ = ',';
  *to++ = '"';
  to = sdk::write_escaped(to, key);
  to = put(to, "\":");
  detail::ValueAccess::finish(*this, value, detail::ValueAccess::write_text(to, value), escaped.repaired);
  return *this;
}

Value& Value::push(const Value& element) noexcept {
  if (all_.kind != Kind::array) start(Kind::array);
  if (&element == this) return push(Value(element));
  if (element.all_.depth >= kDepthMax) return push(detail::ValueAccess::too_deep());
  if (!detail::ValueAccess::grow(*this, 1 + detail::ValueAccess::text_bytes(element)))
    return detail::ValueAccess::leave_out(*this, "(left out: more than 64 MiB)"), *this;
  char* to = all_.text + all_.size;
  if (all_.size > 0) *to++ = ',';
  detail::ValueAccess::finish(*this, element, detail::ValueAccess::write_text(to, element), false);
  return *this;
}

Value detail::ValueAccess::too_deep() noexcept {
  Value value("(left out: nested deeper than 256 levels)");
  value.all_.repaired = true;
  return value;
}

void detail::ValueAccess::finish(Value& value, const Value& added, char* end, bool repaired) noexcept {
  Value::All& all = value.all_;
  all.size = static_cast<uint32_t>(end - all.text);
  if (added.all_.depth >= all.depth) all.depth = static_cast<uint16_t>(added.all_.depth + 1);
  const bool bad_string = added.all_.kind == Value::Kind::string && sdk::measure_escaped(text_of(added)).repaired;
  const bool bad_number = added.all_.kind == Value::Kind::number && !(added.all_.number - added.all_.number == 0);
  all.repaired = all.repaired || added.all_.repaired || repaired || bad_string || bad_number;
}

void Value::copy(const Value& other) noexcept {
  all_ = other.all_;
  if (other.all_.capacity == 0) return;
  all_.capacity = 0;
  all_.text = nullptr;
  all_.size = 0;
  if (!detail::ValueAccess::grow(*this, other.all_.size)) return void(all_ = {});
  if (other.all_.size > 0) std::memcpy(all_.text, other.all_.text, other.all_.size);
  all_.size = other.all_.size;
}

void Value::free_block() noexcept { return_block(all_.text, all_.capacity); }

std::string Value::text() const {
  std::string out(detail::ValueAccess::text_bytes(*this), '\0');
  out.resize(static_cast<size_t>(detail::ValueAccess::write_text(out.data(), *this) - out.data()));
  return out;
}

}  // namespace opik
