// A streaming call of a language model: the span begins with the request, the time to the first token is noted when it comes, text and
// usage when it ends, also if the stream breaks off.

#include <opik/opik.h>

#include <chrono>
#include <cstdio>
#include <functional>
#include <string>
#include <thread>

namespace {

using Clock = std::chrono::steady_clock;

// Stands for a server that sends tokens.
int stream(const std::string& /*prompt*/, const std::function<void(const std::string&)>& on_token) {
  int count = 0;
  for (const char* token : {"Because", " of", " Rayleigh", " scattering."}) {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    on_token(token);
    ++count;
  }
  return count;
}

std::string generate(const opik::Trace& trace, const std::string& prompt) {
  const opik::Span span = trace.span({.name = "chat",
                                      .type = opik::SpanType::llm,
                                      .input = {{"messages", opik::Value::array({{{"role", "user"}, {"content", prompt}}})}},
                                      .model = "gpt-4o-mini",
                                      .provider = "openai"});
  const Clock::time_point begin = Clock::now();
  std::string text;
  const int tokens = stream(prompt, [&](const std::string& token) {
    if (text.empty()) {
      const std::chrono::duration<double, std::milli> waited = Clock::now() - begin;
      span.update({.time_to_first_token_ms = waited.count()});
    }
    text += token;
  });
  span.end({.output = {{"text", text}}, .usage = {{"prompt_tokens", 6}, {"completion_tokens", tokens}, {"total_tokens", 6 + tokens}}});
  return text;
}

}  // namespace

int main() {
  opik::Client client{{.project_name = "streaming"}};
  const opik::Trace trace = client.trace({.name = "chat", .input = "Why is the sky blue?"});
  const std::string text = generate(trace, "Why is the sky blue?");
  trace.end({.output = text});
  const opik::FlushResult result = client.flush(std::chrono::seconds(10));
  std::printf("%s\n%llu records delivered\n", text.c_str(), static_cast<unsigned long long>(result.delivered));
  return result.ok() ? 0 : 1;
}
