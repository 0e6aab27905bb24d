// Goal: both forms of an OTLP request are read to the same thing, whole; broken and hostile ones are refused, or repaired where
// nothing is lost by it, within bounds.
// Method: one request in both forms, printed and compared; every prefix and every single-byte change of it; tables of values.

#include <string>
#include <vector>

#include "codec/otlp_test.h"
#include "codec/validate.h"

namespace opik::codec {
namespace {

std::string whole_protobuf() {
  const std::string list = field(5, field(1, text_value("a")) + field(1, integer_value(-2)) + field(1, ""));
  const std::string object = field(6, field(1, key_value("k", text_value("v"))) + field(1, key_value("n", list)));
  const std::string event = fixed(1, 7) + field(2, "exception") + field(3, key_value("exception.type", text_value("Oops"))) + field(4, 1);
  const std::string link = field(1, kOtlpTrace) + field(2, span_id(9)) + field(3, "x=y") + field(4, key_value("l", integer_value(1)));
  const std::string first = span_message(
      2, 1,
      field(3, "a=b") + field(5, "call \xc3\xa9") + field(6, 3) + attribute("text", text_value("t")) + attribute("yes", field(2, 1)) +
          attribute("int", integer_value(-9007199254740993)) + attribute("real", real_value(0.5)) + attribute("list", list) +
          attribute("object", object) + attribute("bytes", field(7, std::string("\x00\xff", 2))) + attribute("none", "") + field(10, 1) +
          field(11, event) + field(12, 2) + field(13, link) + field(14, 3) + field(15, field(2, "broken") + field(3, 2)));
  const std::string scope = field(1, "scope") + field(2, "1.0") + field(3, key_value("s", text_value("1")));
  return request_of({first, span_message(1, 0, field(5, "root"))}, scope, field(1, key_value("service.name", text_value("shop"))));
}

constexpr std::string_view kWholeJson =
    R"({"resourceSpans":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"shop"}}]},
"scopeSpans":[{"scope":{"name":"scope","version":"1.0","attributes":[{"key":"s","value":{"stringValue":"1"}}]},"spans":[
{"traceId":"0a0b0c0d0e0f10111213141516171819","spanId":"5151515151515102","parentSpanId":"5151515151515101","traceState":"a=b",
"name":"call é","kind":3,"startTimeUnixNano":"1700000000123456789","endTimeUnixNano":"1700000001623456789","attributes":[
{"key":"text","value":{"stringValue":"t"}},{"key":"yes","value":{"boolValue":true}},{"key":"int","value":{"intValue":"-9007199254740993"}},
{"key":"real","value":{"doubleValue":0.5}},
{"key":"list","value":{"arrayValue":{"values":[{"stringValue":"a"},{"intValue":-2},{}]}}},
{"key":"object","value":{"kvlistValue":{"values":[{"key":"k","value":{"stringValue":"v"}},
  {"key":"n","value":{"arrayValue":{"values":[{"stringValue":"a"},{"intValue":"-2"},{}]}}}]}}},
{"key":"bytes","value":{"bytesValue":"AP8="}},{"key":"none","value":{}}],"droppedAttributesCount":1,
"events":[{"timeUnixNano":"7","name":"exception","attributes":[{"key":"exception.type","value":{"stringValue":"Oops"}}],"droppedAttributesCount":1}],
"droppedEventsCount":2,"links":[{"traceId":"0A0B0C0D0E0F10111213141516171819","spanId":"5151515151515109","traceState":"x=y",
"attributes":[{"key":"l","value":{"intValue":1}}]}],"droppedLinksCount":3,"status":{"message":"broken","code":2}},
{"traceId":"0a0b0c0d0e0f10111213141516171819","spanId":"5151515151515101","name":"root",
"startTimeUnixNano":"1700000000123456789","endTimeUnixNano":"1700000001623456789"}]}]}]})";

