#include "sdk/config.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <system_error>

#include "sdk/ini.h"
#include "sdk/json_reader.h"

namespace opik::sdk {
namespace {

using std::chrono::milliseconds;

constexpr std::string_view kCloudUrl = "https://www.comet.com/opik/api/";
constexpr size_t kSmartKeyPrefix = 25;         // characters of a key before the '*' that the address follows
constexpr double kSecondsMax = 365.0 * 86400;  // of any wait: more is a mistake of unit
constexpr size_t kQuotedBytesMax = 60;         // of a wrong value, in a warning

std::string lower(std::string_view text) {
  std::string result(text);
  for (char& c : result) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + ('a' - 'A'));
  }
  return result;
}

std::string upper(std::string_view text) {
  std::string result(text);
  for (char& c : result) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - ('a' - 'A'));
  }
  return result;
}

std::optional<double> read_number(std::string_view text) {
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || !std::isfinite(number)) return std::nullopt;
  return number;
}

std::optional<milliseconds> milliseconds_of(std::optional<double> seconds) {
  if (!seconds || *seconds < 0 || *seconds > kSecondsMax) return std::nullopt;
  return milliseconds(std::llround(*seconds * 1000));
}

std::optional<std::string> read_file(const std::filesystem::path& path, std::string& why) {
  std::error_code error;
  if (std::filesystem::is_directory(path, error)) return why = "is a folder", std::nullopt;
  const auto close = [](FILE* f) { std::fclose(f); };
  const std::unique_ptr<FILE, decltype(close)> file(std::fopen(path.c_str(), "rbe"), close);
  if (!file) return why = std::error_code(errno, std::generic_category()).message(), std::nullopt;
  std::string text(kIniBytesMax + 1, '\0');
  text.resize(std::fread(text.data(), 1, text.size(), file.get()));
  if (std::ferror(file.get()) != 0) return why = "cannot be read", std::nullopt;
  if (text.size() > kIniBytesMax) return why = "is larger than " + std::to_string(kIniBytesMax) + " bytes", std::nullopt;
  return text;
}

// The environment and the file, asked in this order for one key after the other.
class Sources {
 public:
  Sources(const Environment& environment, std::vector<std::string>& warnings) : environment_(environment), warnings_(warnings) {
    read_ini_file();
  }

  // The first value of `key` that `read` can read. `expected` completes "expected …".
  template <class Read>
  auto find(const std::string& key, const char* expected, Read read) -> decltype(read(std::string_view())) {
    const std::string name = "OPIK_" + upper(key);
    for (const std::string& variable : {name, lower(name)}) {
      const auto value = environment_.variable(variable);
      if (!value || value->empty()) continue;
      if (auto result = read(*value)) return result;
      warn(variable, expected, *value);
    }
    const auto value = ini_.find("opik", key);
    if (!value || value->empty()) return {};
    auto result = read(*value);
    if (!result) warn(file_ + ": " + key, expected, *value);
    return result;
  }

 private:
  void read_ini_file() {
    const auto given = environment_.variable("OPIK_CONFIG_PATH");
    const auto home = environment_.variable("HOME");
    if (given && !given->empty()) {
      file_ = *given;
      if (file_.rfind("~/", 0) == 0 && home) file_ = *home + file_.substr(1);
    } else if (home && !home->empty()) {
      file_ = *home + "/.opik.config";
      std::error_code error;
      if (!std::filesystem::exists(file_, error)) return;
    } else {
      return;
    }
    std::string why;
    if (const auto text = read_file(file_, why)) {
      ini_ = read_ini(*text, file_);
      warnings_.insert(warnings_.end(), ini_.warnings.begin(), ini_.warnings.end());
    } else {
      warnings_.push_back("reading the configuration file " + file_ + ": " + why);
    }
  }

  void warn(const std::string& where, const char* expected, const std::string& value) {
    const bool cut = value.size() > kQuotedBytesMax;
    warnings_.push_back(where + ": expected " + expected + ", found '" + value.substr(0, kQuotedBytesMax) + (cut ? "…'" : "'") +
                        "; the value is ignored");
  }

  const Environment& environment_;
  std::vector<std::string>& warnings_;
  std::string file_;
  Ini ini_;
};

template <class T, class Read>
void set(T& setting, const std::optional<T>& given, Sources& sources, const char* key, const char* expected, Read read) {
  if (given) {
    setting = *given;
  } else if (auto found = sources.find(key, expected, read)) {
    setting = *found;
  }
}

void set_text(std::string& setting, const std::optional<std::string>& given, Sources& sources, const char* key) {
  set(setting, given, sources, key, "a text", [](std::string_view text) { return std::optional<std::string>(text); });
}

