// Goal: whatever happens to traces, `threads` says what the traces say: no thread with traces is missing, none without traces is there,
// and each row shows what a naive count over its traces shows. Its id stays as long as it does.
// Method: random creates, updates, deletions and undone transactions on a real file, and after each transaction every row against a
// GROUP BY; then the same file as one of version 1, brought forward.

#include "store/sqlite/thread_rows.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <random>

#include "store/sqlite/database.h"
#include "store/sqlite/schema.h"
#include "store/sqlite/schema_test.h"
#include "store/threads.h"

namespace opik::store::sqlite {
namespace {

using model::Field;
using model::Message;

// One line per thread, from its row and from its traces.
constexpr const char* kRows = R"sql(
SELECT p.name || ' ' || t.thread_id || ' n=' || t.trace_count || ' first=' || hex(f.id) || ' last=' || hex(l.id) || ' start=' || t.start_time_ns
  || ' end=' || ifnull(t.end_time_ns, '-') || ' ids=' || hex(t.least_trace_id) || '..' || hex(t.greatest_trace_id) || ' created=' || t.created_at_us
  || ' updated=' || t.last_updated_at_us
FROM threads t JOIN projects p ON p.n = t.project_n LEFT JOIN traces f ON f.n = t.first_trace_n LEFT JOIN traces l ON l.n = t.last_trace_n
ORDER BY 1)sql";
constexpr const char* kTraces = R"sql(
SELECT p.name || ' ' || t.thread_id || ' n=' || count(*)
  || ' first=' || (SELECT hex(id) FROM traces x WHERE x.project_n = t.project_n AND x.thread_id = t.thread_id ORDER BY start_time_ns, id LIMIT 1)
  || ' last=' || (SELECT hex(id) FROM traces x WHERE x.project_n = t.project_n AND x.thread_id = t.thread_id ORDER BY end_time_ns DESC, id DESC LIMIT 1)
  || ' start=' || min(t.start_time_ns) || ' end=' || ifnull(max(t.end_time_ns), '-') || ' ids=' || hex(min(t.id)) || '..' || hex(max(t.id))
  || ' created=' || min(t.created_at_us) || ' updated=' || max(t.last_updated_at_us)
FROM traces t JOIN projects p ON p.n = t.project_n WHERE t.thread_id IS NOT NULL GROUP BY t.project_n, t.thread_id ORDER BY 1)sql";

class ThreadRowsTest : public ::testing::Test {
 protected:
  void SetUp() override {
    directory_ = std::filesystem::temp_directory_path() / ("opik_thread_rows_test_" + base::Uuid::v7().text());
    open();
  }
  void TearDown() override {
    database_.reset();
    std::filesystem::remove_all(directory_);
  }
  void open() {
    database_.reset();
    auto opened = Database::open({.directory = directory_, .sync = Sync::off});
    ASSERT_TRUE(opened) << opened.error().message;
    database_ = *std::move(opened);
  }

  std::vector<std::string> lines(const char* sql) const {
    Connection db(directory_ / kFileName, Connection::Mode::read);
    Statement rows(db.handle(), sql);
    std::vector<std::string> out;
    while (rows.step()) out.emplace_back(rows.text(0));
    return out;
  }
  void expect_true_to_traces() const { ASSERT_EQ(lines(kRows), lines(kTraces)); }

  template <class Work>
  void commit(Work&& work) {
    ASSERT_TRUE(database_->trace_writer().begin());
    work();
    ASSERT_TRUE(database_->trace_writer().commit());
  }
  void apply(std::vector<Message> messages) {
    auto batch = database_->traces().prepare(kDefaultWorkspace);
    for (Message& message : messages) batch->add(std::move(message));
    batch->finish();
    ASSERT_TRUE(database_->trace_writer().apply(*batch));
  }
  Message message(int64_t n, Message::Form form, std::string thread_id = "") {
    Message m;
    m.form = form;
    m.id = id_of(n);
    m.moment = model::Moment::arrived(++arrival_us_);
    m.project_name = form == Message::Form::snapshot ? "p" : "";
    if (form == Message::Form::snapshot) m.fields[Field::start_time] = int64_t{1'700'000'000'000'000'000};
    if (!thread_id.empty()) m.fields[Field::thread_id] = std::move(thread_id);
    m.content_hash = static_cast<uint64_t>(arrival_us_);
    return m;
  }
  static base::Uuid id_of(int64_t n) {
    std::string text = base::Uuid::least_at_ms(1'700'000'000'000 + n).text();
    text[14] = '7';
    text[19] = '8';
    return *base::Uuid::parse(text);
  }

