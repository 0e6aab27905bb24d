// The sender threads: a request becomes bytes, goes out, and comes back with its verdict.

#include "sdk/engine.h"

namespace opik::sdk {

TransportConfig transport_config_of(const Settings& settings) {
  TransportConfig config;
  config.base_url = settings.base_url;
  config.headers.emplace_back("Comet-Workspace", settings.workspace);
  if (!settings.api_key.empty()) config.headers.emplace_back("Authorization", settings.api_key);
  config.headers.emplace_back("X-OPIK-DEBUG-SDK-VERSION", OPIK_VERSION);
  config.check_tls_certificate = settings.check_tls_certificate;
  config.ca_file = settings.ca_file;
  config.proxy = settings.proxy;
  config.user_agent = "opik-cpp/" OPIK_VERSION;
  return config;
}

std::unique_ptr<Transport> curl_transport_of(const Settings& settings) { return make_curl_transport(transport_config_of(settings)); }

void Engine::send_loop(Transport& transport) {
  Compressor compressor;
  std::minstd_rand random(static_cast<unsigned>(read_ticks()));
  std::unique_lock lock(mutex_);
  for (;;) {
    senders_wake_.wait(lock, [&] { return senders_stop_ || !to_send_.empty(); });
    if (senders_stop_) return;  // what is left is the owner's
    std::unique_ptr<Request> request = std::move(to_send_.front());
    to_send_.pop_front();
    lock.unlock();
    send(*request, transport, compressor, std::uniform_real_distribution<double>(0, 1)(random));
    lock.lock();
    results_.push_back(std::move(request));
    owner_wakes_.notify_one();
  }
}

void Engine::send(Request& request, Transport& transport, Compressor& compressor, double random) {
  const auto timeout = settings_.request_timeout;
  if (request.batch.kind == Kind::attachment) {
    const UploadOptions options{.base_url = settings_.base_url, .timeout = timeout, .attempts = request.attempts};
    request.verdict = upload_attachment(transport, make_upload(request.batch.items.front()), options, random);
    request.outage = request.verdict.action == Action::pause;
    return;
  }
  if (request.http.method.empty()) {
    request.http = make_request(request.batch);
    request.http.headers.emplace_back("Content-Type", "application/json");
    if (request.encoding != Encoding::identity) {
      base::Result<std::string> packed = compressor.compress(request.encoding, request.http.body);
      if (packed) {
        request.http.body = std::move(*packed);
        request.http.headers.emplace_back("Content-Encoding", std::string(content_encoding(request.encoding)));
      } else {
        request.encoding = Encoding::identity;
      }
    }
  }
  const base::Result<HttpResponse> response = transport.send(request.http, timeout);
  request.errors = response && response->status == 500 ? request.errors + 1 : 0;
  const Attempt attempt{.is_batch = request.batch.whole,
                        .items = request.batch.items.size(),
                        .attempts = request.attempts,
                        .errors = request.errors,
                        .encoding = request.encoding,
                        .others_delivered = request.others_delivered};
  request.verdict = judge(response, attempt, random);
  request.accepts_zstd = response && response->accepts_zstd;
  request.outage = !response || response->status == 429 || response->status == 502 || response->status == 503 || response->status == 504;
  if (request.verdict.action == Action::delivered) request.http = {};
}

}  // namespace opik::sdk
