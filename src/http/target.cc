#include "http/target.h"

#include <optional>

namespace opik::http {
namespace {

using base::Code;
using base::Error;
using base::Result;

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// The length of the UTF-8 sequence at the front of `text`, 0 if there is none: no overlong forms, surrogates or code points
// beyond U+10FFFF.
size_t utf8_sequence(std::string_view text) {
  const auto at = [&](size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char lead = at(0);
  if (lead < 0x80) return 1;
  const size_t length = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
  if (lead < 0xc2 || lead > 0xf4 || text.size() < length) return 0;
  for (size_t i = 1; i < length; ++i) {
    if ((at(i) & 0xc0) != 0x80) return 0;
  }
  if (lead == 0xe0 && at(1) < 0xa0) return 0;
  if (lead == 0xed && at(1) > 0x9f) return 0;
  if (lead == 0xf0 && at(1) < 0x90) return 0;
  if (lead == 0xf4 && at(1) > 0x8f) return 0;
  return length;
}

bool is_utf8(std::string_view text) {
  while (!text.empty()) {
    const size_t length = utf8_sequence(text);
    if (length == 0) return false;
    text.remove_prefix(length);
  }
  return true;
}

struct Rules {
  bool plus_is_space;
  bool is_path;
};

Result<std::string> decode(std::string_view text, Rules rules) {
  std::string decoded;
  decoded.reserve(text.size());
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '+' && rules.plus_is_space) {
      decoded += ' ';
    } else if (text[i] != '%') {
      decoded += text[i];
    } else {
      const int high = i + 2 < text.size() ? hex_digit(text[i + 1]) : -1;
      const int low = i + 2 < text.size() ? hex_digit(text[i + 2]) : -1;
      if (high < 0 || low < 0) return Error{Code::malformed, "decoding the URL: found a % that no two hex digits follow"};
      const char c = static_cast<char>(high * 16 + low);
      if (rules.is_path && (c == '/' || c == '\0'))
        return Error{Code::malformed, "decoding the URL: found an encoded / or NUL in the path"};
      decoded += c;
      i += 2;
    }
  }
  if (rules.is_path && decoded.find('\0') != std::string::npos) return Error{Code::malformed, "decoding the URL: found a NUL in the path"};
  if (!is_utf8(decoded)) return Error{Code::malformed, "decoding the URL: found text that is not UTF-8"};
  return decoded;
}

// "http://host:1/path" -> "/path"; nothing if it is no form that a server answers.
std::optional<std::string_view> origin_form(std::string_view target) {
  if (target.starts_with('/') || target == "*") return target;
  const size_t scheme = target.find("://");
  if (scheme == std::string_view::npos || scheme == 0) return std::nullopt;
  const size_t path = target.find_first_of("/?", scheme + 3);
  if (path == std::string_view::npos) return "/";
  return target.substr(path);
}

std::string_view without_api(std::string_view path) {
  constexpr std::string_view kApi = "/api";
  if (!path.starts_with(kApi)) return path;
  const std::string_view rest = path.substr(kApi.size());
  if (rest.empty()) return "/";
  return rest.front() == '/' ? rest : path;
}

Result<Pairs> parse_query(std::string_view text) {
  constexpr Rules kRules{.plus_is_space = true, .is_path = false};
  Pairs query;
  while (!text.empty()) {
    const size_t end = text.find('&');
    const std::string_view pair = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    if (pair.empty()) continue;
    const size_t equals = pair.find('=');
    Result<std::string> name = decode(pair.substr(0, equals), kRules);
    if (!name) return name.error();
    Result<std::string> value = decode(equals == std::string_view::npos ? std::string_view() : pair.substr(equals + 1), kRules);
    if (!value) return value.error();
    query.emplace_back(*std::move(name), *std::move(value));
  }
  return query;
}

}  // namespace

Result<Target> parse_target(std::string_view target) {
  const std::optional<std::string_view> local = origin_form(target);
  if (!local) return Error{Code::malformed, "reading the request target: found neither a path nor an http URL"};
  const size_t question = local->find('?');
  std::string_view path = local->substr(0, question);
  if (path.empty()) path = "/";
  const size_t length = path.size();
  path = without_api(path);
  const bool below_api = path.size() != length;
  if (path.size() > 1 && path.back() == '/') path.remove_suffix(1);

  Result<std::string> decoded = decode(path, {.plus_is_space = false, .is_path = true});
  if (!decoded) return decoded.error();
  Result<Pairs> query = parse_query(question == std::string_view::npos ? std::string_view() : local->substr(question + 1));
  if (!query) return query.error();
  return Target{*std::move(decoded), *std::move(query), below_api};
}

std::string percent_encode(std::string_view text) {
  static constexpr char kHex[] = "0123456789ABCDEF";
  std::string encoded;
  encoded.reserve(text.size());
  for (const char c : text) {
    const bool is_plain =
        (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_' || c == '~';
    if (is_plain) {
      encoded += c;
    } else {
      encoded += '%';
      encoded += kHex[static_cast<unsigned char>(c) >> 4];
      encoded += kHex[static_cast<unsigned char>(c) & 0xf];
    }
  }
  return encoded;
}

}  // namespace opik::http
