#include "corpus.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <ctime>
#include <string_view>

namespace opik::bench {
namespace {

constexpr size_t kPrompts = 40;
constexpr size_t kPromptChars = 500;

// splitmix64: small, good enough, the same everywhere.
uint64_t next(uint64_t& state) {
  uint64_t z = (state += 0x9e3779b97f4a7c15);
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
  z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
  return z ^ (z >> 31);
}

std::string uuid7(int64_t ms, uint64_t seed) {
  uint64_t state = seed;
  const uint64_t high = next(state);
  const uint64_t low = next(state);
  return fmt::format("{:08x}-{:04x}-7{:03x}-{:04x}-{:012x}", ms >> 16, ms & 0xffff, high & 0xfff, 0x8000 | ((high >> 12) & 0x3fff),
                     low & 0xffff'ffff'ffff);
}

void append_instant(std::string& out, int64_t ms, int64_t us) {
  const std::time_t seconds = ms / 1000;
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  fmt::format_to(std::back_inserter(out), "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}{:03}Z", parts.tm_year + 1900, parts.tm_mon + 1,
                 parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec, ms % 1000, us);
}

int64_t trace_number(int64_t trace) { return trace >= kBigTrace ? 0 : trace; }
int64_t trace_ms(int64_t trace) { return kFirstMs + trace_number(trace) * kTraceEveryMs; }

struct Model {
  std::string_view name, provider;
};
constexpr std::array<Model, 6> kModels{{{"gpt-4o", "openai"},
                                        {"gpt-4o-mini", "openai"},
                                        {"claude-3-5-sonnet-20241022", "anthropic"},
                                        {"claude-3-haiku-20240307", "anthropic"},
                                        {"gemini-1.5-pro", "google_ai"},
                                        {"llama-3.1-70b-versatile", "groq"}}};
constexpr std::array<std::string_view, 8> kSpanNames{"retrieve",     "rerank",       "build_prompt",   "chat_completion",
                                                     "parse_answer", "check_safety", "call_tool_http", "summarize"};

}  // namespace

std::string trace_id(int64_t trace) { return uuid7(trace_ms(trace), static_cast<uint64_t>(trace) * 2 + 1); }
int64_t trace_of(int64_t span) { return span >= kHugeTrace ? kHugeTrace : span >= kBigTrace ? kBigTrace : span / kSpansPerTrace; }
std::string span_id(int64_t span) {
  const int64_t within = span >= kBigTrace ? (span - kBigTrace) % 50 : span % kSpansPerTrace;
  return uuid7(trace_ms(trace_of(span)) + within, static_cast<uint64_t>(span) * 2);
}
std::string project_of(int64_t trace) { return fmt::format("project {}", trace_number(trace) % kProjects); }

Corpus::Corpus(Size size) : size_(size) {
  uint64_t state = 42;
  const std::string_view consonants = "bcdfghklmnprstvwz";
  const std::string_view vowels = "aeiou";
  for (size_t i = 0; i < kWords; ++i) {
    std::string word;
    for (size_t syllables = 1 + next(state) % 3 + (i > 200 ? 1 : 0); syllables > 0; --syllables) {
      word += consonants[next(state) % consonants.size()];
      word += vowels[next(state) % vowels.size()];
      if (next(state) % 3 == 0) word += consonants[next(state) % consonants.size()];
    }
    words_.push_back(std::move(word));
  }
  // Common words (low numbers) follow more often: u^3 leans to 0.
  followers_.resize(kWords);
  for (auto& followers : followers_) {
    for (uint16_t& follower : followers) {
      const double u = static_cast<double>(next(state) >> 11) / 9007199254740992.0;
      follower = static_cast<uint16_t>(std::pow(u, 3) * kWords);
    }
  }
  for (size_t i = 0; i < kPrompts; ++i) {
    prompts_.emplace_back("You are a helpful assistant. ");
    append_text(prompts_.back(), kPromptChars, state);
  }
}

void Corpus::append_text(std::string& out, size_t chars, uint64_t& state) const {
  const size_t end = out.size() + chars;
  size_t word = next(state) % kWords;
  size_t in_sentence = 0;
  while (out.size() < end) {
    const uint64_t bits = next(state);
    out += words_[word];
    if (++in_sentence > 6 + (bits >> 60)) {
      out += (bits & 0x700) == 0 ? ".\\n" : ". ";
      in_sentence = 0;
    } else {
      out += ' ';
    }
    // Half of the time one of the first three followers, else any; now and then any word.
    if ((bits & 0x1f) == 0) {
      word = (bits >> 8) % kWords;
    } else {
      word = followers_[word][(bits & 0x20) != 0 ? (bits >> 8) % 3 : (bits >> 8) % kFollowers];
    }
  }
}

void Corpus::append_trace(std::string& out, int64_t trace) const {
  uint64_t state = static_cast<uint64_t>(trace) ^ 0x7ace;
  fmt::format_to(std::back_inserter(out), R"({{"id":"{}","project_name":"{}","name":"answer_question","start_time":")", trace_id(trace),
                 project_of(trace));
  append_instant(out, trace_ms(trace), 0);
  out += R"(","end_time":")";
  append_instant(out, trace_ms(trace) + 20 + static_cast<int64_t>(next(state) % 4000), 0);
  out += R"(","input":{"question":")";
  append_text(out, 150, state);
  out += R"("},"output":{"answer":")";
  append_text(out, 400, state);
  fmt::format_to(std::back_inserter(out), R"("}},"tags":["production"],"thread_id":"thread-{}"}})", trace / 4);
}

