#include "http/grpc_calls.h"

#include <nghttp2/nghttp2.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <exception>
#include <utility>

#include "base/check.h"
#include "base/cpu_time.h"
#include "http/body_reader.h"
#include "http/inflate.h"

// How it works. A stream goes
//
//   head > body > whole > in_hand > answered > (closed, forgotten)
//
// A refusal answers it from wherever it is. One that the client gives up is forgotten at once, but in_hand: its handler still works, so
// it counts against kGrpcCallsInHandMax until the answer is there.

namespace opik::http {
namespace {

constexpr size_t kOutboxBytes = 64 << 10;
constexpr size_t kPairBytes = 32;  // what HTTP/2 counts for a header beside its text
constexpr const char* kCodings = "identity,gzip,deflate,zstd";

// What a client gets that does not speak HTTP/2: most likely one that exports over HTTP/1.1.
std::string not_http_2() {
  const std::string body = plain_error(400, "expected gRPC over HTTP/2 without TLS, found something else: this port is for gRPC").body;
  return "HTTP/1.1 400 Bad Request\r\nContent-Type: application/json\r\nConnection: close\r\nContent-Length: " +
         std::to_string(body.size()) + "\r\n\r\n" + body;
}

nghttp2_nv pair(std::string_view name, std::string_view value) {
  const auto bytes = [](std::string_view text) { return reinterpret_cast<uint8_t*>(const_cast<char*>(text.data())); };
  return {bytes(name), bytes(value), name.size(), value.size(), NGHTTP2_NV_FLAG_NONE};
}

std::string_view text_of(const uint8_t* bytes, size_t size) { return {reinterpret_cast<const char*>(bytes), size}; }

std::string_view header(const Pairs& headers, std::string_view name) {
  for (const auto& [its_name, value] : headers) {
    if (its_name == name) return value;
  }
  return {};
}

bool is_grpc_type(std::string_view content_type) {
  const std::string type = media_type(content_type);
  return type == "application/grpc" || type == "application/grpc+proto";
}

// How a message is packed whose flag says so. Nothing: in a way that is not offered.
std::optional<Coding> coding_of(std::string_view grpc_encoding) {
  if (grpc_encoding.empty()) return Coding::identity;
  return body_coding({{"content-encoding", std::string(grpc_encoding)}});
}

}  // namespace

struct GrpcCalls::Stream {
  enum class State : uint8_t { head, body, whole, in_hand, answered };

  explicit Stream(int32_t its_id) : id(its_id) {}

  const int32_t id;
  State state = State::head;
  bool is_closed = false;
  bool head_too_large = false;
  std::string method, path;
  Pairs headers;
  size_t header_bytes = 0;
  const Handler* handler = nullptr;
  Coding coding = Coding::identity;
  GrpcMessageReader message;
  base::ByteBudget::Hold hold;
  bool too_large = false;  // the message: else what refused it was the budget
  int64_t begun_ns = 0, progress_ns = 0;
  uint64_t received = 0;
  std::string reply;  // prefix and message
  size_t reply_sent = 0;
};

// libnghttp2's view of us. No exception passes through it.
struct GrpcCalls::Callbacks {
  template <class Work>
  static int guarded(Work work) {
    try {
      work();
      return 0;
    } catch (const std::exception&) {
      return NGHTTP2_ERR_CALLBACK_FAILURE;
    }
  }
  static GrpcCalls& calls(void* user) { return *static_cast<GrpcCalls*>(user); }

  static int on_begin_headers(nghttp2_session* session, const nghttp2_frame* frame, void* user) {
    GrpcCalls& self = calls(user);
    if (frame->headers.cat != NGHTTP2_HCAT_REQUEST) return 0;
    const int32_t id = frame->hd.stream_id;
    if (self.streams_.size() >= kGrpcCallsInHandMax) {
      return nghttp2_submit_rst_stream(session, NGHTTP2_FLAG_NONE, id, NGHTTP2_REFUSED_STREAM);
    }
    return guarded([&] {
      auto stream = std::make_unique<Stream>(id);
      stream->begun_ns = stream->progress_ns = self.now_ns_;
      self.streams_.emplace(id, std::move(stream));
    });
  }

