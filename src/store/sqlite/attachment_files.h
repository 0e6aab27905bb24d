#pragma once
// The bytes of attachments: one file for each different content, beside the database.
//
//   attachments/3f/9a5c...   a file, by the SHA-256 of its bytes (the first two digits are the folder)
//   attachments/incoming/    files on their way in; emptied when the store is opened
//
// A file is put there whole, synced and renamed, before a row names it. It goes when no committed row names it and nobody holds it
// (StoredContent::hold): that is looked at after a row was deleted or a hold let go, and for every file once after opening, for what
// a killed process left behind. Looking and unlinking is done by a thread of its own.
//
// Thread-safe. Must outlive the holds.

#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <vector>

#include "base/worker.h"
#include "store/attachments.h"
#include "store/sqlite/reader_pool.h"

namespace opik::store::sqlite {

class AttachmentFiles final : public AttachmentContents {
 public:
  struct Options {
    std::filesystem::path directory;
    bool syncs = true;       // false: a power cut may take files that rows name
    bool read_only = false;  // makes, empties and deletes nothing
  };
  // Makes the folders and begins the sweep. Throws SqlError. `pool` is of a database that has its tables.
  AttachmentFiles(Options options, ReaderPool& pool);

  base::Result<std::unique_ptr<IncomingFile>> receive() override;
  base::Result<std::unique_ptr<OutgoingFile>> open(const ContentHash& hash) const override;

  // Rows that named these were deleted, and that is committed.
  void release(std::vector<ContentHash> hashes);

 private:
  class Incoming;
  class Outgoing;

  std::filesystem::path path_of(const ContentHash& hash) const;
  std::shared_ptr<const void> hold(const ContentHash& hash);
  void let_go(const ContentHash& hash);
  base::Result<StoredContent> place(int descriptor, const std::filesystem::path& from, const ContentHash& hash, int64_t bytes);
  void collect(const ContentHash& hash);
  void sweep(int folder);

  const Options options_;
  ReaderPool& pool_;
  std::mutex placing_;  // a file that is there is durable for whoever looks after it was placed
  std::mutex mutex_;    // of holds_; held while a file that nobody holds is unlinked
  std::map<ContentHash, int64_t> holds_;
  base::Worker collector_;  // last: its thread ends first
};

}  // namespace opik::store::sqlite
