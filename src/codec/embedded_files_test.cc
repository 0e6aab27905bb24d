// Goal: files leave a text and come back into it exactly; what is no file, or would not come back exactly, stays.
// Method: texts with images in every place, taken apart and put together with a map for a store.

#include "codec/embedded_files.h"

#include <gtest/gtest.h>

#include <map>

#include "codec/base64.h"

namespace opik::codec {
namespace {

using Files = std::map<std::string, std::string>;

// A PNG of so many bytes, none like another.
std::string png(size_t size, char seed = 'a') {
  std::string bytes("\x89PNG\r\n\x1a\n");
  for (size_t i = bytes.size(); i < size; ++i) bytes += static_cast<char>(seed + static_cast<char>(i * i % 251));
  return bytes;
}
std::string in_base64(std::string_view bytes) {
  std::string out;
  append_base64(out, bytes);
  return out;
}
constexpr size_t kJustEnough = kEmbeddedDigitsMin / 4 * 3;

std::string take(std::string json, Files& files) {
  take_embedded_files(json, [&](EmbeddedFile file, size_t number) -> std::optional<std::string> {
    const std::string name = embedded_file_name("input", number, std::hash<std::string>{}(file.bytes), file.type.extension);
    files[name] = std::move(file.bytes);
    return name;
  });
  return json;
}
std::string put(std::string json, const Files& files) {
  put_embedded_files(json, "input", [&](const std::string& name) -> std::optional<std::string> {
    const auto found = files.find(name);
    return found == files.end() ? std::nullopt : std::optional(found->second);
  });
  return json;
}

TEST(EmbeddedFiles, LeaveAndComeBack) {
  const std::string a = png(kJustEnough), b = png(kJustEnough + 1, 'b'), c = png(2 * kJustEnough + 2, 'c');
  for (const std::string& json :
       {"\"" + in_base64(a) + "\"", "{\"x\":\"data:image/png;base64," + in_base64(b) + "\",\"y\":[\"" + in_base64(c) + "\"]}",
        "[\"" + in_base64(a) + "\",\"" + in_base64(a) + "\",\"\\n" + in_base64(b) + " \\u00e9" + in_base64(c) + "\"]"}) {
    Files files;
    const std::string apart = take(json, files);
    EXPECT_LT(apart.size(), 300u) << apart.substr(0, 300);
    EXPECT_FALSE(files.empty());
    EXPECT_EQ(put(apart, files), json);
    Files again;
    EXPECT_EQ(take(json, again), apart) << "the same text gives the same text";
  }
}

TEST(EmbeddedFiles, NamesSayTheFieldTheNumberAndTheContent) {
  EXPECT_EQ(embedded_file_name("output", 2, 18446744073709551615u, "jpg"), "output-attachment-2-18446744073709551615.jpg");
  Files files;
  const std::string apart = take("[\"" + in_base64(png(kJustEnough)) + "\"]", files);
  EXPECT_EQ(apart, "[\"[" + files.begin()->first + "]\"]");
}

TEST(EmbeddedFiles, OtherTextStays) {
  const std::string plain(kEmbeddedDigitsMin + 100, 'A');
  const std::string text_file = in_base64(std::string(kJustEnough, 'x'));
  const std::string escaped = [&] {
    std::string digits = in_base64(png(kJustEnough));
    digits.replace(digits.find('/'), 1, "\\/");
    return digits;
  }();
  std::string unpadded = in_base64(png(kJustEnough + 1));
  unpadded.resize(unpadded.size() - 2);
  for (const std::string& json :
       {std::string(), std::string("{}"), "\"" + in_base64(png(kJustEnough - 1)).substr(0, kEmbeddedDigitsMin - 4) + "\"",
        "\"" + plain + "\"", "\"" + text_file + "\"", "\"" + escaped + "\"", "\"" + unpadded + "\"",
        "\"data:nobody/knows;base64," + text_file + "\"", "[" + std::string(2 * kEmbeddedDigitsMin, ' ') + "]"}) {
    Files files;
    EXPECT_EQ(take(json, files), json);
    EXPECT_TRUE(files.empty());
  }
}

TEST(EmbeddedFiles, ADataUrlSaysTheTypeThatTheBytesDoNot) {
  Files files;
  take("\"data:text\\/csv;charset=utf-8;base64," + in_base64(std::string(kJustEnough, 'x')) + "\"", files);
  ASSERT_EQ(files.size(), 1u);
  EXPECT_TRUE(files.begin()->first.ends_with(".csv"));
}

TEST(EmbeddedFiles, ANameIsPutBackOnceAndOnlyIfItIsOne) {
  const Files files{{"input-attachment-1-7.png", "abc"}};
  EXPECT_EQ(put("[input-attachment-1-7.png][input-attachment-1-7.png]", files), "YWJj[input-attachment-1-7.png]");
  EXPECT_EQ(put("[[input-attachment-1-7.png]]", files), "[YWJj]");
  for (const char* text :
       {"input-attachment-1-7.png", "[input-attachment-1-7.png", "input-attachment-1-7.png]", "[output-attachment-1-7.png]",
        "[input-attachment-1-8.png]", "[input-attachment--7.png]", "[input-attachment-1-7]", "[input-attachment-1-7-sdk.png]",
        "[input-attachment-1-7.p-g]", "-attachment-", "[input-attachment-", "-attachment-1-7.png]"}) {
    EXPECT_EQ(put(text, files), text);
  }
}

TEST(FileType, ByBytesByNameByType) {
  EXPECT_EQ(recognise_file("\xff\xd8\xff\xe0 and on")->mime_type, "image/jpeg");
  EXPECT_EQ(recognise_file(std::string_view("RIFF\1\0\0\0WEBPVP8 ", 16))->extension, "webp");
  EXPECT_EQ(recognise_file(std::string_view("\0\0\0\x18"
                                            "ftypisom",
                                            12))
                ->mime_type,
            "video/mp4");
  EXPECT_EQ(recognise_file("<?xml version='1.0'?><svg/>")->mime_type, "image/svg+xml");
  EXPECT_EQ(recognise_file("BM is how some texts begin"), std::nullopt);
  EXPECT_EQ(recognise_file(""), std::nullopt);
  EXPECT_EQ(mime_type_of_name("a.b.PNG"), "image/png");
  EXPECT_EQ(mime_type_of_name("png"), "application/octet-stream");
  EXPECT_EQ(file_type_of_mime("Text/HTML; charset=utf-8")->extension, "html");
}

}  // namespace
}  // namespace opik::codec
