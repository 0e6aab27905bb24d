// Goal: no two messages get the same time of arrival, and none an earlier one than a message before it.
// Method: many threads that draw from one clock; a clock that begins far in the future stands still for the wall clock.

#include "base/clock.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <thread>
#include <utility>
#include <vector>

namespace opik::base {
namespace {

TEST(ArrivalClock, FollowsTheWallClock) {
  ArrivalClock clock;
  const int64_t before = now_us();
  const int64_t first = clock.take();
  EXPECT_GE(first, before);
  EXPECT_LE(first, now_us() + 1);
}

// The wall clock has stepped back behind what an earlier process gave out: every draw is one more.
TEST(ArrivalClock, AscendsWhenTheWallClockStandsStill) {
  const int64_t ahead = now_us() + 3'600'000'000;
  ArrivalClock clock(ahead);
  EXPECT_EQ(clock.take(), ahead + 1);
  EXPECT_EQ(clock.take(), ahead + 2);
  EXPECT_EQ(clock.take(10), ahead + 3);
  EXPECT_EQ(clock.take(), ahead + 13);
}

// Draws do not overlap, across threads, and ascend within one; both while the wall clock runs and while it stands.
TEST(ArrivalClock, GivesEveryThreadTimesOfItsOwn) {
  for (int64_t ahead_us : {int64_t{0}, now_us() + 3'600'000'000}) {
    constexpr int kThreads = 4;
    constexpr int kDraws = 20'000;
    ArrivalClock clock(ahead_us);
    std::vector<std::vector<std::pair<int64_t, int64_t>>> drawn(kThreads);  // first, count
    std::vector<std::thread> threads;
    for (int t = 0; t < kThreads; ++t) {
      threads.emplace_back([&, t] {
        for (int i = 0; i < kDraws; ++i) {
          const int64_t count = 1 + (i + t) % 3;
          drawn[static_cast<size_t>(t)].emplace_back(clock.take(count), count);
        }
      });
    }
    for (auto& thread : threads) thread.join();
    std::vector<std::pair<int64_t, int64_t>> all;
    for (const auto& own : drawn) {
      for (size_t i = 1; i < own.size(); ++i) ASSERT_GE(own[i].first, own[i - 1].first + own[i - 1].second);
      all.insert(all.end(), own.begin(), own.end());
    }
    std::sort(all.begin(), all.end());
    ASSERT_GT(all.front().first, ahead_us);
    for (size_t i = 1; i < all.size(); ++i) ASSERT_GE(all[i].first, all[i - 1].first + all[i - 1].second);
  }
}

}  // namespace
}  // namespace opik::base
