// Goal: what the store interfaces promise beyond the law of merging, with answers that were worked out by hand: projects,
// deletions, scores, totals, statistics, search, order of listings, tag edits, transactions.
// Method: a small scene per promise, on every store.

#include <gmock/gmock.h>

#include "model/entity_test.h"
#include "print.h"
#include "stores.h"

namespace opik::law {
namespace {

using base::Code;
using base::Uuid;
using model::Field;
using model::Fields;
using model::Kind;
using model::Message;
using model::Record;
using store::kDefaultWorkspace;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr int64_t kT = model::kFirstArrival;
constexpr int64_t kStart = 1'700'000'000'000'000'000;

class StoreContract : public testing::TestWithParam<std::string> {
 protected:
  std::unique_ptr<Store> store_ = make_store(GetParam());

  Message trace(int64_t n, int64_t arrival, std::initializer_list<std::pair<Field, model::Value>> values = {}, std::string project = "P") {
    Message m = model::arriving(model::create(model::fields(values)), arrival);
    m.id = id_of(n);
    m.fields[Field::start_time] = kStart;
    m.project_name = std::move(project);
    set_content_hash(m);
    return m;
  }
  Message span(int64_t n, int64_t of_trace, int64_t arrival, std::initializer_list<std::pair<Field, model::Value>> values = {},
               std::string project = "P") {
    Message m = trace(n, arrival, values, std::move(project));
    m.kind = Kind::span;
    m.fields[Field::trace_id] = std::string(id_of(of_trace).bytes());
    set_content_hash(m);
    return m;
  }
  Message update(Kind kind, int64_t n, int64_t arrival, std::initializer_list<std::pair<Field, model::Value>> values,
                 std::string project = "") {
    Message m = model::arriving(model::update(model::fields(values)), arrival);
    m.kind = kind;
    m.id = id_of(n);
    m.project_name = std::move(project);
    return m;
  }

