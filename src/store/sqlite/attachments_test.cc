// Goal: one file for each content, for exactly as long as a row names it or somebody holds it; rows and files agree after every kind of
// end. Method: a database in a temporary directory, its files looked at; what a collector's thread does is waited for.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <thread>

#include "store/sqlite/database.h"

namespace opik::store::sqlite {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

// SHA-256 of "abc": FIPS 180-2.
constexpr const char* kAbc = "ba/7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

class AttachmentsTest : public ::testing::Test {
 protected:
  void SetUp() override {
    directory_ = fs::temp_directory_path() / ("opik_attachments_test_" + base::Uuid::v7().text());
    open();
  }
  void TearDown() override {
    database_.reset();
    fs::remove_all(directory_);
  }

  void open() {
    database_.reset();
    auto opened = Database::open({directory_, Sync::off});
    ASSERT_TRUE(opened) << opened.error().message;
    database_ = *std::move(opened);
  }
  fs::path folder() const { return directory_ / kAttachmentsFolder; }
  std::vector<std::string> files() const {
    std::vector<std::string> found;
    for (const auto& entry : fs::recursive_directory_iterator(folder())) {
      if (entry.is_regular_file()) found.push_back(fs::relative(entry.path(), folder()).string());
    }
    std::sort(found.begin(), found.end());
    return found;
  }
  bool eventually(const std::vector<std::string>& wanted) const {
    for (int i = 0; i < 5000 && files() != wanted; ++i) std::this_thread::sleep_for(std::chrono::milliseconds(2));
    return files() == wanted;
  }
  StoredContent keep(std::string_view bytes) {
    auto file = database_->attachment_contents().receive();
    EXPECT_TRUE(file);
    EXPECT_TRUE((*file)->write(bytes.substr(0, bytes.size() / 2)));
    EXPECT_TRUE((*file)->write(bytes.substr(bytes.size() / 2)));
    auto content = (*file)->keep();
    EXPECT_TRUE(content);
    return *content;
  }
  template <class Work>
  void commit(Work&& work) {
    ASSERT_TRUE(database_->trace_writer().begin());
    work(*database_->resource_writers().attachments);
    ASSERT_TRUE(database_->trace_writer().commit());
  }
  void put(const std::string& name, const StoredContent& content) {
    commit([&](AttachmentWriter& writer) {
      ASSERT_TRUE(writer.put_attachment(kDefaultWorkspace, owner_, {name, "text/plain", content}, "p"));
    });
  }
  void remove(const std::string& name) {
    commit([&](AttachmentWriter& writer) { ASSERT_TRUE(writer.delete_attachments(kDefaultWorkspace, owner_, {name}, std::nullopt)); });
  }
  std::string read(const std::string& name) {
    auto found = database_->resources().attachments->attachment(kDefaultWorkspace, owner_, name, std::nullopt);
    if (!found || !*found) return "(no row)";
    auto file = database_->attachment_contents().open((**found).hash);
    if (!file || *file == nullptr) return "(no file)";
    std::string bytes;
    return (*file)->read(0, static_cast<size_t>((**found).bytes), bytes) ? bytes : "(broken)";
  }

