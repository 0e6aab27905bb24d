// Fuzzes what a request can ask of traces and spans. Four lines: t or s, then the parameters filters, sorting and search.
//
// What must hold, whatever the text: it is refused with a 400 whose message is UTF-8, or both stores, SQLite's and the one in memory, find
// the same rows of the project that was asked for. Nothing else can be had: no 500, no row of another project.

#include <stdlib.h>

#include <array>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "api/errors.h"
#include "api/params.h"
#include "base/check.h"
#include "codec/decode.h"
#include "codec/validate.h"
#include "store/memory/memory_store.h"
#include "store/page_for_test.h"
#include "store/sqlite/database.h"

namespace {

using namespace opik;
using base::check;
using model::Kind;

base::Uuid id_of(unsigned n) {
  std::array<uint8_t, 16> bytes{1, 0x8f, 0x33, 0, 0, static_cast<uint8_t>(n), 0x70, 0, 0x80};
  bytes[15] = static_cast<uint8_t>(n);
  return base::Uuid{bytes};
}

// Opik JSON of a few traces (ids 1 to 5) and spans (ids 11 to 16), with what filters like to trip over. Every third is in another project.
std::vector<model::Message> scene() {
  const std::vector<std::pair<Kind, std::string>> texts{
      {Kind::trace,
       R"("name":"Answer","input":{"q":"say \"hi\"","n":[1,{"a.b":2.5}]},"metadata":{"user":"u","n":5,"deep":{"x":null}},"tags":["a","B c"])"},
      {Kind::trace, R"("name":"100%_\\","end_time":"2024-05-01T00:00:02Z","output":"\u00fcber","thread_id":"t","source":"experiment")"},
      {Kind::trace, R"("name":"other","metadata":{"user":"u"})"},
      {Kind::trace, R"("error_info":{"exception_type":"E","traceback":"t"},"ttft":1.5,"metadata":["x",1e3,"5"])"},
      {Kind::trace, "\"name\":\"\u00dc\""},
      {Kind::span,
       R"("type":"llm","usage":{"total_tokens":7},"model":"m","provider":"p","total_estimated_cost":0.5,"metadata":{"a.b":"flat"})"},
      {Kind::span, R"("type":"tool","input":{ "q" : [ ] },"end_time":"2024-05-01T00:00:00.000000001Z")"},
      {Kind::span, R"("name":"other")"},
      {Kind::span, R"("usage":{"total_tokens":-1,"x":0},"metadata":{"":"empty key","n":"5"})"},
      {Kind::span, R"("name":"null","output":null,"tags":["null"])"},
      {Kind::span, R"("name":"other")"},
  };
  std::vector<model::Message> messages;
  unsigned traces = 0;
  unsigned spans = 10;
  for (const auto& [kind, members] : texts) {
    const unsigned n = kind == Kind::trace ? ++traces : ++spans;
    const std::string body = "{\"id\":\"" + id_of(n).text() + "\",\"trace_id\":\"" + id_of(1 + n % 2).text() + "\",\"project_name\":\"" +
                             (n % 3 == 0 ? "other" : "p") + "\",\"start_time\":\"2024-05-01T00:00:00Z\"," + members + "}";
    base::Result<model::Message> message = codec::decode_create(kind, base::PaddedBuffer(body));
    check(message.has_value(), message ? "" : message.error().message.c_str());
    const int64_t arrival_us = 1'714'521'600'000'000 + n;
    message->moment = model::Moment::arrived(arrival_us);
    messages.push_back(*std::move(message));
  }
  return messages;
}

void fill(store::TraceStore& store, store::TraceWriter& writer) {
  check(writer.begin().has_value(), "begin");
  const auto batch = store.prepare(store::kDefaultWorkspace);
  for (model::Message& message : scene()) batch->add(std::move(message));
  batch->finish();
  const auto report = writer.apply(*batch);
  check(report && report->rejected.empty(), "apply");
  std::vector<model::FeedbackScore> scores(3);
  for (size_t i = 0; i < scores.size(); ++i) {
    scores[i].entity_id = id_of(static_cast<unsigned>(i) + 1);
    scores[i].name = i == 1 ? "Good one" : "good";
    scores[i].value_nano = static_cast<int64_t>(i) * 500'000'000;
    scores[i].project_name = "p";
  }
  check(writer.put_scores(store::kDefaultWorkspace, Kind::trace, scores).has_value(), "scores");
  for (auto& score : scores) score.entity_id = id_of(11);
  check(writer.put_scores(store::kDefaultWorkspace, Kind::span, scores).has_value(), "scores");
  check(writer.commit().has_value(), "commit");
}

// Both stores, filled once; the directory goes with the process.
struct Stores {
  Stores() {
    std::string path = (std::filesystem::temp_directory_path() / "opik-fuzz-XXXXXX").string();
    check(mkdtemp(path.data()) != nullptr, "no temporary directory");
    directory = path;
    auto opened = store::sqlite::Database::open({.directory = directory, .sync = store::sqlite::Sync::off});
    check(opened.has_value(), "opening a database");
    sqlite = *std::move(opened);
    fill(memory, memory);
    fill(sqlite->traces(), sqlite->trace_writer());
  }
  ~Stores() {
    sqlite.reset();
    std::filesystem::remove_all(directory);
  }
  std::filesystem::path directory;
  store::memory::MemoryStore memory;
  std::unique_ptr<store::sqlite::Database> sqlite;
};

void check_refusal(const base::Error& error) {
  const http::Response response = api::error_response(error);
  check(response.status == api::status::kBadRequest, "a question is answered or refused");
  check(codec::valid_utf8(error.message) && !error.message.empty(), "an error's text is UTF-8");
}

// The rows found, as a text; empty if the question was refused.
std::string ask(const store::TraceReader& traces, const store::CatalogReader& catalog, Kind kind, const http::Request& request) {
  const auto sort = api::read_sort_keys(query::entity_of(kind), request);
  if (!sort) return (check_refusal(sort.error()), "");
  auto selection = api::read_selection(catalog, query::entity_of(kind), request);
  if (!selection) return (check_refusal(selection.error()), "");
  query::Window window;
  window.sort = *sort;
  store::WholePage page;
  const auto read = traces.page(*selection, window, model::FieldSet::all(), page);
  check(read.has_value(), read ? "" : read.error().message.c_str());
  check(page.is_whole(), "as many rows as were promised");
  std::string found = "of " + std::to_string(page.total) + ":";
  for (const model::Record& record : page.records) {
    check(record.project_name == "p", "no other project's rows");
    found += " " + record.id.text();
  }
  const auto stats = traces.stats(*selection);
  check(stats && stats->count == page.total, "statistics are of the same rows");
  return found;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const Stores stores;
  std::string_view text(reinterpret_cast<const char*>(data), size);
  if (!codec::valid_utf8(text)) return 0;  // no URL holds it
  std::array<std::string, 4> lines;
  for (std::string& line : lines) {
    const size_t end = std::min(text.find('\n'), text.size());
    line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  const Kind kind = lines[0].starts_with('s') ? Kind::span : Kind::trace;
  http::Request request;
  request.query = {{"project_name", "p"}, {"filters", lines[1]}, {"sorting", lines[2]}, {"search", lines[3]}};
  const std::string naive = ask(stores.memory, stores.memory, kind, request);
  const std::string found = ask(stores.sqlite->traces(), stores.sqlite->catalog(), kind, request);
  check(found == naive, "both stores find the same");
  return 0;
}
