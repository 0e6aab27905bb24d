// Goal: a segment cut or spoiled at any byte gives back all the records before; kill -9 loses nothing that was committed; orphans
// go to exactly one of many processes; a fork leaves the parent its spool.
// Method: every byte offset of a segment; children killed at random moments that told through a pipe what they had committed; children
// that adopt at the same time.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstring>
#include <fstream>
#include <random>
#include <set>
#include <sstream>

#include "sdk/segment.h"
#include "sdk/spool_test.h"

namespace opik::sdk {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

std::string contents(const std::filesystem::path& path) {
  std::stringstream text;
  text << std::ifstream(path, std::ios::binary).rdbuf();
  return text.str();
}

class TornTest : public SpoolTest {
 protected:
  // A folder with one segment: the records 1 to 5, of 1, 2, 300, 4 and 5 bytes, the ack of 2, and where each of these ends.
  TornTest() {
    const auto spool = open();
    const size_t sizes[] = {1, 2, 300, 4, 5};
    size_t end = kSegmentMagic.size();
    for (uint64_t n = 1; n <= 5; ++n) {
      append(*spool, n, n, std::string(sizes[n - 1], 'p'));
      commit(*spool);
      ends_.push_back(end += kRecordHeadBytes + sizes[n - 1]);
      if (n == 3) {
        spool->ack(kSpan, id(2), 2);
        commit(*spool);
        ack_end_ = end += kRecordHeadBytes;
      }
    }
    whole_ = contents(segments(spool->folder()).at(0));
    EXPECT_EQ(whole_.size(), end);
    for (uint64_t n = 1; n <= 5; ++n) spool->ack(kSpan, id(n), n);
    spool_ = open();
  }

  // The ids that are replayed from an orphan whose segment is these bytes.
  std::vector<int> replayed(const std::string& bytes, uint64_t* torn = nullptr) {
    const uint64_t torn_before = spool_->counters().torn_bytes;
    const auto folder = spool_->folder().parent_path() / base::Uuid::v7().text();
    std::filesystem::create_directories(folder);
    std::ofstream(folder / "0000000000000001.seg", std::ios::binary) << bytes;
    spool_->adopt();
    std::vector<int> ids;
    for (const SpoolRecord& record : spool_->take_replay(1 << 20)) {
      EXPECT_EQ(record.payload.find_first_not_of('p'), std::string::npos);
      EXPECT_EQ(static_cast<uint64_t>(record.id.bytes()[15]), record.version);
      ids.push_back(record.id.bytes()[15]);
      spool_->ack(record.kind, record.id, record.version);
    }
    if (torn != nullptr) *torn = spool_->counters().torn_bytes - torn_before;
    return ids;
  }

  // What is whole in the first `bytes` bytes.
  std::vector<int> expected(size_t bytes) const {
    std::vector<int> ids;
    for (int n = 1; n <= 5; ++n) {
      if (ends_[static_cast<size_t>(n - 1)] <= bytes && !(n == 2 && ack_end_ <= bytes)) ids.push_back(n);
    }
    return ids;
  }

  // The end of the last whole record in the first `bytes` bytes.
  size_t good(size_t bytes) const {
    size_t end = bytes >= kSegmentMagic.size() ? kSegmentMagic.size() : 0;
    for (const size_t e : ends_) end = e <= bytes ? std::max(end, e) : end;
    return ack_end_ <= bytes ? std::max(end, ack_end_) : end;
  }

