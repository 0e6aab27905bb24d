// Files beside a trace and a span: from a path and from memory, empty and of more than 10 MB.
#include <unistd.h>

#include <cstdlib>
#include <fstream>

#include "programs.h"

namespace programs {
namespace {

// The bytes of file `n`, which the test makes likewise.
std::string file_bytes(int n, size_t size) {
  std::string bytes(size, '\0');
  uint32_t state = static_cast<uint32_t>(n) * 2654435761u + 1;
  for (char& byte : bytes) {
    state = state * 1664525u + 1013904223u;
    byte = static_cast<char>(state >> 24);
  }
  return bytes;
}

void say(const char* kind, const opik::Id& id, const char* name, const char* type, int n, size_t size) {
  opik::Value line = {{"attached", name}, {"kind", kind}, {"id", id.text()},
                      {"type", type},     {"n", n},       {"bytes", static_cast<int64_t>(size)}};
  std::printf("%s\n", line.text().c_str());
}

}  // namespace

int attach(const Arguments& arguments) {
  const auto large = static_cast<size_t>(arguments[0]);
  const opik::Client client({.project_name = "attached"});
  const opik::Trace trace = client.trace({.name = "with files"});
  char path[] = "/tmp/opik_attach_XXXXXX.png";
  const int made = ::mkstemps(path, 4);
  if (made < 0) return 1;
  ::close(made);
  std::ofstream(path, std::ios::binary) << file_bytes(1, large);
  trace.attach({.path = path, .file_name = "plot ☃.png"});
  say("trace", trace.id(), "plot ☃.png", "image/png", 1, large);
  const opik::Span span = trace.span({.name = "with files"});
  const std::string small = file_bytes(2, 1000);
  span.attach({.bytes = small, .file_name = "a.bin", .content_type = "application/x-own"});
  say("span", span.id(), "a.bin", "application/x-own", 2, small.size());
  span.attach({.bytes = "x", .file_name = "one.txt"});
  span.end();
  trace.end();
  const opik::FlushResult result = client.flush(std::chrono::seconds(60));
  ::unlink(path);
  print_end(client.stats(), result);
  return 0;
}

}  // namespace programs
