#include "opikd/ui.h"

namespace opik::opikd {

namespace {

// Nothing comes from elsewhere and nothing is written into the page as text that runs or looks: what logged data contains stays
// data. data: and blob: are pictures and sounds of logged payloads.
constexpr std::string_view kPolicy =
    "default-src 'self'; img-src 'self' data: blob:; media-src 'self' data: blob:; object-src 'none'; base-uri 'none'; "
    "form-action 'self'; frame-ancestors 'none'";

http::Pairs own_headers() {
  return {{"Content-Security-Policy", std::string(kPolicy)},
          {"X-Frame-Options", "DENY"},
          {"Referrer-Policy", "no-referrer"},
          {"Cross-Origin-Opener-Policy", "same-origin"},
          {"Permissions-Policy", "camera=(), microphone=(), geolocation=()"}};
}

// Pages have names of their own; what is below /v1 is the API, and a wrong path there is told as one.
http::Handler outside_of_api(http::Handler handler) {
  return [handler = std::move(handler)](http::Request request, http::Reply reply) {
    if (request.path == "/v1" || request.path.starts_with("/v1/")) return reply(http::plain_error(404, "HTTP 404 Not Found"));
    if (request.path == "/") request.path = "/index.html";
    handler(std::move(request), std::move(reply));
  };
}

}  // namespace

base::Result<void> add_ui(http::Router& router, const std::string& folder) {
  if (folder.empty()) {
    std::vector<http::StaticFile> files = carried_ui();
    if (!files.empty()) router.add_fallback(outside_of_api(http::serve_files(std::move(files), own_headers())));
    return {};
  }
  // Another frontend may need what our policy forbids.
  base::Result<http::Handler> handler = http::serve_folder(folder, {{"Referrer-Policy", "no-referrer"}});
  if (!handler) return handler.error();
  router.add_fallback(outside_of_api(*std::move(handler)));
  return {};
}

}  // namespace opik::opikd
