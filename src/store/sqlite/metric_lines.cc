#include "store/sqlite/metric_lines.h"

#include <algorithm>
#include <array>

#include "store/sqlite/limits.h"

namespace opik::store::sqlite {

using query::Interval;
using query::Measure;

namespace {

constexpr std::array<std::string_view, 3> kPercentiles{"p50", "p90", "p99"};

double percentile_of(const model::Percentiles& percentiles, std::string_view name) {
  if (name == kPercentiles[1]) return percentiles.p90;
  return name == kPercentiles[2] ? percentiles.p99 : percentiles.p50;
}

}  // namespace

// The last interval may begin at the very end of what is asked for: then it is one more, without being counted on.
MetricLines::MetricLines(const query::MetricQuery& query)
    : query_(query),
      begin_ms_(query.interval == Interval::total ? query.from_ms : query::interval_begin(query.interval, query.from_ms)),
      intervals_(static_cast<uint32_t>(query::interval_count(query))) {}

std::optional<uint32_t> MetricLines::interval(int64_t time_ms) const {
  if (time_ms < query_.from_ms || time_ms > query_.to_ms) return std::nullopt;
  if (query_.interval == Interval::total) return 0;
  return static_cast<uint32_t>((time_ms - begin_ms_) / query::interval_ms(query_.interval));
}

uint32_t MetricLines::group(std::string_view name) {
  std::string own(is_grouped() && name.empty() ? kNoGroup : name);
  if (group_numbers_.size() >= kMetricGroupsAtOnce && !group_numbers_.contains(own)) own = kOtherGroups;
  const auto [found, is_new] = group_numbers_.emplace(own, static_cast<uint32_t>(groups_.size()));
  if (is_new) groups_.push_back({own, {}, 0});
  return found->second;
}

std::optional<uint32_t> MetricLines::line(uint32_t group, std::string_view name) {
  const std::string& wanted = query_.breakdown.sub_metric;
  if (is_grouped() && has_names()) {
    // One series per group: the one asked for, else the tokens in all, or all scores.
    const std::string_view shown = wanted.empty() && query_.metric->measure == Measure::usage ? "total_tokens" : std::string_view(wanted);
    if (!shown.empty() && name != shown) return std::nullopt;
    name = shown;
  }
  for (const uint32_t line : groups_[group].lines) {
    if (lines_[line].name == name) return line;
  }
  const auto number = static_cast<uint32_t>(lines_.size());
  lines_.push_back({std::string(name), {}, nullptr, 0});
  groups_[group].lines.push_back(number);
  return number;
}

void MetricLines::add(uint32_t line, uint32_t interval, double value) {
  Line& own = lines_[line];
  if (own.last == nullptr || own.last_interval != interval) {
    own.last = &own.cells[interval];
    own.last_interval = interval;
  }
  own.last->mean.add(value);
  if (query_.metric->measure == Measure::duration_percentiles) own.last->values.push_back(value);
}

void MetricLines::fold_groups() {
  for (Group& group : groups_) {
    for (const uint32_t line : group.lines) {
      for (const auto& [interval, cell] : lines_[line].cells) group.values += cell.mean.count;
    }
  }
  std::sort(groups_.begin(), groups_.end(), [](const Group& a, const Group& b) {
    if ((a.name == kOtherGroups) != (b.name == kOtherGroups)) return b.name == kOtherGroups;
    return a.values != b.values ? a.values > b.values : a.name < b.name;
  });
  if (groups_.size() <= kMetricGroupsMax) return;
  Group others{std::string(kOtherGroups), {}, 0};
  Line folded;
  for (size_t at = kMetricGroupsMax; at < groups_.size(); ++at) {
    for (const uint32_t line : groups_[at].lines) {
      for (auto& [interval, cell] : lines_[line].cells) {
        Cell& into = folded.cells[interval];
        into.mean.sum.add(cell.mean.sum.value());
        into.mean.count += cell.mean.count;
        into.values.insert(into.values.end(), cell.values.begin(), cell.values.end());
      }
    }
  }
  others.lines.push_back(static_cast<uint32_t>(lines_.size()));
  lines_.push_back(std::move(folded));
  groups_.resize(kMetricGroupsMax);
  groups_.push_back(std::move(others));
}

double MetricLines::value_of(Cell& cell) const {
  switch (query_.metric->measure) {
    case Measure::count:
      return static_cast<double>(cell.mean.count);
    case Measure::average_duration:
    case Measure::error_rate:
    case Measure::scores:
      return cell.mean.value();
    case Measure::cost:
    case Measure::usage:
    case Measure::failed_guardrails:
    case Measure::duration_percentiles:
      break;
  }
  return cell.mean.sum.value();
}

void MetricLines::show(const std::string& name, Line& line, model::MetricTable& table) const {
  const size_t times = table.times_ms.size();
  if (query_.metric->measure != Measure::duration_percentiles) {
    model::MetricSeries& series = table.series.emplace_back(model::MetricSeries{name, std::vector<std::optional<double>>(times)});
    for (auto& [interval, cell] : line.cells) series.values[interval] = value_of(cell);
    return;
  }
  const size_t first = table.series.size();
  for (const std::string_view percentile : kPercentiles) {
    const std::string_view wanted = query_.breakdown.sub_metric.empty() ? kPercentiles[0] : std::string_view(query_.breakdown.sub_metric);
    if (is_grouped() && percentile != wanted && wanted != "duration." + std::string(percentile)) continue;
    const std::string own = is_grouped() ? name : name + "." + std::string(percentile);
    table.series.push_back({own, std::vector<std::optional<double>>(times)});
  }
  for (auto& [interval, cell] : line.cells) {
    const std::optional<model::Percentiles> percentiles = percentiles_of(std::move(cell.values));
    for (size_t at = first; at < table.series.size(); ++at) {
      std::string_view which = is_grouped() ? std::string_view(query_.breakdown.sub_metric) : std::string_view(table.series[at].name);
      if (which.size() > kPercentiles[0].size()) which = which.substr(which.size() - kPercentiles[0].size());
      table.series[at].values[interval] = percentile_of(*percentiles, which);
    }
  }
}

model::MetricTable MetricLines::take() {
  model::MetricTable table;
  uint32_t intervals = intervals_;
  for (const Line& line : lines_) {
    if (!line.cells.empty()) intervals = std::max(intervals, line.cells.rbegin()->first + 1);
  }
  for (uint32_t interval = 0; interval < intervals; ++interval) {
    table.times_ms.push_back(query_.interval == Interval::total ? begin_ms_ : begin_ms_ + interval * query::interval_ms(query_.interval));
  }
  if (is_grouped()) {
    fold_groups();
    for (Group& group : groups_) {
      for (const uint32_t line : group.lines) show(group.name, lines_[line], table);
    }
    return table;
  }
  if (has_names()) {
    std::sort(lines_.begin(), lines_.end(), [](const Line& a, const Line& b) { return a.name < b.name; });
    for (Line& line : lines_) show(line.name, line, table);
    return table;
  }
  Line none;
  show(std::string(query_.metric->series), lines_.empty() ? none : lines_.front(), table);
  return table;
}

}  // namespace opik::store::sqlite
