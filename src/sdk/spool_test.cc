// Goal: what is committed is replayed once, in order, until it is acked, by this process or the next; limits and a failing disk
// cost what they say and are counted.
// Method: spools opened one after another in one folder, their replays and counters compared whole.
#include "sdk/spool.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <fstream>
#include <set>

#include "sdk/crc32c.h"
#include "sdk/segment.h"
#include "sdk/spool_test.h"

namespace opik::sdk {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

TEST(Crc32c, AgreesWithTheStandard) {
  EXPECT_EQ(crc32c("123456789"), 0xe3069283u);
  EXPECT_EQ(crc32c(std::string(32, '\0')), 0x8a9136aau);
  EXPECT_EQ(crc32c(std::string(32, '\xff')), 0x62a8ab43u);
  EXPECT_EQ(crc32c("6789", crc32c("12345")), 0xe3069283u);
  EXPECT_EQ(crc32c(""), 0u);
}

TEST_F(SpoolTest, ReplaysInOrderAndOnce) {
  const auto spool = open();
  append(*spool, 1, 10, "a");
  append(*spool, 2, 11, "b", true, kScore);
  append(*spool, 3, 12, "kept by the caller", false);
  EXPECT_THAT(replay(*spool), IsEmpty()) << "not committed yet";
  commit(*spool);
  EXPECT_EQ(spool->replay_pending(), 2u);
  EXPECT_THAT(replay(*spool), ElementsAre("1/1/10=a", "2/2/11=b"));
  EXPECT_THAT(replay(*spool), IsEmpty());
  EXPECT_TRUE(spool->requeue(kScore, id(2), 11));
  EXPECT_TRUE(spool->requeue(kSpan, id(3), 12));
  EXPECT_FALSE(spool->requeue(kSpan, id(3), 11));
  EXPECT_THAT(replay(*spool), ElementsAre("2/2/11=b", "1/3/12=kept by the caller"));
  EXPECT_EQ(spool->counters().live_records, 3u);
}

TEST_F(SpoolTest, ReplaysInPieces) {
  const auto spool = open();
  for (uint64_t n = 1; n <= 5; ++n) append(*spool, n, n, std::string(1000, 'x'));
  commit(*spool);
  EXPECT_THAT(replay(*spool, 2500), SizeIs(2));
  EXPECT_THAT(replay(*spool, 10), SizeIs(1)) << "at least one";
  EXPECT_THAT(replay(*spool), SizeIs(2));
}

TEST_F(SpoolTest, LeavesWhatIsNotAckedToTheNextProcess) {
  std::filesystem::path folder;
  {
    const auto spool = open();
    folder = spool->folder();
    for (uint64_t n = 1; n <= 4; ++n) append(*spool, n, n, "p" + std::to_string(n));
    commit(*spool);
    spool->ack(kSpan, id(2), 2);
    spool->ack(kSpan, id(4), 3);  // an older version than the one held
    spool->ack(kSpan, id(9), 9);  // none that is held
    commit(*spool);
    append(*spool, 5, 5, "never committed");
  }
  const auto next = open();
  EXPECT_EQ(next->adopt(), 3u);
  EXPECT_EQ(next->adopt(), 0u);
  EXPECT_THAT(replay(*next), ElementsAre("1/1/1=p1", "1/3/3=p3", "1/4/4=p4"));
  EXPECT_EQ(next->counters().adopted, 3u);
  EXPECT_EQ(next->counters().torn_bytes, 0u);
  for (uint64_t n : {1, 3}) next->ack(kSpan, id(n), n);
  commit(*next);
  EXPECT_TRUE(std::filesystem::exists(folder));
  next->ack(kSpan, id(4), 4);
  commit(*next);
  EXPECT_FALSE(std::filesystem::exists(folder));
  EXPECT_EQ(next->counters().live_records, 0u);
}

TEST_F(SpoolTest, RemembersAcksOfAnOrphan) {
  {
    const auto spool = open();
    for (uint64_t n = 1; n <= 3; ++n) append(*spool, n, n, "p");
    commit(*spool);
  }
  {
    const auto second = open();
    second->adopt();
    second->ack(kSpan, id(1), 1);
    commit(*second);
  }
  const auto third = open();
  EXPECT_EQ(third->adopt(), 2u);
}

TEST_F(SpoolTest, KeepsOnlyTheNewestOfARecordThatReplaces) {
  {
    const auto spool = open();
    append(*spool, 1, 1, "old");
    commit(*spool);
    append(*spool, 1, 2, "pending, replaced before it was written");
    append(*spool, 1, 3, "new");
    commit(*spool);
    append(*spool, 1, 2, "late and older");
    commit(*spool);
    append(*spool, 2, 5, "x", true, kScore);
    append(*spool, 2, 6, "y", true, kScore);
    commit(*spool);
    EXPECT_EQ(spool->counters().live_records, 3u);
    EXPECT_EQ(spool->counters().replaced, 2u);
    EXPECT_THAT(replay(*spool), ElementsAre("1/1/3=new", "2/2/5=x", "2/2/6=y"));
    spool->ack(kScore, id(2), 6);  // stands for itself alone
  }
  const auto next = open();
  next->adopt();
  EXPECT_THAT(replay(*next), ElementsAre("1/1/3=new", "2/2/5=x", "2/2/6=y")) << "the last ack was never committed";
  next->ack(kScore, id(2), 6);
  next->ack(kSpan, id(1), 4);  // a later version was delivered
  commit(*next);
  EXPECT_EQ(next->counters().live_records, 1u);
}

TEST_F(SpoolTest, AckOfWhatIsNotWrittenYetSavesTheWriting) {
  const auto spool = open();
  append(*spool, 1, 1, "a");
  spool->ack(kSpan, id(1), 1);
  commit(*spool);
  EXPECT_EQ(spool->counters().appended, 0u);
  EXPECT_EQ(spool->counters().disk_bytes, 0u);
}

TEST_F(SpoolTest, RemovesSegmentsThatNobodyWants) {
  config_.segment_bytes = 4096;
  {
    const auto spool = open();
    for (uint64_t n = 1; n <= 40; ++n) append(*spool, n, n, std::string(1000, 'x'));
    commit(*spool);
    EXPECT_THAT(segments(spool->folder()), SizeIs(testing::Ge(10)));
    for (uint64_t n = 2; n <= 40; ++n) spool->ack(kSpan, id(n), n);
    commit(*spool);
    commit(*spool);
    // The first holds record 1; the others hold no ack, but for the one that holds them all.
    EXPECT_THAT(segments(spool->folder()), SizeIs(testing::Le(3)));
  }
  const auto next = open();
  EXPECT_EQ(next->adopt(), 1u);
  next->ack(kSpan, id(1), 1);
  commit(*next);
  EXPECT_THAT(folders(), ElementsAre(next->folder()));
}

TEST_F(SpoolTest, LeavesNothingWhenAllIsDelivered) {
  {
    const auto spool = open();
    for (uint64_t n = 1; n <= 100; ++n) {
      append(*spool, n, n, "x");
      commit(*spool);
      spool->ack(kSpan, id(n), n);
    }
    EXPECT_THAT(segments(spool->folder()), SizeIs(1)) << "and one file for all of them";
  }
  EXPECT_THAT(folders(), IsEmpty());
}

TEST_F(SpoolTest, TakesOneLargeRecord) {
  config_.segment_bytes = 64 << 10;
  const std::string large(5 << 20, 'L');
  {
    const auto spool = open();
    append(*spool, 1, 1, "small");
    append(*spool, 2, 2, large);
    append(*spool, 3, 3, "small");
    commit(*spool);
  }
  const auto next = open();
  next->adopt();
  const auto records = next->take_replay(1 << 30);
  ASSERT_THAT(records, SizeIs(3));
  EXPECT_TRUE(records[1].payload == large);
}

TEST_F(SpoolTest, KeepsDestinationsApart) {
  {
    const auto spool = open();
    append(*spool, 1, 1, "for the first server");
    commit(*spool);
  }
  config_.destination = "http://other/|default";
  EXPECT_EQ(open()->adopt(), 0u);
  config_.destination = "http://localhost/|default";
  EXPECT_EQ(open()->adopt(), 1u);
}

TEST_F(SpoolTest, DropsTheOldestBeyondItsBytes) {
  config_.segment_bytes = 4096;
  config_.bytes_max = 16 << 10;
  const auto spool = open();
  for (uint64_t n = 1; n <= 30; ++n) {
    append(*spool, n, n, std::string(1000, 'x'), n != 2);
    commit(*spool);
  }
  const SpoolCounters counters = spool->counters();
  EXPECT_LE(counters.disk_bytes, config_.bytes_max);
  EXPECT_EQ(counters.appended, 30u);
  EXPECT_EQ(counters.uncovered, 1u) << "record 2, which the caller still holds";
  EXPECT_EQ(counters.live_records + counters.dropped + counters.uncovered, 30u);
  const auto dropped = spool->take_dropped();
  ASSERT_EQ(dropped.size(), counters.dropped);
  EXPECT_EQ(dropped.front().id, id(1));
  EXPECT_EQ(dropped.at(1).id, id(3));
  EXPECT_THAT(spool->take_dropped(), IsEmpty());
  EXPECT_THAT(replay(*spool), SizeIs(30 - 1 - counters.dropped));
  EXPECT_FALSE(spool->append({kSpan, true, 1, id(1), std::string(9000, 'x')}, true)) << "more than half of all";
}

TEST_F(SpoolTest, DropsWhatIsTooOld) {
  {
    const auto spool = open();
    append(*spool, 1, 1, "x");
    commit(*spool);
    const timespec old[2] = {{::time(nullptr) - 1000, 0}, {::time(nullptr) - 1000, 0}};
    ASSERT_EQ(::utimensat(AT_FDCWD, segments(spool->folder()).at(0).c_str(), old, 0), 0);
  }
  config_.age_max = std::chrono::seconds(500);
  const auto next = open();
  next->adopt();
  EXPECT_EQ(next->counters().dropped, 1u);
  EXPECT_THAT(replay(*next), IsEmpty());
}

TEST_F(SpoolTest, IsForItsOwnerAlone) {
  const mode_t before = ::umask(0);
  const auto spool = open();
  append(*spool, 1, 1, "secret");
  commit(*spool);
  ::umask(before);
  const auto mode = [](const std::filesystem::path& path) {
    struct stat facts {};
    EXPECT_EQ(::stat(path.c_str(), &facts), 0);
    return facts.st_mode & 0777;
  };
  EXPECT_EQ(mode(config_.root), 0700u);
  EXPECT_EQ(mode(spool->folder().parent_path()), 0700u);
  EXPECT_EQ(mode(spool->folder()), 0700u);
  EXPECT_EQ(mode(spool->folder() / "LOCK"), 0600u);
  EXPECT_EQ(mode(segments(spool->folder()).at(0)), 0600u);
}

TEST_F(SpoolTest, SaysWhyItCannotOpen) {
  std::filesystem::create_directories(config_.root.parent_path());
  std::ofstream(config_.root) << "a file where the folder should be";
  const auto spool = Spool::open(config_);
  ASSERT_FALSE(spool);
  EXPECT_EQ(spool.error().code, base::Code::unavailable);
  EXPECT_THAT(spool.error().message, HasSubstr(config_.root.string() + ": Not a directory"));
  config_.root.clear();
  EXPECT_FALSE(Spool::open(config_));
}

// A full disk, played by the limit of a file's size: writes beyond it fail as they do on a full disk, but with EFBIG.
TEST_F(SpoolTest, CountsWhatADiskDidNotTakeAndGoesOn) {
  std::signal(SIGXFSZ, SIG_IGN);
  auto spool = open();
  append(*spool, 1, 1, "before");
  commit(*spool);
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &before), 0);
  const rlimit little{2000, before.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &little), 0);
  append(*spool, 2, 2, std::string(10'000, 'x'));
  append(*spool, 1, 3, "newer than what is on disk");
  const auto failed = spool->commit();
  append(*spool, 3, 3, std::string(10'000, 'x'));
  EXPECT_FALSE(spool->commit());
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &before), 0);
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().code, base::Code::unavailable);
  EXPECT_EQ(spool->counters().failed_commits, 2u);
  EXPECT_EQ(spool->counters().failed_records, 3u);
  EXPECT_EQ(spool->counters().live_records, 1u);
  append(*spool, 4, 4, "after");
  commit(*spool);
  EXPECT_THAT(replay(*spool), ElementsAre("1/1/1=before", "1/4/4=after"));
  spool.reset();
  const auto next = open();
  EXPECT_EQ(next->adopt(), 2u);
  EXPECT_EQ(next->counters().torn_bytes, 0u);
}