constexpr std::string_view kWholeShown =
    "resource {\"service.name\":\"shop\"}\n"
    "scope scope 1.0 of 0 {\"s\":\"1\"}\n"
    "span call é 5151515151515102 in 0a0b0c0d0e0f10111213141516171819 parent 5151515151515101 scope 0 state a=b kind 3 "
    "1700000000123456789-1700000001623456789 status 2 broken dropped 6 "
    "{\"bytes\":\"AP8=\",\"int\":-9007199254740993,\"list\":[\"a\",-2,null],\"none\":null,"
    "\"object\":{\"k\":\"v\",\"n\":[\"a\",-2,null]},\"real\":0.5,\"text\":\"t\",\"yes\":true}\n"
    "  event exception 7 {\"exception.type\":\"Oops\"}\n"
    "  link 0a0b0c0d0e0f10111213141516171819 5151515151515109 x=y {\"l\":1}\n"
    "span root 5151515151515101 in 0a0b0c0d0e0f10111213141516171819 parent  scope 0 state  kind 0 "
    "1700000000123456789-1700000001623456789 status 0  dropped 0 {}\n";

std::string read_json(std::string_view text) { return show(decode_otlp(OtlpForm::json, text)); }
std::string read_protobuf(std::string_view bytes) { return show(decode_otlp(OtlpForm::protobuf, bytes)); }
std::string value_in_json(std::string_view value) {
  const auto request = decode_otlp(
      OtlpForm::json, fmt::format(R"({{"resourceSpans":[{{"resource":{{"attributes":[{{"key":"k","value":{}}}]}}}}]}})", value));
  return request ? show(request->resources[0]) : show(request.error());
}

TEST(OtlpDecode, BothFormsSayTheSame) {
  EXPECT_EQ(read_protobuf(whole_protobuf()), kWholeShown);
  EXPECT_EQ(read_json(kWholeJson), kWholeShown);
}

// What opentelemetry-sdk 1.45.2 (Python) writes for two spans, byte for byte: the numbers of the fields are not only ours.
constexpr std::string_view kOfficialHex =
    "0a9a050a230a160a0c736572766963652e6e616d6512060a0473686f700a090a037069641202180712f2040a0c0a05696e7374721203322e30128b04"
    "0a100a0b0c0d0e0f1011121314151617181912085151515151515102220851515151515151012a0b63686174206770742d346f300339fdd0853dfe9c"
    "9717415518d23dfe9c97174a190a0d67656e5f61692e73797374656d12080a066f70656e61694a200a1467656e5f61692e726571756573742e6d6f64"
    "656c12080a066770742d346f4a1f0a1967656e5f61692e75736167652e696e7075745f746f6b656e731202180c4a200a1a67656e5f61692e75736167"
    "652e6f75747075745f746f6b656e73120218034a270a1a67656e5f61692e726571756573742e74656d7065726174757265120921000000000000d03f"
    "4a0c0a0673747265616d120210014a2c0a1e67656e5f61692e726573706f6e73652e66696e6973685f726561736f6e73120a2a080a060a0473746f70"
    "5a950109e5d4853dfe9c97171209657863657074696f6e1a200a0e657863657074696f6e2e74797065120e0a0c54696d656f75744572726f721a1f0a"
    "11657863657074696f6e2e6d657373616765120a0a08746f6f206c6174651a1e0a14657863657074696f6e2e737461636b747261636512060a046174"
    "20781a1c0a11657863657074696f6e2e6573636170656412070a0546616c73656a310a1011223344556677889900aabbccddeeff1208112233445566"
    "7788220e0a0377687912070a05726574727935000300007a0c1208746f6f206c617465180285010001000012540a100a0b0c0d0e0f10111213141516"
    "171819120851515151515151012a06616e7377657230013915cd853dfe9c97174155210f3efe9c97174a120a0b696e7075742e76616c756512030a01"
    "717a00850100010000";

TEST(OtlpDecode, ReadsWhatTheOfficialSdkWrites) {
  std::string bytes;
  for (size_t i = 0; i < kOfficialHex.size(); i += 2)
    bytes.push_back(static_cast<char>(std::stoi(std::string(kOfficialHex.substr(i, 2)), nullptr, 16)));
  EXPECT_EQ(read_protobuf(bytes),
            "resource {\"pid\":7,\"service.name\":\"shop\"}\n"
            "scope instr 2.0 of 0 {}\n"
            "span chat gpt-4o 5151515151515102 in 0a0b0c0d0e0f10111213141516171819 parent 5151515151515101 scope 0 state  kind 3 "
            "1700000000123457789-1700000000128456789 status 2 too late dropped 0 "
            "{\"gen_ai.request.model\":\"gpt-4o\",\"gen_ai.request.temperature\":0.25,\"gen_ai.response.finish_reasons\":[\"stop\"],"
            "\"gen_ai.system\":\"openai\",\"gen_ai.usage.input_tokens\":12,\"gen_ai.usage.output_tokens\":3,\"stream\":true}\n"
            "  event exception 1700000000123458789 {\"exception.escaped\":\"False\",\"exception.message\":\"too late\","
            "\"exception.stacktrace\":\"at x\",\"exception.type\":\"TimeoutError\"}\n"
            "  link 11223344556677889900aabbccddeeff 1122334455667788  {\"why\":\"retry\"}\n"
            "span answer 5151515151515101 in 0a0b0c0d0e0f10111213141516171819 parent  scope 0 state  kind 1 "
            "1700000000123456789-1700000000132456789 status 0  dropped 0 {\"input.value\":\"q\"}\n");
}