void Corpus::append_span(std::string& out, int64_t span) const {
  uint64_t state = static_cast<uint64_t>(span) ^ 0x5ba7;
  const int64_t trace = trace_of(span);
  const uint64_t dice = next(state);
  const Model& model = kModels[dice % kModels.size()];
  const int64_t begin_ms = trace_ms(trace) + (span % kSpansPerTrace) * 2;
  const size_t prompt_tokens = 200 + (dice >> 8) % 800;
  const size_t completion_tokens = 20 + (dice >> 24) % 400;
  auto at_end = std::back_inserter(out);
  fmt::format_to(at_end, R"({{"id":"{}","trace_id":"{}","project_name":"{}",)", span_id(span), trace_id(trace), project_of(trace));
  if (span % kSpansPerTrace != 0) fmt::format_to(at_end, R"("parent_span_id":"{}",)", span_id(span - span % kSpansPerTrace));
  fmt::format_to(at_end, R"("name":"{}","type":"llm","start_time":")", kSpanNames[(dice >> 40) % kSpanNames.size()]);
  append_instant(out, begin_ms, static_cast<int64_t>((dice >> 16) % 1000));
  out += R"(","end_time":")";
  append_instant(out, begin_ms + 5 + static_cast<int64_t>((dice >> 48) % 3000), static_cast<int64_t>((dice >> 20) % 1000));
  fmt::format_to(at_end, R"(","input":{{"messages":[{{"role":"system","content":"{}"}})", prompts_[(dice >> 32) % kPrompts]);
  const int turns = size_ == Size::usual ? 1 : 8;
  for (int turn = 0; turn < turns; ++turn) {
    out += turn % 2 == 0 ? R"(,{"role":"user","content":")" : R"(,{"role":"assistant","content":")";
    append_text(out, size_ == Size::usual ? 520 : 950, state);
    out += R"("})";
  }
  fmt::format_to(at_end, R"(],"temperature":0.{},"max_tokens":1024}},"output":{{"choices":[{{"message":{{"role":"assistant","content":")",
                 dice % 10);
  append_text(out, size_ == Size::usual ? 438 : 1000, state);
  fmt::format_to(
      at_end,
      R"("}},"finish_reason":"stop"}}]}},"metadata":{{"request_id":"req_{:016x}","region":"eu-west-{}","user":"user-{}","app_version":"1.{}.0","cache":{}}},)",
      next(state), dice % 3, (dice >> 12) % 5000, (dice >> 4) % 30, (dice & 64) != 0);
  fmt::format_to(at_end, R"("model":"{}","provider":"{}","tags":["production","v{}"],)", model.name, model.provider, dice % 7);
  fmt::format_to(at_end, R"("usage":{{"prompt_tokens":{},"completion_tokens":{},"total_tokens":{}}},"source":"sdk","last_updated_at":")",
                 prompt_tokens, completion_tokens, prompt_tokens + completion_tokens);
  append_instant(out, begin_ms + 1, 0);
  out += "\"}";
}

}  // namespace opik::bench