TEST_F(SpoolTest, LeavesAloneWhatIsNotItsOwn) {
  const auto spool = open();
  const auto parent = spool->folder().parent_path();
  std::filesystem::create_directories(parent / "notes");
  std::ofstream(parent / "notes" / "0000000000000001.seg") << "not ours";
  std::ofstream(parent / base::Uuid::v7().text()) << "a file";
  const auto odd = parent / base::Uuid::v7().text();
  std::filesystem::create_directories(odd);
  std::ofstream(odd / "0000000000000001.seg") << "no segment at all";
  std::ofstream(odd / "readme.txt") << "kept";
  EXPECT_EQ(spool->adopt(), 0u);
  EXPECT_TRUE(std::filesystem::exists(parent / "notes" / "0000000000000001.seg"));
  EXPECT_FALSE(std::filesystem::exists(parent / "notes" / "LOCK"));
  EXPECT_TRUE(std::filesystem::exists(odd / "readme.txt"));
}

TEST_F(SpoolTest, CountsARecordThatWentBadOnDisk) {
  const auto spool = open();
  append(*spool, 1, 1, "aaaa");
  append(*spool, 2, 2, "bbbb");
  commit(*spool);
  {
    std::fstream file(segments(spool->folder()).at(0), std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(static_cast<std::streamoff>(kSegmentMagic.size() + kRecordHeadBytes));
    file << "X";
  }
  EXPECT_THAT(replay(*spool), ElementsAre("1/2/2=bbbb"));
  EXPECT_EQ(spool->counters().dropped, 1u);
}

TEST_F(SpoolTest, RefusesAKindBeyondItsLimit) {
  EXPECT_EQ(open()->append({kSpoolKindMax + 1, true, 1, id(1), ""}, true).error().code, base::Code::invalid);
}

// More orphans than may be held at a time are all replayed.
TEST_F(SpoolTest, WorksThroughManyOrphans) {
  constexpr uint64_t kOrphans = kAdoptedMax * 2 + 5;
  for (uint64_t n = 1; n <= kOrphans; ++n) {
    const auto spool = open();
    append(*spool, n, n, "x");
    commit(*spool);
  }
  const auto next = open();
  EXPECT_EQ(next->adopt(), kAdoptedMax);
  std::set<base::Uuid> seen;
  for (;;) {
    const auto records = next->take_replay(1 << 20);
    if (records.empty()) break;
    for (const SpoolRecord& record : records) {
      seen.insert(record.id);
      next->ack(record.kind, record.id, record.version);
    }
    commit(*next);
  }
  EXPECT_THAT(seen, SizeIs(kOrphans));
  EXPECT_THAT(folders(), ElementsAre(next->folder()));
}

}  // namespace
}  // namespace opik::sdk
