#pragma once
// What statistics are made of.

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "model/record.h"
#include "model/sum.h"

namespace opik::store::sqlite {

// A sum and how many went into it.
struct Mean {
  model::Sum sum;
  int64_t count = 0;
  void add(double value) {
    sum.add(value);
    ++count;
  }
  double value() const { return count == 0 ? 0 : sum.value() / static_cast<double>(count); }
};

inline std::map<std::string, double> values_of(const std::map<std::string, Mean>& means) {
  std::map<std::string, double> values;
  for (const auto& [name, mean] : means) values.emplace(name, mean.value());
  return values;
}

// An entity's value under a name is the mean over its authors.
inline void add_scores(const std::vector<model::FeedbackScore>& scores, std::map<std::string, Mean>& into) {
  std::map<std::string, std::vector<int64_t>> of_entity;
  for (const model::FeedbackScore& score : scores) of_entity[score.name].push_back(score.value_nano);
  for (const auto& [name, values] : of_entity) into[name].add(static_cast<double>(model::mean_nano(values)) / 1e9);
}

// Exact, linear between the two nearest ranks. Nothing of nothing.
inline std::optional<model::Percentiles> percentiles_of(std::vector<double> values) {
  if (values.empty()) return std::nullopt;
  auto begin = values.begin();  // nothing before it is greater than what is behind
  const auto percentile = [&](double share) {
    const double rank = share * static_cast<double>(values.size() - 1);
    const auto below = values.begin() + static_cast<std::ptrdiff_t>(rank);
    std::nth_element(begin, below, values.end());
    begin = below;
    const double above = below + 1 == values.end() ? *below : *std::min_element(below + 1, values.end());
    return *below + (above - *below) * (rank - static_cast<double>(static_cast<int64_t>(rank)));
  };
  model::Percentiles percentiles;
  percentiles.p50 = percentile(0.5);
  percentiles.p90 = percentile(0.9);
  percentiles.p99 = percentile(0.99);
  return percentiles;
}

}  // namespace opik::store::sqlite