  std::filesystem::path directory_;
  std::unique_ptr<Database> database_;
  int64_t arrival_us_ = 1'700'000'000'000'000;  // the first message comes a microsecond later
};

TEST_F(ThreadRowsTest, FollowWhateverHappensToTraces) {
  std::mt19937_64 random(7);
  const auto below = [&](uint64_t n) { return static_cast<int64_t>(random() % n); };
  size_t threads_seen = 0;
  for (int round = 0; round < 400; ++round) {
    ASSERT_TRUE(database_->trace_writer().begin());
    for (int64_t jobs = 1 + below(4); jobs > 0; --jobs) {
      std::vector<Message> messages;
      for (int64_t i = below(6); i > 0; --i) {
        const auto form = below(3) > 0 ? Message::Form::snapshot : Message::Form::patch;
        Message m = message(below(25), form, below(4) > 0 ? fmt::format("t{}", below(4)) : "");
        if (form == Message::Form::snapshot) {
          m.fields[Field::start_time] = 1'700'000'000'000'000'000 + below(3) * 1000;
          m.project_name = below(6) > 0 ? "p" : "q";
        }
        if (below(2) == 0) m.fields[Field::end_time] = 1'700'000'001'000'000'000 + below(3) * 1000;
        messages.push_back(std::move(m));
      }
      apply(std::move(messages));
      if (below(3) == 0) {
        ASSERT_TRUE(
            database_->trace_writer().delete_traces(kDefaultWorkspace, {id_of(below(25)), id_of(below(25))}, std::nullopt, ++arrival_us_));
      }
    }
    if (below(8) == 0) {
      database_->trace_writer().rollback();
    } else {
      ASSERT_TRUE(database_->trace_writer().commit());
    }
    expect_true_to_traces();
    threads_seen += lines(kRows).size();
  }
  EXPECT_GT(threads_seen, 1'000u);
}

TEST_F(ThreadRowsTest, AThreadKeepsItsIdAndIsFoundByIt) {
  commit([&] { apply({message(1, Message::Form::snapshot, "chat")}); });
  const int64_t project = (*database_->catalog().project_by_name(kDefaultWorkspace, "p"))->number;
  const auto thread = *database_->resources().threads->find(kDefaultWorkspace, project, "chat");
  ASSERT_TRUE(thread);
  EXPECT_EQ(thread->id.version(), 7);
  EXPECT_EQ(thread->id.time_ms(), 1'700'000'000'000);

  commit([&] { apply({message(2, Message::Form::snapshot, "chat"), message(3, Message::Form::snapshot, "other")}); });
  commit([&] { apply({message(1, Message::Form::patch, "other")}); });
  EXPECT_EQ(*database_->resources().threads->find(kDefaultWorkspace, project, "chat"), thread);
  EXPECT_EQ(*database_->resources().threads->find(kDefaultWorkspace, thread->id), thread);

  commit([&] { ASSERT_TRUE(database_->trace_writer().delete_traces(kDefaultWorkspace, {id_of(2)}, std::nullopt, ++arrival_us_)); });
  EXPECT_EQ(*database_->resources().threads->find(kDefaultWorkspace, project, "chat"), std::nullopt);
  EXPECT_EQ(*database_->resources().threads->find(kDefaultWorkspace, thread->id), std::nullopt);
  EXPECT_TRUE(*database_->resources().threads->find(kDefaultWorkspace, project, "other"));
  EXPECT_EQ(*database_->resources().threads->find(kDefaultWorkspace, project + 1, "other"), std::nullopt);
}

TEST_F(ThreadRowsTest, AFileOfVersion1GetsItsThreads) {
  commit([&] {
    apply({message(1, Message::Form::snapshot, "a"), message(2, Message::Form::snapshot, "a"), message(3, Message::Form::snapshot, "b"),
           message(4, Message::Form::snapshot)});
  });
  const std::vector<std::string> rows = lines(kRows);
  ASSERT_EQ(rows.size(), 2u);
  database_.reset();
  {
    Connection db(directory_ / kFileName, Connection::Mode::write);
    take_back_to_version_1(db);
  }
  open();
  EXPECT_EQ(lines(kRows), rows);
  expect_true_to_traces();
}

}  // namespace
}  // namespace opik::store::sqlite
