// Goal: the laws of merging hold for every small case.
// Method: alphabets of messages that collide in stamp, field and value; every multiset of up to five of them (so duplicates
// are in it) in every order; the outcome is compared as a whole.

#include <gtest/gtest.h>

#include "model/entity_test.h"

namespace opik::model {
namespace {

constexpr int64_t kSecond = 1'000'000;
constexpr int64_t kHour = 3600 * kSecond;
constexpr int64_t kDay = 24 * kHour;

// How far the client's clock is from the server's; none: the client sends no stamp.
const std::vector<std::optional<int64_t>> kSkews{std::nullopt, 0, kSecond + 1, -kSecond - 1, kHour, -kHour, kDay, -kDay};

std::optional<int64_t> stamp(std::optional<int64_t> skew_us, int64_t client_time_us) {
  if (!skew_us) return std::nullopt;
  return kFirstArrival + *skew_us + client_time_us;
}

std::vector<Saying> pick(const std::vector<Saying>& alphabet, const std::vector<size_t>& order) {
  std::vector<Saying> out;
  for (size_t i : order) out.push_back(alphabet[i]);
  return out;
}

// Every message of two forms, two stamps and two fields that are absent, "a" or "b".
std::vector<Saying> wide_alphabet() {
  std::vector<Saying> out;
  const std::vector<Value> values{Value{}, Value{"a"}, Value{"b"}};
  for (int64_t at : {1, 2}) {
    for (const Value& name : values) {
      for (const Value& output : values) {
        const Fields said = fields({{Field::name, name}, {Field::output, output}});
        out.push_back(create(said, at));
        out.push_back(update(said, at));
      }
    }
  }
  return out;
}

std::vector<Saying> middle_alphabet() {
  std::vector<Saying> out;
  for (int64_t at : {1, 2}) {
    out.push_back(create({}, at));
    out.push_back(create(fields({{Field::name, "a"}, {Field::trace_id, "T"}}), at));
    out.push_back(create(fields({{Field::name, "b"}, {Field::output, "1"}}), at));
    out.push_back(update(fields({{Field::name, "a"}}), at));
    out.push_back(update(fields({{Field::name, "b"}, {Field::cost, 0.5}}), at));
    out.push_back(update(fields({{Field::output, "2"}, {Field::trace_id, "U"}}), at));
  }
  return out;
}

std::vector<Saying> narrow_alphabet() {
  std::vector<Saying> out;
  for (int64_t at : {1, 2}) {
    out.push_back(create(fields({{Field::name, "a"}}), at));
    out.push_back(create(fields({{Field::output, "1"}}), at));
    out.push_back(update(fields({{Field::name, "b"}}), at));
    out.push_back(update(fields({{Field::name, "c"}, {Field::output, "2"}}), at));
  }
  out.push_back(create({}, 3));
  return out;
}

// Every order of every `count` messages: one view, one kept state; with arrivals that travel with the messages, to the last bit.
void expect_order_does_not_matter(const std::vector<Saying>& alphabet, size_t count) {
  size_t orders = 0;
  each_pick(alphabet.size(), count, [&](const std::vector<size_t>& picked) {
    if (testing::Test::HasFailure()) return;
    const Entity by_position = tell(pick(alphabet, picked));
    const std::vector<Message> messages = arriving(pick(alphabet, picked));
    const Entity by_message = merged(messages);
    std::vector<size_t> places(count);
    for (size_t i = 0; i < count; ++i) places[i] = i;
    each_order(picked, [&](const std::vector<size_t>& order) {
      if (testing::Test::HasFailure()) return;
      ++orders;
      const std::vector<Saying> said = pick(alphabet, order);
      const Entity got = tell(said);
      ASSERT_EQ(without_arrivals(got).view(kSomeId), without_arrivals(by_position).view(kSomeId)) << print(arriving(said));
      ASSERT_EQ(without_arrivals(got), without_arrivals(by_position)) << print(arriving(said));
    });
    each_order(places, [&](const std::vector<size_t>& order) {
      if (testing::Test::HasFailure()) return;
      std::vector<Message> shuffled;
      for (size_t i : order) shuffled.push_back(messages[i]);
      ASSERT_EQ(merged(shuffled), by_message) << print(shuffled);
    });
  });
  EXPECT_GE(orders, alphabet.size());
}

TEST(EntityOrder, OfUpToThreeMessagesDoesNotMatter) {
  for (size_t count : {1, 2, 3}) expect_order_does_not_matter(wide_alphabet(), count);
}
TEST(EntityOrder, OfFourMessagesDoesNotMatter) { expect_order_does_not_matter(middle_alphabet(), 4); }
TEST(EntityOrder, OfFiveMessagesDoesNotMatter) { expect_order_does_not_matter(narrow_alphabet(), 5); }

TEST(EntityRepetition, OfStampedMessagesChangesNothing) {
  const std::vector<Saying> alphabet = middle_alphabet();
  each_pick(alphabet.size(), 3, [&](const std::vector<size_t>& picked) {
    each_order(picked, [&](const std::vector<size_t>& order) {
      if (HasFailure()) return;
      const std::vector<Saying> said = pick(alphabet, order);
      const Entity once = tell(said);
      for (const Saying& again : said) {
        Entity twice = once;
        EXPECT_FALSE(twice.merge(arriving(again, kFirstArrival + 100)));
        ASSERT_EQ(twice, once) << print(arriving(said)) << "again " << print(arriving(again, kFirstArrival + 100));
      }
    });
  });
}

// "an unstamped one, again before anything newer came, likewise"
TEST(EntityRepetition, OfTheNewestUnstampedMessageChangesNothingThatIsSeen) {
  std::vector<Saying> alphabet = middle_alphabet();
  for (Saying& saying : alphabet) {
    if (saying.stamp_us == 2) saying.stamp_us.reset();  // its arrival: after every stamp
  }
  each_pick(alphabet.size(), 3, [&](const std::vector<size_t>& picked) {
    each_order(picked, [&](const std::vector<size_t>& order) {
      if (HasFailure()) return;
      const std::vector<Saying> said = pick(alphabet, order);
      if (said.back().stamp_us) return;
      const Entity once = tell(said);
      Entity twice = once;
      twice.merge(arriving(said.back(), kFirstArrival + 100));
      ASSERT_EQ(twice.view(kSomeId).fields, once.view(kSomeId).fields) << print(arriving(said));
      if (said.back().form == Message::Form::snapshot) {
        ASSERT_EQ(twice, once) << print(arriving(said));
      }
    });
  });
}

// What is kept says all that the messages said: telling it to another entity is the same as telling that the messages.
TEST(EntityJoin, OfWhatIsKeptIsWhatIsKeptOfBoth) {
  const auto tell_kept = [](Entity& to, const Entity& kept) {
    Message message;
    message.moment = Moment::stamped(0, kept.created_at_us);
    if (kept.first_us) {
      message.moment.stamp_us = *kept.first_us;
      to.merge(message);
    }
    if (kept.base) {
      message.moment = kept.base->moment;
      message.content_hash = kept.base->content_hash;
      message.fields = kept.base->fields;
      to.merge(message);
    }
    each_field([&](Field f) {
      if (!kept.cell(f)) return;
      Message patch;
      patch.form = Message::Form::patch;
      patch.moment = kept.cell(f)->moment;
      patch.fields[f] = kept.cell(f)->value;
      to.merge(patch);
    });
    if (kept.exists()) to.created_at_us = std::min(to.created_at_us, kept.created_at_us);
  };
  const std::vector<Saying> alphabet = middle_alphabet();
  each_pick(alphabet.size(), 4, [&](const std::vector<size_t>& picked) {
    if (HasFailure()) return;
    const std::vector<Message> messages = arriving(pick(alphabet, picked));
    const Entity all = merged(messages);
    for (size_t split = 1; split < 4; ++split) {
      const Entity left = merged({messages.begin(), messages.begin() + static_cast<std::ptrdiff_t>(split)});
      const Entity right = merged({messages.begin() + static_cast<std::ptrdiff_t>(split), messages.end()});
      Entity joined = left;
      tell_kept(joined, right);
      ASSERT_EQ(joined, all) << print(messages) << "split at " << split;
      joined = right;
      tell_kept(joined, left);
      ASSERT_EQ(joined, all) << print(messages) << "split at " << split << ", the right first";
      tell_kept(joined, left);
      ASSERT_EQ(joined, all) << print(messages) << "split at " << split << ", the left twice";
    }
  });
}

// One create, delivered once or twice, up to three updates without a stamp, every order, every skew.
TEST(EntityNoLostUpdate, WithUpdatesOrderedByArrival) {
  const Fields created = fields({{Field::name, "C"}, {Field::input, "1"}, {Field::tags, "[]"}});
  const std::vector<std::vector<Fields>> update_sets{
      {fields({{Field::output, "u"}})},
      {fields({{Field::name, "u"}})},
      {fields({{Field::output, "u"}}), fields({{Field::tags, "[\"v\"]"}})},
      {fields({{Field::output, "u1"}}), fields({{Field::output, "u2"}, {Field::name, "N"}})},
      {fields({{Field::output, "u1"}}), fields({{Field::output, "u2"}, {Field::cost, 1.5}}),
       fields({{Field::output, "u0"}, {Field::end_time, int64_t{7}}})},
  };
  size_t cases = 0;
  for (const auto& skew : kSkews) {
    for (const auto& updates : update_sets) {
      std::vector<Saying> alphabet{create(created, stamp(skew, 0))};
      for (const Fields& values : updates) alphabet.push_back(update(values));
      for (size_t creates : {1, 2}) {
        for (bool repeat_update : {false, true}) {
          std::vector<size_t> picked(creates, 0);
          for (size_t i = 1; i < alphabet.size(); ++i) picked.push_back(i);
          if (repeat_update) picked.push_back(alphabet.size() - 1);
          if (picked.size() > 5) continue;
          each_order(picked, [&](const std::vector<size_t>& order) {
            if (HasFailure()) return;
            ++cases;
            Fields want = created;
            for (size_t i : order) {
              if (i > 0)
                each_field([&](Field f) {
                  if (alphabet[i].fields.has(f)) want[f] = alphabet[i].fields[f];
                });
            }
            const std::vector<Message> messages = arriving(pick(alphabet, order), kSecond);
            ASSERT_EQ(merged(messages).view(kSomeId).fields, want) << print(messages);
          });
        }
      }
    }
  }
  EXPECT_GT(cases, 2000u);
}

// The updates carry stamps of a clock of their own: the latest is then the one with the greatest stamp, in any order.
TEST(EntityNoLostUpdate, WithUpdatesOrderedByTheirStamps) {
  const Fields created = fields({{Field::name, "C"}, {Field::input, "1"}});
  const std::vector<Fields> updates{fields({{Field::output, "z"}}), fields({{Field::output, "y"}, {Field::name, "N"}}),
                                    fields({{Field::output, "x"}})};
  for (const auto& create_skew : kSkews) {
    for (const auto& update_skew : kSkews) {
      if (!update_skew) continue;
      std::vector<Saying> alphabet{create(created, stamp(create_skew, 0))};
      Fields want = created;
      for (const Fields& values : updates) {
        alphabet.push_back(update(values, stamp(update_skew, static_cast<int64_t>(alphabet.size()) * kSecond)));
        each_field([&](Field f) {
          if (values.has(f)) want[f] = values[f];
        });
      }
      for (const std::vector<size_t>& picked : {std::vector<size_t>{0, 1, 2, 3}, {0, 0, 1, 2, 3}, {0, 1, 1, 2, 3}, {0, 1, 2, 3, 3}}) {
        each_order(picked, [&](const std::vector<size_t>& order) {
          if (HasFailure()) return;
          const std::vector<Message> messages = arriving(pick(alphabet, order), kSecond);
          ASSERT_EQ(merged(messages).view(kSomeId).fields, want) << print(messages);
        });
      }
    }
  }
}

// A create that is sent again later, with other content, is all that is seen; also to empty.
TEST(EntityOverwrite, ReplacesEveryField) {
  const std::vector<Fields> rewrites{Fields{}, fields({{Field::name, "F"}}),
                                     fields({{Field::name, "F"}, {Field::output, "f"}, {Field::tags, "[]"}})};
  for (const auto& skew : kSkews) {
    for (const Fields& rewritten : rewrites) {
      const std::vector<Saying> before{create(fields({{Field::name, "C"}, {Field::tags, "[1]"}}), stamp(skew, 0)),
                                       update(fields({{Field::output, "u"}})), update(fields({{Field::name, "U"}, {Field::model, "m"}}))};
      const Saying again = create(rewritten, stamp(skew, 10 * kSecond));
      each_order({0, 1, 2}, [&](const std::vector<size_t>& order) {
        if (HasFailure()) return;
        std::vector<Saying> told = pick(before, order);
        told.push_back(again);
        ASSERT_EQ(tell(told, kSecond).view(kSomeId).fields, rewritten) << print(arriving(told, kSecond));
        told.push_back(again);                // and its retry
        if (skew) told.push_back(before[0]);  // and a late delivery of the first
        ASSERT_EQ(tell(told, kSecond).view(kSomeId).fields, rewritten) << print(arriving(told, kSecond));
        told.push_back(update(fields({{Field::output, "later"}})));
        Fields want = rewritten;
        want[Field::output] = "later";
        ASSERT_EQ(tell(told, kSecond).view(kSomeId).fields, want) << print(arriving(told, kSecond));
      });
    }
  }
}

// With stamps on all of them the overwrite need not even arrive last.
TEST(EntityOverwrite, IsDecidedByStampsWhenAllCarryOne) {
  const std::vector<Saying> alphabet{create(fields({{Field::name, "C"}}), 1), update(fields({{Field::output, "u"}}), 2),
                                     create(fields({{Field::input, "f"}}), 3), update(fields({{Field::output, "later"}}), 4)};
  each_order({0, 1, 2},
             [&](const std::vector<size_t>& order) { EXPECT_EQ(tell(pick(alphabet, order)).view(kSomeId).fields, alphabet[2].fields); });
  each_order({0, 1, 2, 3}, [&](const std::vector<size_t>& order) {
    EXPECT_EQ(tell(pick(alphabet, order)).view(kSomeId).fields, fields({{Field::input, "f"}, {Field::output, "later"}}));
  });
}

// Updates alone are seen as they are, the start from the id, and the create fills what they left open.
TEST(EntityPending, IsSeenAndThenCompleted) {
  const std::vector<Saying> updates{update(fields({{Field::output, "u1"}, {Field::project, int64_t{7}}})),
                                    update(fields({{Field::output, "u2"}})), update(fields({{Field::end_time, int64_t{9}}}))};
  for (const auto& skew : kSkews) {
    each_order({0, 1, 2}, [&](const std::vector<size_t>& order) {
      std::vector<Saying> told = pick(updates, order);
      Fields want;
      for (const Saying& saying : told)
        each_field([&](Field f) {
          if (saying.fields.has(f)) want[f] = saying.fields[f];
        });
      want[Field::start_time] = int64_t{1'700'000'000'000} * 1'000'000;
      const View pending = tell(told).view(kSomeId);
      EXPECT_EQ(pending.fields, want);
      EXPECT_TRUE(pending.pending);
      EXPECT_EQ(pending.created_at_us, kFirstArrival);
      EXPECT_EQ(pending.last_updated_at_us, kFirstArrival + 2);

      told.push_back(create(fields({{Field::name, "C"}, {Field::start_time, int64_t{5}}, {Field::project, int64_t{8}}}), stamp(skew, 0)));
      want[Field::name] = "C";
      want[Field::start_time] = int64_t{5};
      want[Field::project] = int64_t{8};
      const View complete = tell(told).view(kSomeId);
      EXPECT_EQ(complete.fields, want);
      EXPECT_FALSE(complete.pending);
      EXPECT_EQ(complete.created_at_us, kFirstArrival);
    });
  }
}

}  // namespace
}  // namespace opik::model