  static int on_header(nghttp2_session* /*session*/, const nghttp2_frame* frame, const uint8_t* name_bytes, size_t name_size,
                       const uint8_t* value_bytes, size_t value_size, uint8_t /*flags*/, void* user) {
    GrpcCalls& self = calls(user);
    Stream* stream = self.find(frame->hd.stream_id);
    if (stream == nullptr || stream->state != Stream::State::head) return 0;  // trailers say nothing to us
    const size_t bytes = name_size + value_size + kPairBytes;
    if (self.header_bytes_ + bytes > self.of_.limits.header_bytes_max) stream->head_too_large = true;
    if (stream->head_too_large) return 0;
    return guarded([&] {
      stream->header_bytes += bytes;
      self.header_bytes_ += bytes;
      const std::string_view name = text_of(name_bytes, name_size), value = text_of(value_bytes, value_size);
      if (name == ":method") {
        stream->method = value;
      } else if (name == ":path") {
        stream->path = value;
      } else if (!name.starts_with(':')) {
        stream->headers.emplace_back(name, value);
      }
    });
  }

  static int on_frame(nghttp2_session* /*session*/, const nghttp2_frame* frame, void* user) {
    GrpcCalls& self = calls(user);
    self.settled_ = true;
    Stream* stream = self.find(frame->hd.stream_id);
    if (stream == nullptr || (frame->hd.type != NGHTTP2_HEADERS && frame->hd.type != NGHTTP2_DATA)) return 0;
    return guarded([&] {
      if (frame->hd.type == NGHTTP2_HEADERS && frame->headers.cat == NGHTTP2_HCAT_REQUEST) self.begin(*stream);
      if ((frame->hd.flags & NGHTTP2_FLAG_END_STREAM) != 0) self.end(*stream);
    });
  }

  static int on_data(nghttp2_session* /*session*/, uint8_t /*flags*/, int32_t id, const uint8_t* bytes, size_t size, void* user) {
    GrpcCalls& self = calls(user);
    self.of_.counters.bytes_in.fetch_add(size, std::memory_order_relaxed);
    Stream* stream = self.find(id);
    if (stream == nullptr || stream->state != Stream::State::body) return 0;
    return guarded([&] { self.take(*stream, text_of(bytes, size)); });
  }

  static int on_sent(nghttp2_session* session, const nghttp2_frame* frame, void* /*user*/) {
    const bool is_last = frame->hd.type == NGHTTP2_HEADERS && (frame->hd.flags & NGHTTP2_FLAG_END_STREAM) != 0;
    if (!is_last || nghttp2_session_get_stream_remote_close(session, frame->hd.stream_id) != 0) return 0;
    return nghttp2_submit_rst_stream(session, NGHTTP2_FLAG_NONE, frame->hd.stream_id, NGHTTP2_NO_ERROR);
  }

  static int on_close(nghttp2_session* /*session*/, int32_t id, uint32_t /*error*/, void* user) {
    GrpcCalls& self = calls(user);
    Stream* stream = self.find(id);
    if (stream == nullptr) return 0;
    stream->is_closed = true;
    if (stream->state != Stream::State::in_hand) self.forget(id);
    return 0;
  }

  // The message of an answer; its trailers follow.
  static ssize_t read_reply(nghttp2_session* session, int32_t id, uint8_t* to, size_t room, uint32_t* flags, nghttp2_data_source* source,
                            void* /*user*/) {
    auto& stream = *static_cast<Stream*>(source->ptr);
    const size_t count = std::min(room, stream.reply.size() - stream.reply_sent);
    std::memcpy(to, stream.reply.data() + stream.reply_sent, count);
    stream.reply_sent += count;
    if (stream.reply_sent == stream.reply.size()) {
      *flags |= NGHTTP2_DATA_FLAG_EOF | NGHTTP2_DATA_FLAG_NO_END_STREAM;
      const nghttp2_nv trailer = pair(kGrpcStatus, "0");
      if (nghttp2_submit_trailer(session, id, &trailer, 1) != 0) return NGHTTP2_ERR_CALLBACK_FAILURE;
    }
    return static_cast<ssize_t>(count);
  }
};

GrpcCalls::GrpcCalls(const Of& of, int64_t now_ns) : of_(of), now_ns_(now_ns), quiet_since_ns_(now_ns) {
  nghttp2_session_callbacks* callbacks = nullptr;
  nghttp2_option* option = nullptr;
  bool made = nghttp2_session_callbacks_new(&callbacks) == 0 && nghttp2_option_new(&option) == 0;
  if (made) {
    nghttp2_session_callbacks_set_on_begin_headers_callback(callbacks, Callbacks::on_begin_headers);
    nghttp2_session_callbacks_set_on_header_callback(callbacks, Callbacks::on_header);
    nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks, Callbacks::on_frame);
    nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, Callbacks::on_data);
    nghttp2_session_callbacks_set_on_frame_send_callback(callbacks, Callbacks::on_sent);
    nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, Callbacks::on_close);
    nghttp2_option_set_no_closed_streams(option, 1);
    made = nghttp2_session_server_new2(&session_, callbacks, this, option) == 0;
  }
  nghttp2_option_del(option);
  nghttp2_session_callbacks_del(callbacks);
  const std::array<nghttp2_settings_entry, 4> settings{{
      {NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, kGrpcCallsMax},
      {NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, kGrpcWindowBytes},
      {NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, static_cast<uint32_t>(of_.limits.header_bytes_max)},
      {NGHTTP2_SETTINGS_NO_RFC7540_PRIORITIES, 1},
  }};
  made = made && nghttp2_submit_settings(session_, NGHTTP2_FLAG_NONE, settings.data(), settings.size()) == 0 &&
         nghttp2_session_set_local_window_size(session_, NGHTTP2_FLAG_NONE, 0, kGrpcConnectionWindowBytes) == 0;
  base::check(made, "out of memory");
}