TEST(OtlpDecode, NothingIsARequestToo) {
  EXPECT_EQ(read_protobuf(""), "");
  EXPECT_EQ(read_json("{}"), "");
  EXPECT_EQ(read_json(" {\"resourceSpans\": null, \"x\": [1]}\n"), "");
}

TEST(OtlpDecode, UnknownFieldsOfEveryTypeAreSkipped) {
  std::string unknown = field(100, "x") + field(101, 5) + fixed(102, 5);
  put_varint(unknown, 103 << 3 | 5);
  unknown += "abcd";
  const std::string wrong_type = fixed(5, 1) + field(7, 9);  // the name as a number, the start as a varint
  const std::string body =
      unknown +
      field(1, unknown + field(1, unknown) + field(2, unknown + field(1, unknown) + field(2, span_message(1, 0, unknown + wrong_type))));
  EXPECT_EQ(read_protobuf(body),
            "resource {}\nscope   of 0 {}\n"
            "span  5151515151515101 in 0a0b0c0d0e0f10111213141516171819 parent  scope 0 state  kind 0 "
            "1700000000123456789-1700000001623456789 status 0  dropped 0 {}\n");
}

TEST(OtlpDecode, JsonIsReadInEverySpelling) {
  constexpr std::string_view kSpan =
      "resource {}\nscope   of 0 {}\nspan n 5151515151515101 in 0a0b0c0d0e0f10111213141516171819 parent  scope 0 state  kind 2 "
      "1700000000000000000-0 status 2  dropped 0 {}\n";
  for (
      const std::string_view span : {
          R"("trace_id":"0a0b0c0d0e0f10111213141516171819","span_id":"5151515151515101","start_time_unix_nano":1700000000000000000,"kind":"2","status":{"code":"2"})",
          R"("traceId":"CgsMDQ4PEBESExQVFhcYGQ==","spanId":"UVFRUVFRUQE=","startTimeUnixNano":1.7e18,"kind":"SPAN_KIND_SERVER","status":{"code":"STATUS_CODE_ERROR"})",
          R"("traceId":"0A0B0C0D0E0F10111213141516171819","span\u0049d":"5151515151515101","startTimeUnixNano":"1700000000000000000","kind":2.0,"status":{"code":2},"parentSpanId":null,"endTimeUnixNano":0,"flags":257,"later":{"a":[{}]})",
      }) {
    EXPECT_EQ(read_json(fmt::format(R"({{"resource_spans":[{{"scope_spans":[{{"spans":[{{"name":"n",{}}}]}}]}}]}})", span)), kSpan) << span;
  }
}

TEST(OtlpDecode, JsonValuesOfEveryKind) {
  struct Case {
    std::string_view value, shown;
  };
  for (const auto& [value, shown] : std::vector<Case>{
           {R"({"stringValue":"\u00e9\n\ud800"})", "{\"k\":\"é\\n\xef\xbf\xbd\"}"},
           {R"({"boolValue":false})", R"({"k":false})"},
           {R"({"boolValue":"true"})", R"({"k":true})"},
           {R"({"intValue":"9223372036854775807"})", R"({"k":9223372036854775807})"},
           {R"({"intValue":-9223372036854775808})", R"({"k":-9223372036854775808})"},
           {R"({"doubleValue":"NaN"})", R"({"k":"NaN"})"},
           {R"({"doubleValue":-Infinity})", R"({"k":"-Infinity"})"},
           {R"({"doubleValue":"1.5"})", R"({"k":1.5})"},
           {R"({"bytesValue":"_-8"})", R"({"k":"/+8="})"},
           {R"({"arrayValue":{}})", R"({"k":[]})"},
           {R"({"kvlistValue":{"values":[]}})", R"({"k":{}})"},
           {"null", R"({"k":null})"},
           {R"({"intValue":"x"})", R"(malformed: OTLP request: intValue: found String "x", expected an integer)"},
           {R"({"intValue":1.5})", "malformed: OTLP request: intValue: found Number 1.5, expected an integer"},
           {R"({"intValue":1e19})", "malformed: OTLP request: intValue: found Number 1e19, expected an integer"},
           {R"({"stringValue":1})", "malformed: OTLP request: stringValue: found Number 1, expected a string"},
           {R"({"doubleValue":"x"})", R"(malformed: OTLP request: doubleValue: found String "x", expected a number)"},
           {R"({"bytesValue":"?"})", R"(malformed: OTLP request: bytesValue: found String "?", expected base64)"},
           {R"({"arrayValue":[]})", "malformed: OTLP request: arrayValue: found Array value, expected an object"},
           {R"("x")", R"(malformed: OTLP request: value: found String "x", expected an object)"},
       }) {
    EXPECT_EQ(value_in_json(value), shown) << value;
  }
}

