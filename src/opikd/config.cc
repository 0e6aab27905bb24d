#include "opikd/config.h"

#include <fmt/format.h>
#include <toml++/toml.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <charconv>
#include <map>
#include <optional>
#include <string_view>
#include <variant>

// How it works. kSettings is the one list. The command line and the environment (CLI11) and then the file (toml++) fill `Told`: for
// each setting the text that counts, and where it stands. Only then are texts turned into values, in one place.

namespace opik::opikd {

namespace {

using base::Code;
using base::Error;
using base::Result;

constexpr int64_t kTimeoutMsMax = 24 * 3600 * 1000;

struct Bounds {
  int64_t least = 0;
  int64_t most = 0;
};

struct Text {
  std::string Config::*member;
};
struct Choice {
  std::string Config::*member;
  std::vector<std::string_view> of;
};
struct Number {
  int64_t Config::*member;
  Bounds bounds;
};
struct Bytes {
  int64_t Config::*member;
  Bounds bounds;
};

struct Setting {
  const char* name;
  const char* help;
  std::variant<Text, Choice, Number, Bytes> value;
};

const std::vector<Setting>& settings() {
  static const std::vector<Setting> kSettings{
      {"data", "directory that holds everything the server keeps; made if it is not there", Text{&Config::data}},
      {"listen", "address to listen on, HOST:PORT; port 0 takes a free one", Text{&Config::listen}},
      {"otlp-grpc", "address to take OpenTelemetry's traces over gRPC on, HOST:PORT; empty: none", Text{&Config::otlp_grpc}},
      {"sync", "full: a 2xx survives a power cut; normal: one may take the last moments; off: one may damage the file",
       Choice{&Config::sync, {"full", "normal", "off"}}},
      {"log-level", "least level of log lines: debug, info, warn or error", Choice{&Config::log_level, {"debug", "info", "warn", "error"}}},
      {"cors", "on: browsers may call from pages of any origin; off: only from the server's own", Choice{&Config::cors, {"on", "off"}}},
      {"ui-dir", "folder with an index.html that is served instead of the web UI that the program carries", Text{&Config::ui_dir}},
      {"threads", "threads that serve requests; 0: one per core, at least two", Number{&Config::threads, {0, 1024}}},
      {"inflight-bytes", "request bodies between socket and disk; beyond it requests get 429",
       Bytes{&Config::inflight_bytes, {int64_t{1} << 20, int64_t{1} << 40}}},
      {"columns-bytes", "memory for the columns that statistics and filtered lists are answered from; 0: none, which is slower",
       Bytes{&Config::columns_bytes, {0, int64_t{1} << 40}}},
      {"body-bytes-max", "largest request body, inflated; beyond it 413", Bytes{&Config::body_bytes_max, {1024, int64_t{4} << 30}}},
      {"attachment-bytes-max", "largest attachment; beyond it 413", Bytes{&Config::attachment_bytes_max, {1024, int64_t{1} << 40}}},
      {"header-bytes-max", "largest request line and headers; beyond it 431", Bytes{&Config::header_bytes_max, {1024, int64_t{16} << 20}}},
      {"connections-max", "connections open at once; beyond it new ones are closed", Number{&Config::connections_max, {1, 1'000'000}}},
      {"header-timeout-ms", "from the first byte of a request to the end of its headers; beyond it 408",
       Number{&Config::header_timeout_ms, {1, kTimeoutMsMax}}},
      {"body-timeout-ms", "without progress while a body is read; beyond it 408", Number{&Config::body_timeout_ms, {1, kTimeoutMsMax}}},
      {"idle-timeout-ms", "between two requests of a connection; beyond it closed", Number{&Config::idle_timeout_ms, {1, kTimeoutMsMax}}},
      {"write-timeout-ms", "without progress while a response is sent; beyond it closed",
       Number{&Config::write_timeout_ms, {1, kTimeoutMsMax}}},
      {"stop-timeout-ms", "how long a stop waits for requests in hand", Number{&Config::stop_timeout_ms, {1, kTimeoutMsMax}}},
  };
  return kSettings;
}

std::string variable_name(std::string_view setting) {
  std::string name = "OPIKD_";
  for (const char c : setting) name += c == '-' ? '_' : static_cast<char>(c >= 'a' && c <= 'z' ? c - ('a' - 'A') : c);
  return name;
}

// What was said about one setting.
struct Word {
  std::string text;
  std::string where;
};
using Told = std::map<std::string, Word, std::less<>>;

// ---- texts to values

std::optional<int64_t> parse_number(std::string_view text) {
  int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

// "1048576", "1024KiB" or "1MiB".
std::optional<int64_t> parse_bytes(std::string_view text) {
  constexpr std::pair<std::string_view, int> kUnits[] = {{"KiB", 10}, {"MiB", 20}, {"GiB", 30}};
  for (const auto& [unit, shift] : kUnits) {
    if (!text.ends_with(unit)) continue;
    const std::optional<int64_t> count = parse_number(text.substr(0, text.size() - unit.size()));
    if (!count || *count < 0 || *count > (INT64_MAX >> shift)) return std::nullopt;
    return *count << shift;
  }
  return parse_number(text);
}

std::string list(const std::vector<std::string_view>& words) { return fmt::format("{}", fmt::join(words, ", ")); }

Error wrong(const Word& word, std::string_view expected) {
  return {Code::invalid, fmt::format("{}: expected {}, found '{}'", word.where, expected, word.text)};
}

Result<int64_t> within(std::optional<int64_t> value, Bounds bounds, const Word& word, std::string_view kind) {
  if (value && *value >= bounds.least && *value <= bounds.most) return *value;
  return wrong(word, fmt::format("{} from {} to {}", kind, bounds.least, bounds.most));
}

struct Apply {
  Config& config;
  const Word& word;

  Result<void> operator()(const Text& text) const {
    config.*text.member = word.text;
    return {};
  }
  Result<void> operator()(const Choice& choice) const {
    if (std::find(choice.of.begin(), choice.of.end(), word.text) == choice.of.end()) return wrong(word, "one of " + list(choice.of));
    config.*choice.member = word.text;
    return {};
  }
  Result<void> operator()(const Number& number) const {
    Result<int64_t> value = within(parse_number(word.text), number.bounds, word, "a whole number");
    if (!value) return value.error();
    config.*number.member = *value;
    return {};
  }
  Result<void> operator()(const Bytes& bytes) const {
    Result<int64_t> value = within(parse_bytes(word.text), bytes.bounds, word, "a number of bytes (or of KiB, MiB, GiB)");
    if (!value) return value.error();
    config.*bytes.member = *value;
    return {};
  }
};

Result<Config> build_config(const Told& told) {
  Config config;
  for (const Setting& setting : settings()) {
    const auto word = told.find(setting.name);
    if (word == told.end()) continue;
    if (Result<void> applied = std::visit(Apply{config, word->second}, setting.value); !applied) return applied.error();
  }
  if (config.data.empty()) return Error{Code::invalid, "data: expected a directory, found nothing"};
  if (Result<Address> address = parse_address("listen", config.listen); !address) return address.error();
  if (config.otlp_grpc.empty()) return config;
  if (Result<Address> address = parse_address("otlp-grpc", config.otlp_grpc); !address) return address.error();
  return config;
}

// ---- the file

// The text of a value of the type that its setting has.
std::optional<std::string> text_of(const toml::node& node, const Setting& setting) {
  const bool is_number = std::holds_alternative<Number>(setting.value);
  const bool is_bytes = std::holds_alternative<Bytes>(setting.value);
  if (is_number || is_bytes) {
    if (const auto* integer = node.as_integer()) return std::to_string(integer->get());
  }
  if (!is_number) {
    if (const auto* text = node.as_string()) return text->get();
  }
  return std::nullopt;
}

std::string_view type_expected(const Setting& setting) {
  if (std::holds_alternative<Number>(setting.value)) return "a whole number";
  if (std::holds_alternative<Bytes>(setting.value)) return "a whole number or a string such as \"64MiB\"";
  return "a string";
}

std::string type_found(const toml::node& node) {
  std::ostringstream name;
  name << node.type();
  return name.str();
}

// Adds what the file says about settings of which nothing is known yet.
Result<void> read_file(const std::string& path, Told& told) {
  const toml::table parsed = toml::parse_file(path);
  for (const auto& [key, node] : parsed) {
    const uint32_t line = key.source().begin.line;
    const std::string where = fmt::format("{}:{}: {}", path, line, key.str());
    const auto setting = std::find_if(settings().begin(), settings().end(), [&](const Setting& s) { return key.str() == s.name; });
    if (setting == settings().end()) return Error{Code::invalid, fmt::format("{}: there is no such setting", where)};
    std::optional<std::string> text = text_of(node, *setting);
    if (!text) return Error{Code::invalid, fmt::format("{}: expected {}, found {}", where, type_expected(*setting), type_found(node))};
    told.try_emplace(setting->name, Word{*std::move(text), where});
  }
  return {};
}

Result<void> read_file_guarded(const std::string& path, Told& told) {
  try {
    return read_file(path, told);
  } catch (const toml::parse_error& error) {
    const auto at = error.source().begin;
    if (!at) return Error{Code::invalid, fmt::format("{}: {}", path, error.description())};
    return Error{Code::invalid, fmt::format("{}:{}: {}", path, at.line, error.description())};
  }
}

// ---- the command line

struct Parser {
  CLI::App app{"opikd: Opik's API, in one process and one data directory."};
  CLI::App* serve = app.add_subcommand("serve", "Serve the API until SIGTERM or SIGINT.");
  CLI::App* version = app.add_subcommand("version", "Print the version.");
  CLI::App* payload = app.add_subcommand("payload", "Print input, output and metadata of a trace or span as JSON.");
  CLI::App* prices = app.add_subcommand(
      "prices", "Put prices of models into the data directory, for the server to estimate costs by; without a file, print those in use.");
  // By name; each command has its own, because the environment speaks to all of them.
  struct Taken {
    std::map<std::string, std::string> texts;
    std::map<std::string, CLI::Option*> options;
    std::string file;
  };
  Taken serving;
  Taken looking;
  Taken pricing;
  std::string id;
  std::vector<std::string> files;

  Parser() {
    app.require_subcommand(1);
    app.set_help_all_flag("--help-all", "Print the help of every command");
    for (const Setting& setting : settings()) add(*serve, serving, setting);
    add(*payload, looking, settings().front());  // data
    add(*prices, pricing, settings().front());
    for (auto [command, taken] : {std::pair(serve, &serving), std::pair(payload, &looking), std::pair(prices, &pricing)}) {
      command->add_option("--config", taken->file, "TOML file with settings by the same names")->envname("OPIKD_CONFIG");
    }
    payload->add_option("id", id, "id of the trace or span")->required();
    prices->add_option("file", files,
                       "a table as the command prints it, or litellm's model_prices_and_context_window.json; a later one wins");
  }

  const Taken& taken() const { return *payload ? looking : *prices ? pricing : serving; }

  static void add(CLI::App& command, Taken& taken, const Setting& setting) {
    CLI::Option* option = command.add_option(std::string("--") + setting.name, taken.texts[setting.name], setting.help);
    option->envname(variable_name(setting.name));
    option->default_str(default_of(setting));
    taken.options[setting.name] = option;
  }

  static std::string default_of(const Setting& setting) {
    const Config defaults;
    return std::visit(
        [&](const auto& value) -> std::string {
          if constexpr (requires { value.bounds; })
            return std::to_string(defaults.*value.member);
          else
            return defaults.*value.member;
        },
        setting.value);
  }
};

Word said(std::string_view name, std::string text) { return {std::move(text), fmt::format("--{} (or {})", name, variable_name(name))}; }

}  // namespace

Result<CommandLine> read_command_line(const std::vector<std::string>& arguments) {
  Parser parser;
  CommandLine line;
  try {
    parser.app.parse(std::vector<std::string>(arguments.rbegin(), arguments.rend()));
  } catch (const CLI::CallForHelp&) {
    line.help_text = parser.app.help();
    return line;
  } catch (const CLI::CallForAllHelp&) {
    line.help_text = parser.app.help("", CLI::AppFormatMode::All);
    return line;
  } catch (const CLI::ParseError& error) {
    return Error{Code::invalid, fmt::format("{}; see opikd --help", error.what())};
  }
  if (*parser.version) {
    line.action = CommandLine::Action::version;
    return line;
  }

  Told told;
  const Parser::Taken& taken = parser.taken();
  for (const auto& [name, option] : taken.options) {
    if (option->count() > 0) told.emplace(name, said(name, taken.texts.at(name)));
  }
  if (!taken.file.empty()) {
    if (Result<void> read = read_file_guarded(taken.file, told); !read) return read.error();
  }
  Result<Config> config = build_config(told);
  if (!config) return config.error();
  line.config = *std::move(config);
  line.action = CommandLine::Action::serve;
  if (*parser.payload) {
    const std::optional<base::Uuid> id = base::Uuid::parse(parser.id);
    if (!id) return Error{Code::invalid, fmt::format("payload: expected the id of a trace or span, found '{}'", parser.id)};
    line.id = *id;
    line.action = CommandLine::Action::payload;
  }
  if (*parser.prices) {
    line.files = std::move(parser.files);
    line.action = CommandLine::Action::prices;
  }
  return line;
}

Result<Address> parse_address(std::string_view setting, const std::string& text) {
  const Error error{Code::invalid, fmt::format("{}: expected HOST:PORT with a port from 0 to 65535, found '{}'", setting, text)};
  const size_t colon = text.rfind(':');
  if (colon == std::string::npos || colon == 0) return error;
  const std::optional<int64_t> port = parse_number(std::string_view(text).substr(colon + 1));
  if (!port || *port < 0 || *port > 65535) return error;
  std::string host = text.substr(0, colon);
  if (host.front() == '[' && host.back() == ']') {
    host = host.substr(1, host.size() - 2);
  } else if (host.find(':') != std::string::npos) {
    return error;  // an IPv6 address without brackets: where does the port begin?
  }
  if (host.empty()) return error;
  return Address{std::move(host), static_cast<uint16_t>(*port)};
}

}  // namespace opik::opikd
