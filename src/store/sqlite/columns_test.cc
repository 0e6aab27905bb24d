// Goal: an answer is of one committed state, also while the writer goes on and columns are made, let go and made again; and columns
// keep to their bytes.
// Method: every transaction gives all spans of a project the same new name, and moves one between two projects; readers ask without
// pause and must never see two names, or a number of spans that no transaction left.

#include "store/sqlite/columns.h"

#include <gtest/gtest.h>

#include <atomic>
#include <filesystem>
#include <thread>

#include "store/page_for_test.h"
#include "store/sqlite/database.h"

namespace opik::store::sqlite {
namespace {

using model::Field;
using model::Kind;

constexpr int64_t kSpans = 60;

class ColumnsTest : public ::testing::Test {
 protected:
  void SetUp() override {
    directory_ = std::filesystem::temp_directory_path() / ("opik_columns_test_" + base::Uuid::v7().text());
    std::filesystem::create_directories(directory_);
  }
  void TearDown() override {
    database_.reset();
    std::filesystem::remove_all(directory_);
  }
  void open(size_t columns_bytes) {
    database_.reset();
    auto opened = Database::open({.directory = directory_, .sync = Sync::off, .columns_bytes = columns_bytes});
    ASSERT_TRUE(opened) << opened.error().message;
    database_ = *std::move(opened);
  }

  // All spans anew, under one name; the last one elsewhere in every second state.
  void write(int64_t state) {
    auto batch = database_->traces().prepare(kDefaultWorkspace);
    for (int64_t n = 0; n < kSpans; ++n) {
      model::Message message;
      message.kind = Kind::span;
      message.id = base::Uuid::greatest_at_ms(1'700'000'000'000 + n);
      message.moment = model::Moment::arrived(++arrival_us_);
      message.content_hash = static_cast<uint64_t>(state * kSpans + n);
      message.fields[Field::trace_id] = std::string(base::Uuid::greatest_at_ms(1 + n % 5).bytes());
      message.fields[Field::name] = "state " + std::to_string(state);
      message.fields[Field::start_time] = int64_t{1'000'000};
      message.fields[Field::end_time] = 1'000'000 * (2 + state);
      message.fields[Field::input] = std::string(R"({"q":"all"})");
      message.fields[Field::cost] = 0.5;
      message.project_name = n == kSpans - 1 && state % 2 == 1 ? "other" : "p";
      batch->add(std::move(message));
    }
    batch->finish();
    ASSERT_TRUE(database_->trace_writer().begin());
    ASSERT_TRUE(database_->trace_writer().apply(*batch));
    ASSERT_TRUE(database_->trace_writer().commit());
  }

  query::Selection spans_where(const std::string& field, const std::string& op, const std::string& value) {
    query::Selection which;
    which.kind = Kind::span;
    which.project = (*database_->catalog().project_by_name(kDefaultWorkspace, "p"))->number;
    const auto filter = query::plan_filter(query::Entity::span, {query::Ast::Form::oql, "-", {{field, "", op, value, {}, true, "here"}}});
    EXPECT_TRUE(filter) << (filter ? "" : filter.error().message);
    which.filter = *filter;
    return which;
  }

  // What is wrong with a page; empty: nothing.
  static std::string fault_of(const WholePage& page) {
    std::string name;
    for (const model::Record& record : page.records) {
      if (name.empty()) name = record.view.fields.text(Field::name);
      if (record.view.fields.text(Field::name) != name)
        return "two names: " + name + ", " + std::string(record.view.fields.text(Field::name));
    }
    if (name.empty()) return "no spans";
    const int64_t state = std::stoll(name.substr(6));
    const int64_t expected = state % 2 == 1 ? kSpans - 1 : kSpans;
    if (page.total != expected) return name + " with " + std::to_string(page.total) + " spans";
    return page.total == static_cast<int64_t>(page.records.size()) ? "" : "total is not the number of rows";
  }

