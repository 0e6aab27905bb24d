#pragma once
// Reads INI text as Opik's own configuration file is written: sections, key = value or key: value, comments with # or ;.
//
//   Ini ini = read_ini(text, "/home/u/.opik.config");
//   if (auto key = ini.find("opik", "api_key")) …
//
// A value is taken as it stands: '%' means nothing, and neither does a comment sign after the first character of a line. A BOM,
// CRLF and blank lines are passed over; a line that is none of the above is passed over too, with a warning that names it.

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace opik::sdk {

struct Ini {
  std::map<std::string, std::map<std::string, std::string>> sections;  // names and keys in lower case; the last of equal keys counts
  std::vector<std::string> warnings;                                   // "file:line: why"

  std::optional<std::string> find(const std::string& section, const std::string& key) const;
};

inline constexpr size_t kIniBytesMax = 1 << 20;  // of the file; more is no configuration

// `name` is the file's, for the warnings.
Ini read_ini(std::string_view text, const std::string& name);

}  // namespace opik::sdk
