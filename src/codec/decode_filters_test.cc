// Goal: a JSON list of filters gives what was written in it, and anything else is refused with its place.
// Method: each form read, from the query string's text and from the body of a search.

#include <gtest/gtest.h>

#include "codec/decode.h"

namespace opik::codec {
namespace {

std::string read(std::string_view json) {
  const base::Result<std::vector<FilterText>> filters = decode_filters(json);
  if (!filters) {
    EXPECT_EQ(filters.error().code, base::Code::malformed);
    return filters.error().message;
  }
  std::string out;
  for (const FilterText& f : *filters)
    out += f.field + "[" + f.key + "] " + f.op + " " + (f.value ? "<" + *f.value + ">" : "nothing") + ";";
  return out;
}

TEST(Filters, ReadsWhatIsWritten) {
  EXPECT_EQ(read("[]"), "");
  EXPECT_EQ(read(R"([{"field":"name","operator":"=","value":"x","type":"string"}])"), "name[] = <x>;");
  EXPECT_EQ(
      read(R"( [ {"value":0.50,"key":"a \"b\"","operator":">=","field":"feedback_scores"} , {"field":"tags","operator":"is_empty"}])"),
      "feedback_scores[a \"b\"] >= <0.50>;tags[] is_empty nothing;");
  EXPECT_EQ(read(R"([{"field":"f","operator":"=","value":true,"key":null,"\u0076alue":null,"other":[{}]}])"), "f[] = nothing;");
}

TEST(Filters, OtherFormsAreRefusedWithTheirPlace) {
  const std::pair<const char*, const char*> cases[] = {
      {"[1]", "filter 1: expected an object, found Number 1"},
      {R"([{"field":"name","operator":"="},{"operator":"="}])", "filter 2: it has no field"},
      {R"([{"field":"name"}])", "filter 1: it has no operator"},
      {R"([{"field":["name"],"operator":"="}])", "filter 1: field: expected a text, found Array value"},
      {R"([{"field":"name","operator":"=","value":{"a":1}}])", "filter 1: value: expected a text, found Object value"},
      {R"([{"field":null,"operator":"="}])", "filter 1: it has no field"},
  };
  for (const auto& [json, message] : cases) EXPECT_EQ(read(json), message);
  for (const char* bad : {"", "oops", "{}", "[", R"([{"field":"a"})", "[{]}", "[null"}) EXPECT_FALSE(decode_filters(bad)) << bad;
}

std::string in_search(std::string_view body) {
  const auto search = decode_search(model::Kind::trace, base::PaddedBuffer(body));
  return search ? search->filters : search.error().message;
}

TEST(Filters, InTheBodyOfASearch) {
  EXPECT_EQ(in_search("{}"), "");
  EXPECT_EQ(in_search(R"({"filters":null})"), "");
  EXPECT_EQ(in_search(R"({"filters":[]})"), "");
  EXPECT_EQ(in_search(R"({"filters": [ {"field":1} ] , "limit":1})"), R"([ {"field":1} ])");
  EXPECT_EQ(in_search(R"({"filters":"name = \"x\""})"), R"(name = "x")");
  EXPECT_TRUE(in_search(R"({"filters":{}})").starts_with("Unable to process JSON."));
  EXPECT_TRUE(in_search(R"({"filters":7})").starts_with("Unable to process JSON."));
}

}  // namespace
}  // namespace opik::codec
