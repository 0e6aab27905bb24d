#include "stores.h"

#include <stdlib.h>

#include <filesystem>

#include "model/entity_test.h"
#include "store/memory/memory_store.h"
#include "store/sqlite/database.h"

namespace opik::law {
namespace {

class Memory final : public Store {
 public:
  store::TraceStore& traces() override { return store_; }
  store::TraceWriter& writer() override { return store_; }
  const store::CatalogReader& catalog() override { return store_; }
  store::CatalogWriter& catalog_writer() override { return store_; }
  store::GuardrailWriter& guardrails() override { return store_; }
  const store::ThreadReader& threads() override { return store_.threads(); }
  store::ThreadWriter& thread_writer() override { return store_.thread_writer(); }
  void reopen() override {}

 private:
  store::memory::MemoryStore store_;
};

// In a directory of its own, which goes with it.
class Sqlite final : public Store {
 public:
  explicit Sqlite(size_t columns_bytes) : columns_bytes_(columns_bytes) {
    std::string path = (std::filesystem::temp_directory_path() / "opik-law-XXXXXX").string();
    base::check(mkdtemp(path.data()) != nullptr, "no temporary directory");
    directory_ = path;
    reopen();
  }
  ~Sqlite() override {
    database_.reset();
    std::filesystem::remove_all(directory_);
  }
  store::TraceStore& traces() override { return database_->traces(); }
  store::TraceWriter& writer() override { return database_->trace_writer(); }
  const store::CatalogReader& catalog() override { return database_->catalog(); }
  store::CatalogWriter& catalog_writer() override { return database_->catalog_writer(); }
  store::GuardrailWriter& guardrails() override { return *database_->resource_writers().guardrails; }
  const store::ThreadReader& threads() override { return *database_->resources().threads; }
  store::ThreadWriter& thread_writer() override { return *database_->resource_writers().threads; }
  void reopen() override {
    database_.reset();
    // The laws are not about power cuts: no waiting for the disk.
    auto opened =
        store::sqlite::Database::open({.directory = directory_, .sync = store::sqlite::Sync::off, .columns_bytes = columns_bytes_});
    base::check(opened.has_value(), opened ? "" : opened.error().message.c_str());
    database_ = *std::move(opened);
  }

 private:
  const size_t columns_bytes_;
  std::filesystem::path directory_;
  std::unique_ptr<store::sqlite::Database> database_;
};

}  // namespace

std::unique_ptr<Store> make_store(const std::string& name) {
  if (name == "sqlite") return std::make_unique<Sqlite>(store::sqlite::Options{}.columns_bytes);
  if (name == "sqlite_without_columns") return std::make_unique<Sqlite>(0);
  base::check(name == "memory", "no such store");
  return std::make_unique<Memory>();
}

base::Uuid id_of(int64_t n) {
  std::array<uint8_t, 16> bytes{};
  const base::Uuid time = base::Uuid::least_at_ms(1'700'000'000'000 + n);
  std::copy_n(time.bytes().begin(), 6, bytes.begin());
  bytes[6] = 0x70;
  bytes[8] = 0x80;
  bytes[15] = static_cast<uint8_t>(n);
  return base::Uuid{bytes};
}

void set_content_hash(model::Message& message) {
  message.content_hash = 0;
  if (message.form != model::Message::Form::snapshot) return;
  model::Fields said = message.fields;
  said[model::Field::project] = message.project_name;
  message.content_hash = model::content_hash(said);
}

}  // namespace opik::law
