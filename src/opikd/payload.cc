// opikd payload ID: what the compressed payload columns hold, for someone who looks at the database with another tool.

#include <fmt/format.h>

#include <cstdio>
#include <optional>
#include <string>

#include "model/record.h"
#include "opikd/commands.h"
#include "store/sqlite/database.h"

namespace opik::opikd {

namespace {

using base::Result;

// A record's payload fields are JSON already.
std::string payload_json(const model::Record& record) {
  std::string json = "{";
  for (const model::Field field : {model::Field::input, model::Field::output, model::Field::metadata}) {
    if (!record.view.fields.has(field)) continue;
    if (json.size() > 1) json += ',';
    json += fmt::format("\"{}\":{}", model::field_name(field), record.view.fields.text(field));
  }
  return json + "}";
}

Result<std::optional<model::Record>> find(const store::TraceReader& traces, const base::Uuid& id) {
  Result<std::optional<model::Record>> trace = traces.get(model::Kind::trace, store::kDefaultWorkspace, id);
  if (!trace || *trace) return trace;
  return traces.get(model::Kind::span, store::kDefaultWorkspace, id);
}

}  // namespace

int print_payload(const Config& config, const base::Uuid& id) {
  store::sqlite::Options options;
  options.directory = config.data;
  options.read_only = true;
  Result<std::unique_ptr<store::sqlite::Database>> database = store::sqlite::Database::open(options);
  if (!database) {
    fmt::print(stderr, "opikd: {}\n", database.error().message);
    return kExitFailed;
  }
  Result<std::optional<model::Record>> record = find((*database)->traces(), id);
  if (!record) {
    fmt::print(stderr, "opikd: {}\n", record.error().message);
    return kExitFailed;
  }
  if (!*record) {
    fmt::print(stderr, "opikd: payload: no trace or span has the id {}\n", id.text());
    return kExitFailed;
  }
  fmt::print("{}\n", payload_json(**record));
  return kExitOk;
}

}  // namespace opik::opikd
