#include "sdk/json_reader.h"

#include <charconv>

namespace opik::sdk {
namespace {

// Recursive descent over text_; every function leaves at_ behind what it read, or returns false.
class Reader {
 public:
  explicit Reader(std::string_view text) : text_(text) {}

  bool whole(JsonNode& node) { return value(node, 0) && (space(), at_ == text_.size()); }

 private:
  char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }

  bool take(char c) {
    if (peek() != c) return false;
    ++at_;
    return true;
  }

  void space() {
    while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\t' || text_[at_] == '\n' || text_[at_] == '\r')) ++at_;
  }

  bool word(std::string_view expected) {
    if (text_.substr(at_, expected.size()) != expected) return false;
    at_ += expected.size();
    return true;
  }

  bool value(JsonNode& node, int depth) {
    if (depth > kJsonReadDepthMax) return false;
    space();
    switch (peek()) {
      case '{':
        return object(node, depth);
      case '[':
        return array(node, depth);
      case '"':
        node.kind = JsonNode::Kind::string;
        return string(node.text);
      case 'n':
        return word("null");
      case 't':
      case 'f':
        node.kind = JsonNode::Kind::boolean;
        node.text = peek() == 't' ? "true" : "false";
        return word(node.text);
      default:
        return number(node);
    }
  }

  bool object(JsonNode& node, int depth) {
    node.kind = JsonNode::Kind::object;
    ++at_;
    space();
    if (take('}')) return true;
    do {
      space();
      if (!string(node.names.emplace_back())) return false;
      space();
      if (!take(':') || !value(node.items.emplace_back(), depth + 1)) return false;
      space();
    } while (take(','));
    return take('}');
  }

  bool array(JsonNode& node, int depth) {
    node.kind = JsonNode::Kind::array;
    ++at_;
    space();
    if (take(']')) return true;
    do {
      if (!value(node.items.emplace_back(), depth + 1)) return false;
      space();
    } while (take(','));
    return take(']');
  }

  bool number(JsonNode& node) {
    node.kind = JsonNode::Kind::number;
    const size_t first = at_;
    while (at_ < text_.size() && std::string_view("+-.eE0123456789").find(text_[at_]) != std::string_view::npos) ++at_;
    node.text = text_.substr(first, at_ - first);
    double ignored;
    const auto [end, error] = std::from_chars(node.text.data(), node.text.data() + node.text.size(), ignored);
    return error != std::errc::invalid_argument && end == node.text.data() + node.text.size();
  }

  bool string(std::string& to) {
    if (!take('"')) return false;
    while (at_ < text_.size()) {
      const char c = text_[at_++];
      if (c == '"') return true;
      if (static_cast<unsigned char>(c) < 0x20) return false;
      if (c != '\\') {
        to += c;
      } else if (!escape(to)) {
        return false;
      }
    }
    return false;
  }

  bool escape(std::string& to) {
    static constexpr std::string_view kFrom = "\"\\/bfnrt", kTo = "\"\\/\b\f\n\r\t";
    const char c = peek();
    ++at_;
    if (const size_t i = kFrom.find(c); i != std::string_view::npos) {
      to += kTo[i];
      return true;
    }
    if (c != 'u') return false;
    uint32_t code = 0;
    if (!hex4(code)) return false;
    if (code >= 0xd800 && code < 0xdc00) {
      uint32_t low = 0;
      if (!take('\\') || !take('u') || !hex4(low) || low < 0xdc00 || low > 0xdfff) return false;
      code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
    } else if (code >= 0xdc00 && code < 0xe000) {
      return false;
    }
    append_utf8(to, code);
    return true;
  }

  bool hex4(uint32_t& code) {
    const std::string_view digits = text_.substr(at_ < text_.size() ? at_ : text_.size(), 4);
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), code, 16);
    if (digits.size() != 4 || error != std::errc() || end != digits.data() + 4) return false;
    at_ += 4;
    return true;
  }

  static void append_utf8(std::string& to, uint32_t code) {
    if (code < 0x80) {
      to += static_cast<char>(code);
      return;
    }
    if (code < 0x800) {
      to += static_cast<char>(0xc0 | code >> 6);
    } else if (code < 0x10000) {
      to += static_cast<char>(0xe0 | code >> 12);
      to += static_cast<char>(0x80 | (code >> 6 & 0x3f));
    } else {
      to += static_cast<char>(0xf0 | code >> 18);
      to += static_cast<char>(0x80 | (code >> 12 & 0x3f));
      to += static_cast<char>(0x80 | (code >> 6 & 0x3f));
    }
    to += static_cast<char>(0x80 | (code & 0x3f));
  }

  std::string_view text_;
  size_t at_ = 0;
};

}  // namespace

const JsonNode& JsonNode::at(std::string_view name) const {
  static const auto& absent = *new JsonNode;  // lives on: the process may be ending
  for (size_t i = 0; i < names.size(); ++i) {
    if (names[i] == name) return items[i];
  }
  return absent;
}

std::optional<int64_t> JsonNode::whole() const {
  int64_t number = 0;
  if (kind != Kind::number) return std::nullopt;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || number < 0) return std::nullopt;
  return number;
}

std::optional<JsonNode> read_json(std::string_view text) {
  if (text.size() > kJsonReadBytesMax) return std::nullopt;
  JsonNode node;
  if (!Reader(text).whole(node)) return std::nullopt;
  return node;
}

}  // namespace opik::sdk
