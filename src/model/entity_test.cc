// Goal: the corners of the law that a table of messages does not show: retries, place fields, arrivals that are kept,
// what merge() answers, deletions. Method: worked examples, whole values compared.

#include "model/entity.h"

#include <gtest/gtest.h>

#include "model/entity_test.h"

namespace opik::model {
namespace {

constexpr int64_t kT = kFirstArrival;

const Fields kCreated = fields({{Field::name, "C"}, {Field::project, int64_t{1}}, {Field::trace_id, "T"}});

TEST(EntityRetry, OfAnUnstampedCreateIsTheSameCreate) {
  const Entity e = tell({create(kCreated), update(fields({{Field::name, "U"}})), create(kCreated)});
  EXPECT_EQ(e.view(kSomeId).fields.text(Field::name), "U");
  EXPECT_EQ(e.base->moment, Moment::arrived(kT));
  EXPECT_EQ(e.first_us, kT);
}

TEST(EntityRetry, WithOtherContentIsAnOverwrite) {
  const Entity e = tell({create(kCreated), update(fields({{Field::name, "U"}})), create(fields({{Field::name, "D"}}))});
  EXPECT_EQ(e.view(kSomeId).fields, fields({{Field::name, "D"}}));
}

// The first create again, after another one replaced it: newer than both, for it carries no stamp that says otherwise.
TEST(EntityRetry, AfterSomethingNewerIsAnOverwrite) {
  const Entity e = tell({create(kCreated), create(fields({{Field::name, "D"}})), create(kCreated)});
  EXPECT_EQ(e.view(kSomeId).fields, kCreated);
  EXPECT_EQ(e.base->moment, Moment::arrived(kT + 2));
}

TEST(EntityRetry, IsNotAStampedCreateOfTheSameContent) {
  const Entity e = tell({create(kCreated, kT - 100), create(kCreated)});
  EXPECT_EQ(e.base->moment, Moment::arrived(kT + 1));
  EXPECT_EQ(e.first_us, kT - 100);
  const Entity other = tell({create(kCreated), create(kCreated, kT + 100)});
  EXPECT_EQ(other.base->moment, Moment::stamped(kT + 100, kT + 1));
  EXPECT_EQ(other.first_us, kT);
}

// Two requests may be applied in the other order than they arrived.
TEST(EntityArrival, OfTheSameMessageIsTheFirstOne) {
  Entity e;
  EXPECT_TRUE(e.merge(arriving(create(kCreated, 5), kT + 9)));
  EXPECT_TRUE(e.merge(arriving(create(kCreated, 5), kT + 3)));
  EXPECT_FALSE(e.merge(arriving(create(kCreated, 5), kT + 4)));
  EXPECT_FALSE(e.merge(arriving(create(kCreated, 5), kT + 3)));  // a group that is applied again
  EXPECT_EQ(e.base->moment, Moment::stamped(5, kT + 3));
  EXPECT_EQ(e.created_at_us, kT + 3);

  const Saying said = update(fields({{Field::output, "u"}}), 6);
  EXPECT_TRUE(e.merge(arriving(said, kT + 8)));
  EXPECT_TRUE(e.merge(arriving(said, kT + 7)));
  EXPECT_FALSE(e.merge(arriving(said, kT + 8)));
  EXPECT_EQ(e.cell(Field::output)->moment, Moment::stamped(6, kT + 7));
}

// A later create that arrives again keeps its first arrival, so an update in between stays on top of it.
TEST(EntityArrival, OfARepeatedOverwriteStaysTheFirst) {
  const Saying overwrite = create(fields({{Field::name, "F"}}), kT + 50);
  const Entity e = tell({create(kCreated, kT), overwrite, update(fields({{Field::name, "U"}})), overwrite});
  EXPECT_EQ(e.view(kSomeId).fields.text(Field::name), "U");
}

// (b): a create that is not the first one, against updates before and after it, whatever the client's clock says.
TEST(EntityLater, GoesByArrivalUnlessBothCarryAStamp) {
  for (int64_t skew : {-86'400'000'000, int64_t{0}, 86'400'000'000}) {
    const Saying first = create(kCreated, kT + skew);
    const Saying second = create(fields({{Field::name, "F"}}), kT + skew + 1);
    const Saying loose = update(fields({{Field::name, "U"}}));
    EXPECT_EQ(tell({first, loose, second}).view(kSomeId).fields.text(Field::name), "F") << skew;
    EXPECT_EQ(tell({first, second, loose}).view(kSomeId).fields.text(Field::name), "U") << skew;
    const Saying unstamped_second = create(fields({{Field::name, "F"}}));
    const Saying stamped = update(fields({{Field::name, "U"}}), kT + 86'400'000'000);
    EXPECT_EQ(tell({create(fields({{Field::name, "C"}})), stamped, unstamped_second}).view(kSomeId).fields.text(Field::name), "F");
  }
  const Saying first = create(kCreated, 1);
  const Saying second = create(fields({{Field::name, "F"}}), 5);
  EXPECT_EQ(tell({first, second, update(fields({{Field::name, "U"}}), 4)}).view(kSomeId).fields.text(Field::name), "F");
  EXPECT_EQ(tell({first, second, update(fields({{Field::name, "U"}}), 5)}).view(kSomeId).fields.text(Field::name),
            "F");  // later means later
  EXPECT_EQ(tell({first, update(fields({{Field::name, "U"}}), 6), second}).view(kSomeId).fields.text(Field::name), "U");
}

// Where an entity stands is the create's word: a patch that says otherwise (or says it first) does not move it.
TEST(EntityPlace, IsTheCreates) {
  const Saying elsewhere = update(fields({{Field::project, int64_t{2}}, {Field::trace_id, "X"}, {Field::parent_span_id, "P"}}));
  for (const auto& said : {std::vector<Saying>{create(kCreated), elsewhere}, {elsewhere, create(kCreated)}}) {
    EXPECT_EQ(tell(said).view(kSomeId).fields, kCreated);
  }
  EXPECT_EQ(tell({elsewhere}).view(kSomeId).fields.integer(Field::project), 2);
  EXPECT_EQ(tell({elsewhere}).view(kSomeId).fields.text(Field::parent_span_id), "P");
  const Saying moved = create(fields({{Field::project, int64_t{3}}, {Field::trace_id, "T3"}}), kT + 10);
  EXPECT_EQ(tell({create(kCreated), elsewhere, moved}).view(kSomeId).fields, moved.fields);
}

TEST(EntityView, OfUpdatesCarriesTheGreatestStampKept) {
  const View seen = tell({create(kCreated, kT + 500), update(fields({{Field::output, "u"}}))}).view(kSomeId);
  EXPECT_EQ(seen.last_updated_at_us, kT + 500);
  EXPECT_EQ(tell({create(kCreated, kT - 500), update(fields({{Field::output, "u"}}))}).view(kSomeId).last_updated_at_us, kT + 1);
}

// An update that says nothing leaves nothing behind, in whatever order it comes.
TEST(EntityPatch, ThatIsEmptyChangesNothing) {
  Entity e;
  EXPECT_FALSE(e.merge(arriving(update({}), kT)));
  EXPECT_EQ(e, Entity{});
  EXPECT_FALSE(e.exists());
  e.merge(arriving(create(kCreated), kT + 1));
  const Entity created = e;
  EXPECT_FALSE(e.merge(arriving(update({}), kT)));
  EXPECT_EQ(e, created);
}

TEST(EntityPatch, CanSetAFieldToAnEmptyJsonValue) {
  const Entity e = tell({create(fields({{Field::tags, "[\"a\"]"}, {Field::usage, "{\"t\":1}"}})),
                         update(fields({{Field::tags, "[]"}, {Field::usage, "{}"}}))});
  EXPECT_EQ(e.view(kSomeId).fields, fields({{Field::tags, "[]"}, {Field::usage, "{}"}}));
}

// Ties between patches have one winner: the greater value, numbers by size, not by digits.
TEST(EntityPatch, TiesGoToTheGreaterValue) {
  const Saying nine = update(fields({{Field::end_time, int64_t{9}}, {Field::name, "a"}}), 5);
  const Saying ten = update(fields({{Field::end_time, int64_t{10}}, {Field::name, "B"}}), 5);
  for (const auto& said : {std::vector<Saying>{nine, ten}, {ten, nine}}) {
    EXPECT_EQ(tell(said).cell(Field::end_time)->value, Value{int64_t{10}});
    EXPECT_EQ(tell(said).cell(Field::name)->value, Value{"a"});
  }
}

TEST(Tombstone, HoldsStampsAgainstStampsAndArrivalsAgainstArrivals) {
  const Tombstone gone{.gone_stamp_us = 2000, .gone_arrival_us = 1000};  // what was deleted had a stamp ahead of the server
  EXPECT_TRUE(gone.covers(Moment::stamped(2000, 9999)));
  EXPECT_FALSE(gone.covers(Moment::stamped(2001, 1)));
  EXPECT_TRUE(gone.covers(Moment::arrived(1000)));
  EXPECT_FALSE(gone.covers(Moment::arrived(1001)));
}

TEST(Tombstone, JoinsToTheGreaterOfBothNumbers) {
  const std::vector<Tombstone> all{{0, 0}, {1, 5}, {5, 1}, {3, 3}};
  for (const Tombstone& a : all) {
    for (const Tombstone& b : all) {
      Tombstone ab = a;
      ab.merge(b);
      Tombstone ba = b;
      ba.merge(a);
      EXPECT_EQ(ab.gone_stamp_us, std::max(a.gone_stamp_us, b.gone_stamp_us));
      EXPECT_EQ(ab.gone_arrival_us, std::max(a.gone_arrival_us, b.gone_arrival_us));
      EXPECT_EQ(ba.gone_stamp_us, ab.gone_stamp_us);
      EXPECT_EQ(ba.gone_arrival_us, ab.gone_arrival_us);
      for (const Moment& m : {Moment::stamped(3, 3), Moment::stamped(5, 1), Moment::arrived(5), Moment::arrived(2)}) {
        EXPECT_EQ(ab.covers(m), a.covers(m) || b.covers(m));
      }
    }
  }
}

TEST(FieldSet, HoldsWhatWasAdded) {
  FieldSet set{Field::name, Field::source};
  EXPECT_TRUE(set.has(Field::source));
  EXPECT_FALSE(set.has(Field::project));
  EXPECT_FALSE(set.intersects(kPayloadFields));
  set.remove(Field::source);
  set.remove(Field::name);
  EXPECT_TRUE(set.empty());
  each_field([](Field f) {
    EXPECT_TRUE(FieldSet::all().has(f));
    EXPECT_FALSE(field_name(f).empty());
  });
}

}  // namespace
}  // namespace opik::model
