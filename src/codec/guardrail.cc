#include "codec/guardrail.h"

#include <xxhash.h>

#include "codec/body.h"
#include "codec/object_writer.h"
#include "codec/reader.h"

namespace opik::codec {
namespace {

using base::Code;
using base::Result;
using base::Uuid;
using model::GuardrailCheck;
using model::Verdict;

uint64_t hash_of(const GuardrailCheck& check) {
  std::string whole;
  for (const std::string_view part : {std::string_view(check.name), model::verdict_name(check.verdict), std::string_view(check.config),
                                      std::string_view(check.details)}) {
    whole.append(part).push_back('\0');  // JSON text has no such byte
  }
  return XXH3_64bits(whole.data(), whole.size());
}

Result<GuardrailCheck> read_check(const Members& members, Where where) {
  Reader in(members, where);
  for (const Key key : {Key::entity_id, Key::secondary_id, Key::name, Key::result, Key::config, Key::details}) in.require(key);
  GuardrailCheck check;
  const std::optional<Uuid> trace_id = in.uuid(Key::entity_id);
  if (trace_id && trace_id->version() != 7) in.fail({Code::invalid, "trace id must be a version 7 UUID"});
  const std::optional<Uuid> span_id = in.uuid(Key::secondary_id);
  if (span_id && span_id->version() != 7) in.fail({Code::invalid, "span id must be a version 7 UUID"});
  check.name = in.one_of(Key::name, model::kGuardrailNames).value_or("");
  const std::optional<std::string> result = in.one_of(Key::result, model::kVerdictNames);
  check.config = in.json(Key::config).value_or("");
  check.details = in.json(Key::details).value_or("");
  read_project_name(in);  // checked, not kept: a check is where its trace is
  if (in.failed()) return in.error();
  check.trace_id = *trace_id;
  check.span_id = *span_id;
  check.verdict = *result == model::verdict_name(Verdict::failed) ? Verdict::failed : Verdict::passed;
  check.hash = hash_of(check);
  return check;
}

class CheckSink : public ItemSink {
 public:
  void begin() override { batch_ = {}; }
  void item(size_t index, const Members& members) override {
    const Where where{key_name(Key::guardrails), index};
    Result<GuardrailCheck> check = read_check(members, where);
    if (check) return batch_.checks.push_back(*std::move(check));
    Reader id_reader(members, where);
    batch_.errors.push_back({index, id_reader.uuid(Key::entity_id), check.error()});
  }
  void item_of_wrong_type(size_t index, std::string_view value) override {
    batch_.errors.push_back({index, std::nullopt, wrong_item(key_name(Key::guardrails), index, value)});
  }
  GuardrailBatch take() { return std::move(batch_); }

 private:
  GuardrailBatch batch_;
};

}  // namespace

Result<GuardrailBatch> decode_guardrail_batch(const base::PaddedBuffer& body) {
  CheckSink sink;
  if (const Result<void> read = read_list(body, Key::guardrails, sink); !read) return read.error();
  return sink.take();
}

void append_guardrail_validations(std::string& out, const std::vector<GuardrailCheck>& checks) {
  out.push_back('[');
  for (size_t i = 0; i < checks.size();) {
    if (i > 0) out.push_back(',');
    const Uuid& span_id = checks[i].span_id;
    ObjectWriter object(out);
    append_string(object.key("span_id"), span_id.text());
    object.key("checks").push_back('[');
    for (; i < checks.size() && checks[i].span_id == span_id; ++i) {
      if (out.back() != '[') out.push_back(',');
      ObjectWriter check(out);
      append_string(check.key("name"), checks[i].name);
      append_string(check.key("result"), model::verdict_name(checks[i].verdict));
    }
    out.push_back(']');
  }
  out.push_back(']');
}

}  // namespace opik::codec
