// Goal: a setting's value comes from the right one of command line, environment, file and default; and whatever is wrong is named with its
// place, what was expected and what was found.
// Method: command lines read with a chosen environment and with files in a directory of the test's own.

#include "opikd/config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace opik::opikd {
namespace {

using Arguments = std::vector<std::string>;

class ConfigTest : public testing::Test {
 protected:
  ConfigTest() : directory_(std::filesystem::temp_directory_path() / ("opikd_config_test." + std::to_string(getpid()))) {
    std::filesystem::create_directory(directory_);
  }
  ~ConfigTest() override {
    for (const std::string& name : set_) unsetenv(name.c_str());
    std::filesystem::remove_all(directory_);
  }
  void set_env(const std::string& name, const std::string& value) {
    setenv(name.c_str(), value.c_str(), 1);
    set_.push_back(name);
  }
  std::string write_file(const std::string& text) {
    const std::string path = directory_ / "opikd.toml";
    std::ofstream(path) << text;
    return path;
  }
  // The configuration of a command line that is good.
  static Config config(const Arguments& arguments) {
    base::Result<CommandLine> line = read_command_line(arguments);
    if (!line) ADD_FAILURE() << line.error().message;
    return line ? line->config : Config{};
  }
  // The reason why a command line is refused.
  static std::string refusal(const Arguments& arguments) {
    base::Result<CommandLine> line = read_command_line(arguments);
    return line ? "(not refused)" : line.error().message;
  }

