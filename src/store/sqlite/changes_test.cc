// Goal: whoever listens is told of each trace that a transaction touched, once, when it is committed and as it then stands; nobody is told
// of what was undone.
// Method: a listener that prints what it hears, over transactions written by hand.

#include "store/changes.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "store/sqlite/database.h"
#include "store/sqlite/schema_test.h"

namespace opik::store::sqlite {
namespace {

using model::Field;
using model::Kind;
using model::Message;

class Listener final : public ChangeListener {
 public:
  bool is_listening() const override { return listening; }
  void committed(std::vector<TraceChange> changes) override {
    std::sort(changes.begin(), changes.end(), [](const auto& a, const auto& b) { return a.id < b.id; });
    for (const TraceChange& change : changes) {
      constexpr std::string_view kWhat[] = {"created", "updated", "deleted"};
      std::string line = fmt::format("{} {}", change.id.time_ms(), kWhat[static_cast<size_t>(change.what)]);
      if (!change.name.empty()) line += " " + change.name;
      if (change.end_time_ns) line += fmt::format(" end={}", *change.end_time_ns);
      model::each_field([&](Field f) {
        if (change.fields.has(f)) line += fmt::format(" {}", model::field_name(f));
      });
      if (change.spans) line += " +spans";
      if (change.scores) line += " +scores";
      heard.push_back(line);
    }
  }
  void missed() override { heard.emplace_back("missed"); }

  bool listening = true;
  std::vector<std::string> heard;
};

class ChangesTest : public ::testing::Test {
 protected:
  ChangesTest() {
    directory_ = std::filesystem::temp_directory_path() / ("opik_changes_test_" + base::Uuid::v7().text());
    auto opened = Database::open({.directory = directory_, .sync = Sync::off, .listener = &listener_});
    EXPECT_TRUE(opened) << opened.error().message;
    database_ = *std::move(opened);
  }
  ~ChangesTest() override {
    database_.reset();
    std::filesystem::remove_all(directory_);
  }

  static base::Uuid id_of(int64_t n) { return base::Uuid::greatest_at_ms(n); }
  Message message(Kind kind, int64_t n, Message::Form form = Message::Form::snapshot) {
    Message m;
    m.kind = kind;
    m.form = form;
    m.id = id_of(n);
    m.moment = model::Moment::arrived(++arrival_us_);
    m.content_hash = static_cast<uint64_t>(arrival_us_);
    if (form == Message::Form::snapshot) m.fields[Field::start_time] = int64_t{1};
    m.project_name = "p";
    return m;
  }
  Message trace(int64_t n, std::string name) {
    Message m = message(Kind::trace, n);
    m.fields[Field::name] = std::move(name);
    return m;
  }
  Message end_of(int64_t n, int64_t end_ns) {
    Message m = message(Kind::trace, n, Message::Form::patch);
    m.fields[Field::end_time] = end_ns;
    return m;
  }
  Message span(int64_t n, int64_t trace) {
    Message m = message(Kind::span, n);
    m.fields[Field::trace_id] = std::string(id_of(trace).bytes());
    return m;
  }

  TraceWriter& writer() { return database_->trace_writer(); }
  void apply(std::vector<Message> messages) {
    auto batch = database_->traces().prepare(kDefaultWorkspace);
    for (Message& m : messages) batch->add(std::move(m));
    batch->finish();
    ASSERT_TRUE(writer().apply(*batch));
  }
  // What was heard of one transaction.
  template <class Work>
  std::vector<std::string> heard_of(Work&& work) {
    listener_.heard.clear();
    EXPECT_TRUE(writer().begin());
    work();
    EXPECT_EQ(listener_.heard, std::vector<std::string>{}) << "before the commit";
    EXPECT_TRUE(writer().commit());
    return listener_.heard;
  }
  using Lines = std::vector<std::string>;

