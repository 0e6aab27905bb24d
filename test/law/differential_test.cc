// Goal: a store answers exactly as the one in memory does, whatever is done to both.
// Method: random operations over few ids, names and values (creates, updates, tag edits, deletions, scores, changes of projects and
// threads), in transactions that are sometimes rolled back, with the store reopened in between; then everything that can be asked is asked
// of both and compared as text. OPIK_LAW_RUNS sets how many runs; each has a seed, printed on failure with its last operations.

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <random>

#include "model/entity_test.h"
#include "print.h"
#include "stores.h"

namespace opik::law {
namespace {

using model::Field;
using model::Kind;
using model::Message;
using store::kDefaultWorkspace;

constexpr int64_t kTraces = 6;      // ids 1..6
constexpr int64_t kSpans = 10;      // ids 11..20
constexpr int64_t kProjectIds = 3;  // ids 31..33
constexpr int64_t kTransactions = 40;
const std::vector<std::string> kProjects{"Alpha", "Beta", "alpha", "Gamma", "Default Project"};

class Pair {
 public:
  Pair(const std::string& name, uint64_t seed) : random_(seed), stores_{make_store("memory"), make_store(name)} {}

  void run() {
    for (int64_t t = 0; t < kTransactions && !testing::Test::HasFailure(); ++t) {
      transact();
      if (chance(10)) stores_[1]->reopen();
      if (chance(20) || t == kTransactions - 1) compare_all();
    }
  }
  std::string log() const {
    std::string out;
    for (const std::string& line : log_) out += line + "\n";
    return out;
  }

 private:
  int64_t below(uint64_t n) { return static_cast<int64_t>(random_() % n); }
  bool chance(uint64_t percent) { return random_() % 100 < percent; }
  template <class T>
  const T& one_of(const std::vector<T>& from) {
    return from[random_() % from.size()];
  }

  void transact() {
    for (auto& store : stores_) ASSERT_TRUE(store->writer().begin());
    for (int64_t i = 1 + below(4); i > 0; --i) operate();
    if (chance(12)) {
      log_.push_back("rollback");
      for (auto& store : stores_) store->writer().rollback();
      return;
    }
    log_.push_back("commit");
    for (auto& store : stores_) ASSERT_TRUE(store->writer().commit());
  }

  void operate() {
    const int64_t dice = below(100);
    if (dice < 70) return write_batch();
    if (dice < 78) return remove();
    if (dice < 88) return put_scores();
    if (dice < 90) return forget_score();
    if (dice < 96) return change_threads();
    change_project();
  }

  void write_batch() {
    std::vector<Message> messages;
    for (int64_t i = 1 + below(5); i > 0; --i)
      messages.push_back(!messages_.empty() && chance(20) ? again(one_of(messages_)) : random_message());
    std::string printed[2];
    for (size_t s = 0; s < 2; ++s) {
      std::vector<Message> own = messages;
      for (Message& m : own) {
        if (m.project_id) m.project_id = project_id(s, *m.project_id);
      }
      const store::WriteReport report = apply(*stores_[s], std::move(own));
      printed[s] = fmt::format("stored {}", report.stored);
      for (const auto& r : report.rejected) printed[s] += fmt::format(", rejected {} {} {}", r.index, r.id.text(), r.error.message);
    }
    for (const Message& m : messages) {
      log_.push_back(
          fmt::format("{} {} project='{}'{}{} {}", model::kind_name(m.kind), m.id.text(), m.project_name, m.project_id ? " by id" : "",
                      m.tag_edit ? fmt::format(" tags +{} -{}", m.tag_edit->add.size(), m.tag_edit->remove.size()) : "", model::print(m)));
      messages_.push_back(m);
    }
    EXPECT_EQ(printed[1], printed[0]);
  }

  Message again(Message m) {
    m.moment.arrival_us = ++arrival_us_;
    if (!m.moment.from_client) m.moment.stamp_us = m.moment.arrival_us;
    return m;
  }

