// Goal: what spans cost that are stored already is computed anew when asked for, by the new prices, and once for a file of version 1,
// which knew only the costs that clients gave.
// Method: a real file with one span of each sort, reopened with other prices or as version 1.

#include "store/sqlite/reprice.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "store/sqlite/database.h"
#include "store/sqlite/schema_test.h"

namespace opik::store::sqlite {
namespace {

using model::Field;
using ::testing::ElementsAre;

constexpr const char* kUsage = R"({"prompt_tokens":1000})";
constexpr const char* kTold = R"({"cost":{"total_cost":0.5,"currency":"USD"}})";

cost::PriceTable prices_of(const std::string& input) {
  auto table = cost::PriceTable::parse("provider\tmodel\tmode\tinput\toutput\tcache_write\tcache_read\tsecond\tcharacter\np\tm\tchat\t" +
                                       input + "\t\t\t\t\t\n");
  EXPECT_TRUE(table);
  return *std::move(table);
}

class RepriceTest : public ::testing::Test {
 protected:
  void SetUp() override {
    directory_ = std::filesystem::temp_directory_path() / ("opik_reprice_test_" + base::Uuid::v7().text());
    open();
    auto batch = database_->traces().prepare(kDefaultWorkspace);
    for (const auto& values : std::vector<std::map<Field, model::Value>>{
             {{Field::model, "m"}, {Field::provider, "p"}, {Field::usage, kUsage}},
             {{Field::model, "m"}, {Field::provider, "p"}, {Field::usage, kUsage}, {Field::cost, 0.25}},
             {{Field::metadata, kTold}},
             {{Field::model, "m"}, {Field::provider, "p"}, {Field::usage, kUsage}, {Field::metadata, kTold}},
             {{Field::name, "free"}},
         }) {
      model::Message span;
      span.kind = model::Kind::span;
      span.id = base::Uuid::v7();
      span.moment = model::Moment::arrived(static_cast<int64_t>(++arrivals_));
      span.content_hash = arrivals_;
      span.project_name = "p";
      span.fields[Field::trace_id] = std::string(span.id.bytes());
      span.fields[Field::start_time] = int64_t{1};
      for (const auto& [field, value] : values) span.fields[field] = value;
      ids_.push_back(span.id);
      batch->add(std::move(span));
    }
    batch->finish();
    ASSERT_TRUE(database_->trace_writer().begin());
    ASSERT_TRUE(database_->trace_writer().apply(*batch));
    ASSERT_TRUE(database_->trace_writer().commit());
  }
  void TearDown() override { std::filesystem::remove_all(directory_); }

  void open(const cost::PriceTable& prices = cost::PriceTable::built_in()) {
    database_.reset();
    auto opened = Database::open({.directory = directory_, .sync = Sync::off, .prices = &prices});
    ASSERT_TRUE(opened) << opened.error().message;
    database_ = *std::move(opened);
  }
  std::vector<double> costs() const {
    std::vector<double> costs;
    for (const base::Uuid& id : ids_) costs.push_back((*database_->traces().get(model::Kind::span, kDefaultWorkspace, id))->cost);
    return costs;
  }

  std::filesystem::path directory_;
  uint64_t arrivals_ = 0;
  std::vector<base::Uuid> ids_;
  std::unique_ptr<Database> database_;
};

TEST_F(RepriceTest, NewPricesCountForStoredSpansOnlyWhenAskedFor) {
  EXPECT_THAT(costs(), ElementsAre(0, 0.25, 0.5, 0.5, 0));
  const cost::PriceTable prices = prices_of("2");
  open(prices);
  EXPECT_THAT(costs(), ElementsAre(0, 0.25, 0.5, 0.5, 0));
  EXPECT_EQ(*database_->reprice(), 2);
  EXPECT_THAT(costs(), ElementsAre(0.002, 0.25, 0.5, 0.002, 0));
  EXPECT_EQ(*database_->reprice(), 0);
  const cost::PriceTable dearer = prices_of("3");
  open(dearer);
  EXPECT_EQ(*database_->reprice(), 2);
  open();
  EXPECT_THAT(costs(), ElementsAre(0.003, 0.25, 0.5, 0.003, 0));
  EXPECT_EQ(*database_->reprice(), 2);
  EXPECT_THAT(costs(), ElementsAre(0, 0.25, 0.5, 0.5, 0));
}

TEST_F(RepriceTest, AFileOfVersion1GetsItsCostsWhenItIsOpened) {
  database_.reset();
  {
    Connection db(directory_ / kFileName, Connection::Mode::write);
    take_back_to_version_1(db);
  }
  const cost::PriceTable prices = prices_of("2");
  open(prices);
  EXPECT_THAT(costs(), ElementsAre(0.002, 0.25, 0.5, 0.002, 0));
  // Once: from now on they change only when asked for.
  const cost::PriceTable dearer = prices_of("3");
  open(dearer);
  EXPECT_THAT(costs(), ElementsAre(0.002, 0.25, 0.5, 0.002, 0));
}

}  // namespace
}  // namespace opik::store::sqlite
