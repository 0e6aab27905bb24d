#pragma once
// Where to send and how. What is not set here is looked up: environment OPIK_<KEY> > the [opik] section of $OPIK_CONFIG_PATH, else
// ~/.opik.config > the default. Names are Opik's own where Opik has the key.
//
//   opik::Client local{{.url_override = "http://localhost:5173/api/", .project_name = "demo"}};    // C++20
//   opik::Client cloud{opik::Config{}.with_api_key(key).with_workspace("acme")};                   // C++17
//
// Wrong values (a number that is none, a file that cannot be read) never fail a program: the next source is asked, and one line
// on the log says so.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>

namespace opik {

// When records that are not delivered yet are on disk as well.
enum class SpoolMode : uint8_t {
  off,         // never: what cannot be sent is lost when the process ends
  on_failure,  // once the server did not take them, and what is left at exit
  always,      // within a commit interval (50 ms) of the call: survives kill -9
};

struct Config {
  // In the order of declaration, as designated initialisers must be. Environment and INI keys are the members' names.
  std::optional<std::string> url_override{};    // base URL; default https://www.comet.com/opik/api/, or the one inside the API key
  std::optional<std::string> project_name{};    // default "Default Project"
  std::optional<std::string> workspace{};       // default "default"
  std::optional<std::string> api_key{};         // sent as it is in Authorization
  std::optional<bool> batching{};               // default true; false: every record at once, in a request of its own
  std::optional<bool> track_disable{};          // default false; true: nothing is recorded until set_tracing_active(true)
  std::optional<double> sample_rate{};          // default 1: the share of traces recorded, decided by the trace's id
  std::optional<bool> check_tls_certificate{};  // default true
  std::optional<bool> enable_json_request_compression{};  // default true: zstd where the server takes it, else gzip
  std::optional<bool> suppress_batching_update_warning{};
  std::optional<std::chrono::milliseconds> flush_interval{};         // key flush_interval_ms; default 300: the oldest record's wait
  std::optional<std::chrono::milliseconds> default_flush_timeout{};  // seconds in env and INI; default: as long as it takes
  std::optional<std::chrono::milliseconds> exit_flush_timeout{};     // seconds in env and INI; default 10 s; ~Client and exit
  std::optional<std::chrono::milliseconds> request_timeout{};        // seconds in env and INI; default 30 s, of one request
  std::optional<size_t> batch_items_max{};                           // default 1000, which is also the server's limit
  std::optional<size_t> batch_bytes_max{};                           // default 4 MiB of JSON
  std::optional<size_t> background_workers{};                        // default 2: requests in flight at once
  std::optional<size_t> max_memory_mb{};                             // default 256: of records kept in memory
  std::optional<SpoolMode> spool_mode{};                             // default on_failure
  std::optional<std::string> spool_dir{};                            // default $XDG_STATE_HOME/opik/spool
  std::optional<size_t> max_spool_mb{};                              // default 1024

  // The same for C++17, chained.
  Config& with_url(std::string v) { return url_override = std::move(v), *this; }
  Config& with_project_name(std::string v) { return project_name = std::move(v), *this; }
  Config& with_workspace(std::string v) { return workspace = std::move(v), *this; }
  Config& with_api_key(std::string v) { return api_key = std::move(v), *this; }
  Config& with_batching(bool v) { return batching = v, *this; }
  Config& with_track_disable(bool v) { return track_disable = v, *this; }
  Config& with_sample_rate(double v) { return sample_rate = v, *this; }
  Config& with_flush_interval(std::chrono::milliseconds v) { return flush_interval = v, *this; }
  Config& with_exit_flush_timeout(std::chrono::milliseconds v) { return exit_flush_timeout = v, *this; }
  Config& with_spool(SpoolMode mode, std::string directory = {}) {
    spool_mode = mode;
    if (!directory.empty()) spool_dir = std::move(directory);
    return *this;
  }
};

}  // namespace opik
