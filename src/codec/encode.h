#pragma once
// Model -> Opik JSON, appended to a string. Null and empty members are left out, as Opik does.

#include <string>
#include <string_view>
#include <vector>

#include "model/record.h"
#include "model/thread.h"

namespace opik::codec {

// A JSON string with its quotes. Control characters, quotes and backslashes are escaped; UTF-8 stays as it is.
void append_string(std::string& out, std::string_view text);
// Instants as Opik prints them, without quotes: 2024-01-01T00:00:00Z, with 3, 6 or 9 fractional digits where needed.
void append_instant_ns(std::string& out, int64_t ns);
void append_instant_us(std::string& out, int64_t us);
// The shortest text that reads back as the same double; 1 stays 1.
void append_number(std::string& out, double value);
// value_nano / 10^9, exactly.
void append_nano(std::string& out, int64_t value_nano);

struct RecordStyle {
  std::vector<std::string> exclude;  // names of members to leave out, as in the query parameter
  bool truncate = false;             // in input and output images become "[image]"; beyond kTruncateChars they become a JSON string
  bool with_project_name = false;    // a span read by id
};
inline constexpr size_t kTruncateChars = 10'001;

// One trace or span. metadata.providers (traces) and metadata.provider (spans) are put in front of metadata, as Opik does.
void append_record(std::string& out, const model::Record& record, const RecordStyle& style);

// {"page":1,"size":2,"total":2,"content":[...],"sortable_by":[...]}, of records that come some at a time: begin, add as often as need
// be, end.
class RecordPageWriter {
 public:
  RecordPageWriter(std::string& out, RecordStyle style) : out_(out), style_(std::move(style)) {}
  // `rows`: how many will be added.
  void begin(int64_t page, int64_t rows, int64_t total);
  void add(const std::vector<model::Record>& records);
  void end(const std::vector<std::string>& sortable_by);

 private:
  std::string& out_;
  const RecordStyle style_;
  size_t content_at_ = 0;  // where the content begins
  int64_t rows_ = 0;
  int64_t added_ = 0;
};

void append_stats(std::string& out, model::Kind kind, const model::Stats& stats);  // {"stats":[{name,type,value}...]}
void append_thread_stats(std::string& out, const model::ThreadStats& stats);       // the same
void append_project(std::string& out, const model::Project& project);
void append_project_page(std::string& out, const std::vector<model::Project>& projects, int64_t page, int64_t total);

struct ProjectStats {
  model::Project project;
  model::Stats stats;
  int64_t error_count_recent = 0;  // the last 7 days
  int64_t error_count_before = 0;  // the 7 days before those
};
void append_project_stats_page(std::string& out, const std::vector<ProjectStats>& projects, int64_t page, int64_t total);

// The error shapes of Opik: {"errors":[...]} and {"code":404,"message":"..."}.
void append_errors(std::string& out, const std::vector<std::string>& messages);
void append_code_message(std::string& out, int code, std::string_view message);

struct RejectedItem {
  size_t index = 0;
  std::string id;  // empty: unknown
  std::string error;
};
// {"errors":[...],"rejected":[{index,id,error}],"stored":N}
void append_partial_failure(std::string& out, const std::vector<RejectedItem>& rejected, size_t stored);

}  // namespace opik::codec