  std::unique_ptr<Spool> spool_;  // the one that adopts
  std::string whole_;
  std::vector<size_t> ends_;
  size_t ack_end_ = 0;
};

TEST_F(TornTest, CutAtEveryByte) {
  for (size_t bytes = 0; bytes <= whole_.size(); ++bytes) {
    uint64_t torn = 0;
    ASSERT_EQ(replayed(whole_.substr(0, bytes), &torn), expected(bytes)) << bytes;
    ASSERT_EQ(torn, bytes - good(bytes)) << bytes;
  }
}

// As a file system leaves it when the length was written and the data was not, or somebody else's data.
TEST_F(TornTest, CutAtEveryByteAndFilledUp) {
  std::mt19937 random(3);
  for (size_t bytes = 0; bytes < whole_.size(); ++bytes) {
    std::string zeros = whole_.substr(0, bytes) + std::string(100, '\0');
    ASSERT_EQ(replayed(zeros), expected(bytes)) << bytes;
    std::string noise = whole_.substr(0, bytes);
    for (int i = 0; i < 100; ++i) noise += static_cast<char>(random());
    if (noise[bytes] == whole_[bytes]) noise[bytes] = static_cast<char>(~noise[bytes]);
    ASSERT_EQ(replayed(noise), expected(bytes)) << bytes;
  }
}

TEST_F(TornTest, SpoiledAtEveryByte) {
  for (size_t at = 0; at < whole_.size(); ++at) {
    for (const int bit : {0x01, 0x80}) {
      std::string bytes = whole_;
      bytes[at] = static_cast<char>(bytes[at] ^ bit);
      ASSERT_EQ(replayed(bytes), expected(at < kSegmentMagic.size() ? 0 : good(at))) << at;
    }
  }
}

// A child that appends, commits, acks and tells through the pipe, until it is killed.
[[noreturn]] void write_until_killed(Spool& spool, int pipe, uint64_t first) {
  std::mt19937_64 random(first);
  for (uint64_t n = first;; ++n) {
    const size_t records = 1 + random() % 20;
    std::string told;
    for (size_t i = 0; i < records; ++i, ++n) {
      std::array<uint8_t, 16> bytes{};
      std::memcpy(bytes.data(), &n, sizeof n);
      if (!spool.append({kSpan, true, n, base::Uuid(bytes), std::string(random() % 3000, static_cast<char>(n))}, true)) _exit(2);
      told.append(reinterpret_cast<const char*>(&n), sizeof n);
    }
    if (!spool.commit()) _exit(3);
    if (::write(pipe, told.data(), told.size()) != static_cast<ssize_t>(told.size())) _exit(4);
  }
}

TEST_F(SpoolTest, KillLosesNothingThatWasCommitted) {
  config_.segment_bytes = 64 << 10;
  config_.bytes_max = 1ULL << 32;
  std::mt19937 random(5);
  std::set<uint64_t> committed;
  const int rounds = std::getenv("OPIK_LONG") != nullptr ? 200 : 20;
  for (int round = 0; round < rounds; ++round) {
    int ends[2];
    ASSERT_EQ(::pipe2(ends, O_CLOEXEC), 0);
    const pid_t child = fork();
    if (child == 0) {
      ::close(ends[0]);
      auto spool = Spool::open(config_);
      if (!spool) _exit(1);
      write_until_killed(**spool, ends[1], static_cast<uint64_t>(round) << 32);
    }
    ::close(ends[1]);
    ::usleep(2000 + random() % 30'000);
    ::kill(child, SIGKILL);
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    ASSERT_TRUE(WIFSIGNALED(status)) << WEXITSTATUS(status);
    uint64_t n = 0;
    while (::read(ends[0], &n, sizeof n) == sizeof n) committed.insert(n);
    ::close(ends[0]);
  }
  ASSERT_THAT(committed, SizeIs(testing::Gt(100)));

  const auto spool = open();
  std::set<uint64_t> found;
  spool->adopt();
  for (;;) {
    const auto records = spool->take_replay(1 << 20);
    if (records.empty()) break;
    for (const SpoolRecord& record : records) {
      found.insert(record.version);
      EXPECT_EQ(record.payload.find_first_not_of(static_cast<char>(record.version)), std::string::npos);
      spool->ack(record.kind, record.id, record.version);
    }
    ASSERT_TRUE(spool->commit());
  }
  std::vector<uint64_t> lost;
  std::set_difference(committed.begin(), committed.end(), found.begin(), found.end(), std::back_inserter(lost));
  EXPECT_THAT(lost, IsEmpty());
  EXPECT_THAT(folders(), ElementsAre(spool->folder()));
}

// Children that adopt at once, each record acked by who got it: everyone of them is taken exactly once.
TEST_F(SpoolTest, OrphansGoToOneOfMany) {
  constexpr uint64_t kOrphans = 30, kEach = 20;
  for (uint64_t orphan = 0; orphan < kOrphans; ++orphan) {
    const auto spool = open();
    for (uint64_t i = 0; i < kEach; ++i) append(*spool, orphan * kEach + i, orphan * kEach + i + 1, "x");
    commit(*spool);
  }
  int ends[2];
  ASSERT_EQ(::pipe2(ends, O_CLOEXEC), 0);
  std::vector<pid_t> children;
  for (int c = 0; c < 4; ++c) {
    const pid_t child = fork();
    if (child == 0) {
      auto spool = Spool::open(config_);
      if (!spool) _exit(1);
      for (int idle = 0; idle < 5;) {
        const auto records = (*spool)->take_replay(5000);
        for (const SpoolRecord& record : records) {
          if (::write(ends[1], &record.version, sizeof record.version) != sizeof record.version) _exit(2);
          (*spool)->ack(record.kind, record.id, record.version);
        }
        if (!(*spool)->commit()) _exit(3);
        if (records.empty()) (*spool)->adopt(), ++idle;
      }
      spool->reset();
      _exit(0);
    }
    children.push_back(child);
  }
  ::close(ends[1]);
  std::multiset<uint64_t> taken;
  uint64_t version = 0;
  while (::read(ends[0], &version, sizeof version) == sizeof version) taken.insert(version);
  ::close(ends[0]);
  for (const pid_t child : children) {
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    EXPECT_EQ(status, 0);
  }
  EXPECT_EQ(taken.size(), kOrphans * kEach);
  EXPECT_EQ(std::set<uint64_t>(taken.begin(), taken.end()).size(), kOrphans * kEach);
  EXPECT_THAT(folders(), IsEmpty());
}

TEST_F(SpoolTest, NobodyAdoptsTheLiving) {
  const auto first = open();
  append(*first, 1, 1, "x");
  commit(*first);
  const auto second = open();
  EXPECT_EQ(second->adopt(), 0u);
}

TEST_F(SpoolTest, ForkLeavesTheParentItsSpool) {
  auto spool = open();
  append(*spool, 1, 1, "x");
  commit(*spool);
  const pid_t child = fork();
  if (child == 0) {
    spool->abandon_in_child();
    spool.reset();
    auto own = Spool::open(config_);
    _exit(own && (*own)->adopt() == 0 ? 0 : 1);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
  append(*spool, 2, 2, "y");
  commit(*spool);
  EXPECT_THAT(replay(*spool), ElementsAre("1/1/1=x", "1/2/2=y"));
  const auto other = open();
  EXPECT_EQ(other->adopt(), 0u) << "the lock is still held";
}

}  // namespace
}  // namespace opik::sdk
