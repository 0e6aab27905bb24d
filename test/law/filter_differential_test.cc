// Goal: a store finds exactly the rows that the one in memory finds, in the same order, for every filter and sort key there is.
// Method: the same random traces, spans, threads and scores in both (some patched, some pending, some of another project); then first every
// field with every operator of its type and every value of a pool, one by one, and after that random combinations of up to three
// conditions, search text, ranges of ids, sort keys and pages. Filters are made as text and planned, as those of requests are.
// OPIK_FILTER_RUNS sets how many combinations; each has a seed, printed on failure with the filter.

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <map>
#include <random>

#include "codec/encode.h"
#include "codec/json_path.h"
#include "model/entity_test.h"
#include "print.h"
#include "query/plan.h"
#include "store/page_for_test.h"
#include "stores.h"

namespace opik::law {
namespace {

using model::Field;
using model::Kind;
using model::Message;
using query::Entity;
using query::Type;
using store::kDefaultWorkspace;

constexpr int64_t kTraces = 24;  // ids 1..24
constexpr int64_t kSpans = 40;   // ids 101..140
constexpr int64_t kStartNs = 1'700'000'000'000'000'000;

const std::vector<std::string> kTexts{
    "Answer", "answer", "ANSWER 2", "\u00fcber", "\u00dcber", "100%", "a_b", "say \"hi\"",    "back\\slash", "llm",
    "gpt-4o", "x",      "5",        "0.5",       "null",      "true", "E",   "Timeout error", "q",           "'; DROP TABLE spans; --"};
const std::vector<std::string> kJson{
    R"({"q":"Answer"})",
    R"({ "q" : "answer 2", "n": 5 })",
    R"({"q":"say \"hi\"","n":5.0,"deep":{"a":[1,{"b":"\u00fcber"},[2]]}})",
    R"({"n":"5","flag":true,"none":null,"text":"null","empty":"","list":[],"object":{}})",
    R"({"deep.a":"flat","deep":{"a":{"b":-0.5}},"n":1e1})",
    R"(["x","5",{"b":"E"}])",
    R"("Answer")",
    "null",
    "5",
    "{}",
    R"({"q":"2024-05-01","n":"2024-06-01","path":"back\\slash\/x"})",
};
const std::vector<std::string> kKeys{"q",     "n",    "deep.a", "deep.a.b", "deep.a[0]",       "deep.a[*].b", "flag",
                                     "none",  "text", "empty",  "list",     "object",          "nowhere",     "[0]",
                                     "[*].b", "$",    "path",   "$['q']",   "$.deep['a'][1].b"};
const std::vector<std::string> kTimes{"2023-11-14T22:13:20Z",
                                      "2023-11-14T22:13:21Z",
                                      "2023-11-14T22:13:20.000000500Z",
                                      "2023-11-14T22:13:20.000001Z",
                                      "2023-11-14T23:13:20.000002+01:00",
                                      "1969-12-31T23:59:59.5Z",
                                      "9999-01-01T00:00:00Z"};
const std::vector<std::string> kNumbers{"0", "1", "2", "5", "7", "10", "0.25", "0.5", "-0.5", "1000.5", "1000", "1e3", "12.5", "-1"};
const std::vector<std::string> kScoreNames{"good", "Good", "fast", "never"};
const std::vector<std::string> kThreads{"Answer", "answer",    "say \"hi\"",    "5",   "E",    "100%",
                                        "x",      "\u00fcber", "Timeout error", "a_b", "null", "true"};
const std::vector<std::string> kTags{"[]", R"(["x"])", R"(["x","Answer"])", R"(["answer 2","100%"])", R"(["say \"hi\""])"};

