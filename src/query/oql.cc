#include <algorithm>
#include <optional>

#include "query/ast.h"
#include "query/field.h"
#include "query/limits.h"

// One cursor over the text, one function per rule of the grammar. The first thing that does not fit ends the reading.

namespace opik::query {
namespace {

using base::Code;
using base::Error;
using base::Result;

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f' || c == '\v'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_name(char c) { return is_letter(c) || is_digit(c) || c == '_'; }
bool is_key(char c) { return is_name(c) || c == '-' || c == '.' || c == '[' || c == ']' || c == '*' || c == '$'; }
bool is_number(char c) { return is_digit(c) || c == '.' || c == 'e' || c == 'E' || c == '-' || c == '+'; }

std::string lower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return out;
}

// Where the reading ended, and what was expected there.
struct Unexpected {
  size_t at = 0;
  std::string expected;
};

class Parser {
 public:
  explicit Parser(std::string_view text) : text_(text) {}

  bool query(std::vector<Comparison>& out) {
    skip_space();
    if (at_end()) return true;
    while (true) {
      if (out.size() == kConditionsMax) return fail("at most " + std::to_string(kConditionsMax) + " conditions");
      if (!comparison(out.emplace_back())) return false;
      skip_space();
      if (at_end()) return true;
      if (!connective()) return false;
    }
  }
  const Unexpected& unexpected() const { return unexpected_; }

 private:
  bool comparison(Comparison& out) {
    skip_space();
    out.where = "at byte " + std::to_string(at_);
    out.field = take_while(is_name);
    if (out.field.empty()) return fail("a field");
    if (take('.') && !key(out.key)) return false;
    skip_space();
    if (!comparison_operator(out.op)) return false;
    const std::optional<Operator> op = find_operator(out.op);
    if (op && !takes_value(*op)) return true;
    return op && takes_list(*op) ? list(out.values) : value(out.value);
  }

  bool key(std::string& out) {
    if (!at_end() && (text_[at_] == '"' || text_[at_] == '\'')) return quoted(out);
    out = take_while(is_key);
    return !out.empty() || fail("a key");
  }

  bool comparison_operator(std::string& out) {
    for (const std::string_view symbol : {"!=", ">=", "<=", "=", ">", "<"}) {
      if (!text_.substr(at_).starts_with(symbol)) continue;
      out = symbol;
      at_ += symbol.size();
      return true;
    }
    const size_t begin = at_;
    out = lower(take_while(is_name));
    if (find_operator(out)) return true;
    at_ = begin;
    return fail("an operator");
  }

  bool value(std::string& out) {
    skip_space();
    if (at_end()) return fail("a value");
    const char c = text_[at_];
    if (c == '"' || c == '\'') return quoted(out);
    const size_t begin = at_;
    out = is_letter(c) ? take_while(is_name) : take_while(is_number);
    const bool is_word = out == "true" || out == "false" || out == "null";
    if (!out.empty() && (is_word || !is_letter(c)) && (at_end() || !is_name(text_[at_]))) return true;
    at_ = begin;
    return fail("a text in quotes or a number");
  }

  bool list(std::vector<std::string>& out) {
    skip_space();
    if (!take('(')) return fail("(");
    while (true) {
      if (!value(out.emplace_back())) return false;
      skip_space();
      if (take(')')) return true;
      if (!take(',')) return fail(", or )");
    }
  }

  bool quoted(std::string& out) {
    const char quote = text_[at_++];
    while (!at_end()) {
      const size_t end = std::min(text_.find(quote, at_), text_.size());
      out += text_.substr(at_, end - at_);
      at_ = end;
      if (!take(quote)) break;
      if (!take(quote)) return true;
      out += quote;
    }
    return fail(std::string("a closing ") + quote);
  }

  bool connective() {
    const size_t begin = at_;
    const std::string word = lower(take_while(is_letter));
    if (word == "and") return true;
    at_ = begin;
    return fail(word == "or" ? "\"and\": there is no \"or\"" : "\"and\"");
  }

  template <class Fits>
  std::string take_while(Fits fits) {
    const size_t begin = at_;
    while (!at_end() && fits(text_[at_])) ++at_;
    return std::string(text_.substr(begin, at_ - begin));
  }
  bool take(char c) {
    if (at_end() || text_[at_] != c) return false;
    ++at_;
    return true;
  }
  void skip_space() {
    while (!at_end() && is_space(text_[at_])) ++at_;
  }
  bool at_end() const { return at_ >= text_.size(); }
  bool fail(std::string expected) {
    unexpected_ = {at_, std::move(expected)};
    return false;
  }

  const std::string_view text_;
  size_t at_ = 0;
  Unexpected unexpected_;
};

// What stands at a position or behind the space there, for a message: up to the next space, no part of a character.
std::string found_at(std::string_view text, size_t at) {
  while (at < text.size() && is_space(text[at])) ++at;
  if (at >= text.size()) return "the end";
  constexpr size_t kShownMax = 20;
  size_t end = at;
  while (end < text.size() && end - at < kShownMax && !is_space(text[end])) ++end;
  while (end > at && end < text.size() && (static_cast<uint8_t>(text[end]) & 0xc0) == 0x80) --end;
  return "'" + std::string(text.substr(at, end - at)) + "'";
}

}  // namespace

std::string refusal(std::string_view source) {
  std::string shown(source.substr(0, kEchoBytesMax));
  if (shown.size() < source.size()) {
    while (!shown.empty() && (static_cast<uint8_t>(source[shown.size()]) & 0xc0) == 0x80) shown.pop_back();
    shown += "...";
  }
  return "Invalid filters query parameter '" + shown + "'";
}

Result<Ast> parse_oql(std::string_view text) {
  Ast ast{Ast::Form::oql, std::string(text), {}};
  Parser parser(text);
  if (parser.query(ast.comparisons)) return ast;
  const Unexpected& wrong = parser.unexpected();
  return Error{Code::malformed, refusal(text) + ": at byte " + std::to_string(wrong.at) + ": expected " + wrong.expected + ", found " +
                                    found_at(text, wrong.at)};
}

}  // namespace opik::query