  Message random_message() {
    Message m;
    m.kind = chance(50) ? Kind::trace : Kind::span;
    m.form = chance(50) ? Message::Form::snapshot : Message::Form::patch;
    m.id = m.kind == Kind::trace ? id_of(1 + below(kTraces)) : id_of(11 + below(kSpans));
    ++arrival_us_;
    m.moment = chance(40) ? model::Moment::stamped(arrival_us_ - 10 + below(20), arrival_us_) : model::Moment::arrived(arrival_us_);
    const auto maybe = [&](Field f, const std::vector<model::Value>& values) {
      if (chance(25)) m.fields[f] = one_of(values);
    };
    maybe(Field::name, {"a", "Needle", "\u00fcber"});
    maybe(Field::end_time, {int64_t{1'700'000'001'000'000'000}, int64_t{1'700'000'002'123'456'789}, int64_t{1'699'999'999'000'000'000}});
    maybe(Field::input, {"{}", "{\"q\":\"needle\"}", "[\"\\u00FCber\"]", "null"});
    maybe(Field::output, {"1", "[\"a \\\"quote\\\"\"]"});
    maybe(Field::metadata, {"{\"a\":1}", "[]"});
    maybe(Field::tags, {"[]", "[\"x\"]", "[\"x\",\"needle\"]"});
    maybe(Field::error_info, {"{\"exception_type\":\"E\",\"traceback\":\"t\"}", "{}"});
    maybe(Field::ttft, {0.0, 12.5});
    maybe(Field::source, {"sdk", "experiment"});
    if (m.kind == Kind::trace) {
      maybe(Field::thread_id, {"t1", "t2"});
    } else {
      m.fields[Field::trace_id] = std::string(id_of(1 + below(kTraces)).bytes());
      if (chance(40)) m.fields[Field::parent_span_id] = std::string(id_of(11 + below(kSpans)).bytes());
      maybe(Field::type, {"llm", "tool", "general"});
      maybe(Field::usage, {"{}", "{\"total_tokens\":7}", "{\"total_tokens\":1,\"other\":2}"});
      maybe(Field::model, {"m1", "m2"});
      maybe(Field::provider, {"openai", "anthropic"});
      maybe(Field::cost, {0.0, 0.25, 0.5});
    }
    if (m.form == Message::Form::snapshot) {
      m.fields[Field::start_time] = (1'700'000'000 + below(2)) * 1'000'000'000;
      m.project_name = one_of(kProjects);
    } else {
      if (chance(50)) m.project_name = one_of(kProjects);
      if (chance(20)) m.project_id = id_of(31 + below(kProjectIds));
      if (chance(20)) {
        m.tag_edit = model::TagEdit{{"y"}, {"x"}};
        if (chance(20)) {
          for (int i = 0; i < 30; ++i) m.tag_edit->add.push_back(fmt::format("t{}", below(60)));
        }
      }
    }
    set_content_hash(m);
    return m;
  }

  // The id of the project of the same name: a store makes ids of its own for projects that it makes by name.
  base::Uuid project_id(size_t s, const base::Uuid& asked) {
    const auto by_id = stores_[0]->catalog().project_by_id(kDefaultWorkspace, asked);
    if (!by_id || !*by_id) return asked;
    const auto own = stores_[s]->catalog().project_by_name(kDefaultWorkspace, (*by_id)->name);
    return own && *own ? (*own)->id : asked;
  }

  void remove() {
    std::vector<base::Uuid> ids;
    for (int64_t i = 1 + below(2); i > 0; --i) ids.push_back(id_of(1 + below(kTraces)));
    const std::string project = chance(40) ? one_of(kProjects) : "";
    ++arrival_us_;
    log_.push_back(fmt::format("delete {}.. of {} in '{}' at {}", ids[0].text(), ids.size(), project, arrival_us_));
    for (auto& store : stores_) {
      std::optional<int64_t> number;
      if (!project.empty()) {
        const auto made = store->catalog_writer().project_named(kDefaultWorkspace, project);
        ASSERT_TRUE(made);
        number = *made;
      }
      ASSERT_TRUE(store->writer().delete_traces(kDefaultWorkspace, ids, number, arrival_us_));
    }
  }

  void put_scores() {
    const Kind kind = chance(50) ? Kind::trace : Kind::span;
    std::vector<model::FeedbackScore> scores;
    for (int64_t i = 1 + below(3); i > 0; --i) {
      model::FeedbackScore& s = scores.emplace_back();
      s.entity_id = kind == Kind::trace ? id_of(1 + below(kTraces)) : id_of(11 + below(kSpans));
      s.name = one_of<std::string>({"good", "fast"});
      s.author = one_of<std::string>({"admin", "bob"});
      s.value_nano = below(4) * 250'000'000 - 250'000'000;
      if (chance(50)) s.reason = "why";
      if (chance(50)) s.category_name = "c";
      s.source = "sdk";
      if (chance(80)) s.project_name = one_of(kProjects);
      s.created_at_us = s.last_updated_at_us = ++arrival_us_;
      log_.push_back(fmt::format("score {} {} {} {}", s.entity_id.text(), s.name, s.author, s.value_nano));
    }
    for (auto& store : stores_) ASSERT_TRUE(store->writer().put_scores(kDefaultWorkspace, kind, scores));
  }

  void forget_score() {
    const Kind kind = chance(50) ? Kind::trace : Kind::span;
    const base::Uuid id = kind == Kind::trace ? id_of(1 + below(kTraces)) : id_of(11 + below(kSpans));
    const std::string author = one_of<std::string>({"admin", "bob", ""});
    log_.push_back(fmt::format("forget score good of {} by '{}'", id.text(), author));
    for (auto& store : stores_) ASSERT_TRUE(store->writer().delete_score(kDefaultWorkspace, kind, id, "good", author));
  }

  void change_threads() {
    const int64_t dice = below(6);
    const std::string project = one_of(kProjects);
    const std::string thread_id = one_of<std::string>({"t1", "t2", "t3"});
    const std::string author = one_of<std::string>({"admin", "bob", ""});
    const bool replaces = chance(50);
    std::vector<store::ThreadScore> scores(1);
    scores[0].thread_id = thread_id;
    scores[0].score.name = one_of<std::string>({"good", "fast"});
    scores[0].score.author = author.empty() ? "eve" : author;
    scores[0].score.value_nano = below(4) * 250'000'000;
    scores[0].score.source = "sdk";
    scores[0].score.project_name = project;
    scores[0].score.created_at_us = scores[0].score.last_updated_at_us = ++arrival_us_;
    log_.push_back(
        fmt::format("threads {} '{}' in '{}' by '{}' at {}",
                    std::vector<std::string>{"open", "close", "tags", "score", "forget score", "delete"}[static_cast<size_t>(dice)],
                    thread_id, project, author, arrival_us_));
    std::string done[2];
    for (size_t s = 0; s < 2; ++s) {
      const auto number = stores_[s]->catalog_writer().project_named(kDefaultWorkspace, project);
      ASSERT_TRUE(number);
      store::ThreadWriter& threads = stores_[s]->thread_writer();
      const store::ThreadNames which{kDefaultWorkspace, *number, {thread_id}};
      base::Result<void> outcome;
      if (dice < 2) outcome = threads.set_active(which, dice == 0, arrival_us_);
      if (dice == 2) {
        const auto thread = stores_[s]->threads().find(kDefaultWorkspace, *number, thread_id);
        const auto tags = replaces ? std::optional<std::string>(R"(["x","z"])") : std::nullopt;
        if (*thread) outcome = threads.edit_tags(kDefaultWorkspace, {(*thread)->id, id_of(1)}, tags, {{"y"}, {"x"}}, arrival_us_);
        done[s] += *thread ? "known " : "unknown ";
      }
      if (dice == 3) outcome = threads.put_scores(kDefaultWorkspace, scores);
      if (dice == 4) outcome = threads.delete_scores(which, {"good", "never"}, author);
      if (dice == 5) outcome = threads.delete_threads(which, arrival_us_);
      done[s] += outcome ? "done" : outcome.error().message;
    }
    EXPECT_EQ(done[1], done[0]);
  }

  void change_project() {
    const int64_t dice = below(3);
    const base::Uuid id = id_of(31 + below(kProjectIds));
    const std::string name = chance(70) ? one_of(kProjects) : fmt::format("New {}", below(3));
    log_.push_back(fmt::format("project {} '{}' {}", std::vector<std::string>{"create", "update", "delete"}[static_cast<size_t>(dice)],
                               name, id.text()));
    std::string done[2];
    for (size_t s = 0; s < 2; ++s) {
      store::CatalogWriter& catalog = stores_[s]->catalog_writer();
      const auto outcome = [](const auto& result) {
        return result ? std::string("done") : fmt::format("refused {}", static_cast<int>(result.error().code));
      };
      if (dice == 0) {
        model::Project project;
        project.name = name;
        project.description = "made";
        // An id is made once only, so that both stores know it as the same project.
        project.id = made_ids_ < kProjectIds ? id_of(31 + made_ids_) : base::Uuid{};
        done[s] = outcome(catalog.create_project(kDefaultWorkspace, project));
      } else if (dice == 1) {
        store::ProjectPatch patch;
        patch.name = name;
        patch.visibility = "public";
        done[s] = outcome(catalog.update_project(kDefaultWorkspace, id, patch));
      } else {
        done[s] = outcome(catalog.delete_projects(kDefaultWorkspace, {id}));
      }
    }
    if (dice == 0 && done[0] == "done") ++made_ids_;
    EXPECT_EQ(done[1], done[0]);
  }

  void compare_all() {
    compare_projects();
    std::map<int64_t, int64_t> numbers;  // of the same project, in the one store and the other
    for (Kind kind : {Kind::trace, Kind::span}) {
      for (int64_t n = 1; n <= 20; ++n) {
        const auto want = stores_[0]->traces().get(kind, kDefaultWorkspace, id_of(n));
        const auto got = stores_[1]->traces().get(kind, kDefaultWorkspace, id_of(n));
        ASSERT_TRUE(want && got);
        ASSERT_EQ(*got ? print(**got) : "none", *want ? print(**want) : "none");
        ASSERT_EQ(*stores_[1]->traces().exists(kind, kDefaultWorkspace, id_of(n)), want->has_value());
        if (!*want) continue;
        const int64_t number = (*got)->view.fields.integer(Field::project);
        ASSERT_EQ(numbers.emplace((*want)->view.fields.integer(Field::project), number).first->second, number) << "one project became two";
      }
    }
    for (const auto& [number, other] : numbers) {
      compare_threads({number, other});
      for (Kind kind : {Kind::trace, Kind::span}) compare_project({number, other}, kind);
    }
    EXPECT_GE(stores_[1]->traces().last_arrival_us(), stores_[0]->traces().last_arrival_us());
  }

  void compare_projects() {
    std::string all[2];
    store::ProjectListing listing;
    listing.sort = store::ProjectListing::Sort::name;
    listing.limit = 100;
    for (size_t s = 0; s < 2; ++s) {
      const auto page = stores_[s]->catalog().projects(kDefaultWorkspace, listing);
      ASSERT_TRUE(page);
      all[s] = fmt::format("{}\n", page->total);
      for (const auto& project : page->projects) all[s] += print(project);
    }
    ASSERT_EQ(all[1], all[0]);
  }

  void compare_project(std::pair<int64_t, int64_t> numbers, Kind kind) {
    using Order = query::Window::Order;
    std::vector<query::Selection> selections(1);
    const auto add = [&](auto set) { set(selections.emplace_back()); };
    add([](auto& w) { w.id_from = id_of(3), w.id_to = id_of(15); });
    for (const char* text : {"NEEDLE", "\u00fcber", "a \"quote\"", "T1", "none such"}) add([&](auto& w) { w.search = text; });
    if (kind == Kind::span) {
      add([](auto& w) { w.trace_id = id_of(2); });
      add([](auto& w) { w.type = "llm"; });
      add([](auto& w) { w.trace_id = id_of(1), w.type = "tool", w.id_from = id_of(12); });
    }
    std::vector<query::Window> windows(1);
    windows[0].limit = 1000;
    for (int64_t offset : {0, 2, 4}) windows.push_back({Order::listing, std::nullopt, offset, 2});
    windows.push_back({Order::newest, std::nullopt, 0, 1000});
    windows.push_back({Order::newest, id_of(kind == Kind::trace ? 4 : 16), 0, 3});
    for (query::Selection which : selections) {
      which.kind = kind;
      std::string text[2];
      for (size_t s = 0; s < 2; ++s) {
        which.project = s == 0 ? numbers.first : numbers.second;
        const store::TraceStore& store = stores_[s]->traces();
        for (const query::Window& window : windows) {
          const auto listed = store.list(which, window, window.offset == 2 ? model::FieldSet{Field::name} : model::FieldSet::all());
          ASSERT_TRUE(listed) << listed.error().message;
          text[s] += print(*listed) + "--\n";
        }
        text[s] += fmt::format("count {}\n", *store.count(which)) + print(*store.stats(which));
      }
      ASSERT_EQ(text[1], text[0]) << "search '" << which.search << "' type " << which.type.value_or("-");
    }
  }

  void compare_threads(std::pair<int64_t, int64_t> numbers) {
    using Order = query::Window::Order;
    std::string text[2];
    for (size_t s = 0; s < 2; ++s) {
      const store::ThreadReader& threads = stores_[s]->threads();
      store::ThreadSelection which;
      which.project = s == 0 ? numbers.first : numbers.second;
      which.active_since_us = arrival_us_ - 30;
      for (const char* search : {"", "NEEDLE", "T1", "x", "none such"}) {
        which.search = search;
        const auto page = threads.page(which, {Order::listing, std::nullopt, 0, 2, {}});
        ASSERT_TRUE(page) << page.error().message;
        text[s] += fmt::format("'{}' {}\n{}{}", search, page->total, print(page->threads), print(*threads.stats(which)));
      }
      which.search.clear();
      which.id_from = id_of(2);
      which.id_to = id_of(4);
      const auto in_range = threads.list(which, {Order::listing, std::nullopt, 1, 10, {}});
      ASSERT_TRUE(in_range);
      text[s] += print(*in_range);
      for (const char* thread_id : {"t1", "t2", "t3"}) {
        const auto found = *threads.find(kDefaultWorkspace, which.project, thread_id);
        if (!found) continue;
        ASSERT_EQ(*threads.find(kDefaultWorkspace, found->id), found);
        text[s] += print(**threads.get(kDefaultWorkspace, found->id, which.active_since_us));
      }
    }
    ASSERT_EQ(text[1], text[0]);
  }

  std::mt19937_64 random_;
  std::unique_ptr<Store> stores_[2];
  std::vector<Message> messages_;
  std::vector<std::string> log_;
  int64_t arrival_us_ = model::kFirstArrival;
  int64_t made_ids_ = 0;
};

class StoreDifference : public testing::TestWithParam<std::string> {};

TEST_P(StoreDifference, FromTheOneInMemoryIsNone) {
  const char* asked = std::getenv("OPIK_LAW_RUNS");
  const uint64_t runs = asked != nullptr ? std::strtoull(asked, nullptr, 10) : 25;
  for (uint64_t seed = 0; seed < runs; ++seed) {
    Pair pair(GetParam(), seed);
    pair.run();
    ASSERT_FALSE(HasFailure()) << "seed " << seed << "\n" << pair.log();
  }
}

INSTANTIATE_TEST_SUITE_P(On, StoreDifference, testing::Values("memory", "sqlite", "sqlite_without_columns"),
                         [](const auto& tested) { return tested.param; });

}  // namespace
}  // namespace opik::law
