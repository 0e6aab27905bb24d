#include "sdk/text.h"

#include <charconv>
#include <cmath>
#include <cstdint>
#include <cstring>

namespace opik::sdk {
namespace {

constexpr char kHex[] = "0123456789abcdef";
constexpr std::string_view kReplacement = "\xef\xbf\xbd";

// Whether all 8 bytes are ASCII that stands for itself in JSON: no quote, backslash, control or high bit. One test per 8 bytes.
bool plain8(uint64_t word) {
  constexpr uint64_t kOnes = 0x0101010101010101ULL;
  constexpr uint64_t kHigh = 0x8080808080808080ULL;
  const uint64_t quote = word ^ (kOnes * '"');
  const uint64_t backslash = word ^ (kOnes * '\\');
  const uint64_t wrong = (word - kOnes * 0x20) | ((quote - kOnes) & ~quote) | ((backslash - kOnes) & ~backslash) | word;
  return (wrong & kHigh) == 0;
}

size_t plain_run(const char* at, size_t left) {
  size_t n = 0;
  while (n + 8 <= left) {
    uint64_t word;
    std::memcpy(&word, at + n, 8);
    if (!plain8(word)) break;
    n += 8;
  }
  while (n < left && static_cast<unsigned char>(at[n]) >= 0x20 && static_cast<unsigned char>(at[n]) < 0x80 && at[n] != '"' && at[n] != '\\')
    ++n;
  return n;
}

struct Character {
  size_t bytes = 1;
  bool valid = false;
};

// The character of UTF-8 that begins at `at`: no overlong forms, no surrogates, nothing past U+10FFFF.
Character utf8_at(const char* at, size_t left) {
  const auto byte = [&](size_t i) { return static_cast<unsigned char>(at[i]); };
  const unsigned char first = byte(0);
  if (first < 0x80) return {1, true};
  size_t need;
  unsigned char low = 0x80;
  unsigned char high = 0xbf;
  if (first >= 0xc2 && first <= 0xdf) {
    need = 2;
  } else if (first >= 0xe0 && first <= 0xef) {
    need = 3;
    if (first == 0xe0) low = 0xa0;
    if (first == 0xed) high = 0x9f;
  } else if (first >= 0xf0 && first <= 0xf4) {
    need = 4;
    if (first == 0xf0) low = 0x90;
    if (first == 0xf4) high = 0x8f;
  } else {
    return {1, false};
  }
  for (size_t i = 1; i < need; ++i) {
    if (i >= left || byte(i) < low || byte(i) > high) return {i, false};
    low = 0x80;
    high = 0xbf;
  }
  return {need, true};
}

// What a character that is not plain becomes: at most 6 bytes at `to`.
size_t escape_ascii(char c, char* to) {
  char letter = 0;
  switch (c) {
    case '"':
      letter = '"';
      break;
    case '\\':
      letter = '\\';
      break;
    case '\n':
      letter = 'n';
      break;
    case '\r':
      letter = 'r';
      break;
    case '\t':
      letter = 't';
      break;
    default:
      std::memcpy(to, "\\u00", 4);
      to[4] = kHex[static_cast<unsigned char>(c) >> 4];
      to[5] = kHex[static_cast<unsigned char>(c) & 15];
      return 6;
  }
  to[0] = '\\';
  to[1] = letter;
  return 2;
}

// Gives `sink` the pieces of the escaped string, in order. Returns whether something had to be repaired.
template <class Sink>
bool escape(std::string_view raw, Sink&& sink) {
  bool repaired = false;
  const char* at = raw.data();
  size_t left = raw.size();
  while (left > 0) {
    size_t run = plain_run(at, left);
    if (run == 0 && static_cast<unsigned char>(*at) >= 0x80) {
      Character c = utf8_at(at, left);
      while (c.valid && run + c.bytes <= left) {
        run += c.bytes;
        if (run == left || static_cast<unsigned char>(at[run]) < 0x80) break;
        c = utf8_at(at + run, left - run);
      }
      if (run == 0) {
        sink(kReplacement);
        repaired = true;
        at += c.bytes;
        left -= c.bytes;
        continue;
      }
    }
    if (run > 0) {
      sink(std::string_view(at, run));
    } else {
      char escaped[6];
      sink(std::string_view(escaped, escape_ascii(*at, escaped)));
      run = 1;
    }
    at += run;
    left -= run;
  }
  return repaired;
}

// A reader of JSON text; every function moves past what it names and says whether it was there.
class Checker {
 public:
  explicit Checker(std::string_view text) : at_(text.data()), end_(text.data() + text.size()) {}