class Scene {
 public:
  Scene(const std::string& name, uint64_t seed) : random_(seed), stores_{make_store("memory"), make_store(name)} {
    std::vector<Message> messages;
    for (int64_t n = 1; n <= kTraces; ++n) add(messages, Kind::trace, n);
    for (int64_t n = 101; n <= 100 + kSpans; ++n) add(messages, Kind::span, n);
    std::shuffle(messages.begin(), messages.end(), random_);
    std::vector<store::ThreadScore> thread_scores;
    for (int i = 0; i < 20; ++i) thread_scores.push_back({one_of(kThreads), std::nullopt, random_score(Kind::trace)});
    std::vector<model::FeedbackScore> scores[2];
    for (int i = 0; i < 60; ++i) scores[i % 2].push_back(random_score(i % 2 == 0 ? Kind::trace : Kind::span));
    std::vector<model::GuardrailCheck> checks;
    for (int i = 0; i < 30; ++i) checks.push_back(random_check());
    for (auto& store : stores_) {
      write(*store, messages);
      commit(*store, [&] {
        ASSERT_TRUE(store->writer().put_scores(kDefaultWorkspace, Kind::trace, scores[0]));
        ASSERT_TRUE(store->writer().put_scores(kDefaultWorkspace, Kind::span, scores[1]));
        ASSERT_TRUE(store->guardrails().put(kDefaultWorkspace, checks));
        ASSERT_TRUE(store->thread_writer().put_scores(kDefaultWorkspace, thread_scores));
      });
      change_threads(*store);
    }
    stores_[1]->reopen();
    for (size_t s = 0; s < 2; ++s) projects_[s] = (*stores_[s]->catalog().project_by_name(kDefaultWorkspace, "P"))->number;
  }

  // ---- questions

  query::Comparison comparison(const query::FieldEntry& entry, query::Operator op, std::string key, std::string value) {
    std::string name(entry.name);
    if (name == "usage.*") name = "usage." + key;
    return {name, entry.name == "usage.*" ? "" : key, std::string(query::operator_name(op)), value, {}, true, "here"};
  }
  query::Comparison random_comparison(Entity entity) {
    const auto fields = query::filter_fields(entity);
    const query::FieldEntry& entry = fields[random_() % fields.size()];
    const auto operators = query::operators_of(entry.type == Type::custom ? Type::string : entry.type);
    const std::vector<std::string> values = values_of(entry);
    query::Comparison out = comparison(entry, operators[random_() % operators.size()], one_of(keys_of(entry)), one_of(values));
    out.values = {out.value, one_of(values)};
    return out;
  }
  query::Filter plan(Entity entity, const std::vector<query::Comparison>& comparisons) {
    const auto filter = query::plan_filter(entity, {query::Ast::Form::oql, "-", comparisons});
    EXPECT_TRUE(filter) << filter.error().message;
    return filter ? *filter : query::Filter{};
  }
  static std::vector<std::string> keys_of(const query::FieldEntry& entry) {
    if (entry.type == Type::custom) return {"input", "output.q", "metadata", "input[0]", "$.metadata.n", "output"};
    if (entry.type == Type::dictionary) return kKeys;
    if (entry.type == Type::feedback_scores_number) return {"good", "GOOD", "fast", "never"};
    if (entry.operand == query::Operand::usage) return {"total_tokens", "prompt_tokens", "never"};
    return {""};
  }
  std::vector<std::string> values_of(const query::FieldEntry& entry) {
    using query::Operand;
    switch (entry.type) {
      case Type::date_time: {
        std::vector<std::string> times = kTimes;
        if (entry.operand == Operand::created_at || entry.operand == Operand::last_updated_at)
          times.insert(times.end(), std::begin(moments_), std::end(moments_));
        return times;
      }
      case Type::number:
      case Type::duration:
      case Type::feedback_scores_number:
        return kNumbers;
      case Type::enumeration:
      case Type::enumeration_legacy: {
        const auto names = query::enumerators(entry.operand);
        return {names.begin(), names.end()};
      }
      default:
        break;
    }
    std::vector<std::string> values = kTexts;
    if (entry.operand == Operand::id) values.insert(values.end(), {id_of(3).text(), id_of(110).text(), "018BCFE5", "000a"});
    if (entry.operand == Operand::trace_id) values.insert(values.end(), {id_of(3).text(), "018BCFE5", "000a"});
    if (entry.type == Type::dictionary || entry.type == Type::custom) values.insert(values.end(), {"2024-05-15", "1", "10", "-0.5", "[1,"});
    if (entry.operand == Operand::input || entry.operand == Operand::output || entry.operand == Operand::first_message ||
        entry.operand == Operand::last_message) {
      values.insert(values.end(), {"[", "\"n\":5"});
      for (const std::string& json : kJson) {
        std::string scratch;
        values.emplace_back(codec::compact_json(json, scratch));
      }
    }
    return values;
  }
  std::vector<query::SortKey> random_sort(Entity entity) {
    std::vector<query::SortEntryText> entries;
    const auto fields = query::sort_fields(entity);
    for (int64_t i = below(3); i > 0; --i) {
      std::string name(fields[random_() % fields.size()].name);
      if (name.ends_with('*')) {
        name.pop_back();
        name += name.starts_with("usage") ? "total_tokens" : name.find("scores") != std::string::npos ? one_of(kScoreNames) : one_of(kKeys);
      }
      entries.push_back({name, chance(50)});
      if (!sort_text_.empty()) sort_text_ += ", ";
      sort_text_ += name + (entries.back().descending ? " DESC" : " ASC");
    }
    const auto keys = query::plan_sort(entity, entries);
    EXPECT_TRUE(keys);
    return keys ? *keys : std::vector<query::SortKey>{};
  }

