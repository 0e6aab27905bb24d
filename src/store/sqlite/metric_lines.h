#pragma once
// Values gathered by series and interval, and what they come to.
//
//   MetricLines lines(query);
//   const uint32_t group = lines.group("gpt-4o");
//   lines.add(lines.line(group, "total_tokens"), lines.interval(time_ms), 120);
//   model::MetricTable table = lines.take();
//
// Of many groups, those with the most values are shown (kMetricGroupsMax), the rest as one of the name kOtherGroups.

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "model/metric.h"
#include "query/metric.h"
#include "store/sqlite/averages.h"

namespace opik::store::sqlite {

inline constexpr std::string_view kNoGroup = "Unknown";  // what has nothing to be grouped by
inline constexpr std::string_view kOtherGroups = "Others";

class MetricLines {
 public:
  explicit MetricLines(const query::MetricQuery& query);

  // Nothing: a time that was not asked for.
  std::optional<uint32_t> interval(int64_t time_ms) const;
  // Without a breakdown all is of one group.
  uint32_t group(std::string_view name);
  // A series of a group; `name` of scores and usage, else empty. Nothing: it is not asked for.
  std::optional<uint32_t> line(uint32_t group, std::string_view name);
  void add(uint32_t line, uint32_t interval, double value);
  model::MetricTable take();

 private:
  struct Cell {
    Mean mean;
    std::vector<double> values;  // of percentiles
  };
  struct Line {
    std::string name;
    std::map<uint32_t, Cell> cells;  // by interval
    Cell* last = nullptr;            // rows mostly come by time
    uint32_t last_interval = 0;
  };
  struct Group {
    std::string name;
    std::vector<uint32_t> lines;
    int64_t values = 0;
  };

  bool has_names() const { return query_.metric->measure == query::Measure::scores || query_.metric->measure == query::Measure::usage; }
  bool is_grouped() const { return query_.breakdown.by != query::GroupBy::none; }
  void fold_groups();
  double value_of(Cell& cell) const;
  void show(const std::string& name, Line& line, model::MetricTable& table) const;

  const query::MetricQuery& query_;
  const int64_t begin_ms_;
  const uint32_t intervals_;
  std::vector<Group> groups_;
  std::unordered_map<std::string, uint32_t> group_numbers_;
  std::vector<Line> lines_;
};

}  // namespace opik::store::sqlite
