// Goal: files are found, packed as the client takes them, and never sent twice; nothing outside of a folder can be read.
// Method: requests to the handlers, whole answers compared as "status type coding tag cache body".

#include "http/static_files.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace opik::http {
namespace {

std::string header_of(const Response& response, std::string_view name) {
  for (const auto& [key, value] : response.headers) {
    if (key == name) return value;
  }
  return "-";
}

std::string ask(const Handler& handler, std::string path, Pairs headers = {}) {
  Request request;
  request.method = Method::get;
  request.path = std::move(path);
  request.headers = std::move(headers);
  std::string shown;
  handler(std::move(request), [&](Response response) {
    shown = std::to_string(response.status) + "|" + header_of(response, "Content-Encoding") + "|" + header_of(response, "ETag") + "|" +
            header_of(response, "Cache-Control") + "|" + header_of(response, "X-Extra") + "|" + response.body;
  });
  return shown;
}

const Pairs kBrowser{{"accept", "text/html,*/*"}};
constexpr std::string_view kMissing = R"(404|-|-|-|-|{"code":404,"message":"HTTP 404 Not Found"})";

Handler carried() {
  return serve_files({{"/index.html", "text/html; charset=utf-8", "aa", false, "<page>", "", ""},
                      {"/assets/a.js", "text/javascript; charset=utf-8", "bb", true, "plain", "as-gzip", "as-br"}},
                     {{"X-Extra", "1"}});
}

TEST(StaticFiles, AreSentAsTheClientTakesThem) {
  const std::string forever = "public, max-age=31536000, immutable";
  EXPECT_EQ(ask(carried(), "/assets/a.js"), "200|-|\"bb\"|" + forever + "|1|plain");
  EXPECT_EQ(ask(carried(), "/assets/a.js", {{"accept-encoding", "gzip"}}), "200|gzip|\"bb-gzip\"|" + forever + "|1|as-gzip");
  EXPECT_EQ(ask(carried(), "/assets/a.js", {{"accept-encoding", "gzip, br"}}), "200|br|\"bb-br\"|" + forever + "|1|as-br");
  EXPECT_EQ(ask(carried(), "/assets/a.js", {{"accept-encoding", "gzip, br;q=0"}}), "200|gzip|\"bb-gzip\"|" + forever + "|1|as-gzip");
}

TEST(StaticFiles, AreNotSentAgain) {
  for (const char* tags : {"\"bb\"", "W/\"bb\"", "\"x\", \"bb\"", "*"}) {
    EXPECT_EQ(ask(carried(), "/assets/a.js", {{"if-none-match", tags}}).substr(0, 4), "304|") << tags;
  }
  EXPECT_EQ(ask(carried(), "/assets/a.js", {{"if-none-match", "\"bb-gzip\""}}).substr(0, 4), "200|");
}

TEST(StaticFiles, GiveThePageForItsPathsToBrowsersOnly) {
  EXPECT_EQ(ask(carried(), "/projects/7", kBrowser), "200|-|\"aa\"|no-cache|1|<page>");
  EXPECT_EQ(ask(carried(), "/projects/7"), kMissing);
  EXPECT_EQ(ask(carried(), "/assets/gone.js", {{"accept", "*/*"}}), kMissing);
}

class StaticFolder : public testing::Test {
 protected:
  StaticFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "opik-folder-XXXXXX").string();
    base_ = mkdtemp(name.data());
    std::filesystem::create_directories(base_ / "ui/assets");
    write("ui/index.html", "<page>");
    write("ui/assets/a.js", "script");
    write("secret", "secret");
    write("ui-other", "secret");
  }
  ~StaticFolder() override { std::filesystem::remove_all(base_); }
  void write(const std::string& name, const std::string& text) { std::ofstream(base_ / name) << text; }
  // "200 body", without what differs from run to run.
  std::string get(const std::string& path, Pairs headers = {}) {
    Result<Handler> folder = serve_folder((base_ / "ui").string(), {});
    EXPECT_TRUE(folder.has_value());
    const std::string shown = ask(*folder, path, std::move(headers));
    return shown.substr(0, 3) + " " + shown.substr(shown.rfind('|') + 1);
  }
  template <class T>
  using Result = base::Result<T>;

  std::filesystem::path base_;
};

TEST_F(StaticFolder, ServesItsFilesAndThePage) {
  EXPECT_EQ(get("/assets/a.js"), "200 script");
  EXPECT_EQ(get("/projects", kBrowser), "200 <page>");
  EXPECT_EQ(get("/assets", kBrowser), "200 <page>");
  EXPECT_EQ(get("/projects").substr(0, 3), "404");
  write("ui/assets/a.js", "changed");
  EXPECT_EQ(get("/assets/a.js"), "200 changed");
}

TEST_F(StaticFolder, CannotBeLeft) {
  std::filesystem::create_symlink(base_ / "secret", base_ / "ui/link");
  std::filesystem::create_directory_symlink(base_, base_ / "ui/up");
  std::filesystem::create_symlink("assets/a.js", base_ / "ui/inside");
  for (const char* path : {"/../secret", "/assets/../../secret", "/link", "/up/secret", "/../ui-other", "//../secret"}) {
    EXPECT_EQ(get(path).substr(0, 3), "404") << path;
  }
  EXPECT_EQ(get("/inside"), "200 script");
}

TEST_F(StaticFolder, NeedsAPage) {
  EXPECT_FALSE(serve_folder((base_ / "gone").string(), {}).has_value());
  EXPECT_FALSE(serve_folder((base_ / "ui/assets").string(), {}).has_value());
}

TEST(ContentType, IsOfTheEnding) {
  EXPECT_EQ(content_type_of("/a/b.css"), "text/css; charset=utf-8");
  EXPECT_EQ(content_type_of("/a/b"), "application/octet-stream");
}

}  // namespace
}  // namespace opik::http
