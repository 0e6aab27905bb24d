#include "store/sqlite/writer.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>

#include "base/clock.h"
#include "codec/decode.h"
#include "store/sqlite/cells.h"
#include "store/sqlite/limits.h"
#include "store/sqlite/reprice.h"
#include "store/sqlite/select.h"

namespace opik::store::sqlite {

using model::Field;
using model::Kind;
using model::Message;

Writer::Writer(Connection db, PayloadCodec& codec, Columns& columns, const cost::PriceTable& prices, AttachmentFiles& files,
               ChangeListener* listener)
    : db_(std::move(db)), codec_(codec), columns_(columns), changes_(listener), prices_(prices), files_(files) {
  last_arrival_us_ = last_commit_ = db_.integer("SELECT last_arrival_us FROM meta");
  columns_.watch(db_);
  has_tombstones_ = db_.integer("SELECT EXISTS (SELECT 1 FROM tombstones)") != 0;
  db_.run("PRAGMA wal_autocheckpoint = 0");
  sqlite3_wal_hook(
      db_.handle(),
      [](void* pages, sqlite3*, const char*, int count) {
        *static_cast<int*>(pages) = count;
        return SQLITE_OK;
      },
      &log_pages_);
}

base::Result<void> Writer::begin() {
  return guarded("beginning a write", [&]() -> base::Result<void> {
    db_.prepared("BEGIN IMMEDIATE").run();
    changes_.begin();
    return {};
  });
}

base::Result<void> Writer::commit() {
  base::Result<void> committed = guarded("storing", [&]() -> base::Result<void> {
    threads_.settle();
    flush_project_changes();
    store_dictionary();
    changes_.settle([&](TraceChange& change) { return describe(change); });
    last_arrival_us_ = std::max(last_arrival_us_, last_commit_ + 1);
    db_.prepared("UPDATE meta SET last_arrival_us = ?1").bind(1, last_arrival_us_).run();
    db_.prepared("COMMIT").run();
    return {};
  });
  if (!committed) {
    rollback();
    return committed;
  }
  last_commit_ = last_arrival_us_;
  columns_.committed(db_, last_commit_);
  if (dictionary_) {
    spdlog::info("store: dictionary trained number={} bytes={} payloads_seen={}", dictionary_->number, dictionary_->bytes.size(),
                 dictionary_->payloads_seen);
    codec_.add_dictionary(dictionary_->number, std::move(dictionary_->bytes));
    dictionary_.reset();
  }
  changes_.publish();
  if (std::vector<ContentHash> released = attachments_.take_released(); !released.empty()) files_.release(std::move(released));
  checkpoint_if_due();
  return {};
}

void Writer::rollback() {
  changes_.forget();
  columns_.rolled_back();
  project_changes_.clear();
  threads_.forget();
  attachments_.take_released();
  forget_projects();
  dictionary_.reset();  // lost with the transaction: payloads go on with the dictionary before
  if (sqlite3_get_autocommit(db_.handle()) == 0) {
    sqlite3_exec(db_.handle(), "ROLLBACK", nullptr, nullptr, nullptr);  // fails only where SQLite has rolled back by itself
  }
}

base::Result<WriteReport> Writer::apply(PreparedBatch& prepared) {
  const auto& batch = static_cast<const Batch&>(prepared);
  return guarded("storing", [&]() -> base::Result<WriteReport> {
    WriteReport report;
    for (size_t i = 0; i < batch.size(); ++i) {
      const Batch::Item item = batch[i];
      last_arrival_us_ = std::max(last_arrival_us_, item.moment.arrival_us);
      if (std::optional<base::Error> error = apply_one(batch, item)) {
        report.rejected.push_back({i, item.id, std::move(*error)});
      } else {
        ++report.stored;
      }
    }
    return report;
  });
}

std::optional<base::Error> Writer::apply_one(const Batch& batch, const Batch::Item& item) {
  const int64_t workspace = batch.workspace;
  if (has_tombstones_ && is_covered(workspace, item)) return std::nullopt;
  int64_t project = 0;
  if (item.form == Message::Form::snapshot) {
    project = project_number(workspace, item.project_name);
    if (insert_new({workspace, project}, item)) return std::nullopt;
  }
  Message message = batch.message(item);
  std::optional<Row> row = find(message.kind, workspace, message.id);
  if (message.form == Message::Form::patch) {
    set_patch_project(workspace, message, row ? &*row : nullptr);
  } else {
    message.fields[Field::project] = project;
  }
  if (std::optional<base::Error> error = resolve_tags(message, row ? &row->shown : nullptr)) return error;
  if (row) {
    if (row->kept.is_patched || attachments_.concern({workspace, item.kind, item.id}, item.files)) batch.fill_payload(item, message);
    merge_into(workspace, *std::move(row), std::move(message), item);
  } else {
    insert_pending(workspace, std::move(message), item);
  }
  return std::nullopt;
}

// A deletion of a trace covers the trace and its spans.
bool Writer::is_covered(int64_t workspace, const Batch::Item& item) {
  std::optional<base::Uuid> trace_id = item.id;
  if (item.kind == Kind::span) {
    const model::Fields fields = item.patch != nullptr ? item.patch->fields : read_narrow(item.kind, item.row).fields;
    trace_id = base::Uuid::from_bytes(fields.text(Field::trace_id));
  }
  if (!trace_id) return false;
  Statement& find = db_.prepared("SELECT gone_stamp_us, gone_arrival_us FROM tombstones WHERE workspace_n = ?1 AND trace_id = ?2");
  ResetGuard guard(find);
  if (!find.bind(1, workspace).bind(2, *trace_id).step()) return false;
  return model::Tombstone{find.integer(0), find.integer(1)}.covers(item.moment);
}

// Where an update says it belongs is a hint for an entity whose create is not known yet. It never makes a project for one
// that stands somewhere already.
void Writer::set_patch_project(int64_t workspace, Message& message, const Row* row) {
  if (row != nullptr && row->kept.base) return;
  std::optional<int64_t> number;
  if (message.project_id) number = project_by_id(workspace, *message.project_id);
  if (!number && !message.project_name.empty()) number = project_number(workspace, message.project_name);
  if (!number && row == nullptr) number = project_number(workspace, model::kDefaultProject);
  if (number) message.fields[Field::project] = *number;
}

bool Writer::insert_new(const Place& place, const Batch::Item& item) {
  Statement& insert = db_.prepared(row_sql(item.kind).insert);
  bind_row(insert, place, item.row);
  insert.run();
  if (sqlite3_changes64(db_.handle()) == 0) return false;
  const int64_t n = sqlite3_last_insert_rowid(db_.handle());
  if (!item.frame.empty()) write_payload(item.kind, n, item.frame);
  if (!item.files.empty()) attachments_.put_embedded({place.workspace, item.kind, item.id}, place.project, item.files);
  if (item.has_thread) threads_.touch({n, std::nullopt, item.moment.arrival_us, true});
  count_row(item.kind, place.project, 1);
  note_write(item.kind, place.project, item.moment.arrival_us);
  if (changes_.is_on()) note_change(place.workspace, {item.kind, item.id, true, {}}, read_narrow(item.kind, item.row).fields);
  return true;
}

std::optional<Row> Writer::find(Kind kind, int64_t workspace, const base::Uuid& id) {
  static const std::string kTrace = row_sql(Kind::trace).select + "workspace_n = ?1 AND id = ?2";
  static const std::string kSpan = row_sql(Kind::span).select + "workspace_n = ?1 AND id = ?2";
  Statement& find = db_.prepared(kind == Kind::trace ? kTrace : kSpan);
  ResetGuard guard(find);
  if (!find.bind(1, workspace).bind(2, id).step()) return std::nullopt;
  return read_row(find, kind);
}

std::optional<base::Error> Writer::resolve_tags(Message& message, const model::Fields* shown) {
  if (!message.tag_edit) return std::nullopt;
  base::Result<std::string> tags = codec::edit_tags(shown != nullptr ? shown->text(Field::tags) : std::string_view{}, *message.tag_edit);
  if (!tags) return tags.error();
  message.fields[Field::tags] = *std::move(tags);
  message.tag_edit.reset();
  return std::nullopt;
}

// Three cases, by what must be known of the payload: a create over an unpatched entity replaces it unseen, if no embedded files are
// concerned; an update without payload fields leaves it alone; everything else reads it, and writes it anew.
void Writer::merge_into(int64_t workspace, Row row, Message message, const Batch::Item& item) {
  const Kind kind = message.kind;
  const bool is_snapshot = message.form == Message::Form::snapshot;
  bool touches_payload = is_snapshot;
  if (!is_snapshot) {
    model::each_field([&](Field f) { touches_payload |= model::kPayloadFields.has(f) && message.fields.has(f); });
  }
  const bool has_files = touches_payload && attachments_.concern({workspace, kind, row.id}, item.files);
  const bool reads_payload = touches_payload && (!is_snapshot || row.kept.is_patched || has_files);

  const int64_t n = row.n;
  const base::Uuid id = row.id;
  const int64_t old_project = row.shown.integer(Field::project);
  const PayloadFacts old_facts = row.facts;
  const std::string cells = row.kept.is_patched ? read_cells(kind, n) : std::string{};
  const bool was_patched = row.kept.is_patched;
  std::optional<ThreadTrace> in_thread = ThreadTrace::of(workspace, row);
  if (reads_payload) row = load_row(db_, codec_, kind, n, true);
  model::Entity entity = to_entity(std::move(row), cells);
  const std::optional<model::Moment> old_base = entity.base ? std::optional(entity.base->moment) : std::nullopt;
  const uint64_t old_hash = entity.base ? entity.base->content_hash : 0;
  const int64_t arrival_us = message.moment.arrival_us;
  model::FieldSet carried;
  model::each_field([&](Field f) {
    if (message.fields.has(f)) carried.add(f);
  });
  if (!entity.merge(std::move(message))) return;

  const model::View view = entity.view(id);
  const bool base_replaced =
      entity.base && (!old_base || old_base->stamp_us != entity.base->moment.stamp_us || old_hash != entity.base->content_hash);
  PayloadFacts facts = old_facts;
  if (reads_payload) {
    facts = PayloadFacts::of(kind, view.fields);
    write_payload_of(kind, n, view.fields);
  } else if (touches_payload && base_replaced) {
    facts = read_narrow(kind, item.row).facts;
    write_payload(kind, n, item.frame);
  }
  const Kept kept = kept_of(entity, view);
  Statement& update = db_.prepared(row_sql(kind).update);
  const int next = bind_entity(update, workspace, id, kind, view, facts, kept);
  update.bind(next, n).run();
  if (kept.is_patched || was_patched) write_cells(kind, n, entity);
  if (in_thread || view.fields.has(Field::thread_id)) threads_.touch({n, std::move(in_thread), arrival_us, is_snapshot});

  const int64_t project = view.fields.integer(Field::project);
  if (has_files) attachments_.settle_embedded({workspace, kind, id}, project, item.files, entity, view);
  if (project != old_project) {
    count_row(kind, old_project, -1);
    count_row(kind, project, 1);
  }
  note_write(kind, project, arrival_us);
  note_change(workspace, {kind, id, false, carried}, view.fields);
}

void Writer::insert_pending(int64_t workspace, Message message, const Batch::Item& item) {
  const Kind kind = message.kind;
  const base::Uuid id = message.id;
  const int64_t arrival_us = message.moment.arrival_us;
  model::Entity entity;
  entity.merge(std::move(message));
  const model::View view = entity.view(id);
  Statement& insert = db_.prepared(row_sql(kind).insert);
  bind_entity(insert, workspace, id, kind, view, PayloadFacts::of(kind, view.fields), kept_of(entity, view));
  insert.run();
  const int64_t n = sqlite3_last_insert_rowid(db_.handle());
  write_payload_of(kind, n, view.fields);
  write_cells(kind, n, entity);
  if (view.fields.has(Field::thread_id)) threads_.touch({n, std::nullopt, arrival_us, true});
  const int64_t project = view.fields.integer(Field::project);
  if (!item.files.empty()) attachments_.put_embedded({workspace, kind, id}, project, item.files);
  count_row(kind, project, 1);
  note_write(kind, project, arrival_us);
  note_change(workspace, {kind, id, true, {}}, view.fields);
}

int Writer::bind_entity(Statement& statement, int64_t workspace, const base::Uuid& id, Kind kind, const model::View& view,
                        const PayloadFacts& facts, const Kept& kept) {
  row_.clear();
  append_row(row_, kind, id, view.fields, facts, kept, prices_);
  return bind_row(statement, {workspace, view.fields.integer(Field::project)}, row_);
}

void Writer::write_payload_of(Kind kind, int64_t n, const model::Fields& fields) {
  record_.clear();
  append_record(record_, fields);
  frame_.clear();
  codec_.append_frame(frame_, record_);
  write_payload(kind, n, frame_);
}

// An empty frame: there is no payload (any more).
void Writer::write_payload(Kind kind, int64_t n, std::string_view frame) {
  const bool is_trace = kind == Kind::trace;
  if (frame.empty()) {
    db_.prepared(is_trace ? "DELETE FROM trace_payloads WHERE n = ?1" : "DELETE FROM span_payloads WHERE n = ?1").bind(1, n).run();
    return;
  }
  db_.prepared(is_trace ? "INSERT OR REPLACE INTO trace_payloads (n, payload) VALUES (?1, ?2)"
                        : "INSERT OR REPLACE INTO span_payloads (n, payload) VALUES (?1, ?2)")
      .bind(1, n)
      .bind_blob(2, frame)
      .run();
}

void Writer::write_cells(Kind kind, int64_t n, const model::Entity& entity) {
  const bool is_trace = kind == Kind::trace;
  frame_.clear();
  codec_.append_frame(frame_, encode_cells(entity));
  if (frame_.empty()) {
    db_.prepared(is_trace ? "DELETE FROM trace_patches WHERE n = ?1" : "DELETE FROM span_patches WHERE n = ?1").bind(1, n).run();
    return;
  }
  db_.prepared(is_trace ? "INSERT OR REPLACE INTO trace_patches (n, cells) VALUES (?1, ?2)"
                        : "INSERT OR REPLACE INTO span_patches (n, cells) VALUES (?1, ?2)")
      .bind(1, n)
      .bind_blob(2, frame_)
      .run();
}

std::string Writer::read_cells(Kind kind, int64_t n) {
  Statement& read =
      db_.prepared(kind == Kind::trace ? "SELECT cells FROM trace_patches WHERE n = ?1" : "SELECT cells FROM span_patches WHERE n = ?1");
  ResetGuard guard(read);
  if (!read.bind(1, n).step()) throw SqlError(SQLITE_CORRUPT, "a patched row without its patches");
  return codec_.decompress(read.blob(0));
}

void Writer::count_row(Kind kind, int64_t project, int by) {
  ProjectChange& change = project_changes_[project];
  (kind == Kind::trace ? change.traces : change.spans) += by;
}

void Writer::note_write(Kind kind, int64_t project, int64_t arrival_us) {
  if (kind != Kind::trace) return;
  int64_t& last = project_changes_[project].last_trace_us;
  last = std::max(last, arrival_us);
}

void Writer::flush_project_changes() {
  for (const auto& [project, change] : project_changes_) {
    db_.prepared(
           "UPDATE projects SET trace_count = trace_count + ?2, span_count = span_count + ?3, "
           "last_updated_trace_at_us = CASE WHEN ?4 > 0 THEN max(coalesce(last_updated_trace_at_us, 0), ?4) ELSE last_updated_trace_at_us "
           "END "
           "WHERE n = ?1")
        .bind(1, project)
        .bind(2, change.traces)
        .bind(3, change.spans)
        .bind(4, change.last_trace_us)
        .run();
  }
  project_changes_.clear();
}

base::Result<int64_t> Writer::reprice() {
  if (base::Result<void> begun = begin(); !begun) return begun.error();
  base::Result<int64_t> changed =
      guarded("computing costs", [&]() -> base::Result<int64_t> { return reprice_spans(db_, codec_, prices_); });
  if (!changed) {
    rollback();
    return changed;
  }
  if (base::Result<void> committed = commit(); !committed) return committed.error();
  return changed;
}

void Writer::store_dictionary() {
  dictionary_ = codec_.take_trained();
  if (!dictionary_) return;
  db_.prepared("INSERT INTO dictionaries (n, created_at_us, payloads_seen, dictionary) VALUES (?1, ?2, ?3, ?4)")
      .bind(1, dictionary_->number)
      .bind(2, base::now_us())
      .bind(3, static_cast<int64_t>(dictionary_->payloads_seen))
      .bind_blob(4, dictionary_->bytes)
      .run();
}

// The log is copied into the file by this thread, between two transactions: nobody writes meanwhile, so all of it can go and
// the log begins anew from its start, on blocks the disk already has.
void Writer::checkpoint_if_due() {
  if (log_pages_ < kCheckpointPages) return;
  const int code = sqlite3_wal_checkpoint_v2(db_.handle(), nullptr, SQLITE_CHECKPOINT_PASSIVE, nullptr, nullptr);
  if (code != SQLITE_OK) spdlog::warn("store: checkpoint failed, will be tried again reason=\"{}\"", sqlite3_errmsg(db_.handle()));
}

}  // namespace opik::store::sqlite