  std::optional<model::Project> project(std::string_view name) {
    const auto found = store_->catalog().project_by_name(kDefaultWorkspace, name);
    EXPECT_TRUE(found);
    return *found;
  }
  query::Selection all(Kind kind, std::string_view project_name = "P") {
    query::Selection which;
    which.kind = kind;
    const auto found = project(project_name);
    which.project = found ? found->number : -1;
    return which;
  }
  std::optional<Record> get(Kind kind, int64_t n) {
    auto got = store_->traces().get(kind, kDefaultWorkspace, id_of(n));
    EXPECT_TRUE(got);
    return *std::move(got);
  }
  std::vector<int64_t> ids(const query::Selection& which, const query::Window& window = {}) {
    const auto listed = store_->traces().list(which, window, model::FieldSet::all());
    EXPECT_TRUE(listed);
    std::vector<int64_t> out;
    for (const Record& r : *listed) out.push_back(static_cast<uint8_t>(r.id.bytes()[15]));
    return out;
  }
  model::FeedbackScore score(int64_t n, std::string name, double value, std::string author = "admin") {
    model::FeedbackScore s;
    s.entity_id = id_of(n);
    s.name = std::move(name);
    s.value_nano = static_cast<int64_t>(value * 1e9);
    s.author = std::move(author);
    s.source = "sdk";
    s.project_name = "P";
    s.created_at_us = s.last_updated_at_us = kT;
    return s;
  }
  void put(Kind kind, const std::vector<model::FeedbackScore>& scores) {
    commit(*store_, [&] { ASSERT_TRUE(store_->writer().put_scores(kDefaultWorkspace, kind, scores)); });
  }
  void remove(std::vector<int64_t> traces, int64_t arrival, std::optional<int64_t> in_project = std::nullopt) {
    std::vector<Uuid> which;
    for (int64_t n : traces) which.push_back(id_of(n));
    commit(*store_, [&] { ASSERT_TRUE(store_->writer().delete_traces(kDefaultWorkspace, which, in_project, arrival)); });
  }
};

TEST_P(StoreContract, WhatIsUnknownIsAnsweredEmpty) {
  EXPECT_FALSE(get(Kind::trace, 1));
  EXPECT_FALSE(*store_->traces().exists(Kind::span, kDefaultWorkspace, id_of(1)));
  EXPECT_THAT(ids(all(Kind::trace)), IsEmpty());
  EXPECT_EQ(*store_->traces().count(all(Kind::trace)), 0);
  EXPECT_EQ(store_->traces().stats(all(Kind::trace))->count, 0);
  EXPECT_FALSE(store_->traces().stats(all(Kind::trace))->duration_ms);
}

TEST_P(StoreContract, WhatIsNotCommittedIsNotSeenAndARollbackUndoesIt) {
  write(*store_, {trace(1, kT, {{Field::name, "old"}})});
  ASSERT_TRUE(store_->writer().begin());
  apply(*store_, {trace(2, kT + 1), trace(1, kT + 2, {{Field::name, "new"}})});
  ASSERT_TRUE(store_->writer().delete_traces(kDefaultWorkspace, {id_of(1)}, std::nullopt, kT + 3));
  ASSERT_TRUE(store_->writer().put_scores(kDefaultWorkspace, Kind::trace, {score(1, "s", 1)}));
  ASSERT_TRUE(store_->catalog_writer().project_named(kDefaultWorkspace, "Q"));
  EXPECT_FALSE(get(Kind::trace, 2));
  EXPECT_EQ(get(Kind::trace, 1)->view.fields.text(Field::name), "old");
  store_->writer().rollback();
  EXPECT_FALSE(get(Kind::trace, 2));
  EXPECT_EQ(get(Kind::trace, 1)->view.fields.text(Field::name), "old");
  EXPECT_THAT(get(Kind::trace, 1)->scores, IsEmpty());
  EXPECT_FALSE(project("Q"));
  EXPECT_EQ(*store_->traces().count(all(Kind::trace)), 1);
  EXPECT_EQ(write(*store_, {trace(1, kT + 4, {{Field::name, "newer"}})}).stored, 1u);  // and the deletion is not remembered
  EXPECT_EQ(get(Kind::trace, 1)->view.fields.text(Field::name), "newer");
}

// The same prepared batch after its group failed.
TEST_P(StoreContract, ABatchCanBeAppliedAgainAfterARollback) {
  Message edit = update(Kind::trace, 1, kT + 2, {});
  edit.tag_edit = model::TagEdit{{"a"}, {}};
  const auto batch = prepare(*store_, {update(Kind::trace, 2, kT, {{Field::output, "1"}}), trace(1, kT + 1, {{Field::input, "{}"}}), edit});
  ASSERT_TRUE(store_->writer().begin());
  ASSERT_TRUE(store_->writer().apply(*batch));
  store_->writer().rollback();
  commit(*store_, [&] { EXPECT_EQ(store_->writer().apply(*batch)->stored, 3u); });
  EXPECT_EQ(get(Kind::trace, 2)->view.fields.text(Field::output), "1");
  EXPECT_EQ(get(Kind::trace, 1)->view.fields.text(Field::tags), "[\"a\"]");
  EXPECT_EQ(get(Kind::trace, 1)->view.fields.text(Field::input), "{}");
}

TEST_P(StoreContract, EverythingIsThereAfterReopening) {
  write(*store_, {trace(1, kT, {{Field::input, "{\"a\": 1}"}}), update(Kind::trace, 1, kT + 1, {{Field::output, "2"}}), span(2, 3, kT + 2),
                  update(Kind::trace, 4, kT + 3, {{Field::name, "p"}})});
  put(Kind::trace, {score(1, "s", 0.5)});
  remove({9}, kT + 10);
  const std::string before = print({*get(Kind::trace, 1), *get(Kind::span, 2), *get(Kind::trace, 4)});
  EXPECT_GE(store_->traces().last_arrival_us(), kT + 10);
  store_->reopen();
  EXPECT_EQ(print({*get(Kind::trace, 1), *get(Kind::span, 2), *get(Kind::trace, 4)}), before);
  EXPECT_GE(store_->traces().last_arrival_us(), kT + 10);
  write(*store_, {trace(9, kT + 9)});
  EXPECT_FALSE(get(Kind::trace, 9));
}

TEST_P(StoreContract, ProjectsAreNamedWithoutRegardToCase) {
  write(*store_, {trace(1, kT, {}, "Mine"), trace(2, kT + 1, {}, "MINE"), trace(3, kT + 2, {}, "Other")});
  EXPECT_EQ(get(Kind::trace, 2)->project_name, "Mine");
  EXPECT_EQ(get(Kind::trace, 2)->project_id, project("mine")->id);
  EXPECT_THAT(ids(all(Kind::trace, "mInE")), ElementsAre(2, 1));
  EXPECT_EQ(project("mine")->last_updated_trace_at_us, kT + 1);
  EXPECT_FALSE(project("Min"));
  commit(*store_, [&] {
    model::Project made;
    made.name = "mINE";
    const auto taken = store_->catalog_writer().create_project(kDefaultWorkspace, made);
    ASSERT_FALSE(taken);
    EXPECT_EQ(taken.error().code, Code::conflict);
    made.id = id_of(50);
    made.name = "New";
    made.description = "d";
    EXPECT_TRUE(store_->catalog_writer().create_project(kDefaultWorkspace, made));
    store::ProjectPatch patch;
    patch.name = "OTHER";
    EXPECT_EQ(store_->catalog_writer().update_project(kDefaultWorkspace, id_of(50), patch).error().code, Code::conflict);
    patch.name = "NEW";  // its own name in another case
    patch.visibility = "public";
    EXPECT_TRUE(store_->catalog_writer().update_project(kDefaultWorkspace, id_of(50), patch));
    EXPECT_EQ(store_->catalog_writer().update_project(kDefaultWorkspace, id_of(51), patch).error().code, Code::not_found);
  });
  EXPECT_EQ(print(*project("new")), "project 'NEW' d public traces_at=-\n");
  EXPECT_EQ(project("new")->id, id_of(50));

  store::ProjectListing listing;
  listing.sort = store::ProjectListing::Sort::name;
  listing.descending = false;
  const auto names = [&] {
    std::vector<std::string> out;
    const auto page = store_->catalog().projects(kDefaultWorkspace, listing);
    for (const auto& p : page->projects) out.push_back(p.name);
    return out;
  };
  EXPECT_THAT(names(), ElementsAre("Default Project", "Mine", "NEW", "Other"));
  listing.sort = store::ProjectListing::Sort::last_updated_trace_at;
  listing.descending = true;
  EXPECT_THAT(names(), ElementsAre("Other", "Mine", "Default Project", "NEW"));
  listing.offset = 1;
  listing.limit = 1;
  EXPECT_THAT(names(), ElementsAre("Mine"));
  EXPECT_EQ(store_->catalog().projects(kDefaultWorkspace, listing)->total, 4);
  listing = {};
  listing.name_contains = "E";
  EXPECT_EQ(store_->catalog().projects(kDefaultWorkspace, listing)->total, 4);
  listing.name_contains = "ne";
  EXPECT_EQ(store_->catalog().projects(kDefaultWorkspace, listing)->total, 2);
}

TEST_P(StoreContract, ADeletedProjectsTracesStayAndItsNameIsFree) {
  write(*store_, {trace(1, kT)});
  const model::Project old = *project("P");
  commit(*store_, [&] { ASSERT_TRUE(store_->catalog_writer().delete_projects(kDefaultWorkspace, {old.id, id_of(77)})); });
  EXPECT_FALSE(project("P"));
  EXPECT_FALSE(*store_->catalog().project_by_id(kDefaultWorkspace, old.id));
  EXPECT_EQ(get(Kind::trace, 1)->project_id, old.id);
  EXPECT_EQ(get(Kind::trace, 1)->project_name, "P");
  write(*store_, {trace(2, kT + 1)});
  EXPECT_NE(project("P")->id, old.id);
  EXPECT_THAT(ids(all(Kind::trace)), ElementsAre(2));
  query::Selection in_old = all(Kind::trace);
  in_old.project = old.number;
  EXPECT_THAT(ids(in_old), ElementsAre(1));
}

TEST_P(StoreContract, AnUpdateHintsAtAProjectOnlyUntilTheCreateIsKnown) {
  write(*store_, {trace(1, kT)});
  write(*store_, {update(Kind::trace, 1, kT + 1, {{Field::name, "n"}}, "Typo"), update(Kind::trace, 1, kT + 2, {{Field::name, "m"}})});
  EXPECT_FALSE(project("Typo"));
  EXPECT_EQ(get(Kind::trace, 1)->project_name, "P");

  write(*store_, {update(Kind::trace, 2, kT + 3, {{Field::name, "n"}})});
  EXPECT_EQ(get(Kind::trace, 2)->project_name, model::kDefaultProject);
  write(*store_, {update(Kind::trace, 3, kT + 4, {{Field::name, "n"}}, "Hint")});
  EXPECT_EQ(get(Kind::trace, 3)->project_name, "Hint");
  Message by_id = update(Kind::trace, 4, kT + 5, {{Field::name, "n"}}, "Ignored");
  by_id.project_id = project("P")->id;
  Message by_unknown_id = update(Kind::trace, 5, kT + 6, {{Field::name, "n"}}, "Hint");
  by_unknown_id.project_id = id_of(99);
  write(*store_, {by_id, by_unknown_id});
  EXPECT_EQ(get(Kind::trace, 4)->project_name, "P");
  EXPECT_EQ(get(Kind::trace, 5)->project_name, "Hint");
  EXPECT_FALSE(project("Ignored"));
  EXPECT_EQ(*store_->traces().count(all(Kind::trace)), 2);
  write(*store_, {trace(3, kT + 7, {}, "P")});  // the create moves it: counted once
  EXPECT_EQ(*store_->traces().count(all(Kind::trace)), 3);
  EXPECT_EQ(*store_->traces().count(all(Kind::trace, "Hint")), 1);
}

TEST_P(StoreContract, TagEditsApplyToWhatIsThere) {
  const auto edit = [&](int64_t n, int64_t arrival, std::vector<std::string> add, std::vector<std::string> remove) {
    Message m = update(Kind::trace, n, arrival, {});
    m.tag_edit = model::TagEdit{std::move(add), std::move(remove)};
    return m;
  };
  write(*store_, {trace(1, kT, {{Field::tags, "[\"a\",\"b\"]"}}), edit(1, kT + 1, {"c", "a"}, {"b"}), edit(2, kT + 2, {"x"}, {"y"})});
  EXPECT_EQ(get(Kind::trace, 1)->view.fields.text(Field::tags), "[\"a\",\"c\"]");
  EXPECT_EQ(get(Kind::trace, 2)->view.fields.text(Field::tags), "[\"x\"]");

  std::vector<std::string> many;
  for (int i = 0; i < 49; ++i) many.push_back("t" + std::to_string(i));
  const store::WriteReport report = write(*store_, {trace(3, kT + 3), edit(1, kT + 4, many, {}), edit(2, kT + 5, many, {})});
  EXPECT_EQ(report.stored, 2u);
  ASSERT_EQ(report.rejected.size(), 1u);
  EXPECT_EQ(report.rejected[0].index, 1u);
  EXPECT_EQ(report.rejected[0].id, id_of(1));
  EXPECT_EQ(report.rejected[0].error.code, Code::unprocessable);
  EXPECT_EQ(get(Kind::trace, 1)->view.fields.text(Field::tags), "[\"a\",\"c\"]");
  EXPECT_TRUE(get(Kind::trace, 3));
}

TEST_P(StoreContract, ADeletionTakesSpansAndScoresAndCoversWhatIsOlder) {
  Message ahead = span(3, 1, kT + 2, {{Field::name, "ahead"}});
  ahead.moment = model::Moment::stamped(kT + 5000, kT + 2);
  write(*store_, {trace(1, kT), span(2, 1, kT + 1), ahead, trace(4, kT + 3), span(5, 4, kT + 4), span(6, 1, kT + 4, {}, "Q")});
  put(Kind::trace, {score(1, "s", 1), score(4, "s", 1), score(8, "s", 1)});
  put(Kind::span, {score(2, "s", 1)});
  remove({1, 8}, kT + 100);
  for (int64_t n : {2, 3, 6}) EXPECT_FALSE(get(Kind::span, n)) << n;
  EXPECT_FALSE(get(Kind::trace, 1));
  EXPECT_TRUE(get(Kind::trace, 4));
  EXPECT_EQ(*store_->traces().count(all(Kind::span)), 1);

  const auto stamped = [](Message m, int64_t stamp) {
    m.moment = model::Moment::stamped(stamp, m.moment.arrival_us);
    return m;
  };
  // Accepted, without effect; spans too, also one that was never seen.
  const store::WriteReport report = write(
      *store_, {trace(1, kT + 99), stamped(trace(1, kT + 200), kT + 5000), stamped(span(7, 1, kT + 201), kT + 5000), span(2, 1, kT + 100),
                trace(8, kT + 100, {}, "Never"), update(Kind::trace, 1, kT + 50, {{Field::name, "late"}}, "Never")});
  EXPECT_EQ(report.stored, 6u);
  EXPECT_THAT(report.rejected, IsEmpty());
  for (int64_t n : {1, 8}) EXPECT_FALSE(get(Kind::trace, n)) << n;
  for (int64_t n : {2, 7}) EXPECT_FALSE(get(Kind::span, n)) << n;
  EXPECT_FALSE(project("Never"));

  // Newer than the deletion: alive again, with nothing of before.
  write(*store_, {trace(1, kT + 101), stamped(span(7, 1, kT + 300), kT + 5001), span(2, 1, kT + 302), trace(8, kT + 303)});
  EXPECT_TRUE(get(Kind::trace, 1));
  EXPECT_TRUE(get(Kind::span, 7));
  EXPECT_EQ(get(Kind::trace, 1)->view.created_at_us, kT + 101);
  EXPECT_THAT(get(Kind::trace, 1)->scores, IsEmpty());
  EXPECT_THAT(get(Kind::span, 2)->scores, IsEmpty());
  EXPECT_THAT(get(Kind::trace, 8)->scores, IsEmpty());  // scored before it was known
  EXPECT_EQ(get(Kind::trace, 4)->scores.size(), 1u);
}

TEST_P(StoreContract, ADeletionInAProjectLeavesOthersAlone) {
  write(*store_, {trace(1, kT), trace(2, kT + 1, {}, "Q"), span(3, 2, kT + 2), span(4, 5, kT + 3)});
  remove({1, 2, 5}, kT + 100, project("P")->number);
  EXPECT_FALSE(get(Kind::trace, 1));
  EXPECT_TRUE(get(Kind::trace, 2));
  EXPECT_TRUE(get(Kind::span, 3));
  EXPECT_TRUE(get(Kind::span, 4));
  write(*store_, {trace(5, kT + 50)});  // not remembered as deleted: it was not known to be in the project
  EXPECT_TRUE(get(Kind::trace, 5));
}

TEST_P(StoreContract, TheLastWordOnAScoreCounts) {
  write(*store_, {trace(1, kT), span(2, 1, kT + 1)});
  model::FeedbackScore again = score(1, "b", 0.25);
  again.reason = "why";
  again.created_at_us = again.last_updated_at_us = kT + 9;
  again.project_name = "New";
  put(Kind::trace, {score(1, "b", 1), score(1, "a", 1), score(1, "a", 0, "bob"), score(7, "a", 1)});
  put(Kind::span, {score(2, "a", -999999999.5)});
  put(Kind::trace, {again});
  const Record r = *get(Kind::trace, 1);
  ASSERT_EQ(r.scores.size(), 3u);
  EXPECT_EQ(r.scores[2].name, "b");
  EXPECT_EQ(r.scores[2].value_nano, 250'000'000);
  EXPECT_EQ(r.scores[2].reason, "why");
  EXPECT_EQ(r.scores[2].created_at_us, kT);
  EXPECT_EQ(r.scores[2].last_updated_at_us, kT + 9);
  EXPECT_EQ(r.scores[2].project_name, "");
  EXPECT_TRUE(project("New"));
  ASSERT_EQ(r.totals.span_scores.size(), 1u);
  EXPECT_EQ(r.totals.span_scores[0].entity_id, id_of(2));
  EXPECT_EQ(r.totals.span_scores[0].value_nano, -999'999'999'500'000'000);
  EXPECT_THAT(get(Kind::span, 2)->scores, testing::SizeIs(1));

  const auto names = [&] {
    std::vector<std::string> out;
    const std::optional<Record> scored = get(Kind::trace, 1);
    for (const auto& s : scored->scores) out.push_back(s.name + "/" + s.author);
    return out;
  };
  const auto forget = [&](const std::string& name, const std::string& author) {
    commit(*store_, [&] { ASSERT_TRUE(store_->writer().delete_score(kDefaultWorkspace, Kind::trace, id_of(1), name, author)); });
  };
  forget("a", "admin");
  EXPECT_THAT(names(), ElementsAre("a/bob", "b/admin"));
  forget("a", "");
  forget("none", "");
  EXPECT_THAT(names(), ElementsAre("b/admin"));
  EXPECT_THAT(get(Kind::span, 2)->scores, testing::SizeIs(1));
  write(*store_, {trace(7, kT + 20)});
  EXPECT_THAT(get(Kind::trace, 7)->scores, testing::SizeIs(1));  // it was scored before it came
}

TEST_P(StoreContract, TotalsAddUpTheSpansInTheTracesProject) {
  write(*store_,
        {trace(1, kT),
         span(2, 1, kT + 1, {{Field::type, "llm"}, {Field::usage, "{\"a\":1,\"b\":2}"}, {Field::cost, 0.5}, {Field::provider, "x"}}),
         span(3, 1, kT + 2, {{Field::type, "tool"}, {Field::usage, "{\"a\":10}"}, {Field::cost, 0.25}, {Field::provider, "o"}}),
         span(4, 1, kT + 3, {{Field::type, "llm"}, {Field::cost, 8.0}}, "Elsewhere"), span(5, 9, kT + 4, {{Field::cost, 8.0}}),
         update(Kind::span, 3, kT + 5,
                {{Field::trace_id, std::string(id_of(1).bytes())}, {Field::usage, "{\"a\":20}"}, {Field::provider, "x"}})});
  const model::TraceTotals totals = get(Kind::trace, 1)->totals;
  EXPECT_EQ(totals.span_count, 2);
  EXPECT_EQ(totals.llm_span_count, 1);
  EXPECT_TRUE(totals.has_tool_spans);
  EXPECT_DOUBLE_EQ(totals.cost, 0.75);
  EXPECT_EQ(totals.usage, (model::TokenCounts{{"a", 21}, {"b", 2}}));
  EXPECT_THAT(totals.providers, ElementsAre("x"));
}

// What a span costs follows whatever is said about it, in whatever way it is said.
TEST_P(StoreContract, ASpanCostsWhatIsGivenElseEstimatedElseToldByMetadata) {
  constexpr const char* kUsage = R"({"prompt_tokens":1000,"completion_tokens":100})";  // of gpt-4o: 0.0025 + 0.001 dollars
  constexpr const char* kTold = R"({"cost":{"total_cost":0.5,"currency":"USD"}})";
  const auto of_trace = [&](std::initializer_list<std::pair<Field, model::Value>> values) {
    std::vector<std::pair<Field, model::Value>> all_values(values);
    all_values.emplace_back(Field::trace_id, std::string(id_of(1).bytes()));
    return all_values;
  };
  const auto patch = [&](int64_t n, int64_t arrival, std::initializer_list<std::pair<Field, model::Value>> values) {
    Message m = update(Kind::span, n, arrival, {});
    for (auto& [field, value] : of_trace(values)) m.fields[field] = value;
    m.project_name = "P";
    return m;
  };
  const auto cost = [&](int64_t n) { return get(Kind::span, n)->cost; };

  // Creates.
  write(*store_,
        {trace(1, kT), span(2, 1, kT + 1, {{Field::model, "gpt-4o"}, {Field::provider, "openai"}, {Field::usage, kUsage}}),
         span(3, 1, kT + 2, {{Field::model, "gpt-4o"}, {Field::provider, "openai"}, {Field::usage, kUsage}, {Field::cost, 0.25}}),
         span(4, 1, kT + 3, {{Field::metadata, kTold}, {Field::model, "nobodys"}, {Field::provider, "openai"}, {Field::usage, kUsage}}),
         span(5, 1, kT + 4, {{Field::model, "gpt-4o"}, {Field::provider, "openai"}, {Field::usage, kUsage}, {Field::metadata, kTold}}),
         span(6, 1, kT + 5, {{Field::cost, 0.0}, {Field::metadata, kTold}}), span(7, 1, kT + 6, {{Field::usage, kUsage}})});
  EXPECT_DOUBLE_EQ(cost(2), 0.0035);
  EXPECT_EQ(cost(3), 0.25);
  EXPECT_EQ(cost(4), 0.5);
  EXPECT_DOUBLE_EQ(cost(5), 0.0035);
  EXPECT_EQ(cost(6), 0);
  EXPECT_EQ(cost(7), 0);
  EXPECT_DOUBLE_EQ(get(Kind::trace, 1)->totals.cost, 0.0035 + 0.25 + 0.5 + 0.0035);
  EXPECT_EQ(get(Kind::span, 2)->view.fields.has(Field::cost), false);  // what is computed is never taken for what was given

  // Updates: of each thing that it is made of, with and without the payload, and before the create.
  write(*store_, {patch(7, kT + 10, {{Field::model, "gpt-4o"}}), patch(7, kT + 11, {{Field::provider, "openai"}}),
                  patch(2, kT + 12, {{Field::usage, R"({"prompt_tokens":2000})"}}), patch(4, kT + 13, {{Field::metadata, "{}"}}),
                  patch(5, kT + 14, {{Field::cost, 1.5}}), patch(6, kT + 15, {{Field::name, "n"}}),
                  patch(8, kT + 16, {{Field::model, "gpt-4o"}, {Field::provider, "openai"}, {Field::usage, kUsage}}),
                  patch(3, kT + 17, {{Field::model, "gpt-4o-mini"}})});
  EXPECT_DOUBLE_EQ(cost(7), 0.0035);
  EXPECT_DOUBLE_EQ(cost(2), 0.005);
  EXPECT_EQ(cost(4), 0);
  EXPECT_EQ(cost(5), 1.5);
  EXPECT_EQ(cost(6), 0);
  EXPECT_DOUBLE_EQ(cost(8), 0.0035);
  EXPECT_EQ(cost(3), 0.25);
  write(*store_, {patch(4, kT + 20, {{Field::model, "gpt-4o"}}), patch(8, kT + 21, {{Field::model, "nobodys"}}),
                  patch(8, kT + 22, {{Field::metadata, kTold}}), span(2, 1, kT + 23)});
  EXPECT_DOUBLE_EQ(cost(4), 0.0035);
  EXPECT_EQ(cost(8), 0.5);
  EXPECT_EQ(cost(2), 0);  // overwritten by a create that says nothing
  // What its metadata tell is known also where they need not be read.
  write(*store_, {patch(8, kT + 30, {{Field::model, "gpt-4o"}}), patch(8, kT + 31, {{Field::usage, "{}"}})});
  EXPECT_EQ(cost(8), 0.5);

  store_->reopen();
  EXPECT_DOUBLE_EQ(get(Kind::trace, 1)->totals.cost, 0.25 + 0.0035 + 1.5 + 0.0035 + 0.5);
  EXPECT_DOUBLE_EQ(store_->traces().stats(all(Kind::span))->cost_sum, 0.25 + 0.0035 + 1.5 + 0.0035 + 0.5);
}

TEST_P(StoreContract, StatisticsAreExact) {
  write(
      *store_,
      {trace(1, kT, {{Field::end_time, kStart + 1'000'000}, {Field::input, "1"}, {Field::tags, "[\"a\",\"b\"]"}, {Field::thread_id, "t"}}),
       trace(2, kT + 1, {{Field::end_time, kStart + 3'000'000}, {Field::output, "1"}, {Field::thread_id, "t"}, {Field::error_info, "{}"}}),
       trace(3, kT + 2, {{Field::metadata, "{}"}, {Field::thread_id, "u"}}), trace(4, kT + 3, {{Field::end_time, kStart + 2'000'000}}),
       span(5, 1, kT + 4, {{Field::type, "llm"}, {Field::cost, 3.0}, {Field::usage, "{\"t\":4}"}, {Field::end_time, kStart + 1'500'999}}),
       span(6, 2, kT + 5, {{Field::cost, 1.0}, {Field::usage, "{\"t\":2,\"u\":1}"}}), trace(7, kT + 6, {}, "Q")});
  put(Kind::trace, {score(1, "s", 1), score(1, "s", 0, "bob"), score(2, "s", 1), score(7, "s", 9)});
  put(Kind::span, {score(5, "q", 0.5), score(6, "q", 1)});
  EXPECT_EQ(print(*store_->traces().stats(all(Kind::trace))),
            "count=4 input=1 output=1 metadata=1 errors=1 threads=2 tags=0.5 llm=0.25 spans=0.5 cost_sum=4 cost=2 p50=2 p90=2.8 p99=2.98\n"
            " usage={ t=3 u=1 } sum={ t=6 u=1 } scores={ s=0.75 } span_scores={ q=0.75 }\n");
  EXPECT_EQ(print(*store_->traces().stats(all(Kind::span))),
            "count=2 input=0 output=0 metadata=0 errors=0 threads=0 tags=0 llm=0 spans=0 cost_sum=4 cost=2 p50=1.5 p90=1.5 p99=1.5\n"
            " usage={ t=3 u=1 } sum={ t=6 u=1 } scores={ q=0.75 } span_scores={ }\n");
  query::Selection one = all(Kind::span);
  one.trace_id = id_of(2);
  EXPECT_EQ(store_->traces().stats(one)->usage_sum.at("t"), 2);
}

TEST_P(StoreContract, ListsInOrderAndByPages) {
  write(*store_, {span(1, 20, kT), span(2, 21, kT + 1), span(3, 20, kT + 2), span(4, 20, kT + 3), span(5, 20, kT + 4), trace(1, kT + 5),
                  trace(2, kT + 6), trace(3, kT + 7)});
  const auto parented = [&](int64_t n, int64_t parent, int64_t arrival) {
    Message m = span(n, 20, arrival);
    m.fields[Field::parent_span_id] = std::string(id_of(parent).bytes());
    set_content_hash(m);
    return m;
  };
  write(*store_, {parented(4, 1, kT + 10), parented(3, 9, kT + 11)});
  EXPECT_THAT(ids(all(Kind::span)), ElementsAre(2, 3, 4, 5, 1));
  EXPECT_THAT(ids(all(Kind::span), {.before = {}, .offset = 1, .limit = 2}), ElementsAre(3, 4));
  EXPECT_THAT(ids(all(Kind::span), {.before = {}, .offset = 9, .limit = 2}), IsEmpty());
  using Order = query::Window::Order;
  EXPECT_THAT(ids(all(Kind::span), {.order = Order::newest, .before = {}}), ElementsAre(5, 4, 3, 2, 1));
  EXPECT_THAT(ids(all(Kind::span), {.order = Order::newest, .before = id_of(4), .limit = 2}), ElementsAre(3, 2));
  EXPECT_THAT(ids(all(Kind::span), {.order = Order::newest, .before = id_of(1)}), IsEmpty());
  EXPECT_THAT(ids(all(Kind::trace)), ElementsAre(3, 2, 1));

  query::Selection some = all(Kind::span);
  some.id_from = id_of(2);
  some.id_to = id_of(4);
  EXPECT_THAT(ids(some), ElementsAre(2, 3, 4));
  EXPECT_EQ(*store_->traces().count(some), 3);
  some.trace_id = id_of(20);
  EXPECT_THAT(ids(some), ElementsAre(3, 4));
}

TEST_P(StoreContract, ListsReadPayloadsOnlyWhenAsked) {
  write(*store_, {trace(1, kT, {{Field::name, "n"}, {Field::input, "1"}, {Field::error_info, "{}"}})});
  const auto narrow = store_->traces().list(all(Kind::trace), {}, {Field::name});
  EXPECT_EQ(narrow->at(0).view.fields,
            model::fields({{Field::name, "n"}, {Field::start_time, kStart}, {Field::project, project("P")->number}}));
  const auto whole = store_->traces().list(all(Kind::trace), {}, {Field::input});
  EXPECT_EQ(whole->at(0).view.fields.text(Field::input), "1");
}

TEST_P(StoreContract, SearchFindsTextWhereverItIs) {
  const std::string two{"\xc3\xbc\xf0\x9f\x98\x80"};  // u umlaut, an emoji
  write(*store_,
        {trace(1, kT, {{Field::name, "Alpha \"q\""}}), trace(2, kT + 1, {{Field::input, "{\"q\":\"say \\\"hi\\\"\"}"}}),
         trace(3, kT + 2, {{Field::output, "[\"" + two + "\"]"}}), trace(4, kT + 3, {{Field::metadata, "[\"\\u00FC\\ud83d\\ude00\"]"}}),
         trace(5, kT + 4, {{Field::tags, "[\"Alpha\"]"}, {Field::thread_id, "Thread"}}),
         trace(6, kT + 5, {{Field::error_info, "{\"message\":\"50% off_\"}"}}),
         span(7, 200, kT + 6, {{Field::type, "llm"}, {Field::model, "GPT"}, {Field::provider, "openai"}})});
  const auto found = [&](Kind kind, const std::string& text) {
    query::Selection which = all(kind);
    which.search = text;
    std::vector<int64_t> out = ids(which);
    EXPECT_EQ(*store_->traces().count(which), static_cast<int64_t>(out.size())) << text;
    return out;
  };
  EXPECT_THAT(found(Kind::trace, "aLPHA"), ElementsAre(5, 1));
  EXPECT_THAT(found(Kind::trace, "alpha \"Q\""), ElementsAre(1));
  EXPECT_THAT(found(Kind::trace, "SAY \"hi\""), ElementsAre(2));
  EXPECT_THAT(found(Kind::trace, two), ElementsAre(4, 3));
  EXPECT_THAT(found(Kind::trace, "thread"), ElementsAre(5));
  EXPECT_THAT(found(Kind::trace, "50% off_"), ElementsAre(6));
  EXPECT_THAT(found(Kind::trace, "50%_off"), IsEmpty());  // no wildcards
  EXPECT_THAT(found(Kind::trace, id_of(3).text()), ElementsAre(3));
  EXPECT_THAT(found(Kind::trace, "nowhere"), IsEmpty());
  for (const std::string& text : {std::string("LLM"), std::string("gpt"), std::string("OpenAI"), id_of(200).text(), id_of(7).text()}) {
    EXPECT_THAT(found(Kind::span, text), ElementsAre(7)) << text;
  }
}

INSTANTIATE_TEST_SUITE_P(On, StoreContract, testing::ValuesIn(kStores), [](const auto& tested) { return tested.param; });

}  // namespace
}  // namespace opik::law
