#pragma once
// Spans as an application with a language model logs them: a system prompt out of 40, text whose words follow each other as in
// speech, some metadata. 2,337 bytes of JSON on average at Size::usual, about 10 KB at Size::large. The n-th span is always the same.
//
//   Corpus corpus(Size::usual);
//   corpus.append_span(body, 17);      // {"id":"...","trace_id":"...",...}
//
// Const and thread-safe once made. Making a span costs about 3 us, so that the client keeps up with the server.

#include <array>
#include <cstdint>
#include <string>
#include <vector>

namespace opik::bench {

inline constexpr int64_t kSpansPerTrace = 10;
inline constexpr int64_t kProjects = 10;
// Two traces that have more spans, by their numbers: their spans are numbered from the same number on.
inline constexpr int64_t kBigTrace = 1'000'000'000'000;
inline constexpr int64_t kBigTraceSpans = 1000;
inline constexpr int64_t kHugeTrace = 2'000'000'000'000;
inline constexpr int64_t kHugeTraceSpans = 10'000;

enum class Size : uint8_t { usual, large };

// UUIDv7s in the order of their numbers, kTraceEveryMs apart per trace: a million spans are 30 days.
inline constexpr int64_t kFirstMs = 1'760'000'000'000;  // 2025-10-09: any day will do
inline constexpr int64_t kTraceEveryMs = 25'920;
std::string trace_id(int64_t trace);
std::string span_id(int64_t span);
int64_t trace_of(int64_t span);
std::string project_of(int64_t trace);

class Corpus {
 public:
  explicit Corpus(Size size);

  void append_trace(std::string& out, int64_t trace) const;
  void append_span(std::string& out, int64_t span) const;

 private:
  static constexpr size_t kWords = 4096;
  static constexpr size_t kFollowers = 16;

  void append_text(std::string& out, size_t chars, uint64_t& state) const;

  Size size_;
  std::vector<std::string> words_;
  std::vector<std::array<uint16_t, kFollowers>> followers_;  // of each word, the likely ones first
  std::vector<std::string> prompts_;
};

}  // namespace opik::bench
