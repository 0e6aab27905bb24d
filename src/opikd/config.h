#pragma once
// What opikd is told to do, and how: command line > environment (OPIKD_*) > file (--config FILE, TOML) > default.
//
//   Result<CommandLine> told = read_command_line({"serve", "--data", "/var/lib/opik"});
//
// Every setting has one name in all three places: `--inflight-bytes`, `OPIKD_INFLIGHT_BYTES`, `inflight-bytes = "64MiB"`.
// Errors: Code::invalid naming the setting, where it stands, what was expected and what was found.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/uuid.h"

namespace opik::opikd {

struct Config {
  std::string data = "./opik-data";
  std::string listen = "127.0.0.1:5173";
  std::string otlp_grpc;           // empty: there is none
  std::string sync = "full";       // full, normal, off
  std::string log_level = "info";  // debug, info, warn, error
  std::string cors = "off";        // on: browsers may call from pages of any origin
  std::string ui_dir;              // empty: the UI that the program carries
  int64_t threads = 0;             // 0: one per core, at least two
  int64_t inflight_bytes = int64_t{64} << 20;
  int64_t columns_bytes = int64_t{256} << 20;
  int64_t body_bytes_max = int64_t{256} << 20;
  int64_t attachment_bytes_max = int64_t{2} << 30;
  int64_t header_bytes_max = int64_t{64} << 10;
  int64_t connections_max = 4096;
  int64_t header_timeout_ms = 15'000;
  int64_t body_timeout_ms = 60'000;
  int64_t idle_timeout_ms = 75'000;
  int64_t write_timeout_ms = 60'000;
  int64_t stop_timeout_ms = 20'000;
  friend bool operator==(const Config&, const Config&) = default;
};

struct CommandLine {
  enum class Action : uint8_t { serve, payload, prices, version, help };
  Action action = Action::help;
  Config config;
  base::Uuid id;                   // payload
  std::vector<std::string> files;  // prices
  std::string help_text;           // help
};

// `arguments` without the program's name. Reads the environment and, if one is named, the file.
base::Result<CommandLine> read_command_line(const std::vector<std::string>& arguments);

// "127.0.0.1:5173" or "[::1]:5173". `setting`: whose, for the error.
struct Address {
  std::string host;
  uint16_t port = 0;
};
base::Result<Address> parse_address(std::string_view setting, const std::string& text);

}  // namespace opik::opikd
