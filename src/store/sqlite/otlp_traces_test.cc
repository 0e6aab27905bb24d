// Goal: whoever stores the id of an OTLP trace first wins, per project, and a reader finds it after the commit, also when reopened.
// Method: a real file; ids proposed twice, in one transaction and in two, one of them undone.

#include "store/otlp_traces.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "store/sqlite/database.h"

namespace opik::store::sqlite {
namespace {

using ::testing::ElementsAre;

const std::string kA(16, 'a');
const std::string kB(16, 'b');

class OtlpTracesTest : public ::testing::Test {
 protected:
  void SetUp() override {
    directory_ = std::filesystem::temp_directory_path() / ("opik_otlp_traces_test_" + base::Uuid::v7().text());
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
  std::vector<base::Uuid> keep(const std::string& project, const std::vector<OtlpTraceId>& proposed) {
    const auto number = database_->catalog_writer().project_named(kDefaultWorkspace, project);
    EXPECT_TRUE(number);
    auto kept = database_->resource_writers().otlp_traces->keep(*number, proposed);
    EXPECT_TRUE(kept);
    return *kept;
  }
  std::vector<std::optional<base::Uuid>> find(const std::string& project) {
    auto found = database_->resources().otlp_traces->find(kDefaultWorkspace, project, {kA, kB});
    EXPECT_TRUE(found);
    return *found;
  }

  std::filesystem::path directory_;
  std::unique_ptr<Database> database_;
};

TEST_F(OtlpTracesTest, TheFirstIdStays) {
  const base::Uuid first = base::Uuid::v7();
  const base::Uuid second = base::Uuid::v7();
  const base::Uuid third = base::Uuid::v7();
  EXPECT_THAT(find("p"), ElementsAre(std::nullopt, std::nullopt));

  ASSERT_TRUE(database_->trace_writer().begin());
  EXPECT_THAT(keep("p", {{kA, first}}), ElementsAre(first));
  database_->trace_writer().rollback();
  EXPECT_THAT(find("p"), ElementsAre(std::nullopt, std::nullopt));

  ASSERT_TRUE(database_->trace_writer().begin());
  EXPECT_THAT(keep("p", {{kA, second}, {kA, first}}), ElementsAre(second, second));
  EXPECT_THAT(keep("other", {{kA, third}}), ElementsAre(third));
  ASSERT_TRUE(database_->trace_writer().commit());
  ASSERT_TRUE(database_->trace_writer().begin());
  EXPECT_THAT(keep("P", {{kA, third}, {kB, first}}), ElementsAre(second, first));
  ASSERT_TRUE(database_->trace_writer().commit());

  open();
  EXPECT_THAT(find("p"), ElementsAre(second, first));
  EXPECT_THAT(find("other"), ElementsAre(third, std::nullopt));
}

}  // namespace
}  // namespace opik::store::sqlite
