#include "sdk/ini.h"

#include <algorithm>

namespace opik::sdk {
namespace {

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kSpace = " \t\r\v\f";
  const size_t first = text.find_first_not_of(kSpace);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kSpace) - first + 1);
}

std::string lower(std::string_view text) {
  std::string result(text);
  for (char& c : result) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + ('a' - 'A'));
  }
  return result;
}

}  // namespace

std::optional<std::string> Ini::find(const std::string& section, const std::string& key) const {
  const auto keys = sections.find(section);
  if (keys == sections.end()) return std::nullopt;
  const auto value = keys->second.find(key);
  if (value == keys->second.end()) return std::nullopt;
  return value->second;
}

Ini read_ini(std::string_view text, const std::string& name) {
  Ini ini;
  size_t number = 0;
  const auto warn = [&](const char* why) {
    ini.warnings.push_back(name + ":" + std::to_string(number) + ": " + why + "; the line is ignored");
  };

  if (text.substr(0, 3) == "\xef\xbb\xbf") text.remove_prefix(3);
  std::map<std::string, std::string>* section = nullptr;
  while (!text.empty()) {
    ++number;
    const size_t end = text.find('\n');
    const std::string_view line = trimmed(text.substr(0, end));
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    if (line.empty() || line[0] == '#' || line[0] == ';') continue;
    if (line.find('\0') != std::string_view::npos) {
      warn("a byte of value 0");
      continue;
    }
    if (line[0] == '[') {
      if (line.back() != ']' || line.size() < 3) {
        warn("a section without a name or without its ']'");
        section = nullptr;  // what follows belongs to nobody knows whom
        continue;
      }
      section = &ini.sections[lower(trimmed(line.substr(1, line.size() - 2)))];
      continue;
    }
    const size_t sign = line.find_first_of("=:");
    if (sign == std::string_view::npos) {
      warn("neither a section nor key = value");
    } else if (sign == 0) {
      warn("a value without a key");
    } else if (section == nullptr) {
      warn("a value outside of any section");
    } else {
      (*section)[lower(trimmed(line.substr(0, sign)))] = std::string(trimmed(line.substr(sign + 1)));
    }
  }
  return ini;
}

}  // namespace opik::sdk
