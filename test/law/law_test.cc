// Goal: every store keeps the law: what it shows of an entity is what model::Entity shows of the same messages, and the laws
// hold on it by themselves.
// Method: many cases side by side in one store, each with an id of its own, told one message per commit, several commits' worth
// in one group, or all in one batch. Every case's outcome is compared as a whole. OPIK_LAW_CASES sets how many random ones (a store).

#include <gtest/gtest.h>

#include <cstdlib>
#include <random>

#include "model/entity_test.h"
#include "print.h"
#include "stores.h"

namespace opik::law {
namespace {

using model::Entity;
using model::Field;
using model::Fields;
using model::Kind;
using model::Message;
using model::Saying;

constexpr int64_t kSecond = 1'000'000;
constexpr int64_t kDay = 86'400 * kSecond;
const std::vector<std::optional<int64_t>> kSkews{std::nullopt, 0, kSecond, -kSecond, 3600 * kSecond, -3600 * kSecond, kDay, -kDay};

std::optional<int64_t> stamp(std::optional<int64_t> skew_us, int64_t client_time_us) {
  return skew_us ? std::optional(model::kFirstArrival + *skew_us + client_time_us) : std::nullopt;
}

// One id, and what is said of it in order. Field::project of a saying stands for the project "P<number>"; every saying has one.
struct Case {
  base::Uuid id;
  Kind kind = Kind::trace;
  std::vector<Saying> said;
  std::vector<Message> told;
  std::optional<Fields> want;  // if the law itself says it
};

std::string project_name(const Fields& fields) { return "P" + std::to_string(fields.integer(Field::project)); }

enum class Grouping { message, round, batch };

class StoreLaw : public testing::TestWithParam<std::string> {
 protected:
  // Arrivals: a second apart within a case, all of them different.
  Case& add(Kind kind, std::vector<Saying> said) {
    Case& c = cases_.emplace_back();
    c.id = id_of(static_cast<int64_t>(cases_.size()));
    c.kind = kind;
    c.said = std::move(said);
    for (size_t i = 0; i < c.said.size(); ++i) {
      const int64_t arrival = model::kFirstArrival + static_cast<int64_t>(i) * kSecond + static_cast<int64_t>(cases_.size() % 900'000);
      Message m = model::arriving(c.said[i], arrival);
      m.kind = kind;
      m.id = c.id;
      m.project_name = project_name(m.fields);
      m.fields[Field::project] = {};  // the store's to fill; the content hash was made with it
      c.told.push_back(std::move(m));
    }
    return c;
  }

  void play(Grouping grouping) {
    std::unique_ptr<Store> store = make_store(GetParam());
    constexpr size_t kSideBySide = 500;
    for (size_t first = 0; first < cases_.size(); first += kSideBySide) {
      const size_t last = std::min(first + kSideBySide, cases_.size());
      tell(*store, first, last, grouping);
      if (HasFatalFailure()) return;
      if (grouping == Grouping::round) store->reopen();
      for (size_t i = first; i < last && !HasFailure(); ++i) check(*store, cases_[i]);
      store = make_store(GetParam());  // small stores: the one in memory copies itself for every transaction
    }
  }

 private:
  void tell(Store& store, size_t first, size_t last, Grouping grouping) {
    commit(store, [&] {  // numbered as the model's P1, P2, ..: a tie between two hints at a project goes to the greater
      for (int n = 1; n <= 4; ++n) ASSERT_TRUE(store.catalog_writer().project_named(store::kDefaultWorkspace, "P" + std::to_string(n)));
    });
    size_t longest = 0;
    for (size_t i = first; i < last; ++i) longest = std::max(longest, cases_[i].told.size());
    if (grouping == Grouping::message) {
      for (size_t i = first; i < last; ++i) {
        for (const Message& m : cases_[i].told) ASSERT_EQ(write(store, {m}).stored, 1u);
      }
    } else if (grouping == Grouping::round) {
      for (size_t round = 0; round < longest; ++round) {
        commit(store, [&] {
          for (size_t i = first; i < last; ++i) {
            if (round >= cases_[i].told.size()) continue;
            ASSERT_EQ(apply(store, {cases_[i].told[round]}).stored, 1u);
          }
        });
      }
    } else {
      commit(store, [&] {
        for (size_t i = first; i < last; ++i) ASSERT_EQ(apply(store, cases_[i].told).stored, cases_[i].told.size());
      });
    }
  }

  static void check(Store& store, const Case& c) {
    Entity e;
    for (Message m : c.told) {
      m.fields[Field::project] = static_cast<int64_t>(std::stoll(m.project_name.substr(1)));
      e.merge(std::move(m));
    }
    model::Record want;
    want.kind = c.kind;
    want.id = c.id;
    want.view = e.view(c.id);
    want.project_name = project_name(want.view.fields);
    const auto got = store.traces().get(c.kind, store::kDefaultWorkspace, c.id);
    ASSERT_TRUE(got) << got.error().message;
    ASSERT_TRUE(*got) << model::print(c.told);
    ASSERT_EQ(print(**got), print(want)) << model::print(c.told);
    if (!c.want) return;
    model::Record by_law = want;
    by_law.view.fields = *c.want;
    by_law.project_name = project_name(*c.want);
    ASSERT_EQ(print(**got), print(by_law)) << model::print(c.told);
  }

  std::vector<Case> cases_;
};

// Of no trace that a case tells of.
std::string trace_id(int64_t n) { return std::string(id_of(10'000'000 + n).bytes()); }

// Fields that every create of the kind carries.
Fields created(Kind kind, std::initializer_list<std::pair<Field, model::Value>> values) {
  Fields out = model::fields(values);
  out[Field::start_time] = int64_t{1'700'000'000'000'000'000};
  if (!out.has(Field::project)) out[Field::project] = int64_t{1};
  if (kind == Kind::span && !out.has(Field::trace_id)) out[Field::trace_id] = trace_id(1);
  return out;
}
Fields updated(Kind kind, std::initializer_list<std::pair<Field, model::Value>> values) {
  Fields out = model::fields(values);
  if (!out.has(Field::project)) out[Field::project] = int64_t{1};
  if (kind == Kind::span && !out.has(Field::trace_id)) out[Field::trace_id] = trace_id(1);
  return out;
}

void overlay(Fields& on, const Fields& update) {
  model::each_field([&](Field f) {
    if (update.has(f) && !model::kPlaceFields.has(f)) on[f] = update[f];
  });
}

std::vector<Saying> alphabet_of(Kind kind) {
  std::vector<Saying> out;
  for (int64_t at : {kDay, kDay + 1}) {
    out.push_back(model::create(created(kind, {{Field::name, "a"}, {Field::input, "{\"q\":1}"}, {Field::project, int64_t{2}}}), at));
    out.push_back(model::create(created(kind, {{Field::output, "[1]"}, {Field::tags, "[\"x\"]"}, {Field::ttft, 0.5}}), at));
    out.push_back(model::update(updated(kind, {{Field::name, "b"}, {Field::output, "[2]"}}), at));
    out.push_back(model::update(updated(kind, {{Field::tags, "[]"}, {Field::metadata, "{}"}, {Field::project, int64_t{3}}}), at));
  }
  return out;
}

TEST_P(StoreLaw, OrderAndRepetition) {
  for (Kind kind : {Kind::trace, Kind::span}) {
    const std::vector<Saying> alphabet = alphabet_of(kind);
    for (size_t count : {1, 2, 3}) {
      model::each_pick(alphabet.size(), count, [&](const std::vector<size_t>& picked) {
        std::vector<Saying> in_order;
        for (size_t i : picked) in_order.push_back(alphabet[i]);
        const Fields want = model::tell(in_order).view(base::Uuid{}).fields;
        const bool pending =
            std::none_of(in_order.begin(), in_order.end(), [](const Saying& s) { return s.form == Message::Form::snapshot; });
        model::each_order(picked, [&](const std::vector<size_t>& order) {
          std::vector<Saying> said;
          for (size_t i : order) said.push_back(alphabet[i]);
          said.push_back(said.front());
          Case& c = add(kind, std::move(said));
          if (!pending) c.want = want;
        });
      });
    }
  }
  play(Grouping::round);
}

TEST_P(StoreLaw, NoLostUpdate) {
  for (Kind kind : {Kind::trace, Kind::span}) {
    const Fields start = created(kind, {{Field::name, "C"}, {Field::input, "{\"q\":1}"}, {Field::tags, "[\"c\"]"}});
    const std::vector<Fields> updates{updated(kind, {{Field::output, "\"u1\""}, {Field::end_time, int64_t{1'700'000'001'000'000'000}}}),
                                      updated(kind, {{Field::output, "\"u2\""}, {Field::name, "N"}}),
                                      updated(kind, {{Field::metadata, "{}"}, {Field::name, "M"}})};
    for (const auto& skew : kSkews) {
      const Saying create = model::create(start, stamp(skew, 0));
      for (const std::vector<size_t>& picked : {std::vector<size_t>{0, 1}, {0, 1, 2}, {0, 0, 1, 2}, {0, 1, 2, 3}, {0, 0, 1, 2, 3}}) {
        model::each_order(picked, [&](const std::vector<size_t>& order) {
          std::vector<Saying> said;
          Fields want = start;
          for (size_t i : order) {
            said.push_back(i == 0 ? create : model::update(updates[i - 1]));
            if (i > 0) overlay(want, updates[i - 1]);
          }
          add(kind, std::move(said)).want = want;
        });
      }
    }
  }
  play(Grouping::round);
}

TEST_P(StoreLaw, Overwrite) {
  for (Kind kind : {Kind::trace, Kind::span}) {
    for (const auto& skew : kSkews) {
      for (const Fields& rewritten :
           {created(kind, {}), created(kind, {{Field::name, "F"}, {Field::output, "1"}, {Field::project, int64_t{4}}})}) {
        const std::vector<Saying> before{
            model::create(created(kind, {{Field::name, "C"}, {Field::input, "2"}, {Field::tags, "[\"c\"]"}}), stamp(skew, 0)),
            model::update(updated(kind, {{Field::output, "\"u\""}})),
            model::update(updated(kind, {{Field::name, "U"}, {Field::error_info, "{\"exception_type\":\"E\"}"}}))};
        model::each_order({0, 1, 2}, [&](const std::vector<size_t>& order) {
          std::vector<Saying> said;
          for (size_t i : order) said.push_back(before[i]);
          said.push_back(model::create(rewritten, stamp(skew, 10 * kSecond)));
          add(kind, said).want = rewritten;
          said.push_back(said.back());
          add(kind, said).want = rewritten;
          const Fields last = updated(kind, {{Field::output, "\"last\""}});
          said.push_back(model::update(last));
          Fields want = rewritten;
          overlay(want, last);
          add(kind, said).want = want;
        });
      }
    }
  }
  play(Grouping::round);
}

TEST_P(StoreLaw, PendingIsReadableAndListed) {
  const std::unique_ptr<Store> store = make_store(GetParam());
  for (Kind kind : {Kind::trace, Kind::span}) {
    Message update = model::arriving(model::update(model::fields({{Field::output, "1"}})), model::kFirstArrival);
    update.kind = kind;
    update.id = id_of(5);
    update.project_name = "Waiting";
    if (kind == Kind::span) update.fields[Field::trace_id] = trace_id(5);
    write(*store, {update});
    const auto project = store->catalog().project_by_name(store::kDefaultWorkspace, "Waiting");
    ASSERT_TRUE(project && *project);
    query::Selection which;
    which.kind = kind;
    which.project = (*project)->number;
    const auto listed = store->traces().list(which, {}, model::FieldSet::all());
    ASSERT_TRUE(listed);
    ASSERT_EQ(listed->size(), 1u);
    EXPECT_TRUE(listed->front().view.pending);
    EXPECT_EQ(listed->front().view.fields.integer(Field::start_time), id_of(5).time_ms() * 1'000'000);
    EXPECT_EQ(listed->front().view.fields.text(Field::output), "1");
    EXPECT_EQ(*store->traces().count(which), 1);

    Message create = model::arriving(model::create(created(kind, {{Field::name, "C"}})), model::kFirstArrival + 1);
    create.kind = kind;
    create.id = id_of(5);
    create.project_name = "Elsewhere";  // the create's word on the place counts
    create.fields[Field::project] = {};
    if (kind == Kind::span) create.fields[Field::trace_id] = trace_id(5);
    set_content_hash(create);
    write(*store, {create});
    EXPECT_EQ(*store->traces().count(which), 0);
    const auto got = store->traces().get(kind, store::kDefaultWorkspace, id_of(5));
    ASSERT_TRUE(got && *got);
    EXPECT_FALSE((*got)->view.pending);
    EXPECT_EQ((*got)->project_name, "Elsewhere");
    EXPECT_EQ((*got)->view.fields.text(Field::name), "C");
    EXPECT_EQ((*got)->view.fields.text(Field::output), "1");
    EXPECT_EQ((*got)->view.fields.integer(Field::start_time), 1'700'000'000'000'000'000);
  }
}

Saying random_saying(Kind kind, std::mt19937_64& random, int64_t skew) {
  const auto below = [&](uint64_t n) { return static_cast<int64_t>(random() % n); };
  const auto one_of = [&](const std::vector<model::Value>& values) { return values[random() % values.size()]; };
  Saying said;
  said.form = below(2) == 0 ? Message::Form::snapshot : Message::Form::patch;
  if (below(2) == 0) said.stamp_us = model::kFirstArrival + skew + below(6) * kSecond / 2;
  said.fields[Field::project] = 1 + below(2);
  if (said.form == Message::Form::snapshot) said.fields[Field::start_time] = (1'700'000'000 + below(2)) * 1'000'000'000;
  const auto maybe = [&](Field f, const std::vector<model::Value>& values) {
    if (below(4) == 0) said.fields[f] = one_of(values);
  };
  maybe(Field::name, {"a", "b", "\u00fc"});
  if (said.form == Message::Form::patch) said.fields[Field::source] = "sdk";  // no update is empty
  maybe(Field::end_time, {int64_t{1'700'000'001'000'000'000}, int64_t{1'700'000'002'000'000'123}});
  maybe(Field::input, {"{}", "{\"q\": 1}", "null"});
  maybe(Field::output, {"1e400", "[\"\\u0000\"]"});
  maybe(Field::metadata, {"{\"a\":1}"});
  maybe(Field::tags, {"[]", "[\"x\",\"y\"]"});
  maybe(Field::error_info, {"{\"exception_type\":\"E\",\"traceback\":\"t\"}", "{}"});
  maybe(Field::ttft, {0.0, 12.5});
  maybe(Field::source, {"sdk", "experiment"});
  if (kind == Kind::trace) {
    maybe(Field::thread_id, {"t1", "t2"});
    return said;
  }
  said.fields[Field::trace_id] = trace_id(1 + below(2));
  maybe(Field::parent_span_id, {trace_id(3), trace_id(4)});
  maybe(Field::type, {"llm", "tool"});
  maybe(Field::usage, {"{}", "{\"total_tokens\":7}"});
  maybe(Field::model, {"m"});
  maybe(Field::provider, {"openai", "anthropic"});
  maybe(Field::cost, {0.25, 0.5});
  return said;
}

TEST_P(StoreLaw, RandomMessages) {
  const char* asked = std::getenv("OPIK_LAW_CASES");
  const uint64_t cases = asked != nullptr ? std::strtoull(asked, nullptr, 10) : 4'000;
  for (uint64_t seed = 0; seed < cases; ++seed) {
    std::mt19937_64 random(seed);
    const Kind kind = seed % 2 == 0 ? Kind::trace : Kind::span;
    const int64_t skew = std::vector<int64_t>{0, -kDay, kDay}[random() % 3];
    std::vector<Saying> said;
    for (uint64_t i = 1 + random() % 6; i > 0; --i) {
      said.push_back(!said.empty() && random() % 4 == 0 ? said[random() % said.size()] : random_saying(kind, random, skew));
    }
    add(kind, std::move(said));
  }
  play(Grouping::round);
  play(Grouping::batch);
}

TEST_P(StoreLaw, RandomMessagesOneCommitEach) {
  for (uint64_t seed = 0; seed < 200; ++seed) {
    std::mt19937_64 random(seed + 1'000'000);
    const Kind kind = seed % 2 == 0 ? Kind::trace : Kind::span;
    std::vector<Saying> said;
    for (uint64_t i = 1 + random() % 5; i > 0; --i) said.push_back(random_saying(kind, random, 0));
    add(kind, std::move(said));
  }
  play(Grouping::message);
}

INSTANTIATE_TEST_SUITE_P(On, StoreLaw, testing::ValuesIn(kStores), [](const auto& tested) { return tested.param; });

}  // namespace
}  // namespace opik::law
