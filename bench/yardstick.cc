#include "yardstick.h"

#include <zdict.h>
#include <zstd.h>

#include <algorithm>
#include <ctime>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "corpus.h"

namespace opik::bench {
namespace {

constexpr int kLevel = 2;
constexpr size_t kDictionaryBytes = 110 * 1024;
constexpr size_t kPayloadBytes = 1777;
constexpr int64_t kTrainingSpans = 3000;
constexpr int64_t kSpans = 2000;
constexpr int kRounds = 15;

double thread_cpu_us() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) * 1e6 + static_cast<double>(now.tv_nsec) / 1e3;
}

// From its input on, a span's JSON is payload but for a little: cut to the length of the payloads that the 6.3 us of the first
// measurement were for.
std::string payload_of(const Corpus& corpus, int64_t span) {
  std::string json;
  corpus.append_span(json, span);
  const size_t at = json.find("\"input\"");
  if (at == std::string::npos) throw std::runtime_error("yardstick: expected an input in every span of the corpus, found none");
  return json.substr(at, kPayloadBytes);
}

struct Free {
  void operator()(ZSTD_CCtx* context) const { ZSTD_freeCCtx(context); }
  void operator()(ZSTD_CDict* dictionary) const { ZSTD_freeCDict(dictionary); }
};

}  // namespace

double yardstick_us() {
  const Corpus corpus(Size::usual);
  std::string samples;
  std::vector<size_t> sizes;
  for (int64_t i = 0; i < kTrainingSpans; ++i) {
    const std::string payload = payload_of(corpus, i);
    samples += payload;
    sizes.push_back(payload.size());
  }
  std::string dictionary(kDictionaryBytes, '\0');
  const size_t trained =
      ZDICT_trainFromBuffer(dictionary.data(), dictionary.size(), samples.data(), sizes.data(), static_cast<unsigned>(sizes.size()));
  if (ZDICT_isError(trained) != 0) throw std::runtime_error(std::string("yardstick: ") + ZDICT_getErrorName(trained));
  const std::unique_ptr<ZSTD_CDict, Free> compression(ZSTD_createCDict(dictionary.data(), trained, kLevel));
  const std::unique_ptr<ZSTD_CCtx, Free> context(ZSTD_createCCtx());

  std::vector<std::string> payloads;
  for (int64_t i = 0; i < kSpans; ++i) payloads.push_back(payload_of(corpus, 1'000'000 + i));
  std::string out(ZSTD_compressBound(size_t{1} << 16), '\0');
  std::vector<double> rounds;
  for (int round = 0; round < kRounds; ++round) {
    const double began = thread_cpu_us();
    for (const std::string& payload : payloads) {
      const size_t size =
          ZSTD_compress_usingCDict(context.get(), out.data(), out.size(), payload.data(), payload.size(), compression.get());
      if (ZSTD_isError(size) != 0) throw std::runtime_error(std::string("yardstick: ") + ZSTD_getErrorName(size));
    }
    rounds.push_back((thread_cpu_us() - began) / static_cast<double>(payloads.size()));
  }
  std::nth_element(rounds.begin(), rounds.begin() + kRounds / 2, rounds.end());
  return rounds[kRounds / 2];
}

}  // namespace opik::bench
