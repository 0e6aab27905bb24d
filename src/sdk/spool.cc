#include "sdk/spool.h"

#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <ctime>
#include <new>
#include <set>

#include "sdk/journal.h"

namespace opik::sdk {
namespace {

namespace fs = std::filesystem;

base::Error out_of_memory() { return {base::Code::internal, "out of memory"}; }

// Makes `folder` and what is missing above it, for this user alone.
base::Result<void> make_folders(const fs::path& folder) {
  fs::path path;
  for (const fs::path& part : folder) {
    path /= part;
    if (path == "/" || part.empty()) continue;
    if (::mkdir(path.c_str(), 0700) != 0 && errno != EEXIST && errno != EISDIR && errno != EROFS && errno != EACCES) {
      return disk_error("making the spool folder " + path.string());
    }
    struct stat facts {};
    if (::stat(path.c_str(), &facts) != 0) return disk_error("making the spool folder " + path.string());
    if (!S_ISDIR(facts.st_mode)) {
      errno = ENOTDIR;
      return disk_error("making the spool folder " + path.string());
    }
  }
  return {};
}

// FNV-1a: the name only has to differ between the destinations of one user.
std::string folder_of(const std::string& destination) {
  uint64_t hash = 0xcbf29ce484222325;
  for (const char c : destination) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  char name[17];
  std::snprintf(name, sizeof name, "%016llx", static_cast<unsigned long long>(hash));
  return name;
}

// Whether a folder may be one of ours; anything else that lies there is left alone.
bool is_spool_folder(std::string_view name) {
  if (name.substr(0, kHalfMade.size()) == kHalfMade) name.remove_prefix(kHalfMade.size());
  return base::Uuid::parse(name).has_value();
}

}  // namespace

struct Spool::State {
  SpoolConfig config;
  fs::path parent;  // of the folders for this destination
  SpoolLedger ledger;
  std::unique_ptr<Journal> own;
  std::vector<std::unique_ptr<Journal>> adopted;  // oldest first
  std::set<std::string> seen;                     // folders once adopted: one that could not be emptied is not taken again
  bool more_orphans = false;                      // there were more than kAdoptedMax

  template <class Do>
  void each(Do act) {
    for (const auto& journal : adopted) act(*journal);
    act(*own);
  }

  uint64_t disk_bytes() const {
    uint64_t bytes = own->disk_bytes();
    for (const auto& journal : adopted) bytes += journal->disk_bytes();
    return bytes;
  }

  size_t queued() const {
    size_t queued = own->queued();
    for (const auto& journal : adopted) queued += journal->queued();
    return queued;
  }