  std::filesystem::path directory_;
  Listener listener_;
  std::unique_ptr<Database> database_;
  int64_t arrival_us_ = 1'000'000;
};

TEST_F(ChangesTest, OncePerTraceAndTransactionAsItStands) {
  EXPECT_EQ(heard_of([&] {
              apply({trace(1, "a"), trace(2, "b"), end_of(1, 50), span(11, 2), span(12, 3)});
            }),
            (Lines{"1 created a end=50 end_time", "2 created b +spans"}));
  EXPECT_EQ(heard_of([&] {
              apply({end_of(2, 70), end_of(2, 80), span(13, 1)});
            }),
            (Lines{"1 updated a end=50 +spans", "2 updated b end=80 end_time"}));
  EXPECT_EQ(heard_of([&] { apply({trace(3, "late")}); }), (Lines{"3 created late"}));
  EXPECT_EQ(heard_of([] {}), Lines{});
}

TEST_F(ChangesTest, AnUpdateOfNothingIsACreation) {
  EXPECT_EQ(heard_of([&] { apply({end_of(5, 50)}); }), (Lines{"5 created end=50"}));
}

TEST_F(ChangesTest, ScoresAndDeletions) {
  heard_of([&] { apply({trace(1, "a"), trace(2, "b"), span(11, 2)}); });
  model::FeedbackScore score;
  score.name = "s";
  score.source = "sdk";
  const auto score_of = [&](Kind kind, int64_t n) {
    score.entity_id = id_of(n);
    ASSERT_TRUE(writer().put_scores(kDefaultWorkspace, kind, {score}));
  };
  EXPECT_EQ(heard_of([&] { score_of(Kind::trace, 1), score_of(Kind::span, 11), score_of(Kind::trace, 99), score_of(Kind::span, 98); }),
            (Lines{"1 updated a +scores", "2 updated b +spans"}));
  EXPECT_EQ(heard_of([&] { ASSERT_TRUE(writer().delete_score(kDefaultWorkspace, Kind::trace, id_of(1), "s", "")); }),
            (Lines{"1 updated a +scores"}));
  EXPECT_EQ(heard_of([&] {
              ASSERT_TRUE(writer().delete_traces(kDefaultWorkspace, {id_of(2), id_of(77)}, std::nullopt, ++arrival_us_));
            }),
            (Lines{"2 deleted"}));
}

TEST_F(ChangesTest, NobodyHearsOfWhatWasUndone) {
  ASSERT_TRUE(writer().begin());
  apply({trace(1, "a")});
  writer().rollback();
  EXPECT_EQ(heard_of([&] { apply({trace(2, "b")}); }), (Lines{"2 created b"}));
}

TEST_F(ChangesTest, WhoBeginsToListenMeanwhileHearsThatSomethingWasMissed) {
  listener_.listening = false;
  EXPECT_EQ(heard_of([&] { apply({trace(1, "a")}); }), Lines{});
  EXPECT_EQ(heard_of([&] {
              apply({trace(2, "b")});
              listener_.listening = true;
            }),
            (Lines{"missed"}));
  EXPECT_EQ(heard_of([&] { apply({trace(3, "c")}); }), (Lines{"3 created c"}));
}

TEST_F(ChangesTest, AFileOfVersion1GetsTheResources) {
  database_.reset();
  {
    Connection db(directory_ / kFileName, Connection::Mode::write);
    take_back_to_version_1(db);
  }
  auto opened = Database::open({.directory = directory_, .sync = Sync::off});
  ASSERT_TRUE(opened) << opened.error().message;
  Connection db(directory_ / kFileName, Connection::Mode::read);
  EXPECT_EQ(db.integer("SELECT count(*) FROM feedback_definitions WHERE name = 'User feedback'"), 1);
  EXPECT_EQ(db.integer("SELECT count(*) FROM comments"), 0);
  EXPECT_EQ(db.integer("SELECT count(*) FROM guardrail_checks"), 0);
  EXPECT_EQ(db.integer("SELECT count(*) FROM workspace_configurations"), 0);
}

}  // namespace
}  // namespace opik::store::sqlite