void set_bool(bool& setting, const std::optional<bool>& given, Sources& sources, const char* key) {
  set(setting, given, sources, key, "true or false", read_bool);
}

void set_seconds(milliseconds& setting, const std::optional<milliseconds>& given, Sources& sources, const char* key) {
  set(setting, given, sources, key, "a number of seconds", [](std::string_view text) { return milliseconds_of(read_number(text)); });
}

void set_count(size_t& setting, const std::optional<size_t>& given, Sources& sources, const char* key) {
  set(setting, given, sources, key, "a whole number", [](std::string_view text) -> std::optional<size_t> {
    size_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return number;
  });
}

void set_spool_mode(SpoolMode& setting, const std::optional<SpoolMode>& given, Sources& sources) {
  set(setting, given, sources, "spool_mode", "off, on_failure or always", [](std::string_view text) -> std::optional<SpoolMode> {
    const std::string word = lower(text);
    if (word == "off") return SpoolMode::off;
    if (word == "on_failure") return SpoolMode::on_failure;
    if (word == "always") return SpoolMode::always;
    return std::nullopt;
  });
}

void set_url(Settings& settings, const Config& given, Sources& sources) {
  set_text(settings.base_url, given.url_override, sources, "url_override");
  if (settings.base_url.empty()) settings.base_url = url_of_api_key(settings.api_key).value_or(std::string(kCloudUrl));
  if (settings.base_url.back() != '/') settings.base_url += '/';
  // A wrong address is kept: were it passed over, the traces would go to somebody else's server.
  const std::string scheme = lower(settings.base_url.substr(0, 8));
  if (scheme != "https://" && scheme.substr(0, 7) != "http://") {
    settings.warnings.push_back("url_override: expected http:// or https://, found '" + settings.base_url.substr(0, kQuotedBytesMax) +
                                "'; nothing will be sent");
  }
}

// Where programs keep state that should outlive a restart, by the XDG base directories; empty if the environment names no place.
std::string default_spool_dir(const Environment& environment) {
  const auto state = environment.variable("XDG_STATE_HOME");
  if (state && state->substr(0, 1) == "/") return *state + "/opik/spool";
  const auto home = environment.variable("HOME");
  return home && !home->empty() ? *home + "/.local/state/opik/spool" : "";
}

// Keeps a setting within what works, and says so.
template <class T>
void clamp(T& setting, T least, T greatest, const char* key, std::vector<std::string>& warnings) {
  if (setting >= least && setting <= greatest) return;
  setting = setting < least ? least : greatest;
  if constexpr (std::is_same_v<T, milliseconds>) {
    warnings.push_back(std::string(key) + ": out of its range; taken as " + std::to_string(setting.count()) + " ms");
  } else {
    warnings.push_back(std::string(key) + ": out of its range; taken as " + std::to_string(setting));
  }
}

void clamp_all(Settings& settings) {
  auto& warnings = settings.warnings;
  if (std::isnan(settings.sample_rate)) settings.sample_rate = -1;
  clamp(settings.sample_rate, 0.0, 1.0, "sample_rate", warnings);
  clamp<size_t>(settings.batch_items_max, 1, 1000, "batch_items_max", warnings);
  clamp<size_t>(settings.batch_bytes_max, 4 << 10, 64 << 20, "batch_bytes_max", warnings);
  clamp<size_t>(settings.background_workers, 1, 32, "background_workers", warnings);
  clamp<size_t>(settings.max_memory_mb, 1, 1 << 20, "max_memory_mb", warnings);
  clamp<size_t>(settings.max_spool_mb, 16, 1 << 24, "max_spool_mb", warnings);
  clamp(settings.flush_interval, milliseconds(0), milliseconds(3'600'000), "flush_interval_ms", warnings);
  clamp(settings.exit_flush_timeout, milliseconds(0), milliseconds(3'600'000), "exit_flush_timeout", warnings);
  clamp(settings.request_timeout, milliseconds(100), milliseconds(3'600'000), "request_timeout", warnings);
}

void warn_of_contradictions(Settings& settings) {
  const std::string url = lower(settings.base_url);
  if (url.find("://www.comet.com/") != std::string::npos && settings.api_key.empty()) {
    settings.warnings.push_back("api_key: none is set, and " + settings.base_url + " needs one");
  }
  if (url.find("localhost") != std::string::npos && settings.workspace != "default") {
    settings.warnings.push_back("workspace: a local server has only 'default', found '" + settings.workspace.substr(0, kQuotedBytesMax) +
                                "'");
  }
}

