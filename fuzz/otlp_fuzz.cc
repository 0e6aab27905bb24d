// Fuzzes the readers of OTLP and all that is made of what they read. The first byte selects the form, the rest is the body.
//
// What must hold, whatever the body: nothing is read outside of it; every span becomes a message or is counted as rejected; every
// payload is JSON on one line; ids are UUIDv7 and stay the same when the request is read again.

#include <cstdint>
#include <string_view>

#include "base/check.h"
#include "codec/otlp.h"
#include "codec/validate.h"

namespace {

using namespace opik;
using base::check;
using model::Field;

void check_message(const model::Message& message) {
  check(message.id.version() == 7, "an id is a UUIDv7");
  check(message.moment.from_client && message.moment.stamp_us >= 0, "a message is stamped");
  for (Field field : {Field::input, Field::output, Field::metadata, Field::error_info, Field::tags, Field::usage}) {
    if (!message.fields.has(field)) continue;
    const std::string_view text = message.fields.text(field);
    const codec::JsonCheck checked = codec::check_json(text);
    check(checked.ok() && checked.end == text.size() && !checked.non_finite && !checked.multi_line, "a field holds JSON on one line");
  }
  for (Field field :
       {Field::name, Field::input, Field::output, Field::metadata, Field::model, Field::provider, Field::thread_id, Field::tags}) {
    check(codec::valid_utf8(message.fields.text(field)), "a field is UTF-8");
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const auto form = data[0] % 2 == 0 ? codec::OtlpForm::protobuf : codec::OtlpForm::json;
  const std::string_view body(reinterpret_cast<const char*>(data) + 1, size - 1);
  const auto request = codec::decode_otlp(form, body);
  if (!request) {
    check(codec::valid_utf8(request.error().message), "an error's text is UTF-8");
    return 0;
  }
  const auto traces = codec::otlp_traces(*request, "p");
  const codec::OtlpMessages messages = codec::otlp_messages(*request, "p", traces);
  check(messages.spans.size() + messages.rejected == request->spans.size() + request->spans_beyond_limit, "each span is kept or counted");
  check(messages.rejected == 0 || !messages.reasons.empty(), "a rejection has a reason");
  for (const model::Message& message : messages.traces) check_message(message);
  for (const model::Message& message : messages.spans) check_message(message);
  const codec::OtlpMessages again = codec::otlp_messages(*request, "p", traces);
  for (size_t i = 0; i < messages.spans.size(); ++i) {
    check(again.spans[i].id == messages.spans[i].id && again.spans[i].content_hash == messages.spans[i].content_hash, "the same again");
  }
  check(codec::check_json(codec::encode_otlp_answer(codec::OtlpForm::json, messages)).ok(), "an answer is JSON");
  return 0;
}
