#include "store/sqlite/database.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <spdlog/spdlog.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "base/check.h"
#include "store/sqlite/attachment_files.h"
#include "store/sqlite/attachment_store.h"
#include "store/sqlite/columns.h"
#include "store/sqlite/comments.h"
#include "store/sqlite/feedback_definitions.h"
#include "store/sqlite/guardrails.h"
#include "store/sqlite/metric_reader.h"
#include "store/sqlite/names.h"
#include "store/sqlite/otlp_traces.h"
#include "store/sqlite/reader.h"
#include "store/sqlite/reprice.h"
#include "store/sqlite/schema.h"
#include "store/sqlite/thread_reader.h"
#include "store/sqlite/thread_writer.h"
#include "store/sqlite/workspace_configurations.h"
#include "store/sqlite/writer.h"

namespace opik::store::sqlite {
namespace {

// Held for the life of the process; the system lets go of it however the process ends.
class DirectoryLock {
 public:
  static base::Result<std::unique_ptr<DirectoryLock>> take(const std::filesystem::path& directory) {
    const std::filesystem::path file = directory / "opikd.lock";
    const int descriptor = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
    if (descriptor < 0) {
      return base::Error{base::Code::unavailable,
                         fmt::format("opening the data directory {}: cannot write to it ({})", directory.string(), std::strerror(errno))};
    }
    auto lock = std::unique_ptr<DirectoryLock>(new DirectoryLock(descriptor));
    if (::flock(descriptor, LOCK_EX | LOCK_NB) != 0) {
      return base::Error{
          base::Code::unavailable,
          fmt::format("opening the data directory {}: another opikd is using it (stop that one, or choose another directory with --data)",
                      directory.string())};
    }
    return lock;
  }
  ~DirectoryLock() { ::close(descriptor_); }

 private:
  explicit DirectoryLock(int descriptor) : descriptor_(descriptor) {}
  int descriptor_;
};

const char* pragma_of(Sync sync) {
  switch (sync) {
    case Sync::full:
      return "PRAGMA synchronous = FULL";
    case Sync::normal:
      return "PRAGMA synchronous = NORMAL";
    case Sync::off:
      return "PRAGMA synchronous = OFF";
  }
  return "PRAGMA synchronous = FULL";
}

class SqliteDatabase : public Database, private TraceStore {
 public:
  SqliteDatabase(const Options& options, std::unique_ptr<DirectoryLock> lock)
      : lock_(std::move(lock)),
        prices_(*options.prices),
        pool_(options.directory / kFileName),
        columns_(pool_, options.read_only ? 0 : options.columns_bytes),
        reader_(pool_, codec_, columns_),
        threads_(pool_, codec_) {
    Connection db(options.directory / kFileName, options.read_only ? Connection::Mode::read : Connection::Mode::write);
    if (!options.read_only) {
      db.run(pragma_of(options.sync));
      db.run("PRAGMA secure_delete = OFF");
      prepare_schema(db);
    } else {
      check_schema(db);
    }
    load_dictionaries(db);
    files_.emplace(AttachmentFiles::Options{options.directory / kAttachmentsFolder, options.sync != Sync::off, options.read_only}, pool_);
    if (options.read_only) return;
    const bool costs_due = are_costs_due(db);
    writer_ = std::make_unique<Writer>(std::move(db), codec_, columns_, prices_, *files_, options.listener);
    edits_.emplace(*writer_, columns_);
    if (costs_due) price_older_spans();
  }

  TraceStore& traces() override { return *this; }
  const CatalogReader& catalog() const override { return reader_; }
  AttachmentContents& attachment_contents() override { return *files_; }
  TraceWriter& trace_writer() override { return writer(); }
  CatalogWriter& catalog_writer() override { return writer(); }
  ResourceReaders resources() const override {
    return {&feedback_definitions_, &comments_, &names_, &workspace_configurations_, &otlp_traces_, &metrics_, &attachments_, &threads_};
  }
  ResourceWriters resource_writers() override {
    writer();
    return {&edits_->feedback_definitions, &edits_->comments,    &edits_->guardrails, &edits_->workspace_configurations,
            &edits_->otlp_traces,          &edits_->attachments, &edits_->threads};
  }
  base::Result<int64_t> reprice() override { return writer().reprice(); }
  void release_memory() override { pool_.close_idle(); }