GrpcCalls::~GrpcCalls() { nghttp2_session_del(session_); }

void GrpcCalls::receive(std::string_view bytes, int64_t now_ns) {
  now_ns_ = now_ns;
  if (broken_ || bytes.empty()) return;
  const ssize_t taken = nghttp2_session_mem_recv(session_, reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size());
  broken_ = taken < 0;
  saying_ = taken == NGHTTP2_ERR_BAD_CLIENT_MAGIC && !settled_ ? Saying::other : Saying::http_2;
}

// The head of a call is there.
void GrpcCalls::begin(Stream& stream) {
  of_.counters.requests.fetch_add(1, std::memory_order_relaxed);
  if (stream.head_too_large) {
    return refuse(stream, 431, GrpcCode::resource_exhausted,
                  "reading metadata: found more than " + std::to_string(of_.limits.header_bytes_max) + " bytes");
  }
  if (stream.method != "POST") return refuse_http(stream, 405);
  if (!is_grpc_type(header(stream.headers, "content-type"))) return refuse_http(stream, 415);
  stream.handler = of_.methods.match(Method::post, stream.path).handler;
  if (stream.handler == nullptr) return refuse(stream, 404, GrpcCode::unimplemented, "there is no method " + stream.path);
  const std::string_view encoding = header(stream.headers, "grpc-encoding");
  const std::optional<Coding> coding = coding_of(encoding);
  if (!coding) {
    return refuse(stream, 415, GrpcCode::unimplemented,
                  "grpc-encoding: expected one of " + std::string(kCodings) + ", found " + std::string(encoding));
  }
  stream.coding = *coding;
  stream.state = Stream::State::body;
}

void GrpcCalls::take(Stream& stream, std::string_view piece) {
  stream.progress_ns = now_ns_;
  stream.received += piece.size();
  const auto admit = [&](uint32_t length) {
    stream.too_large = length > of_.limits.body_bytes_max;
    if (stream.too_large) return false;
    std::optional<base::ByteBudget::Hold> hold = of_.budget.take(length);
    if (hold) stream.hold = std::move(*hold);
    return hold.has_value();
  };
  switch (stream.message.add(piece, admit)) {
    case GrpcMessageReader::State::more:
    case GrpcMessageReader::State::whole:
      return;
    case GrpcMessageReader::State::malformed:
      return refuse(stream, 400, GrpcCode::internal, "reading the message: expected a flag of 0 or 1, found another");
    case GrpcMessageReader::State::second:
      return refuse(stream, 400, GrpcCode::unimplemented, "reading the message: expected one, found more behind it");
    case GrpcMessageReader::State::refused:
      break;
  }
  if (!stream.too_large) return refuse(stream, 429, GrpcCode::unavailable, "the server has as much in hand as it may: try again");
  refuse(stream, 413, GrpcCode::resource_exhausted,
         "reading the message: found more than " + std::to_string(of_.limits.body_bytes_max) + " bytes");
}

// The client has sent all it will.
void GrpcCalls::end(Stream& stream) {
  if (stream.state != Stream::State::body) return;
  if (stream.message.state() != GrpcMessageReader::State::whole) {
    return refuse(stream, 400, GrpcCode::internal, "reading the message: found the end of the stream before its end");
  }
  stream.state = Stream::State::whole;
  whole_.push_back(stream.id);
}

