// Goal: a sealed column says what was put into it, bit for bit, in few bytes.
// Method: columns of every shape (one value, small and whole ranges, times in every unit, none among them, nothing but none) beside a
// plain vector; and the bytes that known shapes take.

#include "store/sqlite/packed_column.h"

#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <random>

namespace opik::store::sqlite {
namespace {

template <class T>
PackedColumn<T> column_of(const std::vector<T>& values) {
  PackedColumn<T> column;
  for (const T value : values) column.push_back(value);
  EXPECT_EQ(column.size(), values.size());
  column.seal();
  return column;
}

template <class T>
void expect_kept(const std::vector<T>& values, const std::string& shape) {
  const PackedColumn<T> column = column_of(values);
  ASSERT_EQ(column.size(), values.size());
  for (size_t row = 0; row < values.size(); ++row) {
    const T kept = column[row];
    ASSERT_EQ(std::memcmp(&kept, &values[row], sizeof(T)), 0) << shape << ", row " << row << ": " << kept << " for " << values[row];
  }
}

template <class T>
std::vector<T> draw(size_t count, const std::function<T()>& one) {
  std::vector<T> values;
  while (values.size() < count) values.push_back(one());
  return values;
}

TEST(PackedColumn, KeepsEveryInteger) {
  std::mt19937_64 random(3);
  using Limits = std::numeric_limits<int64_t>;
  for (int round = 0; round < 300; ++round) {
    const auto bits = static_cast<int>(random() % 64);
    const int64_t unit = std::vector<int64_t>{1, 10, 1'000, 1'000'000}[random() % 4];
    const auto base = static_cast<int64_t>(random()) >> (random() % 64);
    const uint64_t none_each = random() % 4;  // 0: there is none
    const auto one = [&]() -> int64_t {
      if (none_each != 0 && random() % none_each == 0) return kNoTime;
      return static_cast<int64_t>(static_cast<uint64_t>(base) +
                                  (random() >> bits) / static_cast<uint64_t>(unit) * static_cast<uint64_t>(unit));
    };
    expect_kept<int64_t>(draw<int64_t>(random() % 70, one), "bits " + std::to_string(bits) + ", unit " + std::to_string(unit));
  }
  expect_kept<int64_t>({}, "empty");
  expect_kept<int64_t>({kNoTime}, "none alone");
  expect_kept<int64_t>({Limits::max(), kNoTime, Limits::min() + 1}, "the ends, and none");
  expect_kept<int64_t>({-1, 0, 255, 254}, "256 and their mask");
  expect_kept<int64_t>({0, 255, kNoTime}, "256 and none");
}

TEST(PackedColumn, KeepsEveryNumber) {
  std::mt19937_64 random(4);
  for (int round = 0; round < 100; ++round) {
    const auto one = [&] { return static_cast<uint32_t>(random() >> (32 + round % 33)); };
    expect_kept<uint32_t>(draw<uint32_t>(random() % 70, one), "round " + std::to_string(round));
  }
  expect_kept<uint8_t>({0, 255, 7}, "bytes");
}

TEST(PackedColumn, KeepsEveryReal) {
  std::mt19937_64 random(5);
  constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
  for (int round = 0; round < 100; ++round) {
    const auto one = [&] {
      return random() % 3 == 0
                 ? kNaN
                 : std::ldexp(static_cast<double>(random()), static_cast<int>(random() % 200) - 100) * (random() % 2 == 0 ? 1 : -1);
    };
    expect_kept<double>(draw<double>(random() % 70, one), "round " + std::to_string(round));
  }
  expect_kept<double>({0.0, -0.0, kNaN, std::numeric_limits<double>::infinity(), -std::numeric_limits<double>::infinity()}, "the odd ones");
}

TEST(PackedColumn, TakesFewBytes) {
  constexpr size_t kRows = 1000;
  const auto bytes_of = [](const auto& values) { return column_of(values).bytes(); };
  EXPECT_EQ(bytes_of(std::vector<uint32_t>(kRows, 70'000)), 0u) << "all the same";
  EXPECT_EQ(bytes_of(std::vector<double>(kRows, std::numeric_limits<double>::quiet_NaN())), 0u) << "none at all";
  std::vector<int64_t> times;
  for (size_t row = 0; row < kRows; ++row) times.push_back(1'700'000'000'000'000'000 + static_cast<int64_t>(row % 250) * 1'000'000);
  EXPECT_EQ(bytes_of(times), kRows + 8) << "whole milliseconds";
  times[7] = kNoTime;
  EXPECT_EQ(bytes_of(times), kRows + 8) << "and one that has no end";
  times[8] += 1000;
  EXPECT_EQ(bytes_of(times), 3 * kRows + 8) << "whole microseconds";
  times[8] += 1;
  EXPECT_EQ(bytes_of(times), 4 * kRows + 8) << "whole nanoseconds";
}

}  // namespace
}  // namespace opik::store::sqlite