  const char* at() const { return at_; }
  bool at_end() const { return at_ == end_; }
  void space() {
    while (at_ != end_ && (*at_ == ' ' || *at_ == '\n' || *at_ == '\t' || *at_ == '\r')) ++at_;
  }

  bool value(unsigned depth) {
    if (at_ == end_) return false;
    switch (*at_) {
      case '{':
        return depth < kJsonDepthMax && members(depth, '}', true);
      case '[':
        return depth < kJsonDepthMax && members(depth, ']', false);
      case '"':
        return string();
      case 't':
        return word("true");
      case 'f':
        return word("false");
      case 'n':
        return word("null");
      default:
        return number();
    }
  }

 private:
  bool word(std::string_view expected) {
    if (static_cast<size_t>(end_ - at_) < expected.size() || std::memcmp(at_, expected.data(), expected.size()) != 0) return false;
    at_ += expected.size();
    return true;
  }

  bool members(unsigned depth, char close, bool keyed) {
    ++at_;
    space();
    if (at_ != end_ && *at_ == close) return ++at_, true;
    for (;;) {
      if (keyed) {
        if (at_ == end_ || *at_ != '"' || !string()) return false;
        space();
        if (at_ == end_ || *at_++ != ':') return false;
        space();
      }
      if (!value(depth + 1)) return false;
      space();
      if (at_ == end_) return false;
      const char next = *at_++;
      if (next == close) return true;
      if (next != ',') return false;
      space();
    }
  }

  bool string() {
    ++at_;
    while (at_ != end_) {
      at_ += plain_run(at_, static_cast<size_t>(end_ - at_));
      if (at_ == end_) return false;
      const auto c = static_cast<unsigned char>(*at_);
      if (c == '"') return ++at_, true;
      if (c == '\\') {
        if (!escape_sequence()) return false;
      } else if (c >= 0x80) {
        const Character character = utf8_at(at_, static_cast<size_t>(end_ - at_));
        if (!character.valid) return false;
        at_ += character.bytes;
      } else {
        return false;  // a control character
      }
    }
    return false;
  }

  bool escape_sequence() {
    if (end_ - at_ < 2) return false;
    const char c = at_[1];
    if (c == 'u') {
      if (end_ - at_ < 6) return false;
      for (int i = 2; i < 6; ++i) {
        if (!is_hex(at_[i])) return false;
      }
      at_ += 6;
      return true;
    }
    if (std::string_view("\"\\/bfnrt").find(c) == std::string_view::npos) return false;
    at_ += 2;
    return true;
  }

  static bool is_hex(char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }

  bool digits() {
    const char* begin = at_;
    while (at_ != end_ && *at_ >= '0' && *at_ <= '9') ++at_;
    return at_ != begin;
  }

  bool number() {
    if (at_ != end_ && *at_ == '-') ++at_;
    if (at_ != end_ && *at_ == '0') {
      ++at_;
    } else if (!digits()) {
      return false;
    }
    if (at_ != end_ && *at_ == '.') {
      ++at_;
      if (!digits()) return false;
    }
    if (at_ != end_ && (*at_ == 'e' || *at_ == 'E')) {
      ++at_;
      if (at_ != end_ && (*at_ == '+' || *at_ == '-')) ++at_;
      if (!digits()) return false;
    }
    return true;
  }

