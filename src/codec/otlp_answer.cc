#include "codec/encode.h"
#include "codec/object_writer.h"
#include "codec/otlp.h"
#include "codec/otlp_wire.h"

//   ExportTraceServiceResponse  1 partial_success { 1 rejected_spans  2 error_message }
//   google.rpc.Status           1 code  2 message

namespace opik::codec {

std::string encode_otlp_answer(OtlpForm form, const OtlpMessages& messages) {
  std::string out;
  if (form == OtlpForm::protobuf) {
    if (messages.rejected == 0) return out;
    std::string partial;
    put_integer(partial, 1, messages.rejected);
    put_bytes(partial, 2, messages.reasons);
    put_bytes(out, 1, partial);
    return out;
  }
  {
    ObjectWriter object(out);
    if (messages.rejected > 0) {
      ObjectWriter partial(object.key("partialSuccess"));
      append_string(partial.key("rejectedSpans"), std::to_string(messages.rejected));
      append_string(partial.key("errorMessage"), messages.reasons);
    }
  }
  return out;
}

std::string encode_otlp_failure(OtlpForm form, int code, std::string_view message) {
  std::string out;
  if (form == OtlpForm::protobuf) {
    put_integer(out, 1, static_cast<uint64_t>(code));
    put_bytes(out, 2, message);
    return out;
  }
  {
    ObjectWriter object(out);
    append_integer(object.key("code"), code);
    append_string(object.key("message"), message);
  }
  return out;
}

}  // namespace opik::codec