  // Asks both; returns how many rows there are, of how many.
  std::pair<size_t, size_t> ask(Kind kind, query::Selection which, const query::Window& window, bool with_stats_and_page,
                                const std::string& question) {
    which.kind = kind;
    std::string text[2];
    size_t rows = 0;
    for (size_t s = 0; s < 2; ++s) {
      which.project = projects_[s];
      const auto listed = stores_[s]->traces().list(which, window, model::FieldSet{Field::name});
      EXPECT_TRUE(listed) << question << ": " << (listed ? "" : listed.error().message);
      if (!listed) continue;
      for (const model::Record& record : *listed) text[s] += fmt::format("{} ", static_cast<uint8_t>(record.id.bytes()[15]));
      const auto count = stores_[s]->traces().count(which);
      text[s] += fmt::format("of {}", count ? *count : -1);
      if (with_stats_and_page) text[s] += "\n" + print(*stores_[s]->traces().stats(which));
      rows = count ? static_cast<size_t>(*count) : 0;
      if (!with_stats_and_page || window.order != query::Window::Order::listing) continue;
      store::WholePage page;
      EXPECT_TRUE(stores_[s]->traces().page(which, window, model::FieldSet{Field::name}, page)) << question;
      EXPECT_TRUE(page.is_whole() && print(page.records) == print(*listed) && page.total == *count) << question << ": the page is another";
    }
    EXPECT_EQ(text[1], text[0]) << question;
    return {rows, static_cast<size_t>(kind == Kind::trace ? kTraces : kSpans)};
  }

  std::pair<size_t, size_t> ask_threads(store::ThreadSelection which, const query::Window& window, bool with_stats,
                                        const std::string& question) {
    std::string text[2];
    size_t rows = 0;
    for (size_t s = 0; s < 2; ++s) {
      which.project = projects_[s];
      which.active_since_us = arrival_us_ - 20'000'000;
      const auto page = stores_[s]->threads().page(which, window);
      EXPECT_TRUE(page) << question << ": " << (page ? "" : page.error().message);
      if (!page) continue;
      for (const model::Thread& thread : page->threads) text[s] += fmt::format("'{}' {} ", thread.thread_id, thread.id.text());
      text[s] += fmt::format("of {}", page->total);
      if (with_stats) text[s] += "\n" + print(page->threads) + print(*stores_[s]->threads().stats(which));
      rows = static_cast<size_t>(page->total);
    }
    EXPECT_EQ(text[1], text[0]) << question;
    return {rows, all_threads().size()};
  }

