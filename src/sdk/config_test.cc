// Goal: every setting comes from the first source that has it and can be read, and no bad source fails, hides itself or reveals a
// secret.
// Method: a made-up environment and a file in a folder of its own; settings and warnings compared.
#include "sdk/config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <map>

namespace opik::sdk {
namespace {

using std::chrono::milliseconds;
using testing::AllOf;
using testing::Each;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

class ConfigTest : public testing::Test {
 protected:
  ConfigTest() {
    std::string name = testing::TempDir() + "opik_config_XXXXXX";
    home_ = mkdtemp(name.data());
    variables_["HOME"] = home_;
    variables_["OPIK_URL_OVERRIDE"] = "http://127.0.0.1:5173/api/";
  }
  ~ConfigTest() override { std::filesystem::remove_all(home_); }

  void write(const std::string& text, const std::string& name = ".opik.config") { std::ofstream(home_ + "/" + name) << text; }
  Settings load(const Config& given = {}) {
    return load_settings(given, {[this](const std::string& name) -> std::optional<std::string> {
                           const auto found = variables_.find(name);
                           if (found == variables_.end()) return std::nullopt;
                           return found->second;
                         }});
  }

  std::string home_;
  std::map<std::string, std::string> variables_;
};

TEST_F(ConfigTest, HasDefaults) {
  variables_.erase("OPIK_URL_OVERRIDE");
  const Settings settings = load();
  EXPECT_EQ(settings.base_url, "https://www.comet.com/opik/api/");
  EXPECT_EQ(settings.project_name, "Default Project");
  EXPECT_EQ(settings.workspace, "default");
  EXPECT_EQ(settings.batching, true);
  EXPECT_EQ(settings.flush_interval, milliseconds(300));
  EXPECT_EQ(settings.default_flush_timeout, std::nullopt);
  EXPECT_EQ(settings.exit_flush_timeout, milliseconds(10'000));
  EXPECT_EQ(settings.spool_mode, SpoolMode::on_failure);
  EXPECT_EQ(settings.spool_dir, home_ + "/.local/state/opik/spool");
  EXPECT_THAT(settings.warnings, ElementsAre(HasSubstr("api_key: none is set")));
}

TEST_F(ConfigTest, AsksItsSourcesInOrder) {
  write("[opik]\nproject_name = file\nworkspace = default\nbatch_items_max = 7\nflush_interval_ms = 20\n");
  variables_["OPIK_PROJECT_NAME"] = "env";
  variables_["OPIK_BATCH_ITEMS_MAX"] = "8";
  const Settings settings = load(Config{}.with_project_name("given"));
  EXPECT_EQ(settings.project_name, "given");
  EXPECT_EQ(settings.batch_items_max, 8u);
  EXPECT_EQ(settings.flush_interval, milliseconds(20));
  EXPECT_EQ(load().project_name, "env");
  variables_.erase("OPIK_PROJECT_NAME");
  EXPECT_EQ(load().project_name, "file");
  EXPECT_THAT(load().warnings, IsEmpty());
}

TEST_F(ConfigTest, ReadsEveryKindOfValue) {
  variables_["OPIK_DEFAULT_FLUSH_TIMEOUT"] = "2.5";
  variables_["OPIK_EXIT_FLUSH_TIMEOUT"] = "0";
  variables_["OPIK_SAMPLE_RATE"] = "0.25";
  variables_["OPIK_SPOOL_MODE"] = "Always";
  variables_["opik_track_disable"] = "YES";
  variables_["OPIK_CHECK_TLS_CERTIFICATE"] = "off";
  variables_["OPIK_SPOOL_DIR"] = "/var/spool/opik";
  variables_["_OPIK_HTTP_PROXY"] = "http://proxy:3128";
  variables_["SSL_CERT_FILE"] = "/etc/ca.pem";
  variables_["OPIK_SUPPRESS_BATCHING_UPDATE_WARNING"] = "t";
  const Settings settings = load();
  EXPECT_EQ(settings.default_flush_timeout, milliseconds(2500));
  EXPECT_EQ(settings.exit_flush_timeout, milliseconds(0));
  EXPECT_EQ(settings.sample_rate, 0.25);
  EXPECT_EQ(settings.spool_mode, SpoolMode::always);
  EXPECT_TRUE(settings.track_disable);
  EXPECT_FALSE(settings.check_tls_certificate);
  EXPECT_EQ(settings.spool_dir, "/var/spool/opik");
  EXPECT_EQ(settings.proxy, "http://proxy:3128");
  EXPECT_EQ(settings.ca_file, "/etc/ca.pem");
  EXPECT_TRUE(settings.suppress_batching_update_warning);
  EXPECT_THAT(settings.warnings, IsEmpty());
}

TEST_F(ConfigTest, PassesOverWhatItCannotRead) {
  write("[opik]\nbatching = maybe\nbackground_workers = 3\n");
  variables_["OPIK_BACKGROUND_WORKERS"] = "many";
  variables_["OPIK_EXIT_FLUSH_TIMEOUT"] = "-1";
  variables_["OPIK_REQUEST_TIMEOUT"] = "nan";
  variables_["OPIK_FLUSH_INTERVAL_MS"] = "300ms";
  variables_["OPIK_SPOOL_MODE"] = "";
  const Settings settings = load();
  EXPECT_EQ(settings.background_workers, 3u);
  EXPECT_TRUE(settings.batching);
  EXPECT_EQ(settings.exit_flush_timeout, milliseconds(10'000));
  EXPECT_EQ(settings.request_timeout, milliseconds(30'000));
  EXPECT_EQ(settings.flush_interval, milliseconds(300));
  EXPECT_THAT(settings.warnings, ElementsAre(home_ + "/.opik.config: batching: expected true or false, found 'maybe'; the value is ignored",
                                             HasSubstr("OPIK_FLUSH_INTERVAL_MS: expected a number of milliseconds, found '300ms'"),
                                             HasSubstr("OPIK_EXIT_FLUSH_TIMEOUT"), HasSubstr("OPIK_REQUEST_TIMEOUT"),
                                             HasSubstr("OPIK_BACKGROUND_WORKERS: expected a whole number, found 'many'")));
}

TEST_F(ConfigTest, HoldsSettingsInTheirRange) {
  Config given;
  given.sample_rate = std::nan("");
  given.batch_items_max = 0;
  given.background_workers = 1'000'000;
  given.flush_interval = milliseconds(-5);
  const Settings settings = load(given);
  EXPECT_EQ(settings.sample_rate, 0);
  EXPECT_EQ(settings.batch_items_max, 1u);
  EXPECT_EQ(settings.background_workers, 32u);
  EXPECT_EQ(settings.flush_interval, milliseconds(0));
  EXPECT_THAT(settings.warnings, AllOf(testing::SizeIs(4), Each(HasSubstr("out of its range"))));
}

TEST_F(ConfigTest, TakesAKeyWithAPercentSignAndNeverQuotesIt) {
  write("[opik]\napi_key = 100%%secret%(x)s\nbroken line\n");
  const Settings settings = load();
  EXPECT_EQ(settings.api_key, "100%%secret%(x)s");
  EXPECT_THAT(settings.warnings, ElementsAre(HasSubstr(".opik.config:3: neither a section nor key = value")));
  EXPECT_THAT(settings.warnings, Each(Not(HasSubstr("secret"))));
}

TEST_F(ConfigTest, SaysWhatIsWrongWithTheFile) {
  variables_["OPIK_CONFIG_PATH"] = home_ + "/absent";
  EXPECT_THAT(load().warnings, ElementsAre("reading the configuration file " + home_ + "/absent: No such file or directory"));
  variables_["OPIK_CONFIG_PATH"] = home_;
  EXPECT_THAT(load().warnings, ElementsAre("reading the configuration file " + home_ + ": is a folder"));
  write(std::string(2 << 20, '#'), "large");
  variables_["OPIK_CONFIG_PATH"] = "~/large";
  EXPECT_THAT(load().warnings, ElementsAre(HasSubstr("is larger than")));
  write("[opik]\nproject_name = mine\n", "good");
  variables_["OPIK_CONFIG_PATH"] = "~/good";
  EXPECT_EQ(load().project_name, "mine");
}

TEST_F(ConfigTest, KeepsAWrongAddressRatherThanSendElsewhere) {
  variables_["OPIK_URL_OVERRIDE"] = "localhost:5173";
  const Settings settings = load();
  EXPECT_EQ(settings.base_url, "localhost:5173/");
  EXPECT_THAT(settings.warnings, ElementsAre(HasSubstr("url_override: expected http:// or https://")));
}

TEST_F(ConfigTest, WarnsOfAWorkspaceThatALocalServerHasNot) {
  EXPECT_THAT(load(Config{}.with_url("http://localhost:5173/api").with_workspace("acme")).warnings, ElementsAre(HasSubstr("'acme'")));
}

TEST_F(ConfigTest, FindsTheAddressInAKey) {
  const std::string start(25, 'k');
  // {"baseUrl":"https://acme.comet.com/"}
  const std::string key = start + "*eyJiYXNlVXJsIjoiaHR0cHM6Ly9hY21lLmNvbWV0LmNvbS8ifQ==";
  EXPECT_EQ(url_of_api_key(key), "https://acme.comet.com/opik/api/");
  EXPECT_EQ(url_of_api_key(key.substr(0, key.size() - 2)), "https://acme.comet.com/opik/api/");
  EXPECT_EQ(url_of_api_key(start + "*eyJiYXNlVXJsIjoiaHR0cDovL2gifQ"), "http://h/opik/api/");  // {"baseUrl":"http://h"}
  for (const std::string& other : {std::string(), start, start + "*", start + "*!!!", start + "*e30=", std::string("short*e30=")}) {
    EXPECT_EQ(url_of_api_key(other), std::nullopt) << other;
  }
  variables_.erase("OPIK_URL_OVERRIDE");
  variables_["OPIK_API_KEY"] = key;
  EXPECT_EQ(load().base_url, "https://acme.comet.com/opik/api/");
  variables_["OPIK_URL_OVERRIDE"] = "http://mine/api";
  EXPECT_EQ(load().base_url, "http://mine/api/");
}

TEST_F(ConfigTest, FindsAPlaceForTheSpool) {
  variables_["XDG_STATE_HOME"] = "/state";
  EXPECT_EQ(load().spool_dir, "/state/opik/spool");
  variables_["XDG_STATE_HOME"] = "relative";
  EXPECT_EQ(load().spool_dir, home_ + "/.local/state/opik/spool");
  variables_.erase("HOME");
  EXPECT_EQ(load().spool_dir, "");
}

TEST_F(ConfigTest, ReadsBooleansAsOpikDoes) {
  for (const char* text : {"true", "TRUE", "1", "yes", "on", "t", "Y"}) EXPECT_EQ(read_bool(text), true) << text;
  for (const char* text : {"false", "False", "0", "no", "off", "f", "N"}) EXPECT_EQ(read_bool(text), false) << text;
  for (const char* text : {"", "2", "truee", "oui", "null"}) EXPECT_EQ(read_bool(text), std::nullopt) << text;
}

}  // namespace
}  // namespace opik::sdk
