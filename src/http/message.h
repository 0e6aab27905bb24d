#pragma once
// A request as handlers see it and a response as they give it. No word of sockets here, and none of the domain.

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/byte_budget.h"
#include "base/padded_buffer.h"

namespace opik::http {

enum class Method : uint8_t { get, head, post, put, patch, del, options, other };

using Pairs = std::vector<std::pair<std::string, std::string>>;

struct Request {
  Method method = Method::get;
  std::string path;                  // decoded; "/api" in front and "/" behind are gone: "/v1/private/traces"
  Pairs query;                       // decoded, in order
  Pairs headers;                     // names in lower case
  Pairs path_params;                 // what stood for {id} in the route
  base::PaddedBuffer body;           // inflated
  base::ByteBudget::Hold in_flight;  // what the body draws from the budget; kept until the reply is written

  // The first value of that name. Header names in lower case.
  std::optional<std::string_view> header(std::string_view name) const;
  std::optional<std::string_view> query_value(std::string_view name) const;
  std::string_view path_param(std::string_view name) const;  // must exist in the route
};

// A body that is made while it is sent, a chunk at a time, so that its size does not matter.
class BodySource {
 public:
  virtual ~BodySource() = default;
  // Appends the next piece to `chunk` (empty when called), tens of kilobytes. False: that was the last one. Called on a thread of the
  // server, only when the client has taken what came before; destroyed early if it hangs up.
  virtual bool next(std::string& chunk) = 0;
};

class PushStream;

struct Response {
  int status = 200;
  std::string content_type = "application/json";  // sent if there is a body
  Pairs headers;                                  // further ones
  std::string body;
  std::unique_ptr<BodySource> stream;    // instead of `body`: sent chunked, or if its length is known
  std::optional<uint64_t> stream_bytes;  // sized, and never packed
  std::shared_ptr<PushStream> push;      // instead of `body`, as it comes (push_stream.h): it ends with the connection
};

// To be called exactly once, on any thread. Calling it after the client has gone is harmless.
using Reply = std::function<void(Response)>;
// Runs on a thread of the server and must not wait for anything slow but storage reads: work that waits replies later.
using Handler = std::function<void(Request, Reply)>;

// Takes a body piece by piece while it comes, so that its size does not matter. Called on a thread of the server, by one at a time.
class BodySink {
 public:
  virtual ~BodySink() = default;
  // False: it takes no more. What still comes is thrown away, and end() says why.
  virtual bool write(std::string_view piece) = 0;
  // The body is whole, or write() said no. Not called if the client broke off; destroyed, possibly before the reply, when it goes.
  virtual void end(Reply reply) = 0;
};

// What a route that streams its body says to a request's head: a sink and how much it may take, or the answer at once.
struct Intake {
  std::unique_ptr<BodySink> sink;
  uint64_t bytes_max = 0;  // beyond: 413
  Response refusal;        // if there is no sink
};
// The request has no body.
using Receiver = std::function<Intake(const Request&)>;

// {"code":404,"message":"..."}: the shape of Opik's transport errors.
Response plain_error(int status, std::string_view message);

}  // namespace opik::http
