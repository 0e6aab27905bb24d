#include "http/request_parser.h"

#include <algorithm>
#include <boost/beast/http/basic_parser.hpp>
#include <optional>

#include "http/negotiation.h"

namespace opik::http {
namespace {

namespace beast_http = boost::beast::http;
using beast_http::error;
using boost::beast::error_code;

Method method_of(beast_http::verb verb) {
  switch (verb) {
    case beast_http::verb::get:
      return Method::get;
    case beast_http::verb::head:
      return Method::head;
    case beast_http::verb::post:
      return Method::post;
    case beast_http::verb::put:
      return Method::put;
    case beast_http::verb::patch:
      return Method::patch;
    case beast_http::verb::delete_:
      return Method::del;
    case beast_http::verb::options:
      return Method::options;
    default:
      return Method::other;
  }
}

std::string lower_case(boost::beast::string_view text) {
  std::string lowered(text.data(), text.size());
  for (char& c : lowered) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + ('a' - 'A'));
  }
  return lowered;
}

bool is_digits(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

// A value over several lines: an obsolete form, which others may read as two headers.
bool has_folded_line(std::string_view lines) {
  for (size_t at = lines.find("\r\n"); at != std::string_view::npos && at + 2 < lines.size(); at = lines.find("\r\n", at + 2)) {
    if (lines[at + 2] == ' ' || lines[at + 2] == '\t') return true;
  }
  return false;
}

// Whether the first line is a request line but for the digits of its version. (Beast says bad_version for any broken end.)
bool says_other_version(std::string_view bytes) {
  const std::string_view line = bytes.substr(0, bytes.find("\r\n"));
  constexpr size_t kLength = 8;  // "HTTP/2.0"
  if (line.size() < kLength) return false;
  const std::string_view version = line.substr(line.size() - kLength);
  if (version == "HTTP/1.0" || version == "HTTP/1.1") return false;
  return version.starts_with("HTTP/") && is_digits(version.substr(5, 1)) && version[6] == '.' && is_digits(version.substr(7));
}

}  // namespace

// The parser beneath, which calls back with what it finds. It never comes to a body.
class RequestParser::Beast final : public beast_http::basic_parser<true> {
 public:
  explicit Beast(Head& head) : head_(head) { body_limit(boost::none); }

  bool too_many_headers = false;
  int hosts = 0;
  std::optional<std::string> length, transfer;

 private:
  using text = boost::beast::string_view;

  void on_request_impl(beast_http::verb verb, text, text target, int version, error_code&) override {
    head_.method = method_of(verb);
    head_.target.assign(target.data(), target.size());
    head_.is_http_1_0 = version < 11;
  }
  void on_field_impl(beast_http::field field, text name, text value, error_code& failed) override {
    if (head_.headers.size() == kHeadersMax) {
      too_many_headers = true;
      failed = error::header_limit;
      return;
    }
    if (field == beast_http::field::host) ++hosts;
    if (field == beast_http::field::content_length) {
      if (length) failed = error::multiple_content_length;
      length.emplace(value.data(), value.size());
    }
    if (field == beast_http::field::transfer_encoding) {
      if (transfer) failed = error::bad_transfer_encoding;
      transfer.emplace(value.data(), value.size());
    }
    head_.headers.emplace_back(lower_case(name), std::string(value.data(), value.size()));
  }
  size_t on_chunk_body_impl(uint64_t, text body, error_code&) override { return body.size(); }
  void on_response_impl(int, text, int, error_code&) override {}
  void on_header_impl(error_code&) override {}
  void on_body_init_impl(const boost::optional<uint64_t>&, error_code&) override {}
  size_t on_body_impl(text body, error_code&) override { return body.size(); }
  void on_chunk_header_impl(uint64_t, text, error_code&) override {}
  void on_finish_impl(error_code&) override {}

  Head& head_;
};

RequestParser::RequestParser(size_t header_bytes_max) : beast_(std::make_unique<Beast>(head_)), header_bytes_max_(header_bytes_max) {
  beast_->header_limit(static_cast<uint32_t>(std::min<size_t>(header_bytes_max, UINT32_MAX)));
}

RequestParser::~RequestParser() = default;

RequestParser::Step RequestParser::head(std::string_view bytes) {
  Step step;
  if (!beast_->got_some()) {
    while (bytes.substr(step.taken).starts_with("\r\n")) step.taken += 2;  // empty lines before a request are allowed
    head_bytes_ += step.taken;
    bytes.remove_prefix(step.taken);
    if (head_bytes_ > header_bytes_max_) return refuse(431, "reading the request: found nothing but empty lines");
    if (bytes.empty() || bytes == "\r") return step;
  }
  error_code failed;
  const size_t taken = beast_->put(boost::asio::const_buffer(bytes.data(), bytes.size()), failed);
  step.taken += taken;
  head_bytes_ += taken;
  if (failed == error::header_limit || head_bytes_ > header_bytes_max_) {
    return refuse(431, beast_->too_many_headers ? "reading the headers: found more than " + std::to_string(kHeadersMax)
                                                : "reading the headers: found more than " + std::to_string(header_bytes_max_) + " bytes");
  }
  if (has_folded_line(bytes.substr(0, taken))) return refuse(400, "reading the headers: found a line that begins with a space");
  if (failed == error::need_more) return step;
  if (failed == error::bad_version && says_other_version(bytes)) {
    return refuse(505, "reading the request: found a version other than HTTP/1.0 and HTTP/1.1");
  }
  if (failed) return refuse(400, "reading the request: found " + failed.message());
  if (!beast_->is_header_done()) return step;
  if (!check_head()) return {.state = State::refused, .taken = step.taken};
  step.state = State::done;
  return step;
}

bool RequestParser::check_head() {
  const auto wrong = [this](int status, std::string message) {
    refuse(status, std::move(message));
    return false;
  };
  if (beast_->length && !is_digits(*beast_->length)) return wrong(400, "reading Content-Length: found something other than digits");
  if (beast_->transfer) {
    if (beast_->length) return wrong(400, "reading the headers: found both Content-Length and Transfer-Encoding");
    if (head_.is_http_1_0) return wrong(400, "reading the headers: found Transfer-Encoding in an HTTP/1.0 request");
    if (!same_text(*beast_->transfer, "chunked")) return wrong(400, "reading Transfer-Encoding: found something other than chunked");
  }
  if (beast_->hosts > 1 || (beast_->hosts == 0 && !head_.is_http_1_0)) {
    return wrong(400, "reading the headers: found " + std::to_string(beast_->hosts) + " Host headers");
  }
  head_.chunked = beast_->chunked();
  head_.content_length = head_.chunked ? 0 : beast_->content_length().value_or(0);
  head_.keep_alive = beast_->keep_alive();
  for (const auto& [name, value] : head_.headers) {
    if (name != "expect" || head_.is_http_1_0) continue;
    if (!same_text(value, "100-continue")) return wrong(417, "reading Expect: found something other than 100-continue");
    head_.expects_continue = true;
  }
  return true;
}

RequestParser::Step RequestParser::refuse(int status, std::string message) {
  refusal_ = {status, std::move(message)};
  return {.state = State::refused, .taken = 0};
}

}  // namespace opik::http
