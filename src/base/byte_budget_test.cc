// Goal: what is drawn never exceeds the budget, all of it comes back, and one large body can always pass.
// Method: the edges one by one, then threads that draw, grow and release while the sum is watched.

#include "base/byte_budget.h"

#include <gtest/gtest.h>

#include <atomic>
#include <random>
#include <thread>
#include <vector>

namespace opik::base {
namespace {

TEST(ByteBudget, GrantsUpToItsLimit) {
  ByteBudget budget(100);
  auto a = budget.take(60);
  ASSERT_TRUE(a);
  EXPECT_EQ(a->bytes(), 60);
  auto b = budget.take(40);
  ASSERT_TRUE(b);
  EXPECT_FALSE(budget.take(1));
  EXPECT_EQ(budget.used(), 100);
  b.reset();
  EXPECT_EQ(budget.used(), 60);
  EXPECT_FALSE(budget.take(41));
  EXPECT_TRUE(budget.take(40));  // and given back at once
  EXPECT_EQ(budget.used(), 60);
}

TEST(ByteBudget, GrowsAHoldOrLeavesItAsItWas) {
  ByteBudget budget(100);
  auto a = budget.take(10);
  auto b = budget.take(10);
  EXPECT_TRUE(a->grow(80));
  EXPECT_EQ(a->bytes(), 90);
  EXPECT_FALSE(a->grow(1));
  EXPECT_EQ(a->bytes(), 90);
  EXPECT_EQ(budget.used(), 100);
  b->release();
  EXPECT_FALSE(b->grow(1));  // a released hold draws no more
  EXPECT_EQ(budget.used(), 90);
}

TEST(ByteBudget, LetsOneLargeDrawPassWhenNothingElseIsDrawn) {
  ByteBudget budget(100);
  {
    auto large = budget.take(1000);
    ASSERT_TRUE(large);
    EXPECT_FALSE(budget.take(1));
    EXPECT_TRUE(large->grow(1000));  // still alone
    EXPECT_EQ(budget.used(), 2000);
  }
  EXPECT_EQ(budget.used(), 0);
  auto small = budget.take(1);
  EXPECT_FALSE(budget.take(1000));
  EXPECT_TRUE(small->grow(1000));
  EXPECT_FALSE(budget.take(1));
}

TEST(ByteBudget, AMovedHoldIsGivenBackOnce) {
  ByteBudget budget(100);
  ByteBudget::Hold last;
  {
    auto a = budget.take(30);
    ByteBudget::Hold moved = std::move(*a);
    EXPECT_EQ(a->bytes(), 0);
    last = std::move(moved);
  }
  EXPECT_EQ(budget.used(), 30);
  EXPECT_EQ(last.bytes(), 30);
  last = ByteBudget::Hold{};
  EXPECT_EQ(budget.used(), 0);
}

TEST(ByteBudget, IsNeverOverdrawnByThreads) {
  constexpr int64_t kLimit = 1000;
  constexpr int kThreads = 4;
  ByteBudget budget(kLimit);
  std::atomic<int64_t> held{0};  // what the threads hold for certain: counted after a draw, uncounted before its release
  std::atomic<bool> overdrawn{false};
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      std::mt19937_64 random(static_cast<uint64_t>(t));
      for (int i = 0; i < 50'000; ++i) {
        auto hold = budget.take(static_cast<int64_t>(1 + random() % 300));
        if (!hold) continue;
        int64_t own = hold->bytes();
        if (held.fetch_add(own) + own > kLimit) overdrawn = true;
        const auto more = static_cast<int64_t>(random() % 200);
        if (hold->grow(more)) {
          own += more;
          if (held.fetch_add(more) + more > kLimit) overdrawn = true;
        }
        if (i % 16 == 0) std::this_thread::yield();
        if (budget.used() < own) overdrawn = true;
        held.fetch_sub(own);
      }
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_FALSE(overdrawn);
  EXPECT_EQ(budget.used(), 0);
  EXPECT_EQ(held, 0);
}

}  // namespace
}  // namespace opik::base