  std::pair<size_t, size_t> ask(Entity entity, const query::Filter& filter, const std::string& question) {
    query::Window window;
    window.limit = 1000;
    if (entity == Entity::thread) {
      store::ThreadSelection threads;
      threads.filter = filter;
      return ask_threads(threads, window, false, question);
    }
    query::Selection which;
    which.filter = filter;
    return ask(entity == Entity::trace ? Kind::trace : Kind::span, which, window, false, question);
  }

  // A combination of everything. Returns the number of rows, of how many.
  std::pair<size_t, size_t> ask_anything() {
    const Entity entity = one_of<Entity>({Entity::trace, Entity::span, Entity::thread});
    const Kind kind = entity == Entity::span ? Kind::span : Kind::trace;
    std::vector<query::Comparison> comparisons;
    for (int64_t i = 1 + below(3) * below(2); i > 0; --i) comparisons.push_back(random_comparison(entity));
    query::Selection which;
    which.filter = plan(entity, comparisons);
    if (chance(15)) which.search = one_of<std::string>({"answer", "\u00fcber", "say \"hi\"", "none such"});
    if (chance(10)) which.id_from = id_of(kind == Kind::trace ? 5 : 110);
    if (kind == Kind::span && chance(15)) which.trace_id = id_of(1 + below(4));
    if (kind == Kind::span && chance(15)) which.type = "llm";
    query::Window window;
    window.limit = chance(50) ? 1000 : 1 + below(5);
    window.offset = chance(60) ? 0 : below(6);
    sort_text_.clear();
    if (chance(50)) {
      window.sort = random_sort(entity);
    } else if (chance(40)) {
      window.order = query::Window::Order::newest;
      if (chance(50)) window.before = id_of(kind == Kind::trace ? 12 : 120);
      if (entity == Entity::thread && window.before) window.before = a_thread_id();
      window.offset = 0;
    }
    std::string question = fmt::format("{}s where", query::entity_name(entity));
    for (const auto& c : comparisons) question += fmt::format(" {}[{}] {} <{}>", c.field, c.key, c.op, c.value);
    question += fmt::format(", search '{}', sort {}, from {} limit {}", which.search, sort_text_, window.offset, window.limit);
    if (entity != Entity::thread) return ask(kind, which, window, chance(10), question);
    if (chance(20)) which.id_to = id_of(1 + below(kTraces));
    return ask_threads({1, 0, which.id_from, which.id_to, which.search, which.filter}, window, chance(10), question);
  }

  std::mt19937_64& random() { return random_; }

 private:
  int64_t below(uint64_t n) { return static_cast<int64_t>(random_() % n); }
  bool chance(uint64_t percent) { return random_() % 100 < percent; }
  template <class T>
  const T& one_of(const std::vector<T>& from) {
    return from[random_() % from.size()];
  }
  template <class T>
  T one_of(std::vector<T>&& from) {
    return from[random_() % from.size()];
  }

  // Tags for some, and some closed.
  void change_threads(Store& store) {
    const int64_t project = (*store.catalog().project_by_name(kDefaultWorkspace, "P"))->number;
    commit(store, [&] {
      for (size_t i = 0; i < kThreads.size(); ++i) {
        const auto thread = store.threads().find(kDefaultWorkspace, project, kThreads[i]);
        if (!*thread) continue;
        const int64_t at_us = arrival_us_ + static_cast<int64_t>(i);
        if (i % 2 == 0) {
          ASSERT_TRUE(store.thread_writer().edit_tags(kDefaultWorkspace, {(*thread)->id}, kTags[i % kTags.size()], {}, at_us));
        }
        if (i % 3 == 0) {
          ASSERT_TRUE(store.thread_writer().set_active({kDefaultWorkspace, project, {kThreads[i]}}, i % 2 == 0, at_us));
        }
      }
    });
  }
  std::vector<model::Thread> all_threads() {
    store::ThreadSelection all;
    all.project = projects_[0];
    query::Window window;
    window.limit = 1000;
    return *stores_[0]->threads().list(all, window);
  }
  base::Uuid a_thread_id() { return one_of(all_threads()).id; }

