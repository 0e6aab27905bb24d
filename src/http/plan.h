#pragma once
// What the head of a request alone decides: who handles it, how its body is packed, or the answer that needs no handler. Pure.

#include <optional>

#include "http/negotiation.h"
#include "http/request_parser.h"
#include "http/router.h"

namespace opik::http {

struct Plan {
  Request request;  // without its body
  const Handler* handler = nullptr;
  const Receiver* receiver = nullptr;  // instead of `handler`: its body comes as it is, not packed
  Coding coding = Coding::identity;
  bool wrong_type = false;         // 415 if there is a body after all (a chunked one may be empty)
  std::optional<Response> answer;  // instead of the handler's: a refusal or a preflight
};

// Takes the headers out of `head`.
Plan plan_request(Head& head, const Router& router, bool cors);

Response unsupported_media_type();

}  // namespace opik::http
