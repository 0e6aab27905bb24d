// Goal: images give way to "[image]" and nothing else does; the text stays JSON.
// Method: pairs of texts, before and after.

#include "codec/image_text.h"

#include <gtest/gtest.h>

namespace opik::codec {
namespace {

const std::string kDigits(100, 'A');

TEST(WithoutImages, DataUrlsGoWhereverTheyStand) {
  EXPECT_EQ(without_images(R"({"a":"data:image/png;base64,)" + kDigits + R"(==","b":1})"), R"({"a":"[image]","b":1})");
  EXPECT_EQ(without_images(R"(["see data:image/jpeg;base64,AAAA, and data:image/gif;base64,BB== here"])"),
            R"(["see [image], and [image] here"])");
  EXPECT_EQ(without_images(R"(["data:image\/png;base64,AAAA"])"), R"(["data:image\/png;base64,AAAA"])");
  EXPECT_EQ(without_images(R"(["data:image/svg+xml;charset=utf-8;base64,AA\/A"])"), R"(["[image]"])");
}

TEST(WithoutImages, BareImagesGoIfTheyAreTheWholeString) {
  EXPECT_EQ(without_images("[\"iVBORw0KGgo" + kDigits + "=\"]"), R"(["[image]"])");
  EXPECT_EQ(without_images("[\"/9j/" + kDigits + "\",\"R0lGOD" + kDigits + "\"]"), R"(["[image]","[image]"])");
  for (const std::string& text : {"[\"/9j/" + kDigits + " and more\"]", "[\"x/9j/" + kDigits + "\"]", std::string("[\"iVBORw0KGgoAAA\"]"),
                                  "[\"" + kDigits + "\"]", "\"/9j/" + kDigits}) {
    EXPECT_EQ(without_images(text), text);
  }
}

TEST(WithoutImages, OtherTextStays) {
  for (const char* text :
       {"", "null", "{}", R"({"data:image/":"base64,"})", R"(["data:image/png","x;base64,AAAA"])", R"(["data:image/png;base64,"])",
        R"(["data:audio/wav;base64,AAAA"])", "[\"data:image/png;base64,", "\"", "data:image/"}) {
    EXPECT_EQ(without_images(text), text);
  }
}

}  // namespace
}  // namespace opik::codec
