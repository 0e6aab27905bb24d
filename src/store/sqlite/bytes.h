#pragma once
// Numbers and texts, one behind the other in a string: how rows are carried between threads and cells are kept. Native byte order is
// little-endian on every machine that we build for.

#include <bit>
#include <cstring>
#include <string>
#include <string_view>
#include <type_traits>

#include "store/sqlite/connection.h"

namespace opik::store::sqlite {

static_assert(std::endian::native == std::endian::little, "files are exchanged between machines");

template <class T>
void put(std::string& out, T value) {
  static_assert(std::is_trivially_copyable_v<T>);
  char bytes[sizeof(T)];
  std::memcpy(bytes, &value, sizeof(T));
  out.append(bytes, sizeof(T));
}

inline std::string_view take_bytes(std::string_view& in, size_t size) {
  if (in.size() < size) throw SqlError(SQLITE_CORRUPT, "reading what was kept: it is cut short");
  const std::string_view bytes = in.substr(0, size);
  in.remove_prefix(size);
  return bytes;
}

template <class T>
T take(std::string_view& in) {
  static_assert(std::is_trivially_copyable_v<T>);
  T value;
  std::memcpy(&value, take_bytes(in, sizeof(T)).data(), sizeof(T));
  return value;
}

}  // namespace opik::store::sqlite
