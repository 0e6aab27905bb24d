// A program whose client lives until the process ends: what it logged last is delivered by the SDK's handler of the exit.
#include "programs.h"

namespace programs {

int last(const Arguments& arguments) {
  auto& client = *new opik::Client({.project_name = "last"});
  Expectations expectations;
  const auto log = [&](int64_t n) {
    const opik::Trace trace = client.trace({.name = "request", .input = {{"n", n}}});
    const opik::Span span = trace.span({.name = "step", .input = {{"n", n}}});
    client.log_traces_feedback_scores({{.id = trace.id(), .name = "quality", .value = 1}});
    client.log_spans_feedback_scores({{.id = span.id(), .name = "quality", .value = 1}});
    span.end({.output = {{"n", n}}});
    trace.end({.output = {{"n", n}}});
    expectations.add({"spans", span.id(), {{"name", "step"}, {"output", {{"n", n}}}}});
    expectations.add({"traces", trace.id(), {{"name", "request"}, {"output", {{"n", n}}}}});
  };
  // Once through everything, so that what is made when it is first used is there already when the exit begins.
  log(0);
  const opik::FlushResult flush = client.flush();
  const opik::Stats stats = client.stats();
  for (int64_t n = 1; n <= arguments[0]; ++n) log(n);
  print_end(stats, flush);
  expectations.print();
  return 0;
}

}  // namespace programs
