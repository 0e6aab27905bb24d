#include "api/line_stream.h"

#include <algorithm>

#include "api/errors.h"
#include "api/limits.h"

namespace opik::api {

LineStream::LineStream(int64_t limit) : left_(limit), rows_(kStreamRowsFirst) {}

bool LineStream::next(std::string& chunk) {
  const int64_t wanted = std::min(rows_, left_);
  const base::Result<int64_t> count = append(chunk, wanted);
  if (!count) {
    // Too late for a status: the reader finds the error as the last line.
    chunk += error_response(count.error()).body;
    chunk += kLineEnd;
    return false;
  }
  if (*count < wanted) return false;
  left_ -= *count;
  const int64_t row_bytes = static_cast<int64_t>(chunk.size()) / *count + 1;
  rows_ = std::clamp<int64_t>(static_cast<int64_t>(kStreamChunkBytes) / row_bytes, 1, kStreamRowsMax);
  return left_ > 0;
}

http::Response stream_response(std::unique_ptr<http::BodySource> stream) {
  http::Response response;
  response.content_type = "application/octet-stream";
  response.stream = std::move(stream);
  return response;
}

}  // namespace opik::api
