#include "codec/embedded_files.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "codec/base64.h"

namespace opik::codec {
namespace {

constexpr std::string_view kMiddle = "-attachment-";

// A run of digits in JSON text, with its padding. A slash may be written as \/.
struct Run {
  size_t begin = 0;
  size_t end = 0;
  bool has_escapes = false;
};

// The first run of at least kEmbeddedDigitsMin bytes from `at` on. Only every kEmbeddedDigitsMin-th byte is looked at until one may be
// inside of such a run.
std::optional<Run> find_run(std::string_view json, size_t at) {
  const auto is_inside = [&](size_t i) {
    return is_base64_digit(json[i]) || (json[i] == '\\' && i + 1 < json.size() && json[i + 1] == '/');
  };
  const size_t floor = at;
  for (size_t probe = at + kEmbeddedDigitsMin - 1; probe < json.size();) {
    if (!is_inside(probe)) {
      probe += kEmbeddedDigitsMin;
      continue;
    }
    Run run{probe, probe, false};
    while (run.begin > floor && is_inside(run.begin - 1)) --run.begin;
    while (run.end < json.size() && is_inside(run.end)) ++run.end;
    for (int i = 0; i < 2 && run.end < json.size() && json[run.end] == '='; ++i) ++run.end;
    // The letter behind a backslash is no digit: \n, \u....
    if (run.begin > floor && json[run.begin - 1] == '\\') run.begin += json[run.begin] == 'u' ? 5 : 1;
    if (run.end - run.begin >= kEmbeddedDigitsMin) {
      run.has_escapes = json.substr(run.begin, run.end - run.begin).find('\\') != std::string_view::npos;
      return run;
    }
    probe = run.end + kEmbeddedDigitsMin - 1;
  }
  return std::nullopt;
}

// The type that "data:image/png;base64," in front of the run says.
std::optional<FileType> type_said_before(std::string_view json, size_t begin) {
  constexpr std::string_view kBefore = ";base64,";
  constexpr size_t kTypeBytesMax = 128;
  const std::string_view before = json.substr(begin - std::min(begin, kTypeBytesMax), std::min(begin, kTypeBytesMax));
  if (!before.ends_with(kBefore)) return std::nullopt;
  const size_t data = before.rfind("data:");
  if (data == std::string_view::npos) return std::nullopt;
  std::string type(before.substr(data + 5, before.size() - kBefore.size() - data - 5));
  std::erase(type, '\\');  // of \/
  return file_type_of_mime(type);
}

std::optional<EmbeddedFile> file_of(std::string_view json, const Run& run) {
  if (run.has_escapes) return std::nullopt;  // it could be put back, but not as it was
  std::optional<std::string> bytes = decode_base64_strict(json.substr(run.begin, run.end - run.begin));
  if (!bytes) return std::nullopt;
  std::optional<FileType> type = recognise_file(*bytes);
  if (!type) type = type_said_before(json, run.begin);
  if (!type) return std::nullopt;
  return EmbeddedFile{*std::move(bytes), *type};
}

// The length of "<digits>-<digits>.<word>]" at the front of `text`, with the bracket; 0 if that is not there.
size_t rest_of_name(std::string_view text) {
  size_t at = 0;
  const auto take = [&](auto&& is_one) {
    const size_t begin = at;
    while (at < text.size() && is_one(text[at])) ++at;
    return at > begin;
  };
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  const auto is_word = [&](char c) { return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; };
  const auto skip = [&](char c) { return at < text.size() && text[at] == c && ++at > 0; };
  return take(is_digit) && skip('-') && take(is_digit) && skip('.') && take(is_word) && skip(']') ? at : 0;
}

}  // namespace

void take_embedded_files(std::string& json, const StoreEmbedded& store) {
  if (!may_embed_files(json)) return;
  std::string out;
  size_t copied = 0, at = 0, number = 0;
  while (const std::optional<Run> run = find_run(json, at)) {
    at = run->end;
    std::optional<EmbeddedFile> file = file_of(json, *run);
    if (!file) continue;
    const std::optional<std::string> name = store(*std::move(file), ++number);
    if (!name) continue;
    out.append(json, copied, run->begin - copied).append("[").append(*name).append("]");
    copied = run->end;
  }
  if (copied == 0) return;
  out.append(json, copied);
  json = std::move(out);
}

std::string embedded_file_name(std::string_view field, size_t number, uint64_t content, std::string_view extension) {
  return fmt::format("{}{}{}-{}.{}", field, kMiddle, number, content, extension);
}

void put_embedded_files(std::string& json, std::string_view field, const LoadEmbedded& load) {
  size_t middle = json.find(kMiddle);
  if (middle == std::string::npos) return;
  std::string out;
  std::set<std::string, std::less<>> done;
  size_t copied = 0;
  for (; middle != std::string::npos; middle = json.find(kMiddle, middle + kMiddle.size())) {
    const size_t rest = middle + kMiddle.size();
    const size_t length = rest_of_name(std::string_view(json).substr(rest));
    if (length == 0 || middle < copied + field.size() + 1) continue;
    const size_t begin = middle - field.size() - 1;
    if (json[begin] != '[' || std::string_view(json).substr(begin + 1, field.size()) != field) continue;
    const size_t end = rest + length;
    std::string name = json.substr(begin + 1, end - begin - 2);
    if (!done.insert(name).second) continue;
    const std::optional<std::string> bytes = load(name);
    if (!bytes) continue;
    out.append(json, copied, begin - copied);
    append_base64(out, *bytes);
    copied = end;
  }
  if (copied == 0) return;
  out.append(json, copied);
  json = std::move(out);
}

}  // namespace opik::codec
