// Goal: a configuration file is read as a person would read it, whatever editor wrote it; a bad line costs only itself and is named.
// Method: texts with every kind of line, and their sections and warnings compared whole.
#include "sdk/ini.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace opik::sdk {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;
using testing::StartsWith;

TEST(Ini, ReadsWhatOpikConfigureWrites) {
  const Ini ini = read_ini("[opik]\nurl_override = http://localhost:5173/api/\nworkspace = default\n\n", "f");
  EXPECT_THAT(ini.sections,
              ElementsAre(Pair("opik", ElementsAre(Pair("url_override", "http://localhost:5173/api/"), Pair("workspace", "default")))));
  EXPECT_THAT(ini.warnings, IsEmpty());
}

TEST(Ini, TakesValuesAsTheyStand) {
  const Ini ini = read_ini("[opik]\napi_key = a%b%%c=d:e;f#g \"h\"\nempty =\ncolon: v\n", "f");
  EXPECT_EQ(ini.find("opik", "api_key"), "a%b%%c=d:e;f#g \"h\"");
  EXPECT_EQ(ini.find("opik", "empty"), "");
  EXPECT_EQ(ini.find("opik", "colon"), "v");
  EXPECT_EQ(ini.find("opik", "absent"), std::nullopt);
  EXPECT_EQ(ini.find("absent", "api_key"), std::nullopt);
}

TEST(Ini, PassesOverBomCrlfCommentsAndCase) {
  const Ini ini =
      read_ini("\xef\xbb\xbf[ OPIK ]\r\n# c\r\n  ; c\r\n\tProject_Name\t=\tp q\t\r\nworkspace = first\r\nworkspace = second", "f");
  EXPECT_EQ(ini.find("opik", "project_name"), "p q");
  EXPECT_EQ(ini.find("opik", "workspace"), "second");
  EXPECT_THAT(ini.warnings, IsEmpty());
}

TEST(Ini, NamesEveryBadLine) {
  const Ini ini =
      read_ini("a = 1\n[opik]\njunk\n= x\n[broken\nlost = 1\n[]\n[opik]\nz" + std::string(1, '\0') + " = 1\nkept = 1\n", "/etc/x");
  EXPECT_THAT(ini.warnings, ElementsAre(StartsWith("/etc/x:1: a value outside"), StartsWith("/etc/x:3: neither"),
                                        StartsWith("/etc/x:4: a value without a key"), StartsWith("/etc/x:5: a section"),
                                        StartsWith("/etc/x:6: a value outside"), StartsWith("/etc/x:7: a section"),
                                        StartsWith("/etc/x:9: a byte of value 0")));
  EXPECT_THAT(ini.sections, ElementsAre(Pair("opik", ElementsAre(Pair("kept", "1")))));
}

TEST(Ini, EmptyTextIsNoError) {
  EXPECT_THAT(read_ini("", "f").sections, IsEmpty());
  EXPECT_THAT(read_ini("\n\r\n", "f").warnings, IsEmpty());
}

}  // namespace
}  // namespace opik::sdk