  void ask_while_writing() {
    write(0);
    std::atomic<bool> stop{false};
    std::atomic<int64_t> answers{0};
    std::string fault;
    std::mutex mutex;
    const auto complain = [&](const std::string& found) {
      const std::lock_guard lock(mutex);
      if (fault.empty()) fault = found;
      stop = true;
    };
    const query::Selection by_column = spans_where("name", "starts_with", "state");
    const query::Selection by_payload = spans_where("input", "contains", "all");
    query::Window window;
    window.limit = 1000;
    std::vector<std::thread> readers;
    for (int reader = 0; reader < 2; ++reader) {
      readers.emplace_back([&, reader] {
        while (!stop) {
          WholePage page;
          const auto done = database_->traces().page(reader == 0 ? by_column : by_payload, window, model::FieldSet{Field::name}, page);
          if (!done) return complain(done.error().message);
          if (const std::string found = fault_of(page); !found.empty()) return complain(found);
          const auto stats = database_->traces().stats(by_column);
          if (!stats) return complain(stats.error().message);
          // Every state has one duration.
          if (!stats->duration_ms || stats->duration_ms->p50 != stats->duration_ms->p99 || stats->duration_ms->p50 < 1) {
            return complain("durations of two states");
          }
          const auto state = static_cast<int64_t>(stats->duration_ms->p50) - 1;
          if (stats->count != (state % 2 == 1 ? kSpans - 1 : kSpans)) return complain("statistics of two states");
          ++answers;
        }
      });
    }
    for (int64_t state = 1; (state < 150 || answers < 100) && !stop; ++state) write(state);
    stop = true;
    for (std::thread& reader : readers) reader.join();
    EXPECT_EQ(fault, "");
    EXPECT_GE(answers, 100);
  }

  std::filesystem::path directory_;
  std::unique_ptr<Database> database_;
  int64_t arrival_us_ = 0;
};

TEST_F(ColumnsTest, AnAnswerIsOfOneCommit) {
  open(Options{}.columns_bytes);
  ask_while_writing();
}

// They are made, grow by a name with every commit, are let go and made again.
TEST_F(ColumnsTest, AnAnswerIsOfOneCommitWhereTheyHardlyFit) {
  open(34 << 10);
  ask_while_writing();
}

TEST_F(ColumnsTest, AnAnswerIsOfOneCommitWithoutThem) {
  open(0);
  ask_while_writing();
}

TEST_F(ColumnsTest, KeepToTheirBytes) {
  open(0);
  write(1);
  const std::filesystem::path file = directory_ / kFileName;
  const int64_t project = (*database_->catalog().project_by_name(kDefaultWorkspace, "p"))->number;
  ReaderPool pool(file);
  Columns none(pool, 0);
  EXPECT_EQ(none.latest(project), nullptr);
  Columns few(pool, 1000);
  EXPECT_EQ(few.latest(project), nullptr);
  EXPECT_EQ(few.bytes(), 0u);
  Columns enough(pool, 1 << 20);
  const auto state = enough.latest(project);
  ASSERT_NE(state, nullptr);
  EXPECT_EQ(state->rows(Kind::span), kSpans - 1);
  EXPECT_GT(enough.bytes(), 0u);
  EXPECT_LE(enough.bytes(), size_t{1} << 20);
}

TEST_F(ColumnsTest, LetGoOfTheProjectThatWasAskedForTheLongestAgo) {
  open(0);
  write(1);
  const std::filesystem::path file = directory_ / kFileName;
  const int64_t p = (*database_->catalog().project_by_name(kDefaultWorkspace, "p"))->number;
  const int64_t other = (*database_->catalog().project_by_name(kDefaultWorkspace, "other"))->number;
  ReaderPool pool(file);
  Columns columns(pool, 200'000);
  Connection writer(file, Connection::Mode::write);
  columns.watch(writer);
  ASSERT_NE(columns.latest(p), nullptr);
  ASSERT_NE(columns.latest(other), nullptr);
  ASSERT_NE(columns.latest(p), nullptr);
  const size_t before = columns.bytes();
  ASSERT_LE(before + 60'000, 200'000u) << "room for the names that follow, but for the last";

  // Every commit adds texts to p.
  int64_t commit = commit_of(writer);
  const auto grow = [&] {
    writer.run("BEGIN IMMEDIATE");
    writer.run("UPDATE spans SET name = hex(randomblob(200)) WHERE project_n = " + std::to_string(p));
    writer.run("COMMIT");
    columns.committed(writer, ++commit);
  };
  size_t rounds = 0;
  while (columns.latest(other) != nullptr && ++rounds < 100) {
    ASSERT_NE(columns.latest(p), nullptr) << "was asked for after the other";
    grow();
  }
  EXPECT_GT(rounds, 1u);
  EXPECT_LT(rounds, 100u);
  EXPECT_LE(columns.bytes(), 200'000u);
  EXPECT_EQ(columns.latest(other), nullptr) << "not made again at once";
}

}  // namespace
}  // namespace opik::store::sqlite
