// Goal: Entity agrees with a second, naive reading of the law: one that keeps every message and answers from the whole list.
// Method: random messages over few stamps, arrivals, fields and values, so that they collide; arrivals are not in the order of
// telling. Each case has its own seed, printed on failure.

#include <gtest/gtest.h>

#include <random>

#include "model/entity_test.h"

namespace opik::model {
namespace {

constexpr uint64_t kCases = 250'000;

// A create that counts, with the first arrival among its deliveries.
struct Heard {
  const Message* message;
  int64_t arrival_us;
};

const Heard* newest(const std::vector<Heard>& creates) {
  const Heard* best = nullptr;
  for (const Heard& h : creates) {
    const Moment& m = h.message->moment;
    if (best == nullptr || m.stamp_us > best->message->moment.stamp_us ||
        (m.stamp_us == best->message->moment.stamp_us && h.message->content_hash > best->message->content_hash)) {
      best = &h;
    }
  }
  return best;
}

std::vector<Heard> creates_of(const std::vector<Message>& told) {
  std::vector<Heard> creates;
  for (const Message& m : told) {
    if (m.form != Message::Form::snapshot) continue;
    const Heard* now = newest(creates);
    const bool retry =
        now != nullptr && !m.moment.from_client && !now->message->moment.from_client && now->message->content_hash == m.content_hash;
    const bool same = now != nullptr && now->message->moment.stamp_us == m.moment.stamp_us && now->message->content_hash == m.content_hash;
    if (retry || same) {
      const_cast<Heard*>(now)->arrival_us = std::min(now->arrival_us, m.moment.arrival_us);
    } else {
      creates.push_back({&m, m.moment.arrival_us});
    }
  }
  return creates;
}

// The word on field `f` among the patches: the greatest stamp, then the greatest value, then the first delivery.
std::optional<Entity::Cell> word_on(Field f, const std::vector<Message>& told) {
  std::optional<Entity::Cell> word;
  for (const Message& m : told) {
    if (m.form != Message::Form::patch || !m.fields.has(f)) continue;
    const Entity::Cell said{m.moment, m.fields[f]};
    if (!word || said.moment.stamp_us > word->moment.stamp_us ||
        (said.moment.stamp_us == word->moment.stamp_us && said.value > word->value)) {
      word = said;
    } else if (said.moment.stamp_us == word->moment.stamp_us && said.value == word->value) {
      word->moment.arrival_us = std::min(word->moment.arrival_us, said.moment.arrival_us);
    }
  }
  return word;
}

View answer(const std::vector<Message>& told, const base::Uuid& id) {
  View view;
  bool any = false;
  for (const Message& m : told) {
    if (m.form == Message::Form::patch && m.fields == Fields{}) continue;
    view.created_at_us = any ? std::min(view.created_at_us, m.moment.arrival_us) : m.moment.arrival_us;
    any = true;
  }
  const std::vector<Heard> creates = creates_of(told);
  const Heard* base = newest(creates);
  view.pending = base == nullptr;
  int64_t first = base == nullptr ? 0 : base->message->moment.stamp_us;
  for (const Heard& h : creates) first = std::min(first, h.message->moment.stamp_us);
  if (base != nullptr) view.last_updated_at_us = base->message->moment.stamp_us;
  for (size_t i = 0; i < kFieldCount; ++i) {
    const Field f = static_cast<Field>(i);
    if (base != nullptr) view.fields[f] = base->message->fields[f];
    const std::optional<Entity::Cell> word = word_on(f, told);
    if (!word) continue;
    const bool is_place = f == Field::project || f == Field::trace_id || f == Field::parent_span_id;
    if (is_place && base != nullptr) continue;
    view.last_updated_at_us = std::max(view.last_updated_at_us, word->moment.stamp_us);
    bool wins = false;
    if (base == nullptr) {
      wins = true;
    } else if (first == base->message->moment.stamp_us) {
      wins = true;
    } else if (word->moment.from_client && base->message->moment.from_client) {
      wins = word->moment.stamp_us > base->message->moment.stamp_us;
    } else {
      wins = word->moment.arrival_us > base->arrival_us;
    }
    if (wins) view.fields[f] = word->value;
  }
  if (base == nullptr) view.fields[Field::start_time] = id.time_ms() * 1'000'000;
  return view;
}

std::vector<Message> random_messages(std::mt19937_64& random) {
  const auto below = [&](uint64_t n) { return static_cast<int64_t>(random() % n); };
  const int64_t count = 1 + below(7);
  std::vector<int64_t> arrivals;
  for (int64_t i = 0; i < count; ++i) arrivals.push_back(10 + i);
  if (below(2) == 0) std::shuffle(arrivals.begin(), arrivals.end(), random);
  const int64_t stamped_percent = std::vector<int64_t>{0, 50, 100}[static_cast<size_t>(below(3))];
  const int64_t skew = std::vector<int64_t>{0, -20, 20}[static_cast<size_t>(below(3))];
  std::vector<Message> told;
  for (int64_t arrival : arrivals) {
    Saying said;
    said.form = below(2) == 0 ? Message::Form::snapshot : Message::Form::patch;
    if (below(100) < stamped_percent) said.stamp_us = skew + 8 + below(10);
    const auto maybe = [&](Field f, Value value) {
      if (below(3) == 0) said.fields[f] = std::move(value);
    };
    maybe(Field::name, std::string(1, static_cast<char>('a' + below(3))));
    maybe(Field::output, std::string(1, static_cast<char>('0' + below(2))));
    maybe(Field::tags, "[]");
    maybe(Field::project, below(2));
    maybe(Field::parent_span_id, "p");
    maybe(Field::end_time, below(3) * 7);
    maybe(Field::cost, 0.25 * static_cast<double>(below(3)));
    if (!told.empty() && below(4) == 0) {  // a delivery of an earlier message again
      const Message& earlier = told[static_cast<size_t>(below(told.size()))];
      said = {earlier.form, earlier.fields, earlier.moment.from_client ? std::optional(earlier.moment.stamp_us) : std::nullopt};
    }
    told.push_back(arriving(said, arrival));
  }
  return told;
}

TEST(EntityOracle, AgreesOnRandomMessages) {
  uint64_t pending = 0;
  for (uint64_t seed = 0; seed < kCases; ++seed) {
    std::mt19937_64 random(seed);
    const std::vector<Message> told = random_messages(random);
    Entity e;
    for (const Message& m : told) {
      const Entity before = e;
      const bool changed = e.merge(m);
      ASSERT_EQ(changed, e != before) << "seed " << seed << "\n" << print(told);
    }
    const View got = e.view(kSomeId);
    if (!e.exists()) {
      ASSERT_EQ(e, Entity{}) << "seed " << seed << "\n" << print(told);
      continue;
    }
    ASSERT_EQ(got, answer(told, kSomeId)) << "seed " << seed << "\n" << print(told);
    if (got.pending) ++pending;
  }
  EXPECT_GT(pending, kCases / 100);
}

}  // namespace
}  // namespace opik::model