  // A create, an update, or both, or two of each.
  void add(std::vector<Message>& to, Kind kind, int64_t n) {
    const int64_t dice = below(10);
    if (dice > 0) to.push_back(random_message(kind, n, Message::Form::snapshot));
    if (dice < 5) to.push_back(random_message(kind, n, Message::Form::patch));
    if (dice == 4) to.push_back(random_message(kind, n, Message::Form::snapshot));
  }

  Message random_message(Kind kind, int64_t n, Message::Form form) {
    Message m;
    m.kind = kind;
    m.form = form;
    m.id = id_of(n);
    arrival_us_ += below(2) == 0 ? 1 : 700'000;
    m.moment = model::Moment::arrived(arrival_us_);
    std::string& moment = moments_[kind == Kind::trace ? 0 : 1];
    moment.clear();
    codec::append_instant_us(moment, arrival_us_);
    moments_[2].clear();
    codec::append_instant_ns(moments_[2], arrival_us_ * 1000 + 500);
    const auto maybe = [&](Field f, model::Value value) {
      if (chance(60)) m.fields[f] = std::move(value);
    };
    maybe(Field::name, one_of(kTexts));
    maybe(Field::end_time, kStartNs + below(3) * 1'000'500'000 + below(3) * 500);
    maybe(Field::input, one_of(kJson));
    maybe(Field::output, one_of(kJson));
    maybe(Field::metadata, one_of(kJson));
    maybe(Field::tags, one_of(kTags));
    if (chance(30))
      maybe(Field::error_info,
            one_of<std::string>({R"({"exception_type":"E","traceback":"t"})", R"({"exception_type":"Timeout error"})", "{}"}));
    maybe(Field::ttft, one_of<double>({0.0, 12.5, 1000.5}));
    maybe(Field::source, one_of<std::string>({"sdk", "experiment", "playground"}));
    if (kind == Kind::trace) {
      maybe(Field::thread_id, one_of(kThreads));
    } else {
      m.fields[Field::trace_id] = std::string(id_of(1 + n % 8).bytes());
      if (n % 3 == 0) m.fields[Field::parent_span_id] = std::string(id_of(n - 1).bytes());
      maybe(Field::type, one_of<std::string>({"llm", "tool", "general"}));
      maybe(Field::usage,
            one_of<std::string>({"{}", R"({"total_tokens":7})", R"({"total_tokens":5,"prompt_tokens":2})", R"({"prompt_tokens":0})"}));
      maybe(Field::model, one_of<std::string>({"gpt-4o", "GPT-4o", "x"}));
      maybe(Field::provider, one_of<std::string>({"openai", "Answer"}));
      maybe(Field::cost, one_of<double>({0.0, 0.25, 0.5}));
    }
    m.project_name = n % 10 == 9 ? "Other" : "P";
    if (form == Message::Form::snapshot) m.fields[Field::start_time] = kStartNs + below(3) * 500 + below(2) * 1'000'000'000;
    set_content_hash(m);
    return m;
  }

  model::FeedbackScore random_score(Kind kind) {
    model::FeedbackScore s;
    s.entity_id = kind == Kind::trace ? id_of(1 + below(kTraces)) : id_of(101 + below(kSpans));
    s.name = kScoreNames[static_cast<size_t>(below(3))];
    s.author = one_of<std::string>({"admin", "bob", "eve"});
    s.value_nano = one_of<int64_t>({0, 500'000'000, 1'000'000'000, -500'000'000, 1, -1, 250'000'000});
    s.source = "sdk";
    s.project_name = "P";
    s.created_at_us = s.last_updated_at_us = ++arrival_us_;
    return s;
  }

  // Some traces have none, some several.
  model::GuardrailCheck random_check() {
    model::GuardrailCheck check;
    check.trace_id = id_of(1 + below(kTraces));
    check.span_id = id_of(101 + below(kSpans));
    check.name = one_of<std::string>({"TOPIC", "PII"});
    check.verdict = below(3) == 0 ? model::Verdict::failed : model::Verdict::passed;
    check.hash = random_();
    check.created_at_us = ++arrival_us_;
    return check;
  }

  std::mt19937_64 random_;
  std::unique_ptr<Store> stores_[2];
  int64_t projects_[2] = {0, 0};
  int64_t arrival_us_ = model::kFirstArrival;
  std::string moments_[3];  // of the last trace and the last span that was made; half a microsecond after the last of both
  std::string sort_text_;
};

class FilterDifference : public testing::TestWithParam<std::string> {};

TEST_P(FilterDifference, OfEveryFieldOperatorAndValueIsNone) {
  Scene scene(GetParam(), 1);
  size_t asked = 0;
  std::map<std::string, size_t> telling;  // per field and operator: filters that some rows fulfil and some do not
  for (const Entity entity : {Entity::trace, Entity::span, Entity::thread}) {
    for (const query::FieldEntry& entry : query::filter_fields(entity)) {
      if (entry.type == Type::custom) continue;  // mapped to other fields; below it is among the combinations
      for (const query::Operator op : query::operators_of(entry.type)) {
        for (const std::string& key : Scene::keys_of(entry)) {
          std::vector<std::string> values = scene.values_of(entry);
          if (!query::takes_value(op)) values = {""};
          // Keys and values together are many: each key with some values.
          if (entry.type == Type::dictionary && values.size() > 6) {
            std::shuffle(values.begin(), values.end(), scene.random());
            values.resize(6);
          }
          for (const std::string& value : values) {
            query::Comparison c = scene.comparison(entry, op, key, value);
            c.values = {value, values.front()};
            const auto [rows, of] =
                scene.ask(entity, scene.plan(entity, {c}),
                          fmt::format("{}s where {}[{}] {} <{}>", query::entity_name(entity), c.field, key, c.op, value));
            telling[fmt::format("{} {} {}", query::entity_name(entity), entry.name, c.op)] += rows > 0 && rows < of;
            ++asked;
            ASSERT_FALSE(HasFailure());
          }
        }
      }
    }
  }
  std::string silent;
  for (const auto& [what, count] : telling) {
    const bool has_no_data = what.find("guardrails") != std::string::npos || what.find("annotation_queue") != std::string::npos ||
                             what.find("experiment_id") != std::string::npos || what.find("visibility_mode") != std::string::npos;
    if (count == 0 && !has_no_data) silent += what + "; ";
  }
  EXPECT_EQ(silent, "") << "no value tells rows apart";
  RecordProperty("filters", static_cast<int>(asked));
  EXPECT_GT(asked, 4'000u);
}

TEST_P(FilterDifference, OfRandomCombinationsIsNone) {
  constexpr uint64_t kFiltersOfScene = 500;
  const char* asked = std::getenv("OPIK_FILTER_RUNS");
  const uint64_t runs = asked != nullptr ? std::strtoull(asked, nullptr, 10) : 3'000;
  size_t telling = 0;
  for (uint64_t run = 0; run < runs; run += kFiltersOfScene) {
    Scene scene(GetParam(), 2 + run / kFiltersOfScene);
    for (uint64_t i = 0; i < std::min(kFiltersOfScene, runs - run); ++i) {
      const auto [rows, of] = scene.ask_anything();
      telling += rows > 0 && rows < of;
      ASSERT_FALSE(HasFailure()) << "scene " << 2 + run / kFiltersOfScene << ", question " << i;
    }
  }
  EXPECT_GT(telling, runs / 4) << "too few filters tell rows apart";
}

INSTANTIATE_TEST_SUITE_P(On, FilterDifference, testing::Values("sqlite", "sqlite_without_columns"),
                         [](const auto& tested) { return tested.param; });

}  // namespace
}  // namespace opik::law
