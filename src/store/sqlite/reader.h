#pragma once
// The reading half: any thread; each call borrows a connection from a pool, so readers run beside the writer and each other.
//
// Lists go in two steps: the numbers of the page's rows from an index, then those rows with their payloads. So neither a
// deep page nor a count opens what it does not return.

#include <vector>

#include "store/catalog.h"
#include "store/sqlite/columns.h"
#include "store/sqlite/payload.h"
#include "store/sqlite/reader_pool.h"
#include "store/sqlite/row.h"
#include "store/trace_store.h"

namespace opik::store::sqlite {

class Reader : public CatalogReader {
 public:
  Reader(ReaderPool& pool, const PayloadCodec& codec, Columns& columns) : pool_(pool), codec_(codec), columns_(columns) {}

  base::Result<std::optional<model::Record>> get(model::Kind kind, int64_t workspace, const base::Uuid& id) const;
  base::Result<bool> exists(model::Kind kind, int64_t workspace, const base::Uuid& id) const;
  base::Result<std::vector<model::Record>> list(const query::Selection& which, const query::Window& window, model::FieldSet fields) const;
  base::Result<int64_t> count(const query::Selection& which) const;
  base::Result<void> page(const query::Selection& which, const query::Window& window, model::FieldSet fields, PageSink& sink) const;
  base::Result<model::Stats> stats(const query::Selection& which) const;

  base::Result<std::optional<model::Project>> project_by_id(int64_t workspace, const base::Uuid& id) const override;
  base::Result<std::optional<model::Project>> project_by_name(int64_t workspace, std::string_view name) const override;
  base::Result<ProjectPage> projects(int64_t workspace, const ProjectListing& listing) const override;

 private:
  base::Result<int64_t> count_by_sql(const query::Selection& which) const;

  ReaderPool& pool_;
  const PayloadCodec& codec_;
  Columns& columns_;
};

}  // namespace opik::store::sqlite
