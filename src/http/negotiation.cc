#include "http/negotiation.h"

#include <algorithm>

namespace opik::http {
namespace {

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; }

// Takes what stands before the first `separator` off the front of `text`.
std::string_view take_until(std::string_view& text, char separator) {
  const size_t end = text.find(separator);
  const std::string_view front = text.substr(0, end);
  text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  return trimmed(front);
}

// "q=0", "q=0.0", "q=0.000": not acceptable.
bool is_weight_zero(std::string_view parameter) {
  if (parameter.size() < 3 || lower(parameter[0]) != 'q' || parameter[1] != '=') return false;
  return parameter.substr(2).find_first_not_of("0.") == std::string_view::npos;
}

// The first item of an Accept-Encoding.
struct Accepted {
  std::string_view name;
  bool wanted = true;
};
Accepted take_accepted(std::string_view& accept_encoding) {
  std::string_view item = take_until(accept_encoding, ',');
  Accepted accepted{take_until(item, ';')};
  while (!item.empty()) accepted.wanted = accepted.wanted && !is_weight_zero(take_until(item, ';'));
  return accepted;
}

}  // namespace

bool same_text(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) { return lower(x) == lower(y); });
}

std::string_view trimmed(std::string_view text) {
  const size_t first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

std::optional<Coding> body_coding(const Pairs& headers) {
  Coding coding = Coding::identity;
  for (const auto& [name, value] : headers) {
    if (name != "content-encoding") continue;
    std::string_view rest = value;
    while (!rest.empty()) {
      const std::string_view word = take_until(rest, ',');
      if (word.empty() || same_text(word, "identity")) continue;
      if (coding != Coding::identity) return std::nullopt;
      if (same_text(word, "gzip") || same_text(word, "x-gzip")) {
        coding = Coding::gzip;
      } else if (same_text(word, "deflate")) {
        coding = Coding::deflate;
      } else if (same_text(word, "zstd")) {
        coding = Coding::zstd;
      } else {
        return std::nullopt;
      }
    }
  }
  return coding;
}

std::string media_type(std::string_view content_type) {
  std::string type(take_until(content_type, ';'));
  std::transform(type.begin(), type.end(), type.begin(), lower);
  return type;
}

bool accepts_gzip(std::string_view accept_encoding) {
  bool any = false;
  while (!accept_encoding.empty()) {
    const Accepted item = take_accepted(accept_encoding);
    if (same_text(item.name, "gzip") || same_text(item.name, "x-gzip")) return item.wanted;
    if (item.name == "*") any = item.wanted;
  }
  return any;
}

bool accepts_coding(std::string_view accept_encoding, std::string_view coding) {
  while (!accept_encoding.empty()) {
    const Accepted item = take_accepted(accept_encoding);
    if (same_text(item.name, coding)) return item.wanted;
  }
  return false;
}

bool is_compressible(std::string_view content_type) {
  const std::string type = media_type(content_type);
  if (type.starts_with("text/")) return true;
  for (const std::string_view word : {"json", "javascript", "xml", "wasm"}) {
    if (type.find(word) != std::string::npos) return true;
  }
  return false;
}

}  // namespace opik::http
