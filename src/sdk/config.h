#pragma once
// The settings of a client, complete: from what the program gave, the environment, the configuration file, the defaults.
//
//   Settings settings = load_settings(config, Environment::of_process());
//   for (const std::string& warning : settings.warnings) log(warning);
//
// Never fails: a value that cannot be read is passed over for the next source, with a warning that names where it stands. Values
// of keys that may hold secrets are not quoted. No IO but reading the one file.

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "opik/config.h"

namespace opik::sdk {

struct Environment {
  std::function<std::optional<std::string>(const std::string& name)> variable;  // of exactly this name

  static Environment of_process();
};

struct Settings {
  std::string base_url;  // ends with a slash
  std::string project_name;
  std::string workspace;
  std::string api_key;  // empty: none
  bool batching = true;
  bool track_disable = false;
  double sample_rate = 1;
  bool check_tls_certificate = true;
  bool enable_json_request_compression = true;
  bool suppress_batching_update_warning = false;
  std::chrono::milliseconds flush_interval{300};
  std::optional<std::chrono::milliseconds> default_flush_timeout;  // nothing: as long as it takes
  std::chrono::milliseconds exit_flush_timeout{10'000};
  std::chrono::milliseconds request_timeout{30'000};
  size_t batch_items_max = 1000;
  size_t batch_bytes_max = 4 << 20;
  size_t background_workers = 2;
  size_t max_memory_mb = 256;
  SpoolMode spool_mode = SpoolMode::on_failure;
  std::string spool_dir;  // empty: neither given nor to be found out, so there is no spool
  size_t max_spool_mb = 1024;
  std::string proxy;    // _OPIK_HTTP_PROXY; empty: as libcurl finds it
  std::string ca_file;  // SSL_CERT_FILE
  std::vector<std::string> warnings;
};

Settings load_settings(const Config& given, const Environment& environment);

// "true", "1", "yes", "on", "t", "y" and their opposites, in any case; nothing otherwise.
std::optional<bool> read_bool(std::string_view text);

// The base URL inside a key "<25 characters>*<base64 of {"baseUrl":…}>", with opik/api/ joined to it; nothing for any other key.
std::optional<std::string> url_of_api_key(std::string_view api_key);

}  // namespace opik::sdk