  const std::filesystem::path directory_;
  std::vector<std::string> set_;
};

TEST_F(ConfigTest, Defaults) {
  EXPECT_EQ(config({"serve"}), Config{});
  EXPECT_EQ(Config{}.listen, "127.0.0.1:5173");
  EXPECT_EQ(Config{}.data, "./opik-data");
}

TEST_F(ConfigTest, CommandLineBeforeEnvironmentBeforeFileBeforeDefault) {
  const std::string file = write_file("data = \"file\"\nlisten = \"file:1\"\nsync = \"off\"\nthreads = 3\n");
  set_env("OPIKD_CONFIG", file);
  set_env("OPIKD_DATA", "environment");
  set_env("OPIKD_LISTEN", "environment:2");
  Config expected;
  expected.data = "line";
  expected.listen = "environment:2";
  expected.sync = "off";
  expected.threads = 3;
  EXPECT_EQ(config({"serve", "--data", "line"}), expected);
}

TEST_F(ConfigTest, FileOnTheCommandLineBeforeTheOneInTheEnvironment) {
  set_env("OPIKD_CONFIG", directory_ / "none.toml");
  EXPECT_EQ(config({"serve", "--config", write_file("threads = 5\n")}).threads, 5);
}

TEST_F(ConfigTest, Bytes) {
  EXPECT_EQ(config({"serve", "--inflight-bytes", "1048576"}).inflight_bytes, 1 << 20);
  EXPECT_EQ(config({"serve", "--inflight-bytes=2MiB"}).inflight_bytes, 2 << 20);
  EXPECT_EQ(config({"serve", "--config", write_file("inflight-bytes = \"1GiB\"\nbody-bytes-max = 4096\n")}).inflight_bytes, 1 << 30);
  EXPECT_EQ(config({"serve", "--config", write_file("body-bytes-max = 4096\n")}).body_bytes_max, 4096);
  EXPECT_EQ(config({"serve", "--columns-bytes", "0"}).columns_bytes, 0);
}

TEST_F(ConfigTest, WrongValuesAreNamed) {
  EXPECT_EQ(refusal({"serve", "--threads", "many"}), "--threads (or OPIKD_THREADS): expected a whole number from 0 to 1024, found 'many'");
  EXPECT_EQ(refusal({"serve", "--threads", "-1"}), "--threads (or OPIKD_THREADS): expected a whole number from 0 to 1024, found '-1'");
  EXPECT_EQ(refusal({"serve", "--sync", "maybe"}), "--sync (or OPIKD_SYNC): expected one of full, normal, off, found 'maybe'");
  EXPECT_THAT(refusal({"serve", "--body-bytes-max", "9999999999999GiB"}), testing::HasSubstr("found '9999999999999GiB'"));
  EXPECT_THAT(refusal({"serve", "--body-bytes-max", "1023"}), testing::HasSubstr("from 1024 to 4294967296"));
  set_env("OPIKD_LOG_LEVEL", "loud");
  EXPECT_EQ(refusal({"serve"}), "--log-level (or OPIKD_LOG_LEVEL): expected one of debug, info, warn, error, found 'loud'");
}

TEST_F(ConfigTest, WrongFilesAreNamedWithTheirLine) {
  const std::string path = directory_ / "opikd.toml";
  const auto refused = [&](const std::string& text) { return refusal({"serve", "--config", write_file(text)}); };
  EXPECT_EQ(refused("threads = 2\nthread = 3\n"), path + ":2: thread: there is no such setting");
  EXPECT_EQ(refused("\nthreads = \"two\"\n"), path + ":2: threads: expected a whole number, found string");
  EXPECT_EQ(refused("data = 7\n"), path + ":1: data: expected a string, found integer");
  EXPECT_EQ(refused("[data]\nx = 1\n"), path + ":1: data: expected a string, found table");
  EXPECT_EQ(refused("threads = 5000\n"), path + ":1: threads: expected a whole number from 0 to 1024, found '5000'");
  EXPECT_EQ(refused("inflight-bytes = 1.5\n"),
            path + ":1: inflight-bytes: expected a whole number or a string such as \"64MiB\", found floating-point");
  EXPECT_THAT(refused("data = \n"), testing::StartsWith(path + ":1: "));
  EXPECT_THAT(refusal({"serve", "--config", directory_ / "none.toml"}), testing::StartsWith((directory_ / "none.toml").string() + ": "));
}

// A bad value is an error also where a better source decides.
TEST_F(ConfigTest, TypesInTheFileAreCheckedEvenIfTheLineDecides) {
  EXPECT_THAT(refusal({"serve", "--data", "x", "--config", write_file("data = 7\n")}),
              testing::HasSubstr("expected a string, found integer"));
}

TEST_F(ConfigTest, WrongCommandLines) {
  EXPECT_NE(refusal({}), "(not refused)");
  EXPECT_NE(refusal({"sing"}), "(not refused)");
  EXPECT_NE(refusal({"serve", "--nothing"}), "(not refused)");
  EXPECT_NE(refusal({"payload"}), "(not refused)");
  EXPECT_EQ(refusal({"payload", "x"}), "payload: expected the id of a trace or span, found 'x'");
  EXPECT_EQ(refusal({"serve", "--data", ""}), "data: expected a directory, found nothing");
}

TEST_F(ConfigTest, OtherCommands) {
  EXPECT_EQ(read_command_line({"version"})->action, CommandLine::Action::version);
  EXPECT_EQ(read_command_line({"--help"})->action, CommandLine::Action::help);
  EXPECT_THAT(read_command_line({"--help"})->help_text, testing::HasSubstr("serve"));
  EXPECT_THAT(read_command_line({"serve", "--help"})->help_text,
              testing::AllOf(testing::HasSubstr("--inflight-bytes"), testing::HasSubstr("OPIKD_CORS")));
  const base::Result<CommandLine> payload = read_command_line({"payload", "--data", "d", "0190babc-62a0-71d2-832a-0feffa4676eb"});
  EXPECT_EQ(payload->action, CommandLine::Action::payload);
  EXPECT_EQ(payload->config.data, "d");
  EXPECT_EQ(payload->id.text(), "0190babc-62a0-71d2-832a-0feffa4676eb");
}

TEST_F(ConfigTest, Addresses) {
  const auto parsed = [](const char* text) {
    base::Result<Address> address = parse_address("listen", text);
    return address ? address->host + " " + std::to_string(address->port) : "(refused)";
  };
  EXPECT_EQ(parsed("127.0.0.1:5173"), "127.0.0.1 5173");
  EXPECT_EQ(parsed("localhost:0"), "localhost 0");
  EXPECT_EQ(parsed("[::1]:80"), "::1 80");
  for (const char* bad : {"", "5173", ":5173", "host:", "host:x", "host:65536", "host:-1", "::1:80", "[]:1"})
    EXPECT_EQ(parsed(bad), "(refused)") << bad;
  EXPECT_EQ(refusal({"serve", "--listen", "nowhere"}), "listen: expected HOST:PORT with a port from 0 to 65535, found 'nowhere'");
}

TEST_F(ConfigTest, FilesWithPrices) {
  const auto line = [](const Arguments& arguments) { return *read_command_line(arguments); };
  EXPECT_EQ(line({"prices"}).action, CommandLine::Action::prices);
  EXPECT_EQ(line({"prices"}).files, Arguments{});
  const CommandLine told = line({"prices", "a.tsv", "--data", "here", "b.json"});
  EXPECT_EQ(told.action, CommandLine::Action::prices);
  EXPECT_EQ(told.config.data, "here");
  EXPECT_EQ(told.files, (Arguments{"a.tsv", "b.json"}));
  EXPECT_EQ(line({"serve"}).files, Arguments{});
  EXPECT_THAT(refusal({"prices", "--sync", "off"}), testing::HasSubstr("--sync"));
}

TEST_F(ConfigTest, TheDoorForGrpcIsThereOnlyIfAskedFor) {
  EXPECT_EQ(Config{}.otlp_grpc, "");
  EXPECT_EQ(config({"serve", "--config", write_file("otlp-grpc = \"[::1]:4317\"\n")}).otlp_grpc, "[::1]:4317");
  EXPECT_EQ(refusal({"serve", "--otlp-grpc", "4317"}), "otlp-grpc: expected HOST:PORT with a port from 0 to 65535, found '4317'");
}

}  // namespace
}  // namespace opik::opikd
