#pragma once
// A folder for a spool, removed at the end, and shorthands for records.

#include <gtest/gtest.h>
#include <stdlib.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "sdk/spool.h"

namespace opik::sdk {

constexpr uint8_t kSpan = 1, kScore = 2;

class SpoolTest : public testing::Test {
 protected:
  SpoolTest() {
    std::string name = testing::TempDir() + "opik_spool_XXXXXX";
    config_.root = std::filesystem::path(mkdtemp(name.data())) / "a/b";
    config_.destination = "http://localhost/|default";
  }
  ~SpoolTest() override {
    std::error_code ignored;
    std::filesystem::remove_all(config_.root.parent_path().parent_path(), ignored);
  }

  std::unique_ptr<Spool> open() const {
    auto spool = Spool::open(config_);
    EXPECT_TRUE(spool) << spool.error().message;
    return std::move(*spool);
  }

  static base::Uuid id(uint64_t n) {
    std::array<uint8_t, 16> bytes{};
    for (int i = 0; i < 8; ++i) bytes[15 - i] = static_cast<uint8_t>(n >> (8 * i));
    return base::Uuid(bytes);
  }

  static void append(Spool& spool, uint64_t n, uint64_t version, const std::string& payload, bool replay = true, uint8_t kind = kSpan) {
    const auto appended = spool.append({kind, kind == kSpan, version, id(n), payload}, replay);
    ASSERT_TRUE(appended) << appended.error().message;
  }

  static void commit(Spool& spool) {
    const auto committed = spool.commit();
    ASSERT_TRUE(committed) << committed.error().message;
  }

  // "kind/id/version=payload" of what is to be replayed, in order.
  static std::vector<std::string> replay(Spool& spool, size_t bytes_max = 1 << 30) {
    std::vector<std::string> texts;
    for (const SpoolRecord& r : spool.take_replay(bytes_max)) texts.push_back(text(r));
    return texts;
  }

  static std::string text(const SpoolRecord& r) {
    return std::to_string(r.kind) + "/" + std::to_string(static_cast<uint8_t>(r.id.bytes()[15])) + "/" + std::to_string(r.version) + "=" +
           r.payload;
  }

  // The segments of a folder, by name.
  static std::vector<std::filesystem::path> segments(const std::filesystem::path& folder) {
    std::vector<std::filesystem::path> paths;
    for (const auto& entry : std::filesystem::directory_iterator(folder)) {
      if (entry.path().extension() == ".seg") paths.push_back(entry.path());
    }
    std::sort(paths.begin(), paths.end());
    return paths;
  }

  // The folders for the one destination.
  std::vector<std::filesystem::path> folders() const {
    std::vector<std::filesystem::path> paths;
    for (const auto& destination : std::filesystem::directory_iterator(config_.root)) {
      for (const auto& entry : std::filesystem::directory_iterator(destination)) paths.push_back(entry.path());
    }
    std::sort(paths.begin(), paths.end());
    return paths;
  }

  SpoolConfig config_;
};

}  // namespace opik::sdk
