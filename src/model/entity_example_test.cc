// Goal: the table of docs/merge.md, "The orders in which Opik loses data", is true.
// Method: each row as the messages that it names, with the client's clock an hour behind, level and an hour ahead; what is seen is
// compared as a whole. Rows that are about requests, not about messages (11 to 13), are left to the store's and the server's tests.

#include <gtest/gtest.h>

#include "model/entity_test.h"

namespace opik::model {
namespace {

constexpr int64_t kSecond = 1'000'000;
constexpr int64_t kHour = 3600 * kSecond;

const Fields kStart = fields({{Field::name, "answer"}, {Field::input, "6"}, {Field::project, int64_t{1}}});
const Fields kEnd = fields({{Field::name, "answer"}, {Field::input, "6"}, {Field::output, "42"}, {Field::project, int64_t{1}}});
const Saying kUpdate = update(fields({{Field::output, "42"}}));

// Seen when the messages arrive a second apart.
Fields seen(const std::vector<Saying>& said) { return tell(said, kSecond).view(kSomeId).fields; }

class EntityExample : public testing::TestWithParam<int64_t> {
 protected:
  // A create whose client's clock is GetParam() off.
  Saying stamped(const Fields& values, int64_t client_time_us) const { return create(values, kFirstArrival + GetParam() + client_time_us); }
};

TEST_P(EntityExample, Rows1To5And10CreateAndUpdateInEitherOrder) {
  for (const Saying& c : {create(kStart), stamped(kStart, 0)}) {
    EXPECT_EQ(seen({c, kUpdate}), kEnd);
    EXPECT_EQ(seen({kUpdate, c}), kEnd);
  }
}

TEST_P(EntityExample, Row6ARetriedCreateDoesNotUndoTheUpdate) {
  for (const Saying& c : {create(kStart), stamped(kStart, 0)}) {
    EXPECT_EQ(seen({c, kUpdate, c}), kEnd);
    EXPECT_EQ(seen({c, c, kUpdate}), kEnd);
    EXPECT_EQ(seen({kUpdate, c, c}), kEnd);
  }
}

TEST_P(EntityExample, Row7TheSecondSnapshotCountsInEitherOrder) {
  EXPECT_EQ(seen({stamped(kStart, 1), stamped(kEnd, 2)}), kEnd);
  EXPECT_EQ(seen({stamped(kEnd, 2), stamped(kStart, 1)}), kEnd);
}

TEST_P(EntityExample, Row8WithoutStampsTheSnapshotThatArrivesLaterIsNewer) { EXPECT_EQ(seen({create(kEnd), create(kStart)}), kStart); }

TEST_P(EntityExample, Row9AResentCreateErasesWhatItDoesNotCarry) {
  const Fields again = fields({{Field::name, "again"}});
  EXPECT_EQ(seen({stamped(kStart, 0), kUpdate, stamped(again, 10 * kSecond)}), again);
  EXPECT_EQ(seen({kUpdate, stamped(kStart, 0), stamped(again, 10 * kSecond)}), again);
  EXPECT_EQ(seen({stamped(kStart, 0), stamped(again, 10 * kSecond), kUpdate}), fields({{Field::name, "again"}, {Field::output, "42"}}));
}

TEST_P(EntityExample, Row14TheLaterOfTwoSingleCreatesCounts) { EXPECT_EQ(seen({create(kStart), create(kEnd)}), kEnd); }

TEST_P(EntityExample, Row15AnOlderStampDoesNotReplaceASingleCreate) {
  const Saying older = create(fields({{Field::name, "older"}}), kFirstArrival - kHour);
  EXPECT_EQ(seen({create(kStart), older}), kStart);
  EXPECT_EQ(seen({create(kStart), older, kUpdate}), kEnd);
  EXPECT_EQ(seen({create(kStart), kUpdate, older}), kEnd);
}

TEST_P(EntityExample, Rows16And17ThePlaceIsTheCreates) {
  const Saying misplaced = update(fields({{Field::output, "42"}, {Field::project, int64_t{9}}, {Field::parent_span_id, "wrong"}}));
  EXPECT_EQ(seen({misplaced, stamped(kStart, 0)}), kEnd);
  EXPECT_EQ(seen({stamped(kStart, 0), misplaced}), kEnd);
}

TEST_P(EntityExample, Row18ADeletionCoversWhatItSweptAway) {
  const Message c = arriving(stamped(kStart, 0), kFirstArrival);
  const View swept = merged({c}).view(kSomeId);
  const int64_t deleted_at = kFirstArrival + 5 * kSecond;
  const Tombstone gone{std::max(deleted_at, swept.last_updated_at_us), deleted_at};
  Message again = c;
  again.moment.arrival_us = deleted_at + kSecond;
  EXPECT_TRUE(gone.covers(again.moment));
  EXPECT_FALSE(gone.covers(Moment::arrived(deleted_at + kSecond)));
}

// The two examples under the table.
TEST_P(EntityExample, UnderTheTable) {
  std::vector<Saying> said{kUpdate, stamped(kStart, 0)};
  EXPECT_EQ(seen(said), kEnd);
  said.push_back(stamped(fields({{Field::name, "again"}}), 300 * kSecond));
  EXPECT_EQ(seen(said), fields({{Field::name, "again"}}));
  said.push_back(update(fields({{Field::output, "7"}})));
  EXPECT_EQ(seen(said), fields({{Field::name, "again"}, {Field::output, "7"}}));
}

// "What the law does not do", the last point: the end does not depend on which create came first.
TEST_P(EntityExample, AnUpdateBeforeTheLaterOfTwoCreates) {
  const Fields again = fields({{Field::name, "again"}});
  EXPECT_EQ(seen({kUpdate, stamped(again, 10 * kSecond)}), fields({{Field::name, "again"}, {Field::output, "42"}}));
  EXPECT_EQ(seen({kUpdate, stamped(again, 10 * kSecond), stamped(kStart, 0)}), again);
  EXPECT_EQ(seen({kUpdate, stamped(kStart, 0), stamped(again, 10 * kSecond)}), again);
}

INSTANTIATE_TEST_SUITE_P(ClockBehindLevelAhead, EntityExample, testing::Values(-kHour, 0, kHour));

}  // namespace
}  // namespace opik::model