std::optional<GrpcCall> GrpcCalls::next() {
  while (!whole_.empty()) {
    const int32_t id = whole_.front();
    whole_.erase(whole_.begin());
    Stream* stream = find(id);
    if (stream == nullptr || stream->state != Stream::State::whole) continue;  // given up meanwhile
    GrpcCall call{id, {}, stream->handler};
    call.request.body = stream->message.take();
    if (!unpack(*stream, call.request.body)) continue;
    call.request.method = Method::post;
    call.request.path = stream->path;
    call.request.headers = std::move(stream->headers);
    call.request.in_flight = std::move(stream->hold);
    stream->state = Stream::State::in_hand;
    return call;
  }
  return std::nullopt;
}

// Unpacks the message in its place. False: it cannot be, and the call is answered.
bool GrpcCalls::unpack(Stream& stream, base::PaddedBuffer& message) {
  if (!stream.message.is_packed()) return true;
  if (stream.coding == Coding::identity) {
    refuse(stream, 400, GrpcCode::internal, "unpacking the message: found a packed one without a grpc-encoding");
    return false;
  }
  const auto room = [&](size_t bytes) {
    const int64_t missing = static_cast<int64_t>(message.size() + bytes) - stream.hold.bytes();
    return missing <= 0 || stream.hold.grow(missing);
  };
  base::PaddedBuffer unpacked;
  Inflated end;
  {
    const base::CpuTimer meter(of_.counters.inflate_ns);
    end = inflate(stream.coding, message.view(), of_.limits.body_bytes_max, room, unpacked);
  }
  message = std::move(unpacked);
  switch (end) {
    case Inflated::whole:
      if (auto exact = of_.budget.take(static_cast<int64_t>(message.size()))) stream.hold = std::move(*exact);
      return true;
    case Inflated::broken:
      refuse(stream, 400, GrpcCode::internal, "unpacking the message: found something other than its grpc-encoding");
      return false;
    case Inflated::too_large:
      refuse(stream, 413, GrpcCode::resource_exhausted,
             "unpacking the message: found more than " + std::to_string(of_.limits.body_bytes_max) + " bytes");
      return false;
    case Inflated::no_room:
      break;
  }
  refuse(stream, 429, GrpcCode::unavailable, "the server has as much in hand as it may: try again");
  return false;
}

void GrpcCalls::answer(int32_t id, Response response) {
  Stream* stream = find(id);
  if (stream == nullptr) return;
  of_.counters.count_response(response.status);
  if (stream->is_closed) return forget(id);
  const std::string_view code = header(response.headers, kGrpcStatus);
  if (response.status == 200 && code.empty()) {
    stream->state = Stream::State::answered;
    stream->progress_ns = now_ns_;
    of_.counters.bytes_out.fetch_add(response.body.size(), std::memory_order_relaxed);
    stream->reply = grpc_prefix(static_cast<uint32_t>(response.body.size())) + response.body;
    const std::array<nghttp2_nv, 2> head{pair(":status", "200"), pair("content-type", "application/grpc")};
    nghttp2_data_provider provider{};
    provider.source.ptr = stream;
    provider.read_callback = Callbacks::read_reply;
    broken_ |= nghttp2_submit_response(session_, id, head.data(), head.size(), &provider) != 0;
    return;
  }
  if (code.empty()) response = grpc_failure(response.status, GrpcCode::internal, "internal error, see the server's log");
  const std::array<nghttp2_nv, 5> head{pair(":status", "200"), pair("content-type", "application/grpc"),
                                       pair(kGrpcStatus, header(response.headers, kGrpcStatus)),
                                       pair(kGrpcMessage, header(response.headers, kGrpcMessage)), pair("grpc-accept-encoding", kCodings)};
  stream->state = Stream::State::answered;
  stream->progress_ns = now_ns_;
  broken_ |= nghttp2_submit_response(session_, id, head.data(), head.size(), nullptr) != 0;
}

void GrpcCalls::refuse(Stream& stream, int status, GrpcCode code, std::string_view message) {
  stream.message = {};
  stream.hold.release();
  answer(stream.id, grpc_failure(status, code, message));
}

