#pragma once
// The writing half: one thread, one connection, one transaction at a time.
//
// A new create is one insert of a row and one of its payload; an id that is there already goes the long way: read what is
// kept, merge (model/entity.h), write it back. Counts of rows per project are kept up in the same transaction.

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "store/catalog.h"
#include "store/sqlite/attachment_files.h"
#include "store/sqlite/attachment_rows.h"
#include "store/sqlite/batch.h"
#include "store/sqlite/change_log.h"
#include "store/sqlite/columns.h"
#include "store/sqlite/connection.h"
#include "store/sqlite/payload.h"
#include "store/sqlite/row.h"
#include "store/sqlite/thread_rows.h"
#include "store/trace_store.h"

namespace opik::store::sqlite {

class Writer : public TraceWriter, public CatalogWriter {
 public:
  // `db` has the schema. Throws SqlError.
  Writer(Connection db, PayloadCodec& codec, Columns& columns, const cost::PriceTable& prices, AttachmentFiles& files,
         ChangeListener* listener);

  base::Result<void> begin() override;
  base::Result<void> commit() override;
  void rollback() override;

  base::Result<WriteReport> apply(PreparedBatch& batch) override;
  base::Result<void> delete_traces(int64_t workspace, const std::vector<base::Uuid>& ids, std::optional<int64_t> project,
                                   int64_t arrival_us) override;
  base::Result<void> put_scores(int64_t workspace, model::Kind kind, const std::vector<model::FeedbackScore>& scores) override;
  base::Result<void> delete_score(int64_t workspace, model::Kind kind, const base::Uuid& id, const std::string& name,
                                  const std::string& author) override;

  base::Result<model::Project> create_project(int64_t workspace, model::Project project) override;
  base::Result<int64_t> project_named(int64_t workspace, std::string_view name) override;
  base::Result<void> update_project(int64_t workspace, const base::Uuid& id, const ProjectPatch& patch) override;
  base::Result<void> delete_projects(int64_t workspace, const std::vector<base::Uuid>& ids) override;

  // Computes anew what every span costs, in a transaction of its own; returns how many changed.
  base::Result<int64_t> reprice();

  int64_t last_arrival_us() const { return last_arrival_us_; }

  // For those who write other tables in the same transaction.
  Connection& connection() { return db_; }
  ThreadRows& threads() { return threads_; }
  AttachmentRows& attachments() { return attachments_; }

 private:
  struct ProjectChange {
    int64_t traces = 0;
    int64_t spans = 0;
    int64_t last_trace_us = 0;
  };

  // Nothing, or why the message cannot be applied.
  std::optional<base::Error> apply_one(const Batch& batch, const Batch::Item& item);
  bool is_covered(int64_t workspace, const Batch::Item& item);
  void set_patch_project(int64_t workspace, model::Message& message, const Row* row);
  bool insert_new(const Place& place, const Batch::Item& item);
  std::optional<Row> find(model::Kind kind, int64_t workspace, const base::Uuid& id);
  std::optional<base::Error> resolve_tags(model::Message& message, const model::Fields* shown);
  void merge_into(int64_t workspace, Row row, model::Message message, const Batch::Item& item);
  void insert_pending(int64_t workspace, model::Message message, const Batch::Item& item);
  int bind_entity(Statement& statement, int64_t workspace, const base::Uuid& id, model::Kind kind, const model::View& view,
                  const PayloadFacts& facts, const Kept& kept);
  void write_payload_of(model::Kind kind, int64_t n, const model::Fields& fields);
  void write_payload(model::Kind kind, int64_t n, std::string_view frame);
  void write_cells(model::Kind kind, int64_t n, const model::Entity& entity);
  std::string read_cells(model::Kind kind, int64_t n);
  void count_row(model::Kind kind, int64_t project, int by);
  void note_write(model::Kind kind, int64_t project, int64_t arrival_us);
  // What a message did to the row of `id`, which shows `fields` now.
  struct Noted {
    model::Kind kind;
    base::Uuid id;
    bool is_new = false;
    model::FieldSet carried;
  };
  void note_change(int64_t workspace, const Noted& noted, const model::Fields& fields);
  void note_scores(int64_t workspace, model::Kind kind, const base::Uuid& id);
  bool describe(TraceChange& change);
  void delete_row(model::Kind kind, int64_t workspace, const Row& row);
  void delete_said_of(model::Kind kind, int64_t workspace, const base::Uuid& id);
  std::vector<Row> spans_of(int64_t workspace, const base::Uuid& trace_id);
  int64_t score_project(int64_t workspace, model::Kind kind, const model::FeedbackScore& score);
  int64_t project_number(int64_t workspace, std::string_view name);
  std::optional<int64_t> project_by_id(int64_t workspace, const base::Uuid& id);
  void forget_projects();
  void flush_project_changes();
  void store_dictionary();
  void checkpoint_if_due();

  Connection db_;
  PayloadCodec& codec_;
  Columns& columns_;
  ChangeLog changes_;
  ThreadRows threads_{db_};
  const cost::PriceTable& prices_;
  AttachmentFiles& files_;
  AttachmentRows attachments_{db_};
  std::unordered_map<std::string, int64_t> project_numbers_;  // workspace and name key -> n
  struct {
    int64_t workspace = 0;
    std::string name;
    int64_t number = 0;
  } last_project_;                                    // of project_numbers_: the messages of a batch mostly name the same one
  std::map<int64_t, ProjectChange> project_changes_;  // of this transaction
  std::optional<PayloadCodec::Trained> dictionary_;   // written in this transaction
  std::string row_;                                   // scratch, as the next two
  std::string record_;
  std::string frame_;
  int64_t last_arrival_us_ = 0;
  int64_t last_commit_ = 0;  // what meta.last_arrival_us is: it rises with every commit, and so numbers them
  bool has_tombstones_ = false;
  int log_pages_ = 0;  // of the write-ahead log, after the last commit
};

}  // namespace opik::store::sqlite
