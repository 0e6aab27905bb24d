// Goal: UUIDs read and print exactly, order as time orders, and refuse what is not one.
// Method: round trips of fixed and random ids, every one-character damage of a good text, threads that make ids at once.

#include "base/uuid.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <thread>
#include <unordered_set>
#include <vector>

#include "base/clock.h"

namespace opik::base {
namespace {

constexpr std::string_view kText = "018bcfe5-6800-7abc-9def-0123456789ab";

TEST(Uuid, PrintsWhatItParsed) {
  const auto id = Uuid::parse(kText);
  ASSERT_TRUE(id);
  EXPECT_EQ(id->text(), kText);
  EXPECT_EQ(id->version(), 7);
  EXPECT_EQ(id->time_ms(), 0x018bcfe56800);
  EXPECT_EQ(Uuid::parse("018BCFE5-6800-7ABC-9DEF-0123456789AB"), id);  // either case
  EXPECT_EQ(Uuid::from_bytes(id->bytes()), id);
  EXPECT_EQ(Uuid{}.text(), "00000000-0000-0000-0000-000000000000");
  EXPECT_EQ(Uuid::parse("c232ab00-9414-11ec-b3c8-9f6bdeced846")->version(), 1);
}

TEST(Uuid, RoundTripsRandomBytes) {
  std::mt19937_64 random(1);
  for (int i = 0; i < 10'000; ++i) {
    std::array<uint8_t, 16> bytes;
    for (auto& b : bytes) b = static_cast<uint8_t>(random());
    const Uuid id{bytes};
    ASSERT_EQ(Uuid::parse(id.text()), id) << id.text();
    ASSERT_EQ(Uuid::from_bytes(id.bytes()), id) << id.text();
  }
}

TEST(Uuid, RefusesDamagedText) {
  for (size_t at = 0; at < kText.size(); ++at) {
    for (char c : {'g', '-', ' ', '\0', '/', ':', '@', '`', 'G', '\x80'}) {
      std::string text(kText);
      if (text[at] == c) continue;
      text[at] = c;
      EXPECT_FALSE(Uuid::parse(text)) << text;
    }
    std::string shorter(kText);
    shorter.erase(at, 1);
    EXPECT_FALSE(Uuid::parse(shorter)) << shorter;
    std::string longer(kText);
    longer.insert(at, "0");
    EXPECT_FALSE(Uuid::parse(longer)) << longer;
  }
  std::string dash_is_digit(kText);
  dash_is_digit[8] = '0';
  EXPECT_FALSE(Uuid::parse(dash_is_digit));
  EXPECT_FALSE(Uuid::parse(""));
  EXPECT_FALSE(Uuid::parse("018bcfe568007abc9def0123456789ab"));
  EXPECT_FALSE(Uuid::parse("{018bcfe5-6800-7abc-9def-0123456789ab}"));
}

TEST(Uuid, RefusesBytesOfAnotherLength) {
  for (size_t size : {0, 1, 15, 17, 32}) EXPECT_FALSE(Uuid::from_bytes(std::string(size, 'x'))) << size;
}

TEST(Uuid, OrdersByBytes) {
  EXPECT_LT(*Uuid::parse("00000000-0000-7000-8000-0000000000ff"), *Uuid::parse("00000000-0000-7000-8000-000000000100"));
  EXPECT_LT(*Uuid::parse("7fffffff-0000-7000-8000-000000000000"), *Uuid::parse("80000000-0000-7000-8000-000000000000"));  // unsigned
}

TEST(Uuid, BoundsOfAMillisecondHoldItsIdsAndNoOthers) {
  const Uuid id = *Uuid::parse(kText);
  const int64_t ms = id.time_ms();
  EXPECT_LE(Uuid::least_at_ms(ms), id);
  EXPECT_GE(Uuid::greatest_at_ms(ms), id);
  EXPECT_LT(Uuid::greatest_at_ms(ms - 1), id);
  EXPECT_GT(Uuid::least_at_ms(ms + 1), id);
  EXPECT_EQ(Uuid::least_at_ms(ms).text(), "018bcfe5-6800-0000-0000-000000000000");
  EXPECT_EQ(Uuid::greatest_at_ms(ms).text(), "018bcfe5-6800-ffff-ffff-ffffffffffff");
  EXPECT_EQ(Uuid::least_at_ms(0), Uuid{});
  EXPECT_EQ(Uuid::greatest_at_ms((int64_t{1} << 48) - 1).text(), "ffffffff-ffff-ffff-ffff-ffffffffffff");
}

// More ids than one millisecond's counter holds, from several threads: each thread's ascend, all differ, each is of the present.
TEST(Uuid, OfVersion7AscendAndDiffer) {
  constexpr size_t kThreads = 4;
  constexpr size_t kIds = 20'000;
  const int64_t before_ms = now_us() / 1000;
  std::vector<std::vector<Uuid>> made(kThreads);
  std::vector<std::thread> threads;
  for (size_t t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      for (size_t i = 0; i < kIds; ++i) made[t].push_back(Uuid::v7());
    });
  }
  for (auto& thread : threads) thread.join();
  const int64_t after_ms = now_us() / 1000;
  std::unordered_set<Uuid, UuidHash> all;
  for (const auto& ids : made) {
    EXPECT_TRUE(std::is_sorted(ids.begin(), ids.end()));
    for (const Uuid& id : ids) {
      EXPECT_EQ(id.version(), 7);
      EXPECT_EQ(static_cast<uint8_t>(id.bytes()[8]) >> 6, 2);  // the variant
      EXPECT_GE(id.time_ms(), before_ms);
      EXPECT_LE(id.time_ms(),
                after_ms + static_cast<int64_t>(kThreads * kIds / 0x800) + 1);  // a full counter borrows from the next millisecond
      EXPECT_TRUE(all.insert(id).second) << id.text();
    }
  }
}

// What happened first has the lesser id, also when another thread did it.
TEST(Uuid, OfVersion7AscendFromThreadToThread) {
  std::vector<Uuid> made;
  for (int i = 0; i < 200; ++i) std::thread([&] { made.push_back(Uuid::v7()); }).join();
  EXPECT_TRUE(std::is_sorted(made.begin(), made.end()));
}

}  // namespace
}  // namespace opik::base
