#pragma once
// SQLite's C interface with owners and C++ types.
//
//   Connection db = Connection::open(path, Connection::Mode::write);
//   Statement& find = db.prepared("SELECT name FROM projects WHERE n = ?1");
//   find.bind(1, n);
//   while (find.step()) use(find.bytes(0));
//   find.reset();
//
// Inside this room a failure of SQLite travels as SqlError; guarded() turns it into a Result at the room's public functions.
// A connection belongs to one thread at a time.

#include <sqlite3.h>

#include <filesystem>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/result.h"
#include "base/uuid.h"

namespace opik::store::sqlite {

class SqlError : public std::runtime_error {
 public:
  SqlError(int code, const std::string& message) : std::runtime_error(message), code_(code) {}
  int code() const { return code_; }  // SQLite's primary result code

 private:
  int code_;
};

// What a failure means to a caller: a full or read-only disk is unavailable, the rest internal.
base::Error to_error(const SqlError& error, std::string_view doing);

template <class Work>
auto guarded(std::string_view doing, Work&& work) -> decltype(work()) {
  try {
    return work();
  } catch (const SqlError& error) {
    return to_error(error, doing);
  }
}

class Statement {
 public:
  Statement(sqlite3* db, std::string_view sql);
  Statement(const Statement&) = delete;
  ~Statement() { sqlite3_finalize(statement_); }

  // Positions count from 1. Text and blobs are not copied: they must live until reset() or the next bind.
  Statement& bind(int at, int64_t value);
  Statement& bind(int at, double value);
  Statement& bind_text(int at, std::string_view value);
  Statement& bind_optional(int at, const std::optional<std::string>& text) { return text ? bind_text(at, *text) : bind_null(at); }
  Statement& bind_blob(int at, std::string_view value);
  Statement& bind(int at, const base::Uuid& id) { return bind_blob(at, id.bytes()); }
  Statement& bind_null(int at);
  // For a function of ours that asks for a pointer of that type. It must live until the statement ran.
  Statement& bind_pointer(int at, const void* pointer, const char* type);

  // True: there is a row. False: there is none (any more), and the statement is reset.
  bool step();
  // Runs a statement that gives no rows.
  void run();
  void reset() { sqlite3_reset(statement_); }

  // Columns count from 0. Views live until the next step() or reset().
  bool is_null(int at) const { return sqlite3_column_type(statement_, at) == SQLITE_NULL; }
  int64_t integer(int at) const { return sqlite3_column_int64(statement_, at); }
  double real(int at) const { return sqlite3_column_double(statement_, at); }
  std::string_view text(int at) const { return blob(at); }  // SQLite's own call for texts copies each, to end it with a zero
  std::string_view blob(int at) const;
  base::Uuid uuid(int at) const;

 private:
  void check(int code) const;
  sqlite3_stmt* statement_ = nullptr;
};

// Resets a statement when a scope ends: no read transaction stays open behind an early return.
class ResetGuard {
 public:
  explicit ResetGuard(Statement& statement) : statement_(statement) {}
  ~ResetGuard() { statement_.reset(); }
  ResetGuard(const ResetGuard&) = delete;

 private:
  Statement& statement_;
};

class Connection {
 public:
  enum class Mode { write, read };

  // Throws SqlError. Mode::write makes the file if there is none.
  Connection(const std::filesystem::path& file, Mode mode);
  Connection(Connection&&) = default;
  Connection& operator=(Connection&&) = default;

  void run(const std::string& sql);         // one or more statements without parameters
  int64_t integer(const std::string& sql);  // the first column of the first row; 0 if there is none
  // A statement kept for the connection's life. `sql` must be one of a fixed set of texts.
  Statement& prepared(std::string_view sql);
  sqlite3* handle() const { return db_.get(); }

 private:
  struct Close {
    void operator()(sqlite3* db) const { sqlite3_close_v2(db); }
  };
  // SQL texts are long and few: their length and three samples tell them apart well enough.
  struct TextHash {
    using is_transparent = void;
    size_t operator()(std::string_view sql) const noexcept;
  };
  std::unique_ptr<sqlite3, Close> db_;
  std::unordered_map<std::string, std::unique_ptr<Statement>, TextHash, std::equal_to<>> statements_;
};

}  // namespace opik::store::sqlite
