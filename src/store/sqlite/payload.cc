#include "store/sqlite/payload.h"

#define ZDICT_STATIC_LINKING_ONLY  // fast cover: one pass over the samples
#include <zdict.h>
#define ZSTD_STATIC_LINKING_ONLY  // the parameters of a dictionary
#include <zstd.h>

#include <algorithm>
#include <array>

#include "base/check.h"
#include "store/sqlite/connection.h"
#include "store/sqlite/limits.h"

namespace opik::store::sqlite {
namespace {

using model::Field;

constexpr std::array<Field, 4> kRecordFields{Field::input, Field::output, Field::metadata, Field::error_info};

[[noreturn]] void damaged(const std::string& what) { throw SqlError(SQLITE_CORRUPT, "reading a payload: " + what); }

void append_varint(std::string& out, uint64_t value) {
  while (value >= 0x80) {
    out.push_back(static_cast<char>(value | 0x80));
    value >>= 7;
  }
  out.push_back(static_cast<char>(value));
}

uint64_t take_varint(std::string_view& in) {
  uint64_t value = 0;
  for (int shift = 0; shift < 64; shift += 7) {
    if (in.empty()) damaged("it ends within a length");
    const auto byte = static_cast<uint8_t>(in.front());
    in.remove_prefix(1);
    value |= static_cast<uint64_t>(byte & 0x7f) << shift;
    if (byte < 0x80) return value;
  }
  damaged("a length is too long");
}

struct FreeCompression {
  void operator()(ZSTD_CCtx* context) const { ZSTD_freeCCtx(context); }
  void operator()(ZSTD_DCtx* context) const { ZSTD_freeDCtx(context); }
  void operator()(ZSTD_CDict* dictionary) const { ZSTD_freeCDict(dictionary); }
  void operator()(ZSTD_DDict* dictionary) const { ZSTD_freeDDict(dictionary); }
};

ZSTD_CCtx* compression_context() {
  thread_local std::unique_ptr<ZSTD_CCtx, FreeCompression> context{ZSTD_createCCtx()};
  base::check(context != nullptr, "out of memory");
  return context.get();
}

ZSTD_DCtx* decompression_context() {
  thread_local std::unique_ptr<ZSTD_DCtx, FreeCompression> context{ZSTD_createDCtx()};
  base::check(context != nullptr, "out of memory");
  return context.get();
}

// `take` gets the frame. Scratch space per thread, so that the bytes are written into memory that is already there.
template <class Take>
void compress_with(const ZSTD_CDict* dictionary, std::string_view record, Take&& take) {
  thread_local std::string scratch;
  const size_t bound = ZSTD_compressBound(record.size());
  const bool is_large = bound > (size_t{1} << 20);
  std::string large;
  std::string& buffer = is_large ? large : scratch;
  if (buffer.size() < bound) buffer.resize(bound);
  const size_t size =
      dictionary != nullptr
          ? ZSTD_compress_usingCDict(compression_context(), buffer.data(), buffer.size(), record.data(), record.size(), dictionary)
          : ZSTD_compressCCtx(compression_context(), buffer.data(), buffer.size(), record.data(), record.size(), kCompressionLevel);
  base::check(ZSTD_isError(size) == 0, "zstd compresses into a buffer of its own bound");
  take(std::string_view(buffer).substr(0, size));
}

size_t compressed_bytes(const ZSTD_CDict* dictionary, std::string_view record) {
  size_t bytes = 0;
  compress_with(dictionary, record, [&](std::string_view frame) { bytes = frame.size(); });
  return bytes;
}

}  // namespace

void append_record(std::string& record, const model::Fields& fields) {
  if (std::none_of(kRecordFields.begin(), kRecordFields.end(), [&](Field f) { return fields.has(f); })) return;
  for (Field f : kRecordFields) append_varint(record, fields.has(f) ? fields.text(f).size() + 1 : 0);
  for (Field f : kRecordFields) record += fields.text(f);
}

void decode_record(std::string_view record, model::Fields& into) {
  if (record.empty()) return;
  std::array<uint64_t, kRecordFields.size()> lengths;
  for (uint64_t& length : lengths) length = take_varint(record);
  for (size_t i = 0; i < lengths.size(); ++i) {
    if (lengths[i] == 0) continue;
    if (lengths[i] - 1 > record.size()) damaged("it is shorter than it says");
    into[kRecordFields[i]] = std::string(record.substr(0, lengths[i] - 1));
    record.remove_prefix(lengths[i] - 1);
  }
}

// Longer matches than the level's own, found in a table of half its size: both smaller frames and less time.
ZSTD_CDict* make_compression(std::string_view dictionary) {
  ZSTD_compressionParameters params = ZSTD_getCParams(kCompressionLevel, kTypicalPayloadBytes, dictionary.size());
  params.strategy = ZSTD_fast;
  params.hashLog = 15;
  params.minMatch = 7;
  params.targetLength = 0;
  return ZSTD_createCDict_advanced(dictionary.data(), dictionary.size(), ZSTD_dlm_byCopy, ZSTD_dct_auto, params,
                                   ZSTD_customMem{nullptr, nullptr, nullptr});
}

struct PayloadCodec::Dictionary {
  Dictionary(int64_t its_number, std::string_view bytes)
      : number(its_number), compression(make_compression(bytes)), decompression(ZSTD_createDDict(bytes.data(), bytes.size())) {
    base::check(compression != nullptr && decompression != nullptr, "out of memory");
  }
  int64_t number;
  std::unique_ptr<ZSTD_CDict, FreeCompression> compression;
  std::unique_ptr<ZSTD_DDict, FreeCompression> decompression;
};

PayloadCodec::PayloadCodec() : next_training_(kFirstTrainingAt) {}

PayloadCodec::~PayloadCodec() {
  if (trainer_.joinable()) trainer_.join();
}

std::shared_ptr<const PayloadCodec::Dictionary> PayloadCodec::newest() const {
  std::lock_guard lock(mutex_);
  return dictionaries_.empty() ? nullptr : dictionaries_.back();
}

std::shared_ptr<const PayloadCodec::Dictionary> PayloadCodec::numbered(int64_t number) const {
  std::lock_guard lock(mutex_);
  const auto found = std::find_if(dictionaries_.begin(), dictionaries_.end(), [&](const auto& d) { return d->number == number; });
  return found == dictionaries_.end() ? nullptr : *found;
}

void PayloadCodec::append_frame(std::string& out, std::string_view record) const {
  if (record.empty()) return;
  const std::shared_ptr<const Dictionary> dictionary = newest();
  compress_with(dictionary ? dictionary->compression.get() : nullptr, record, [&](std::string_view frame) { out += frame; });
}

std::string PayloadCodec::decompress(std::string_view frame) const {
  if (frame.empty()) return {};
  const unsigned long long size = ZSTD_getFrameContentSize(frame.data(), frame.size());
  if (size == ZSTD_CONTENTSIZE_ERROR || size == ZSTD_CONTENTSIZE_UNKNOWN || size > kPayloadBytesMax) damaged("it is no zstd frame of ours");
  const unsigned number = ZSTD_getDictID_fromFrame(frame.data(), frame.size());
  std::shared_ptr<const Dictionary> dictionary;
  if (number != 0) {
    dictionary = numbered(number);
    if (!dictionary) damaged("its dictionary is missing");
  }
  std::string record(size, '\0');
  const size_t got = dictionary ? ZSTD_decompress_usingDDict(decompression_context(), record.data(), record.size(), frame.data(),
                                                             frame.size(), dictionary->decompression.get())
                                : ZSTD_decompressDCtx(decompression_context(), record.data(), record.size(), frame.data(), frame.size());
  if (ZSTD_isError(got) != 0 || got != size) damaged("it does not decompress");
  return record;
}

void PayloadCodec::add_dictionary(int64_t number, std::string bytes) {
  auto dictionary = std::make_shared<const Dictionary>(number, bytes);
  std::lock_guard lock(mutex_);
  dictionaries_.push_back(std::move(dictionary));
}

void PayloadCodec::resume(uint64_t seen, uint64_t seen_at_training) {
  std::lock_guard lock(mutex_);
  seen_ = seen;
  next_training_ = seen_at_training == 0 ? kFirstTrainingAt : seen_at_training * kTrainingGrowth;
}

// Every payload is a candidate until the room for samples is full; then one in eight replaces an older one, so that the samples stay
// recent.
void PayloadCodec::sample(std::string_view record) {
  if (record.empty()) return;
  const uint64_t seen = seen_.fetch_add(1, std::memory_order_relaxed) + 1;
  if (seen > kFirstTrainingAt && seen % 8 != 0) return;
  std::string_view head = record.substr(0, kSampleItemBytesMax);
  std::lock_guard lock(mutex_);
  if (sample_bytes_ + head.size() <= kSampleBytesMax) {
    sample_bytes_ += head.size();
    samples_.emplace_back(head);
  } else if (!samples_.empty()) {
    std::string& replaced = samples_[(seen / 8) % samples_.size()];
    sample_bytes_ += head.size();
    sample_bytes_ -= replaced.size();
    replaced = head;
  }
  if (training_ || seen < next_training_) return;
  training_ = true;
  next_training_ = seen * kTrainingGrowth;
  if (trainer_.joinable()) trainer_.join();  // the last training ended when training_ became false
  trainer_ = std::thread([this, samples = std::exchange(samples_, {}), seen]() mutable { train(std::move(samples), seen); });
  sample_bytes_ = 0;
}

// One sample in ten is held back; the new dictionary is kept only if it does better than the present one on those.
void PayloadCodec::train(std::vector<std::string> samples, uint64_t payloads_seen) {
  std::string together;
  std::vector<size_t> sizes;
  std::vector<std::string_view> held_back;
  for (size_t i = 0; i < samples.size(); ++i) {
    if (i % 10 == 9) {
      held_back.push_back(samples[i]);
      continue;
    }
    together += samples[i];
    sizes.push_back(samples[i].size());
  }
  ZDICT_fastCover_params_t params{};
  params.k = 256;
  params.d = 8;
  params.f = 18;
  params.accel = 4;
  params.nbThreads = 1;
  params.zParams.compressionLevel = kCompressionLevel;
  const std::shared_ptr<const Dictionary> present = newest();
  const int64_t number = present ? present->number + 1 : 1;
  params.zParams.dictID = static_cast<unsigned>(number);

  std::string bytes(std::min(kDictionaryBytesMax, together.size() / 8), '\0');
  const size_t size = ZDICT_trainFromBuffer_fastCover(bytes.data(), bytes.size(), together.data(), sizes.data(),
                                                      static_cast<unsigned>(sizes.size()), params);
  std::optional<Trained> result;
  if (ZDICT_isError(size) == 0) {
    bytes.resize(size);
    const Dictionary candidate(number, bytes);
    size_t with_candidate = 1;
    size_t with_present = 1;
    for (std::string_view record : held_back) {
      with_candidate += compressed_bytes(candidate.compression.get(), record);
      with_present += compressed_bytes(present ? present->compression.get() : nullptr, record);
    }
    if (static_cast<double>(with_candidate) < static_cast<double>(with_present) * (1 - kDictionaryGainMin)) {
      result = Trained{number, payloads_seen, std::move(bytes)};
    }
  }
  std::lock_guard lock(mutex_);
  trained_ = std::move(result);
  has_trained_ = trained_.has_value();
  training_ = false;
}

std::optional<PayloadCodec::Trained> PayloadCodec::take_trained() {
  if (!has_trained_.load(std::memory_order_relaxed)) return std::nullopt;
  std::lock_guard lock(mutex_);
  has_trained_ = false;
  return std::exchange(trained_, std::nullopt);
}

}  // namespace opik::store::sqlite