TEST(OtlpDecode, BrokenJsonIsRefusedWithItsPlace) {
  struct Case {
    std::string_view body, error;
  };
  for (const auto& [body, error] : std::vector<Case>{
           {"", "malformed: OTLP request: the body is not JSON: at byte 0: expected a value"},
           {"[]", "malformed: OTLP request: the body: found Array value, expected an object"},
           {"{} {}", "malformed: OTLP request: the body is not JSON: at byte 3: expected nothing behind the value"},
           {"{\"a\":\"\xff\"}", "malformed: OTLP request: the body is not UTF-8"},
           {R"({"resourceSpans":{}})", "malformed: OTLP request: resourceSpans: found Object value, expected an array"},
           {R"({"resourceSpans":[1]})", "malformed: OTLP request: resourceSpans: found Number 1, expected an object"},
           {R"({"resourceSpans":[{"scopeSpans":[{"spans":[{"kind":"X"}]}]}]})",
            R"(malformed: OTLP request: kind: found String "X", expected an integer)"},
           {R"({"resourceSpans":[{"scopeSpans":[{"spans":[{"startTimeUnixNano":-1}]}]}]})",
            "malformed: OTLP request: startTimeUnixNano: found Number -1, expected an integer"},
           {R"({"resourceSpans":[{"scopeSpans":[{"spans":[{"traceId":7}]}]}]})",
            "malformed: OTLP request: traceId: found Number 7, expected an id in hex"},
       }) {
    EXPECT_EQ(read_json(body), error) << body;
  }
}

// A prefix of protobuf is a message only where it ends between two fields of the outermost: here, nowhere but at both ends.
TEST(OtlpDecode, EveryTruncationIsRefused) {
  const std::string bytes = whole_protobuf();
  for (size_t length = 1; length < bytes.size(); ++length) {
    const std::string part = bytes.substr(0, length);  // its own memory: a sanitizer sees a read behind it
    EXPECT_FALSE(decode_otlp(OtlpForm::protobuf, part)) << length;
  }
  for (size_t length = 0; length < kWholeJson.size(); ++length) {
    const std::string part(kWholeJson.substr(0, length));
    EXPECT_FALSE(decode_otlp(OtlpForm::json, part)) << length;
  }
}

// Whatever is still read becomes messages whose payloads are JSON.
TEST(OtlpDecode, EveryChangedByteIsRefusedOrRead) {
  const std::string bytes = whole_protobuf();
  size_t read = 0;
  for (const auto& [form, whole] : {std::pair{OtlpForm::protobuf, bytes}, std::pair{OtlpForm::json, std::string(kWholeJson)}}) {
    for (size_t at = 0; at < whole.size(); ++at) {
      for (const uint8_t change : {0x01, 0x80, 0xff}) {
        std::string body = whole;
        body[at] = static_cast<char>(body[at] ^ change);
        const auto request = decode_otlp(form, body);
        if (!request) continue;
        ++read;
        const OtlpMessages messages = otlp_messages(*request, "p", otlp_traces(*request, "p"));
        EXPECT_EQ(messages.spans.size() + messages.rejected, request->spans.size());
        for (const model::Message& message : messages.spans) {
          for (const model::Field f : {model::Field::input, model::Field::output, model::Field::metadata, model::Field::error_info}) {
            const std::string_view text = message.fields.text(f);
            const JsonCheck check = check_json(text.empty() ? "0" : text);
            EXPECT_TRUE(check.ok() && valid_utf8(text) && !check.multi_line) << at << " " << text;
          }
        }
      }
    }
  }
  EXPECT_GT(read, 1000u);
}