 private:
  // What writes beside the writer, in its transactions.
  struct Edits {
    Edits(Writer& writer, Columns& columns)
        : feedback_definitions(writer.connection()),
          comments(writer.connection()),
          guardrails(writer.connection(), columns),
          workspace_configurations(writer.connection()),
          otlp_traces(writer.connection()),
          attachments(writer),
          threads(writer) {}
    FeedbackDefinitionEdits feedback_definitions;
    CommentEdits comments;
    GuardrailEdits guardrails;
    WorkspaceConfigurationEdits workspace_configurations;
    OtlpTraceEdits otlp_traces;
    SqliteAttachmentWriter attachments;
    SqliteThreadWriter threads;
  };

  Writer& writer() {
    base::check(writer_ != nullptr, "the writer of a read-only database");
    return *writer_;
  }

  // Spans of a version that kept no computed cost.
  void price_older_spans() {
    base::Result<int64_t> priced = writer_->reprice();
    if (!priced) throw SqlError(SQLITE_ERROR, priced.error().message);
    spdlog::info("store: costs of older spans computed spans={}", *priced);
  }

  void load_dictionaries(Connection& db) {
    int64_t seen_at_training = 0;
    Statement rows(db.handle(), "SELECT n, payloads_seen, dictionary FROM dictionaries ORDER BY n");
    while (rows.step()) {
      codec_.add_dictionary(rows.integer(0), std::string(rows.blob(2)));
      seen_at_training = rows.integer(1);
    }
    const int64_t seen = db.integer("SELECT coalesce(sum(trace_count + span_count), 0) FROM projects");
    codec_.resume(static_cast<uint64_t>(seen), static_cast<uint64_t>(seen_at_training));
  }

  std::unique_ptr<PreparedBatch> prepare(int64_t workspace) override { return std::make_unique<Batch>(codec_, prices_, workspace); }
  int64_t last_arrival_us() const override { return writer_ ? writer_->last_arrival_us() : 0; }
  base::Result<std::optional<model::Record>> get(model::Kind kind, int64_t workspace, const base::Uuid& id) const override {
    return reader_.get(kind, workspace, id);
  }
  base::Result<bool> exists(model::Kind kind, int64_t workspace, const base::Uuid& id) const override {
    return reader_.exists(kind, workspace, id);
  }
  base::Result<std::vector<model::Record>> list(const query::Selection& which, const query::Window& window,
                                                model::FieldSet fields) const override {
    return reader_.list(which, window, fields);
  }
  base::Result<int64_t> count(const query::Selection& which) const override { return reader_.count(which); }
  base::Result<void> page(const query::Selection& which, const query::Window& window, model::FieldSet fields,
                          PageSink& sink) const override {
    return reader_.page(which, window, fields, sink);
  }
  base::Result<model::Stats> stats(const query::Selection& which) const override { return reader_.stats(which); }

  std::unique_ptr<DirectoryLock> lock_;
  const cost::PriceTable& prices_;
  PayloadCodec codec_;
  mutable ReaderPool pool_;
  Columns columns_;
  Reader reader_;
  SqliteThreadReader threads_;
  FeedbackDefinitionRows feedback_definitions_{pool_};
  CommentRows comments_{pool_};
  NameRows names_{pool_};
  WorkspaceConfigurationRows workspace_configurations_{pool_};
  OtlpTraceRows otlp_traces_{pool_};
  SqliteMetricReader metrics_{pool_, codec_, columns_};
  SqliteAttachmentReader attachments_{pool_};
  std::optional<AttachmentFiles> files_;
  std::unique_ptr<Writer> writer_;
  std::optional<Edits> edits_;
};

}  // namespace

base::Result<std::unique_ptr<Database>> Database::open(const Options& options) {
  // Counting every allocation under one mutex is of no use here. Fails harmlessly once SQLite is in use.
  static const int configured = sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
  (void)configured;
  std::error_code failed;
  if (!options.read_only) {
    std::filesystem::create_directories(options.directory, failed);
    if (failed) {
      return base::Error{base::Code::unavailable,
                         fmt::format("making the data directory {}: {}", options.directory.string(), failed.message())};
    }
  } else if (!std::filesystem::exists(options.directory / kFileName, failed)) {
    return base::Error{base::Code::not_found,
                       fmt::format("opening the data directory {}: there is no {} in it", options.directory.string(), kFileName)};
  }
  std::unique_ptr<DirectoryLock> lock;
  if (!options.read_only) {
    base::Result<std::unique_ptr<DirectoryLock>> taken = DirectoryLock::take(options.directory);
    if (!taken) return taken.error();
    lock = *std::move(taken);
  }
  const std::string doing = fmt::format("opening {}", (options.directory / kFileName).string());
  return guarded(doing, [&]() -> base::Result<std::unique_ptr<Database>> {
    return std::unique_ptr<Database>(std::make_unique<SqliteDatabase>(options, std::move(lock)));
  });
}

}  // namespace opik::store::sqlite