  fs::path directory_;
  std::unique_ptr<Database> database_;
  const AttachmentOwner owner_{model::Kind::trace, base::Uuid::v7()};
};

TEST_F(AttachmentsTest, AFileIsNamedByItsContentAndThereOnce) {
  put("a", keep("abc"));
  put("b", keep("abc"));
  EXPECT_THAT(files(), ElementsAre(kAbc));
  EXPECT_EQ(read("a"), "abc");
  EXPECT_EQ(read("b"), "abc");
  remove("a");
  EXPECT_EQ(read("b"), "abc");
  remove("b");
  EXPECT_TRUE(eventually({}));
}

TEST_F(AttachmentsTest, AFileThatIsNotKeptLeavesNothing) {
  {
    auto file = database_->attachment_contents().receive();
    ASSERT_TRUE((*file)->write("abc"));
    EXPECT_EQ(files().size(), 1u);
  }
  EXPECT_THAT(files(), IsEmpty());
}

TEST_F(AttachmentsTest, AHeldFileStaysAndGoesWithTheLastHold) {
  StoredContent held = keep("abc");
  put("a", held);
  remove("a");
  StoredContent copy = held;
  held = {};
  std::this_thread::sleep_for(std::chrono::milliseconds(20));
  EXPECT_THAT(files(), ElementsAre(kAbc));
  put("b", copy);
  copy = {};
  std::this_thread::sleep_for(std::chrono::milliseconds(20));
  EXPECT_EQ(read("b"), "abc");
  remove("b");
  EXPECT_TRUE(eventually({}));
  (void)keep("never named");
  EXPECT_TRUE(eventually({}));
}

TEST_F(AttachmentsTest, ARollbackTakesNoFileAway) {
  put("a", keep("abc"));
  ASSERT_TRUE(database_->trace_writer().begin());
  ASSERT_TRUE(database_->resource_writers().attachments->delete_attachments(kDefaultWorkspace, owner_, {"a"}, std::nullopt));
  database_->trace_writer().rollback();
  put("c", keep("xyz"));  // a commit after it
  std::this_thread::sleep_for(std::chrono::milliseconds(20));
  EXPECT_EQ(read("a"), "abc");
}

TEST_F(AttachmentsTest, ReplacingLetsTheOldFileGo) {
  put("a", keep("xyz"));
  put("a", keep("abc"));
  EXPECT_TRUE(eventually({kAbc}));
  EXPECT_EQ(read("a"), "abc");
}

TEST_F(AttachmentsTest, OpeningSweepsWhatNoRowNames) {
  put("a", keep("abc"));
  database_.reset();
  const auto write = [&](const fs::path& path) { std::ofstream(folder() / path) << "x"; };
  write(fs::path("00") / std::string(62, '1'));
  write(fs::path("ff") / std::string(62, '1'));
  write(fs::path("incoming") / "half");
  write(fs::path("00") / "short");
  write(fs::path("00") / std::string(62, 'X'));
  open();
  EXPECT_TRUE(eventually({"00/" + std::string(62, 'X'), "00/short", kAbc}));
  EXPECT_EQ(read("a"), "abc");
}

TEST_F(AttachmentsTest, ADamagedFileIsReplacedWhenItsContentComesAgain) {
  put("a", keep("abc"));
  std::ofstream(folder() / kAbc, std::ios::trunc);
  EXPECT_EQ(read("a"), "(broken)");
  put("b", keep("abc"));
  EXPECT_EQ(read("a"), "abc");
}

TEST_F(AttachmentsTest, AReadOnlyDatabaseChangesNothing) {
  put("a", keep("abc"));
  database_.reset();
  const std::string stray = "00/" + std::string(62, '1');
  std::ofstream(folder() / stray) << "x";
  auto opened = Database::open({directory_, Sync::off, true});
  ASSERT_TRUE(opened);
  database_ = *std::move(opened);
  EXPECT_EQ(read("a"), "abc");
  database_.reset();
  EXPECT_THAT(files(), ElementsAre(stray, kAbc));
}

TEST_F(AttachmentsTest, ListsByNameAndByProject) {
  for (const char* name : {"c", "a", "b"}) put(name, keep(name));
  auto project = database_->catalog().project_by_name(kDefaultWorkspace, "p");
  ASSERT_TRUE(project && *project);
  auto page = database_->resources().attachments->attachments(kDefaultWorkspace, owner_, (**project).number, 1, 5);
  ASSERT_TRUE(page);
  EXPECT_EQ(page->total, 3);
  ASSERT_EQ(page->attachments.size(), 2u);
  EXPECT_EQ(page->attachments[0].file_name, "b");
  EXPECT_EQ(page->attachments[0].bytes, 1);
  auto other = database_->resources().attachments->attachments(kDefaultWorkspace, owner_, (**project).number + 100, 0, 5);
  ASSERT_TRUE(other);
  EXPECT_EQ(other->total, 0);
}

}  // namespace
}  // namespace opik::store::sqlite
