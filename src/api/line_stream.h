#pragma once
// A response of one JSON text per line (lines end with "\r\n"), read and sent a piece at a time, so that memory does not grow with the
// number of rows or their size.
//
//   class Names : public LineStream { base::Result<int64_t> append(std::string& chunk, int64_t rows_max) override {...} };

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"
#include "http/message.h"

namespace opik::api {

inline constexpr std::string_view kLineEnd = "\r\n";

class LineStream : public http::BodySource {
 public:
  // `limit`: rows altogether.
  explicit LineStream(int64_t limit);
  bool next(std::string& chunk) final;

 protected:
  // Appends the next rows, each with kLineEnd, and returns how many: fewer than `rows_max` only at the end.
  virtual base::Result<int64_t> append(std::string& chunk, int64_t rows_max) = 0;

 private:
  int64_t left_;
  int64_t rows_;
};

// 200, as Opik labels its streams.
http::Response stream_response(std::unique_ptr<http::BodySource> stream);

}  // namespace opik::api
