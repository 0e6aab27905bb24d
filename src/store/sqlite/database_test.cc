// Goal: a data directory opens, reopens and keeps its promises at the edges: a lock against a second server, files that are
// not ours, newer or damaged, are refused with a clear message and left byte for byte as they were.
// Method: real files in a temporary directory; a second connection of SQLite's own plays the other program.

#include "store/sqlite/database.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>

#include "store/sqlite/connection.h"
#include "store/sqlite/schema.h"

namespace opik::store::sqlite {
namespace {

using ::testing::HasSubstr;

class DatabaseTest : public ::testing::Test {
 protected:
  void SetUp() override {
    directory_ = std::filesystem::temp_directory_path() / ("opik_database_test_" + base::Uuid::v7().text());
    std::filesystem::create_directories(directory_);
  }
  void TearDown() override { std::filesystem::remove_all(directory_); }

  std::filesystem::path file() const { return directory_ / kFileName; }
  std::string bytes() const {
    std::ifstream in(file(), std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  void write_bytes(const std::string& content) const { std::ofstream(file(), std::ios::binary) << content; }

  std::filesystem::path directory_;
};

model::Message create(const base::Uuid& id, const std::string& input, int64_t arrival_us) {
  model::Message message;
  message.id = id;
  message.moment = model::Moment::arrived(arrival_us);
  message.content_hash = std::hash<std::string>{}(input);
  message.fields[model::Field::input] = input;
  message.fields[model::Field::start_time] = int64_t{1};
  message.project_name = "p";
  return message;
}

void store_one(Database& database, model::Message message) {
  auto batch = database.traces().prepare(kDefaultWorkspace);
  batch->add(std::move(message));
  batch->finish();
  ASSERT_TRUE(database.trace_writer().begin());
  ASSERT_TRUE(database.trace_writer().apply(*batch));
  ASSERT_TRUE(database.trace_writer().commit());
}

TEST_F(DatabaseTest, KeepsRowsAndTheClockAcrossReopening) {
  const base::Uuid id = base::Uuid::v7();
  {
    auto database = Database::open({directory_});
    ASSERT_TRUE(database) << database.error().message;
    EXPECT_EQ((*database)->traces().last_arrival_us(), 0);
    store_one(**database, create(id, "{\"a\":1}", 77));
  }
  auto database = Database::open({directory_});
  ASSERT_TRUE(database);
  EXPECT_EQ((*database)->traces().last_arrival_us(), 77);
  auto record = (*database)->traces().get(model::Kind::trace, kDefaultWorkspace, id);
  ASSERT_TRUE(record);
  ASSERT_TRUE(*record);
  EXPECT_EQ((**record).view.fields.text(model::Field::input), "{\"a\":1}");
  EXPECT_EQ((**record).project_name, "p");
}

TEST_F(DatabaseTest, RollbackLeavesNothing) {
  auto database = Database::open({directory_});
  ASSERT_TRUE(database);
  const base::Uuid id = base::Uuid::v7();
  auto batch = (*database)->traces().prepare(kDefaultWorkspace);
  batch->add(create(id, "{}", 5));
  batch->finish();
  ASSERT_TRUE((*database)->trace_writer().begin());
  ASSERT_TRUE((*database)->trace_writer().apply(*batch));
  (*database)->trace_writer().rollback();
  EXPECT_FALSE(*(*database)->traces().exists(model::Kind::trace, kDefaultWorkspace, id));
  EXPECT_FALSE(*(*database)->catalog().project_by_name(kDefaultWorkspace, "p"));
  // The same batch can be applied again: it was not used up.
  ASSERT_TRUE((*database)->trace_writer().begin());
  ASSERT_TRUE((*database)->trace_writer().apply(*batch));
  ASSERT_TRUE((*database)->trace_writer().commit());
  EXPECT_TRUE(*(*database)->traces().exists(model::Kind::trace, kDefaultWorkspace, id));
}

TEST_F(DatabaseTest, RefusesASecondServer) {
  auto first = Database::open({directory_});
  ASSERT_TRUE(first);
  auto second = Database::open({directory_});
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, base::Code::unavailable);
  EXPECT_THAT(second.error().message, HasSubstr("another opikd is using it"));
  EXPECT_TRUE(Database::open({.directory = directory_, .read_only = true}));
}

TEST_F(DatabaseTest, RefusesANewerSchemaAndLeavesItAlone) {
  { ASSERT_TRUE(Database::open({directory_})); }
  {
    Connection db(file(), Connection::Mode::write);
    db.run("PRAGMA user_version = 999");
    db.run("PRAGMA wal_checkpoint(TRUNCATE)");
  }
  const std::string before = bytes();
  auto opened = Database::open({directory_});
  ASSERT_FALSE(opened);
  EXPECT_THAT(opened.error().message, HasSubstr("schema version 999"));
  EXPECT_EQ(bytes(), before);
}

TEST_F(DatabaseTest, RefusesWhatIsNotADatabaseOfOurs) {
  write_bytes("this is not a database, but it is long enough to look like one at a first glance, or so one would think.");
  const std::string before = bytes();
  auto opened = Database::open({directory_});
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, base::Code::internal);
  EXPECT_THAT(opened.error().message, HasSubstr("damaged"));
  EXPECT_EQ(bytes(), before);

  std::filesystem::remove(file());
  {
    Connection other(file(), Connection::Mode::write);
    other.run("CREATE TABLE notes (text TEXT)");
  }
  opened = Database::open({directory_});
  ASSERT_FALSE(opened);
  EXPECT_THAT(opened.error().message, HasSubstr("another program"));
}

TEST_F(DatabaseTest, ReadOnlyNeedsAFile) {
  auto opened = Database::open({.directory = directory_, .read_only = true});
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, base::Code::not_found);
}

TEST_F(DatabaseTest, ViewsShowIdsAndTimesAsText) {
  const base::Uuid id = base::Uuid::v7();
  auto database = Database::open({directory_});
  ASSERT_TRUE(database);
  model::Message message = create(id, "{\"a\":1}", 77);
  message.fields[model::Field::start_time] = int64_t{1'700'000'000'123'000'000};
  store_one(**database, message);
  Connection db(file(), Connection::Mode::read);
  Statement& row = db.prepared("SELECT id, project, workspace, start_time, input_bytes, stored_bytes > 0, is_pending FROM trace_list");
  ASSERT_TRUE(row.step());
  EXPECT_EQ(row.text(0), id.text());
  EXPECT_EQ(row.text(1), "p");
  EXPECT_EQ(row.text(2), "default");
  EXPECT_EQ(row.text(3), "2023-11-14T22:13:20.123Z");
  EXPECT_EQ(row.integer(4), 7);
  EXPECT_EQ(row.integer(5), 1);
  EXPECT_EQ(row.integer(6), 0);
  EXPECT_FALSE(row.step());
  EXPECT_EQ(db.integer("SELECT count(*) FROM span_list"), 0);
}

}  // namespace
}  // namespace opik::store::sqlite
