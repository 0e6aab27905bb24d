// An agent: nested spans by scope, tools on threads of a pool, a failure that is recorded, scores, and a thread of conversation.

#include <opik/opik.h>

#include <cstdio>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace {

struct Document {
  std::string title;
  double relevance;
};
// How a type of one's own is logged.
opik::Value to_opik_value(const Document& document) { return {{"title", document.title}, {"relevance", document.relevance}}; }

std::vector<Document> retrieve(const std::string& query) {
  return opik::track("retrieve",
                     [](const std::string&) {
                       return std::vector<Document>{{"On skies", 0.9}, {"On light", 0.7}};
                     },
                     {.type = opik::SpanType::tool})(query);
}

double weather(const std::string& city) {
  OPIK_TRACK();
  if (city.empty()) throw std::invalid_argument("no city");
  return 21.5;
}

std::string answer(const std::string& question) {
  auto agent = opik::start_as_current_span({.name = "agent", .input = {{"question", question}}});
  const std::vector<Document> documents = retrieve(question);

  // Two tools at once, each on a thread of its own, below this span.
  std::vector<std::thread> tools;
  for (const std::string city : {"Oslo", ""}) {
    tools.emplace_back(opik::Context::current().wrap([city] {
      try {
        opik::track("weather", weather, {.type = opik::SpanType::tool})(city);
      } catch (const std::invalid_argument&) {
        // recorded with the span; the agent goes on without
      }
    }));
  }
  for (std::thread& tool : tools) tool.join();

  const std::string text = "Because of Rayleigh, says " + documents.front().title;
  agent.set_output({{"text", text}, {"sources", documents}});
  agent.log_feedback_score("grounded", 1, {.reason = "cites a document"});
  return text;
}

}  // namespace

int main() {
  opik::set_global_client(opik::Client{{.project_name = "agent"}});
  {
    auto trace = opik::start_as_current_trace({.name = "conversation", .tags = {"example"}, .thread_id = "user-7"});
    trace.set_output(answer("Why is the sky blue?"));
  }
  opik::global_client().log_threads_feedback_scores({{.thread_id = "user-7", .name = "polite", .value = 1}});
  const opik::FlushResult result = opik::global_client().flush(std::chrono::seconds(10));
  std::printf("%llu records delivered\n", static_cast<unsigned long long>(result.delivered));
  return result.ok() ? 0 : 1;
}
