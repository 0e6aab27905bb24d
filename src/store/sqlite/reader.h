#pragma once
// The reading half: any thread; each call borrows a connection from a pool, so readers run beside the writer and each other.
//
// Lists go in two steps: the numbers of the page's rows from an index, then those rows with their payloads. So neither a
// deep page nor a count opens what it does not return.

#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <vector>

#include "store/catalog.h"
#include "store/sqlite/connection.h"
#include "store/sqlite/payload.h"
#include "store/sqlite/row.h"
#include "store/trace_store.h"

namespace opik::store::sqlite {

class ReaderPool {
 public:
  explicit ReaderPool(std::filesystem::path file) : file_(std::move(file)) {}

  // A connection for the length of a call.
  class Lease {
   public:
    Lease(ReaderPool& pool, std::unique_ptr<Connection> connection) : pool_(pool), connection_(std::move(connection)) {}
    ~Lease() { pool_.give_back(std::move(connection_)); }
    Lease(const Lease&) = delete;
    Connection& operator*() { return *connection_; }
    Connection* operator->() { return connection_.get(); }

   private:
    ReaderPool& pool_;
    std::unique_ptr<Connection> connection_;
  };
  Lease lease();
  // Closes the connections that nobody uses now, with their caches.
  void close_idle();

 private:
  void give_back(std::unique_ptr<Connection> connection);

  const std::filesystem::path file_;
  std::mutex mutex_;
  std::vector<std::unique_ptr<Connection>> idle_;
};

class Reader : public CatalogReader {
 public:
  Reader(ReaderPool& pool, const PayloadCodec& codec) : pool_(pool), codec_(codec) {}

  base::Result<std::optional<model::Record>> get(model::Kind kind, int64_t workspace, const base::Uuid& id) const;
  base::Result<bool> exists(model::Kind kind, int64_t workspace, const base::Uuid& id) const;
  base::Result<std::vector<model::Record>> list(const query::Selection& which, const query::Window& window, model::FieldSet fields) const;
  base::Result<int64_t> count(const query::Selection& which) const;
  base::Result<RecordPage> page(const query::Selection& which, const query::Window& window, model::FieldSet fields) const;
  base::Result<model::Stats> stats(const query::Selection& which) const;

  base::Result<std::optional<model::Project>> project_by_id(int64_t workspace, const base::Uuid& id) const override;
  base::Result<std::optional<model::Project>> project_by_name(int64_t workspace, std::string_view name) const override;
  base::Result<ProjectPage> projects(int64_t workspace, const ProjectListing& listing) const override;

 private:
  ReaderPool& pool_;
  const PayloadCodec& codec_;
};

}  // namespace opik::store::sqlite
