#pragma once
// One data directory: opik.db, the files of attachments (attachment_files.h), and the lock that keeps a second opikd away.
//
//   Result<std::unique_ptr<Database>> database = Database::open({.directory = "./opik-data"});
//   ingest::Ingest ingest((*database)->traces(), {(*database)->trace_writer(), (*database)->catalog_writer(),
//   (*database)->resource_writers()});
//
// The writers are for one thread; everything else any thread may use.

#include <filesystem>
#include <memory>

#include "base/result.h"
#include "cost/prices.h"
#include "store/attachments.h"
#include "store/catalog.h"
#include "store/changes.h"
#include "store/resources.h"
#include "store/trace_store.h"

namespace opik::store::sqlite {

// What a 2xx promises: `full` that the data survives a power cut, `normal` that it survives the process (a power cut may take
// the last moments), `off` that it survives the process too, but a power cut may damage the file.
enum class Sync { full, normal, off };

struct Options {
  std::filesystem::path directory;
  Sync sync = Sync::full;
  // For commands that look at a store another opikd may be serving: takes no lock, changes nothing, has no use for the writers.
  bool read_only = false;
  // Told of what the writer changes; nobody by default. Outlives the database.
  ChangeListener* listener = nullptr;
  // Of what spans cost that are written from now on; outlives the database.
  const cost::PriceTable* prices = &cost::PriceTable::built_in();
  // How much memory the columns may take (columns.h); 0: none are kept. A read-only database keeps none.
  size_t columns_bytes = size_t{256} << 20;
};

class Database {
 public:
  // Makes the directory and the file if they are missing, and brings an older schema forward.
  // Code::unavailable: directory not writable, in use by another opikd. Code::internal: damaged, not ours, or of a newer schema; left as it
  // is.
  static base::Result<std::unique_ptr<Database>> open(const Options& options);
  virtual ~Database() = default;

  virtual TraceStore& traces() = 0;
  virtual const CatalogReader& catalog() const = 0;
  virtual AttachmentContents& attachment_contents() = 0;
  virtual TraceWriter& trace_writer() = 0;      // not for a read-only database
  virtual CatalogWriter& catalog_writer() = 0;  // not for a read-only database
  virtual ResourceReaders resources() const = 0;
  virtual ResourceWriters resource_writers() = 0;  // not for a read-only database
  // Computes anew what every stored span costs, and returns how many changed. Not for a read-only database, nor beside the writers.
  virtual base::Result<int64_t> reprice() = 0;
  // Gives cached memory back to the system's allocator. Any thread.
  virtual void release_memory() = 0;
};

inline constexpr const char* kFileName = "opik.db";
inline constexpr const char* kAttachmentsFolder = "attachments";

}  // namespace opik::store::sqlite