TEST(OtlpDecode, HostileWireIsRefused) {
  const std::string endless(11, '\x80');
  std::string group;
  put_varint(group, 1 << 3 | 3);
  for (const std::string& body : {
           endless,                                                      // a varint without end
           std::string("\x00\x01", 2),                                   // field 0
           group,                                                        // a group
           std::string("\x0e"),                                          // wire type 6
           std::string("\x0a\xff\xff\xff\xff\x0f"),                      // four gigabytes
           std::string("\x0a\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"),  // 2^64 - 1 bytes
           field(1, field(2, field(2, std::string("\x0a\x05"
                                                  "ab")))),
       }) {
    EXPECT_EQ(read_protobuf(body), "malformed: OTLP request: the body is not protobuf of an ExportTraceServiceRequest, or not all of it");
  }
}

TEST(OtlpDecode, DeepValuesAreLeftOutVisibly) {
  const auto nested = [](int depth, bool as_object) {
    std::string value = integer_value(1);
    for (int i = 0; i < depth; ++i) value = as_object ? field(6, field(1, key_value("k", value))) : field(5, field(1, value));
    return value;
  };
  const auto shown = [&](std::string_view value) {
    const auto request = decode_otlp(OtlpForm::protobuf, field(1, field(1, field(1, key_value("k", value)))));
    return request ? show(request->resources[0]) : show(request.error());
  };
  const std::string brackets(kOtlpValueDepthMax, '[');
  const std::string closing(kOtlpValueDepthMax, ']');
  EXPECT_EQ(shown(nested(kOtlpValueDepthMax, false)), "{\"k\":" + brackets + "1" + closing + "}");
  EXPECT_EQ(shown(nested(kOtlpValueDepthMax + 1, false)),
            "{\"k\":" + brackets + "\"(left out: nested deeper than 32 levels)\"" + closing + "}");
  EXPECT_NE(shown(nested(5000, true)).find("left out"), std::string::npos);
  std::string json = R"({"intValue":1})";
  for (int i = 0; i < kOtlpValueDepthMax + 1; ++i) json = R"({"arrayValue":{"values":[)" + json + "]}}";
  EXPECT_EQ(value_in_json(json), "{\"k\":" + brackets + "\"(left out: nested deeper than 32 levels)\"" + closing + "}");
}

TEST(OtlpDecode, TextThatIsNotUtf8IsRepaired) {
  EXPECT_EQ(repaired_utf8("a\xff\xc3\xa9\xed\xa0\x80\xf0\x9f\x98\x80\xe2\x82"),
            "a\xef\xbf\xbd\xc3\xa9\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xf0\x9f\x98\x80\xef\xbf\xbd\xef\xbf\xbd");
  const auto request =
      decode_otlp(OtlpForm::protobuf, request_of({span_message(1, 0, field(5, "n\xff") + text_attribute("k\xfe", "v\xfd"))}));
  ASSERT_TRUE(request);
  EXPECT_EQ(request->spans[0].name, "n\xef\xbf\xbd");
  EXPECT_EQ(show(request->spans[0].attributes), "{\"k\xef\xbf\xbd\":\"v\xef\xbf\xbd\"}");
}

TEST(OtlpDecode, TooManyElementsAreRefused) {
  std::string attributes;
  const std::string one = field(1, "");  // two bytes of a resource make an attribute
  for (size_t i = 0; i <= kOtlpElementsMax; ++i) attributes += one;
  const auto request = decode_otlp(OtlpForm::protobuf, field(1, field(1, attributes)));
  ASSERT_FALSE(request);
  EXPECT_EQ(request.error().code, base::Code::unprocessable);
  std::string json = R"({"resourceSpans":[{"resource":{"attributes":[{})";
  for (size_t i = 0; i <= kOtlpElementsMax; ++i) json += ",{}";
  const auto as_json = decode_otlp(OtlpForm::json, json + "]}}]}");
  ASSERT_FALSE(as_json);
  EXPECT_EQ(as_json.error().code, base::Code::unprocessable);
}

}  // namespace
}  // namespace opik::codec