// What is no call of gRPC is answered as HTTP.
void GrpcCalls::refuse_http(Stream& stream, int status) {
  of_.counters.count_response(status);
  stream.state = Stream::State::answered;
  stream.progress_ns = now_ns_;
  const std::string text = std::to_string(status);
  const nghttp2_nv head = pair(":status", text);
  broken_ |= nghttp2_submit_response(session_, stream.id, &head, 1, nullptr) != 0;
}

std::string_view GrpcCalls::to_send() {
  if (saying_ == Saying::nothing) return {};  // so that what speaks something else can be told in its words
  if (saying_ == Saying::other) {
    saying_ = Saying::nothing;
    return outbox_ = not_http_2();
  }
  outbox_.clear();
  const uint8_t* bytes = nullptr;
  while (!broken_ && outbox_.size() < kOutboxBytes) {
    const ssize_t count = nghttp2_session_mem_send(session_, &bytes);
    broken_ |= count < 0;
    if (count <= 0) break;
    outbox_ += text_of(bytes, static_cast<size_t>(count));
  }
  if (outbox_.empty()) outbox_.shrink_to_fit();
  return outbox_;
}

void GrpcCalls::go_away() {
  if (std::exchange(going_, true) || broken_) return;
  broken_ |= nghttp2_submit_goaway(session_, NGHTTP2_FLAG_NONE, nghttp2_session_get_last_proc_stream_id(session_), NGHTTP2_NO_ERROR,
                                   nullptr, 0) != 0;
}

bool GrpcCalls::is_done() const {
  if (broken_) return true;
  const bool wants_write = nghttp2_session_want_write(session_) != 0;
  if (saying_ == Saying::nothing) return going_;
  return !wants_write && (nghttp2_session_want_read(session_) == 0 || (going_ && streams_.empty()));
}

std::optional<int64_t> GrpcCalls::late_at_ns() const {
  const auto ns = [](std::chrono::milliseconds time) { return std::chrono::nanoseconds(time).count(); };
  if (!settled_) return quiet_since_ns_ + ns(of_.limits.header_timeout);
  if (streams_.empty()) return quiet_since_ns_ + ns(of_.limits.idle_timeout);
  std::optional<int64_t> first;
  for (const auto& [id, stream] : streams_) {
    std::optional<int64_t> late;
    if (stream->state == Stream::State::head) late = stream->begun_ns + ns(of_.limits.header_timeout);
    if (stream->state == Stream::State::body) late = stream->progress_ns + ns(of_.limits.body_timeout);
    if (stream->state == Stream::State::answered) late = stream->progress_ns + ns(of_.limits.write_timeout);
    if (late && (!first || *late < *first)) first = late;
  }
  return first;
}

void GrpcCalls::expire(int64_t now_ns) {
  now_ns_ = now_ns;
  const std::optional<int64_t> late = late_at_ns();
  if (!settled_ && *late <= now_ns) broken_ = true;
  if (settled_ && streams_.empty() && *late <= now_ns) go_away();
  for (const auto& [id, stream] : streams_) {
    const auto is_past = [&, at = std::max(stream->begun_ns, stream->progress_ns)](std::chrono::milliseconds timeout) {
      return at + std::chrono::nanoseconds(timeout).count() <= now_ns;
    };
    switch (stream->state) {
      case Stream::State::head:
        broken_ |= is_past(of_.limits.header_timeout);  // nothing else can come before the head is whole
        break;
      case Stream::State::body:
        if (is_past(of_.limits.body_timeout) || is_trickle(stream->received, now_ns - stream->begun_ns)) {
          refuse(*stream, 408, GrpcCode::deadline_exceeded, "waiting for the message: found no progress in time");
        }
        break;
      case Stream::State::answered:
        if (!is_past(of_.limits.write_timeout)) break;
        broken_ |= nghttp2_submit_rst_stream(session_, NGHTTP2_FLAG_NONE, id, NGHTTP2_CANCEL) != 0;
        stream->progress_ns = now_ns;
        break;
      case Stream::State::whole:
      case Stream::State::in_hand:
        break;
    }
  }
}

GrpcCalls::Stream* GrpcCalls::find(int32_t id) {
  const auto found = streams_.find(id);
  return found == streams_.end() ? nullptr : found->second.get();
}

void GrpcCalls::forget(int32_t id) {
  const auto found = streams_.find(id);
  if (found == streams_.end()) return;
  header_bytes_ -= found->second->header_bytes;
  streams_.erase(found);
  quiet_since_ns_ = now_ns_;
}

}  // namespace opik::http
