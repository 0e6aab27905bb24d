#include "store/sqlite/connection.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "base/check.h"
#include "store/sqlite/limits.h"

namespace opik::store::sqlite {
namespace {

[[noreturn]] void fail(sqlite3* db, int code) {
  std::string message = db != nullptr ? sqlite3_errmsg(db) : sqlite3_errstr(code);
  throw SqlError(code & 0xff, message);
}

}  // namespace

base::Error to_error(const SqlError& error, std::string_view doing) {
  switch (error.code()) {
    case SQLITE_FULL:
      return {base::Code::unavailable, fmt::format("{}: the disk is full", doing)};
    case SQLITE_READONLY:
    case SQLITE_CANTOPEN:
    case SQLITE_IOERR:
    case SQLITE_PERM:
      return {base::Code::unavailable, fmt::format("{}: the data directory cannot be written or read ({})", doing, error.what())};
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return {base::Code::unavailable, fmt::format("{}: another program holds a lock on the database ({})", doing, error.what())};
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return {base::Code::internal, fmt::format("{}: the database file is damaged ({})", doing, error.what())};
    default:
      return {base::Code::internal, fmt::format("{}: SQLite says {} ({})", doing, error.what(), error.code())};
  }
}

Statement::Statement(sqlite3* db, std::string_view sql) {
  const int code = sqlite3_prepare_v3(db, sql.data(), static_cast<int>(sql.size()), SQLITE_PREPARE_PERSISTENT, &statement_, nullptr);
  if (code != SQLITE_OK) fail(db, code);
}

void Statement::check(int code) const {
  if (code != SQLITE_OK) fail(sqlite3_db_handle(statement_), code);
}

Statement& Statement::bind(int at, int64_t value) { return (check(sqlite3_bind_int64(statement_, at, value)), *this); }
Statement& Statement::bind(int at, double value) { return (check(sqlite3_bind_double(statement_, at, value)), *this); }
Statement& Statement::bind_null(int at) { return (check(sqlite3_bind_null(statement_, at)), *this); }

Statement& Statement::bind_pointer(int at, const void* pointer, const char* type) {
  return (check(sqlite3_bind_pointer(statement_, at, const_cast<void*>(pointer), type, nullptr)), *this);
}

Statement& Statement::bind_text(int at, std::string_view value) {
  const char* data = value.data() == nullptr ? "" : value.data();
  return (check(sqlite3_bind_text64(statement_, at, data, value.size(), SQLITE_STATIC, SQLITE_UTF8)), *this);
}

Statement& Statement::bind_blob(int at, std::string_view value) {
  const char* data = value.data() == nullptr ? "" : value.data();
  return (check(sqlite3_bind_blob64(statement_, at, data, value.size(), SQLITE_STATIC)), *this);
}

bool Statement::step() {
  const int code = sqlite3_step(statement_);
  if (code == SQLITE_ROW) return true;
  sqlite3* db = sqlite3_db_handle(statement_);
  if (code == SQLITE_DONE) {
    sqlite3_reset(statement_);
    return false;
  }
  const std::string message = sqlite3_errmsg(db);
  sqlite3_reset(statement_);
  throw SqlError(code & 0xff, message);
}

void Statement::run() {
  while (step()) {
  }
}

std::string_view Statement::blob(int at) const {
  const auto* data = static_cast<const char*>(sqlite3_column_blob(statement_, at));
  return data == nullptr ? std::string_view{} : std::string_view{data, static_cast<size_t>(sqlite3_column_bytes(statement_, at))};
}

base::Uuid Statement::uuid(int at) const {
  const std::optional<base::Uuid> id = base::Uuid::from_bytes(blob(at));
  if (!id) throw SqlError(SQLITE_CORRUPT, "an id is not 16 bytes long");
  return *id;
}

Connection::Connection(const std::filesystem::path& file, Mode mode) {
  const int flags = SQLITE_OPEN_NOMUTEX | (mode == Mode::write ? SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE : SQLITE_OPEN_READWRITE);
  sqlite3* db = nullptr;
  const int code = sqlite3_open_v2(file.c_str(), &db, flags, nullptr);
  db_.reset(db);
  if (code != SQLITE_OK) fail(db, code);
  sqlite3_busy_timeout(db, kBusyTimeoutMs);
  if (mode == Mode::read) run("PRAGMA query_only = ON");
  run(fmt::format("PRAGMA cache_size = -{}", mode == Mode::write ? kWriterCacheKib : kReaderCacheKib));
}

void Connection::run(const std::string& sql) {
  char* message = nullptr;
  const int code = sqlite3_exec(db_.get(), sql.c_str(), nullptr, nullptr, &message);
  if (code == SQLITE_OK) return;
  const std::string text = message != nullptr ? message : sqlite3_errstr(code);
  sqlite3_free(message);
  throw SqlError(code & 0xff, text);
}

int64_t Connection::integer(const std::string& sql) {
  Statement statement(db_.get(), sql);
  return statement.step() ? statement.integer(0) : 0;
}

size_t Connection::TextHash::operator()(std::string_view sql) const noexcept {
  uint64_t hash = sql.size();
  for (size_t at : {size_t{0}, sql.size() / 2, sql.size() - std::min<size_t>(sql.size(), 8)}) {
    uint64_t sample = 0;
    std::memcpy(&sample, sql.data() + at, std::min<size_t>(sql.size() - at, 8));
    hash = (hash ^ sample) * 0x9e3779b97f4a7c15ULL;
  }
  return static_cast<size_t>(hash ^ hash >> 32);
}

Statement& Connection::prepared(std::string_view sql) {
  const auto found = statements_.find(sql);
  if (found != statements_.end()) return *found->second;
  base::check(statements_.size() < kStatementsMax, "a fixed set of SQL texts per connection");
  return *statements_.emplace(std::string(sql), std::make_unique<Statement>(db_.get(), sql)).first->second;
}

}  // namespace opik::store::sqlite