  const char* at_;
  const char* end_;
};

uint32_t hex4(const char* at) {
  uint32_t code = 0;
  std::from_chars(at, at + 4, code, 16);
  return code;
}

void append_utf8(std::string& out, uint32_t code) {
  if (code < 0x80) {
    out += static_cast<char>(code);
  } else if (code < 0x800) {
    out += static_cast<char>(0xc0 | code >> 6);
    out += static_cast<char>(0x80 | (code & 0x3f));
  } else if (code < 0x10000) {
    out += static_cast<char>(0xe0 | code >> 12);
    out += static_cast<char>(0x80 | (code >> 6 & 0x3f));
    out += static_cast<char>(0x80 | (code & 0x3f));
  } else {
    out += static_cast<char>(0xf0 | code >> 18);
    out += static_cast<char>(0x80 | (code >> 12 & 0x3f));
    out += static_cast<char>(0x80 | (code >> 6 & 0x3f));
    out += static_cast<char>(0x80 | (code & 0x3f));
  }
}

}  // namespace

Escaped measure_escaped(std::string_view raw) noexcept {
  Escaped result;
  result.repaired = escape(raw, [&](std::string_view piece) { result.bytes += piece.size(); });
  return result;
}

char* write_escaped(char* to, std::string_view raw) noexcept {
  escape(raw, [&](std::string_view piece) {
    std::memcpy(to, piece.data(), piece.size());
    to += piece.size();
  });
  return to;
}

bool append_json_string(std::string& out, std::string_view raw) {
  out += '"';
  const bool repaired = escape(raw, [&](std::string_view piece) { out += piece; });
  out += '"';
  return repaired;
}

char* write_number(char* to, double number) noexcept {
  const auto word = [&](std::string_view text) { return static_cast<char*>(std::memcpy(to, text.data(), text.size())) + text.size(); };
  if (std::isnan(number)) return word("\"NaN\"");
  if (std::isinf(number)) return word(number > 0 ? "\"Infinity\"" : "\"-Infinity\"");
  return std::to_chars(to, to + 32, number).ptr;
}

void append_number(std::string& out, double number) {
  char text[32];
  out.append(text, static_cast<size_t>(write_number(text, number) - text));
}

std::optional<std::string_view> check_json(std::string_view text) noexcept {
  Checker checker(text);
  checker.space();
  const char* begin = checker.at();
  if (!checker.value(0)) return std::nullopt;
  const std::string_view value(begin, static_cast<size_t>(checker.at() - begin));
  checker.space();
  if (!checker.at_end()) return std::nullopt;
  return value;
}

std::string unescape(std::string_view text) {
  std::string out;
  const size_t end = text.size() - 1;
  for (size_t i = 1; i < end; ++i) {
    if (text[i] != '\\') {
      out += text[i];
      continue;
    }
    const char c = text[++i];
    if (c != 'u') {
      constexpr std::string_view kLetters = "bfnrt";
      constexpr std::string_view kMeanings = "\b\f\n\r\t";
      const size_t which = kLetters.find(c);
      out += which == std::string_view::npos ? c : kMeanings[which];
      continue;
    }
    uint32_t code = hex4(&text[i + 1]);
    i += 4;
    const bool high = code >= 0xd800 && code <= 0xdbff;
    if (high && i + 6 < text.size() && text[i + 1] == '\\' && text[i + 2] == 'u') {
      const uint32_t low = hex4(&text[i + 3]);
      if (low >= 0xdc00 && low <= 0xdfff) {
        code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
        i += 6;
      }
    }
    if (code >= 0xd800 && code <= 0xdfff) code = 0xfffd;  // half of a pair
    append_utf8(out, code);
  }
  return out;
}

std::string rewrite_strings(std::string_view text, const std::function<void(std::string&)>& rewrite) {
  std::string out;
  out.reserve(text.size());
  size_t i = 0;
  while (i < text.size()) {
    if (text[i] != '"') {
      out += text[i++];
      continue;
    }
    size_t end = i + 1;
    while (text[end] != '"') end += text[end] == '\\' ? 2 : 1;
    ++end;
    size_t after = end;
    while (after < text.size() && (text[after] == ' ' || text[after] == '\n' || text[after] == '\t' || text[after] == '\r')) ++after;
    if (after < text.size() && text[after] == ':') {  // a key
      out += text.substr(i, end - i);
    } else {
      std::string content = unescape(text.substr(i, end - i));
      rewrite(content);
      append_json_string(out, content);
    }
    i = end;
  }
  return out;
}

std::string_view cut_text(std::string_view text, size_t bytes_max) noexcept {
  if (text.size() <= bytes_max) return text;
  size_t end = bytes_max;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) --end;
  return text.substr(0, end);
}

}  // namespace opik::sdk
