#pragma once
// Packs response bodies as gzip, at the level where a local reader gains too: whole, or as one member that grows piece by piece.
// One member, not one per piece: Python's httpx stops silently after the first.

#include <memory>
#include <string>
#include <string_view>

namespace opik::http {

std::string gzip(std::string_view text);

// Constant memory (about 270 KB), whatever the size of the stream. One thread at a time.
class GzipStream {
 public:
  GzipStream();
  ~GzipStream();

  // Appends the packed `text` to `to`, all of it, so that the reader can unpack what it has. `last` ends the member.
  void write(std::string_view text, bool last, std::string& to);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace opik::http