  size_t adopt();
  void keep_limits();
  void let_go_of_finished() {
    adopted.erase(std::remove_if(adopted.begin(), adopted.end(), [](const auto& journal) { return journal->finished(); }), adopted.end());
  }
};

size_t Spool::State::adopt() {
  more_orphans = false;
  let_go_of_finished();
  std::vector<std::string> names;
  std::error_code error;
  for (fs::directory_iterator i(parent, error), end; !error && i != end; i.increment(error)) names.push_back(i->path().filename().string());
  std::sort(names.begin(), names.end());  // by age: they are UUIDs of version 7
  size_t found = 0;
  for (const std::string& name : names) {
    if (name == own->folder().filename() || seen.count(name) != 0 || !is_spool_folder(name)) continue;
    if (adopted.size() >= kAdoptedMax) {
      more_orphans = true;
      break;
    }
    std::unique_ptr<Journal> journal = Journal::adopt(parent / name, config.segment_bytes, ledger);
    if (!journal) continue;
    if (journal->finished()) continue;  // nothing in it: it is removed on the spot
    found += journal->live();
    seen.insert(name);
    adopted.push_back(std::move(journal));
  }
  keep_limits();
  return found;
}

// Drops the oldest segments until what is held is within bytes_max and age_max.
void Spool::State::keep_limits() {
  const int64_t oldest = ::time(nullptr) - config.age_max.count();
  each([oldest](Journal& journal) {
    while (journal.drop_older_than(oldest)) {
    }
  });
  while (disk_bytes() > config.bytes_max) {
    bool dropped = false;
    for (size_t i = 0; i < adopted.size() && !dropped; ++i) dropped = adopted[i]->drop_oldest();
    if (!dropped && !own->drop_oldest()) break;
  }
}

base::Result<std::unique_ptr<Spool>> Spool::open(SpoolConfig config) noexcept try {
  auto state = std::make_unique<State>();
  if (config.root.empty())
    return base::Error{base::Code::unavailable, "opening the spool: no folder is given, and no home folder is known"};
  state->parent = config.root / folder_of(config.destination);
  state->config = std::move(config);
  if (auto made = make_folders(state->parent); !made) return made.error();
  auto own = Journal::create(state->parent, state->config.segment_bytes, state->ledger);
  if (!own) return own.error();
  state->own = *std::move(own);
  return std::unique_ptr<Spool>(new Spool(std::move(state)));
} catch (const std::exception&) {
  return out_of_memory();
}

Spool::Spool(std::unique_ptr<State> state) : state_(std::move(state)) {}
Spool::~Spool() = default;

base::Result<void> Spool::append(SpoolRecord record, bool replay) noexcept try {
  if (record.kind > kSpoolKindMax) return base::Error{base::Code::invalid, "spooling: no such kind"};
  if (record.payload.size() > std::min<uint64_t>(kSpoolPayloadBytesMax, state_->config.bytes_max / 2)) {
    return base::Error{base::Code::invalid, "spooling: a record of " + std::to_string(record.payload.size()) + " bytes is too large"};
  }
  RecordHead head;
  head.kind = record.kind;
  head.replaces = record.replaces;
  head.version = record.version;
  head.id = record.id;
  state_->own->append(head, record.payload, replay);
  return {};
} catch (const std::exception&) {
  return out_of_memory();
}

base::Result<void> Spool::commit() noexcept try {
  const int64_t now_s = ::time(nullptr);
  const base::Result<void> result = state_->own->commit(now_s);
  // An adopted journal has acks to write at most, and losing those costs a repetition.
  for (const auto& journal : state_->adopted) static_cast<void>(journal->commit(now_s));
  state_->let_go_of_finished();
  state_->keep_limits();
  return result;
} catch (const std::exception&) {
  return out_of_memory();
}

void Spool::ack(uint8_t kind, const base::Uuid& id, uint64_t version) noexcept try {
  state_->each([&](Journal& journal) { journal.ack(kind, id, version); });
} catch (const std::exception&) {
  // Without the ack the record is sent again some day: harmless.
}

size_t Spool::adopt() noexcept try { return state_->adopt(); } catch (const std::exception&) {
  return 0;
}

std::vector<SpoolRecord> Spool::take_replay(size_t bytes_max) noexcept try {
  if (state_->more_orphans && state_->queued() == 0) state_->adopt();
  std::vector<SpoolRecord> records;
  size_t bytes = 0;
  state_->each([&](Journal& journal) { journal.take_replay(records, bytes, bytes_max); });
  return records;
} catch (const std::exception&) {
  return {};
}

bool Spool::requeue(uint8_t kind, const base::Uuid& id, uint64_t version) noexcept {
  bool found = false;
  state_->each([&](Journal& journal) { found = found || journal.requeue(kind, id, version); });
  return found;
}

size_t Spool::replay_pending() const noexcept { return state_->queued(); }

std::vector<SpoolKey> Spool::take_dropped() noexcept try {
  std::vector<SpoolKey> keys(state_->ledger.dropped.begin(), state_->ledger.dropped.end());
  state_->ledger.dropped.clear();
  return keys;
} catch (const std::exception&) {
  return {};
}

SpoolCounters Spool::counters() const noexcept {
  SpoolCounters counters = state_->ledger.counters;
  counters.live_records = 0;
  state_->each([&](Journal& journal) { counters.live_records += journal.live(); });
  counters.disk_bytes = state_->disk_bytes();
  return counters;
}

const fs::path& Spool::folder() const noexcept { return state_->own->folder(); }

void Spool::abandon_in_child() noexcept {
  state_->each([](Journal& journal) { journal.abandon_in_child(); });
}

}  // namespace opik::sdk
