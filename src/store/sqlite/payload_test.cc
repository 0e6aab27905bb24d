// Goal: what is compressed comes back byte for byte, with and without dictionaries, and damage is noticed.
// Method: records of every shape through encode/compress/decompress/decode; truncated and flipped frames; a training run on
// texts that repeat each other, which must make frames smaller.

#include "store/sqlite/payload.h"

#include <gtest/gtest.h>

#include <chrono>
#include <random>
#include <thread>

#include "store/sqlite/connection.h"
#include "store/sqlite/limits.h"

namespace opik::store::sqlite {
namespace {

using model::Field;
using model::Fields;

Fields fields_of(std::initializer_list<std::pair<Field, std::string>> values) {
  Fields fields;
  for (const auto& [field, text] : values) fields[field] = text;
  return fields;
}

std::string record_of(const Fields& fields) {
  std::string record;
  append_record(record, fields);
  return record;
}

std::string frame_of(const PayloadCodec& codec, std::string_view record) {
  std::string frame;
  codec.append_frame(frame, record);
  return frame;
}

Fields through(PayloadCodec& codec, const Fields& fields) {
  Fields back;
  decode_record(codec.decompress(frame_of(codec, record_of(fields))), back);
  return back;
}

TEST(Payload, GivesBackEveryCombinationOfFields) {
  PayloadCodec codec;
  const std::pair<Field, std::string> all[] = {
      {Field::input, "{\"a\":1}"}, {Field::output, ""}, {Field::metadata, "null"}, {Field::error_info, std::string(70'000, 'x')}};
  for (unsigned mask = 0; mask < 16; ++mask) {
    Fields fields;
    for (unsigned bit = 0; bit < 4; ++bit) {
      if ((mask >> bit & 1) != 0) fields[all[bit].first] = all[bit].second;
    }
    EXPECT_EQ(through(codec, fields), fields) << mask;
  }
  EXPECT_TRUE(record_of({}).empty());
  EXPECT_TRUE(frame_of(codec, "").empty());
}

TEST(Payload, NoticesDamage) {
  PayloadCodec codec;
  const std::string record = record_of(fields_of({{Field::input, "{\"question\":\"what is the capital of France?\"}"}}));
  const std::string frame = frame_of(codec, record);
  EXPECT_THROW(codec.decompress(frame.substr(0, frame.size() - 3)), SqlError);
  EXPECT_THROW(codec.decompress("not a frame"), SqlError);
  Fields fields;
  EXPECT_THROW(decode_record(record.substr(0, 10), fields), SqlError);
  EXPECT_THROW(decode_record("\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff", fields), SqlError);
}

// Texts of one application: the same prompt, other words.
std::string record_number(size_t number) {
  std::mt19937_64 random(number);
  std::string text =
      "{\"messages\":[{\"role\":\"system\",\"content\":\"You are a careful assistant that answers in one "
      "sentence.\"},{\"role\":\"user\",\"content\":\"";
  for (int i = 0; i < 40; ++i) text += "word" + std::to_string(random() % 500) + " ";
  return record_of(fields_of({{Field::input, text + "\"}]}"}}));
}

TEST(Payload, TrainsADictionaryOnceAndUsesIt) {
  PayloadCodec codec;
  for (size_t i = 0; i < kFirstTrainingAt; ++i) codec.sample(record_number(i));
  std::optional<PayloadCodec::Trained> trained;
  for (int wait = 0; wait < 1'000 && !trained; ++wait) {
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
    trained = codec.take_trained();
  }
  ASSERT_TRUE(trained);
  EXPECT_EQ(trained->number, 1);
  EXPECT_EQ(trained->payloads_seen, kFirstTrainingAt);
  EXPECT_FALSE(codec.take_trained());

  const std::string record = record_number(999'999);
  const std::string before = frame_of(codec, record);
  codec.add_dictionary(trained->number, trained->bytes);
  const std::string after = frame_of(codec, record);
  EXPECT_LT(after.size(), before.size() * 3 / 4);
  EXPECT_EQ(codec.decompress(after), record);
  EXPECT_EQ(codec.decompress(before), record);  // older frames stay readable

  PayloadCodec other;  // a database that lost its dictionary
  EXPECT_THROW(other.decompress(after), SqlError);
}

}  // namespace
}  // namespace opik::store::sqlite
