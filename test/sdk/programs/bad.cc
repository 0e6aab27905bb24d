// Bad input: nothing of it throws, blocks or ends the program, and the good record beside it arrives.
#include <cmath>
#include <limits>

#include "programs.h"

namespace programs {

int bad(const Arguments&) {
  const opik::Client client({.project_name = "bad"});
  const opik::Trace trace = client.trace({.name = "good", .input = {{"a", 1}}});

  const auto log = [&](const char* name, const opik::Value& input) {
    const opik::Span span = trace.span({.name = name, .input = input});
    span.end();
    std::printf("{\"case\":\"%s\",\"id\":\"%s\"}\n", name, span.id().text().c_str());
  };
  log("invalid UTF-8", {{"text", std::string("a\xff\xc3(\xe2\x82z", 7)}});
  log("not a number",
      {{"nan", std::nan("")}, {"inf", std::numeric_limits<double>::infinity()}, {"minus", -std::numeric_limits<double>::infinity()}});
  log("100 MB", {{"text", std::string(100'000'000, 'x')}});
  opik::Value deep = 1;
  for (int i = 0; i < 10'000; ++i) deep = opik::Value::array({deep});
  log("10,000 levels", deep);
  log("10,000 levels of text", opik::Value::json(std::string(10'000, '[') + std::string(10'000, ']')));
  log("malformed JSON", opik::Value::json("{\"a\":"));
  log("", {{"name", "empty"}});
  const std::string long_name(1 << 20, 'n');
  trace.span({.name = long_name}).end();

  // What only the server can find wrong, among good ones.
  for (int i = 0; i < 100; ++i) trace.span({.name = "neighbour", .usage = {{"tokens", i == 50 ? 1LL << 40 : i}}}).end();

  client.trace({.id = "not an id", .name = "no id"});
  client.trace({.id = "0190babc-62a0-41d2-832a-0feffa4676eb", .name = "a UUID of version 4"});
  trace.log_feedback_score("", 1);
  trace.log_feedback_score("nan", std::nan(""));
  trace.log_feedback_score("large", 1e300);
  trace.attach({.path = "/no/such/file"});
  trace.end({.output = {{"b", 2}}});
  Expectations expected;
  expected.add({"traces", trace.id(), {{"name", "good"}, {"input", {{"a", 1}}}, {"output", {{"b", 2}}}}});
  expected.print();
  const opik::FlushResult result = client.flush(std::chrono::seconds(30));
  print_end(client.stats(), result);
  return 0;
}

}  // namespace programs
