#pragma once
// The API over the memory store, called through its router: what a client sees, without sockets.

#include <gtest/gtest.h>

#include <chrono>
#include <future>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <thread>

#include "api/api.h"
#include "api/errors.h"
#include "http/target.h"
#include "store/memory/memory_store.h"

namespace opik::api {

using Json = nlohmann::ordered_json;

// What a client got: a stream is read to its end.
struct Got {
  int status = 0;
  std::string body;
  std::string content_type;
  http::Pairs headers;

  std::string header(std::string_view name) const {
    for (const auto& [key, value] : headers) {
      if (key == name) return value;
    }
    return "(none)";
  }
  Json json() const { return Json::parse(body); }
};

class ApiTest : public testing::Test {
 protected:
  ApiTest() {
    add_routes(router_, {ingest_, store_, store_, arrivals_, http_counters_, budget_, counters_, {.threads = &store_.threads()}});
  }

  Got send(http::Method method, std::string_view target, std::string_view body = "", http::Pairs headers = {}) {
    base::Result<http::Target> parsed = http::parse_target(target);
    if (!parsed) return {};
    http::Request request;
    request.method = method;
    request.path = parsed->path;
    request.query = parsed->query;
    request.headers = std::move(headers);
    request.body = base::PaddedBuffer(body);
    request.in_flight = *budget_.take(static_cast<int64_t>(body.size()));
    const http::Router::Match match = router_.match(method, request.path);
    if (match.handler == nullptr) return {match.path_known ? 405 : 404, {}, {}, {}};
    request.path_params = match.path_params;

    std::promise<http::Response> promise;
    (*match.handler)(std::move(request), [&promise](http::Response response) { promise.set_value(std::move(response)); });
    http::Response response = promise.get_future().get();
    Got got{response.status, std::move(response.body), std::move(response.content_type), std::move(response.headers)};
    if (response.stream) {
      for (bool more = true; more;) {
        std::string chunk;
        more = response.stream->next(chunk);
        ++chunks_;
        got.body += chunk;
      }
    }
    return got;
  }
  Got get(std::string_view target) { return send(http::Method::get, target); }
  Got post(std::string_view target, const Json& body) { return send(http::Method::post, target, body.dump()); }
  Got put(std::string_view target, const Json& body) { return send(http::Method::put, target, body.dump()); }
  Got patch(std::string_view target, const Json& body) { return send(http::Method::patch, target, body.dump()); }
  Got del(std::string_view target) { return send(http::Method::del, target); }

  // What the budget has given out, when the writer's thread is done with the requests that it has answered.
  int64_t held_bytes() {
    for (int i = 0; i < 1000 && budget_.used() != 0; ++i) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    return budget_.used();
  }

  // The number of one id: a valid UUIDv7 of 2024-05-01T00:00:00Z plus `n` milliseconds.
  static std::string id(int n) {
    base::Uuid v7 = base::Uuid::least_at_ms(1'714'521'600'000 + n);
    std::string text = v7.text();
    text[14] = '7';
    text[19] = '8';
    return text;
  }

  store::memory::MemoryStore store_;
  base::ArrivalClock arrivals_;
  http::Counters http_counters_;
  base::ByteBudget budget_{1 << 20};
  Counters counters_;
  http::Router router_;
  ingest::Ingest ingest_{store_, {store_, store_, {.guardrails = &store_, .threads = &store_.thread_writer()}}};
  int chunks_ = 0;
};

inline Json errors(std::initializer_list<const char*> messages) { return Json{{"errors", messages}}; }
inline Json code_message(int code, std::string_view message) { return Json{{"code", code}, {"message", message}}; }

}  // namespace opik::api