// Base64 of either alphabet, padded or not.
std::optional<std::string> unbase64(std::string_view text) {
  static constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  while (!text.empty() && text.back() == '=') text.remove_suffix(1);
  std::string bytes;
  uint32_t bits = 0;
  int held = 0;
  for (char c : text) {
    if (c == '-') c = '+';
    if (c == '_') c = '/';
    const size_t value = kAlphabet.find(c);
    if (value == std::string_view::npos) return std::nullopt;
    bits = bits << 6 | static_cast<uint32_t>(value);
    held += 6;
    if (held >= 8) {
      held -= 8;
      bytes += static_cast<char>(bits >> held & 0xff);
    }
  }
  return bytes;
}

}  // namespace

Environment Environment::of_process() {
  return {[](const std::string& name) -> std::optional<std::string> {
    const char* value = std::getenv(name.c_str());
    if (value == nullptr) return std::nullopt;
    return value;
  }};
}

Settings load_settings(const Config& given, const Environment& environment) {
  Settings settings;
  settings.project_name = "Default Project";
  settings.workspace = "default";
  Sources sources(environment, settings.warnings);
  set_text(settings.project_name, given.project_name, sources, "project_name");
  set_text(settings.workspace, given.workspace, sources, "workspace");
  set_text(settings.api_key, given.api_key, sources, "api_key");
  set_url(settings, given, sources);
  set_bool(settings.batching, given.batching, sources, "batching");
  set_bool(settings.track_disable, given.track_disable, sources, "track_disable");
  set(settings.sample_rate, given.sample_rate, sources, "sample_rate", "a number from 0 to 1", read_number);
  set_bool(settings.check_tls_certificate, given.check_tls_certificate, sources, "check_tls_certificate");
  set_bool(settings.enable_json_request_compression, given.enable_json_request_compression, sources, "enable_json_request_compression");
  set_bool(settings.suppress_batching_update_warning, given.suppress_batching_update_warning, sources, "suppress_batching_update_warning");
  set(settings.flush_interval, given.flush_interval, sources, "flush_interval_ms", "a number of milliseconds", [](std::string_view text) {
    const std::optional<double> number = read_number(text);
    return milliseconds_of(number ? std::optional(*number / 1000) : std::nullopt);
  });
  milliseconds flush_timeout{-1};
  set_seconds(flush_timeout, given.default_flush_timeout, sources, "default_flush_timeout");
  if (flush_timeout >= milliseconds(0)) settings.default_flush_timeout = flush_timeout;
  set_seconds(settings.exit_flush_timeout, given.exit_flush_timeout, sources, "exit_flush_timeout");
  set_seconds(settings.request_timeout, given.request_timeout, sources, "request_timeout");
  set_count(settings.batch_items_max, given.batch_items_max, sources, "batch_items_max");
  set_count(settings.batch_bytes_max, given.batch_bytes_max, sources, "batch_bytes_max");
  set_count(settings.background_workers, given.background_workers, sources, "background_workers");
  set_count(settings.max_memory_mb, given.max_memory_mb, sources, "max_memory_mb");
  set_spool_mode(settings.spool_mode, given.spool_mode, sources);
  set_text(settings.spool_dir, given.spool_dir, sources, "spool_dir");
  if (settings.spool_dir.empty()) settings.spool_dir = default_spool_dir(environment);
  set_count(settings.max_spool_mb, given.max_spool_mb, sources, "max_spool_mb");
  settings.proxy = environment.variable("_OPIK_HTTP_PROXY").value_or("");
  settings.ca_file = environment.variable("SSL_CERT_FILE").value_or("");
  clamp_all(settings);
  warn_of_contradictions(settings);
  return settings;
}

std::optional<bool> read_bool(std::string_view text) {
  static constexpr std::array<std::string_view, 6> kTrue = {"true", "1", "yes", "on", "t", "y"};
  static constexpr std::array<std::string_view, 6> kFalse = {"false", "0", "no", "off", "f", "n"};
  const std::string word = lower(text);
  if (std::find(kTrue.begin(), kTrue.end(), word) != kTrue.end()) return true;
  if (std::find(kFalse.begin(), kFalse.end(), word) != kFalse.end()) return false;
  return std::nullopt;
}

std::optional<std::string> url_of_api_key(std::string_view api_key) {
  if (api_key.size() <= kSmartKeyPrefix || api_key[kSmartKeyPrefix] != '*') return std::nullopt;
  const auto inside = unbase64(api_key.substr(kSmartKeyPrefix + 1));
  if (!inside) return std::nullopt;
  const auto node = read_json(*inside);
  if (!node) return std::nullopt;
  std::string url = node->at("baseUrl").text;
  const size_t host = url.find("://");
  if (host == std::string::npos) return std::nullopt;
  const size_t slash = url.rfind('/');
  if (slash < host + 3) {
    url += '/';
  } else {
    url.resize(slash + 1);  // as a relative address is joined: beside the last part of the path
  }
  return url + "opik/api/";
}

}  // namespace opik::sdk
