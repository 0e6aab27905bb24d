// How it works. One multi handle with one easy handle: the multi handle keeps the connections between requests and can be woken
// from another thread, which is how abort() ends a wait that has minutes to go.
//
// fork(): the child has copies of the descriptors and of the TLS states. Any word on them, a TLS farewell included, would end up in
// the middle of the parent's conversation. So the child closes the bare descriptors (sockets_ knows them), gives up the handles
// unfreed, and begins anew.
#include "sdk/transport.h"

#include <curl/curl.h>
#include <pthread.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <charconv>
#include <cmath>
#include <cstring>
#include <mutex>
#include <new>

namespace opik::sdk {
namespace {

using std::chrono::milliseconds;

constexpr double kEpochFrom = 1e9;       // a RateLimit-Reset from here on is a time, not a wait
constexpr double kWaitSecondsMax = 1e7;  // beyond it a number is nonsense
constexpr long kRedirectsMax = 5;
constexpr int kPollMs = 1000;  // libcurl's own timers are honoured; this is only how long a wait is at most
constexpr size_t kUrlBytesMax = 1 << 20;

std::string lower(std::string_view text) {
  std::string result(text);
  for (char& c : result) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + ('a' - 'A'));
  }
  return result;
}

std::string_view trimmed(std::string_view text) {
  const size_t first = text.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1);
}

bool is_url(std::string_view path) { return lower(path.substr(0, 7)) == "http://" || lower(path.substr(0, 8)) == "https://"; }

// A header that carries a line end would smuggle in another one.
bool is_clean(std::string_view text) {
  return std::none_of(text.begin(), text.end(), [](char c) { return c == '\r' || c == '\n' || c == '\0'; });
}

void init_library() {
  static std::once_flag once;
  std::call_once(once, [] { curl_global_init(CURL_GLOBAL_DEFAULT); });
}

// A write on a connection that the other side closed raises SIGPIPE, which TLS libraries do not hold back and whose default ends
// the program. While this lives the thread does not take it, and one that came meanwhile is taken off.
class SigpipeHeldBack {
 public:
  SigpipeHeldBack() {
    sigset_t pending;
    sigpending(&pending);
    was_pending_ = sigismember(&pending, SIGPIPE) == 1;
    sigemptyset(&pipe_);
    sigaddset(&pipe_, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &pipe_, &before_);
  }
  ~SigpipeHeldBack() {
    const timespec at_once{};
    if (!was_pending_) {
      while (sigtimedwait(&pipe_, nullptr, &at_once) == -1 && errno == EINTR) {
      }
    }
    pthread_sigmask(SIG_SETMASK, &before_, nullptr);
  }
  SigpipeHeldBack(const SigpipeHeldBack&) = delete;
  SigpipeHeldBack& operator=(const SigpipeHeldBack&) = delete;

 private:
  sigset_t pipe_, before_;
  bool was_pending_;
};

struct FreeEasy {
  void operator()(CURL* handle) const { curl_easy_cleanup(handle); }
};

struct FreeList {
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};

// What an exchange gathers. Headers of a response before the last (100, a redirect) are forgotten.
struct Gathered {
  HttpResponse response;
  std::string rate_limit_reset, retry_after;
  size_t bytes_max = 0;
  bool cut = false;
  bool failed = false;  // out of memory in a callback
};

// A file on its way out.
struct Outgoing {
  FilePart part;
  uint64_t sent = 0;
  bool failed = false;  // it cannot be read, or is shorter than it was
};

size_t give_body(char* to, size_t, size_t bytes, void* user) {
  auto& outgoing = *static_cast<Outgoing*>(user);
  const size_t wanted = std::min<uint64_t>(bytes, outgoing.part.bytes - outgoing.sent);
  if (wanted == 0) return 0;
  ssize_t n;
  do {
    n = ::pread(outgoing.part.file, to, wanted, static_cast<off_t>(outgoing.part.offset + outgoing.sent));
  } while (n < 0 && errno == EINTR);
  outgoing.failed = n <= 0;
  if (outgoing.failed) return CURL_READFUNC_ABORT;
  outgoing.sent += static_cast<uint64_t>(n);
  return static_cast<size_t>(n);
}

// libcurl begins again, on a new connection or after a redirect.
int seek_body(void* user, curl_off_t offset, int origin) {
  auto& outgoing = *static_cast<Outgoing*>(user);
  if (origin != SEEK_SET || offset < 0 || static_cast<uint64_t>(offset) > outgoing.part.bytes) return CURL_SEEKFUNC_FAIL;
  outgoing.sent = static_cast<uint64_t>(offset);
  return CURL_SEEKFUNC_OK;
}

size_t take_body(char* data, size_t, size_t bytes, void* user) {
  auto& gathered = *static_cast<Gathered*>(user);
  const size_t room = gathered.bytes_max - gathered.response.body.size();
  try {
    gathered.response.body.append(data, std::min(bytes, room));
  } catch (const std::bad_alloc&) {
    gathered.failed = true;
    return 0;
  }
  gathered.cut = bytes > room;
  return gathered.cut ? 0 : bytes;  // 0 ends the exchange: what is beyond the bound need not be sent
}

size_t take_header(char* data, size_t, size_t bytes, void* user) {
  auto& gathered = *static_cast<Gathered*>(user);
  const std::string_view line(data, bytes);
  try {
    if (line.substr(0, 5) == "HTTP/") {
      gathered.response = {};
      gathered.rate_limit_reset.clear();
      gathered.retry_after.clear();
      return bytes;
    }
    const size_t colon = line.find(':');
    if (colon == std::string_view::npos) return bytes;
    const std::string name = lower(line.substr(0, colon));
    const std::string_view value = trimmed(line.substr(colon + 1));
    if (name == "ratelimit-reset") gathered.rate_limit_reset = value;
    if (name == "retry-after") gathered.retry_after = value;
    if (name == "etag") gathered.response.etag = value;
    if (name == "accept-encoding" && lower(value).find("zstd") != std::string::npos) gathered.response.accepts_zstd = true;
  } catch (const std::bad_alloc&) {
    gathered.failed = true;
    return 0;
  }
  return bytes;
}

class CurlTransport : public Transport {
 public:
  explicit CurlTransport(const TransportConfig& config) : config_(config) {
    if (config_.base_url.empty() || config_.base_url.back() != '/') config_.base_url += '/';
    init_library();
  }

  ~CurlTransport() override {
    if (pid_ != 0 && pid_ != getpid()) forget_parents_handles();
    easy_.reset();
    if (CURLM* multi = multi_.load()) curl_multi_cleanup(multi);
  }

  base::Result<HttpResponse> send(const HttpRequest& request, milliseconds timeout) noexcept override;
  void abort() noexcept override;

 private:
  base::Result<HttpResponse> exchange(const HttpRequest& request, milliseconds timeout);
  base::Error error_of(CURLcode code, const std::string& url) const;
  bool open();
  void forget_parents_handles() noexcept;
  void set_options(const std::string& url, curl_slist* headers, Gathered& gathered, milliseconds timeout);
  void set_body(const HttpRequest& request, Outgoing& outgoing);
  CURLcode perform();

  static curl_socket_t open_socket(void* user, curlsocktype, curl_sockaddr* address);
  static int close_socket(void* user, curl_socket_t socket);

  TransportConfig config_;
  std::vector<int> sockets_;  // open ones of this object
  char message_[CURL_ERROR_SIZE] = "";
  std::unique_ptr<CURL, FreeEasy> easy_;
  // What abort() reads. The multi handle is freed by the destructor alone, so a wake-up never meets a dead one; and no lock is
  // needed, which a fork() could leave locked for ever.
  std::atomic<bool> aborted_{false};
  std::atomic<pid_t> pid_{0};  // the process whose handles these are
  std::atomic<CURLM*> multi_{nullptr};
};

curl_socket_t CurlTransport::open_socket(void* user, curlsocktype, curl_sockaddr* address) {
  const int socket = ::socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
  if (socket < 0) return CURL_SOCKET_BAD;
  try {
    static_cast<CurlTransport*>(user)->sockets_.push_back(socket);
  } catch (const std::bad_alloc&) {
    ::close(socket);
    return CURL_SOCKET_BAD;
  }
  return socket;
}

int CurlTransport::close_socket(void* user, curl_socket_t socket) {
  auto& sockets = static_cast<CurlTransport*>(user)->sockets_;
  sockets.erase(std::remove(sockets.begin(), sockets.end(), socket), sockets.end());
  return ::close(socket);
}

void CurlTransport::forget_parents_handles() noexcept {
  for (int socket : sockets_) ::close(socket);
  sockets_.clear();
  static_cast<void>(easy_.release());
  multi_ = nullptr;
}

bool CurlTransport::open() {
  if (pid_ != 0 && pid_ != getpid()) forget_parents_handles();
  if (multi_ == nullptr) multi_ = curl_multi_init();
  if (!easy_) easy_.reset(curl_easy_init());
  pid_ = getpid();
  return multi_ != nullptr && easy_;
}

void CurlTransport::abort() noexcept {
  aborted_ = true;
  CURLM* multi = multi_;
  if (multi != nullptr && pid_ == getpid()) curl_multi_wakeup(multi);
}

base::Result<HttpResponse> CurlTransport::send(const HttpRequest& request, milliseconds timeout) noexcept try {
  const SigpipeHeldBack held_back;
  return exchange(request, timeout);
} catch (...) {
  return base::Error{base::Code::internal, "out of memory"};  // short enough to need none itself
}

base::Result<HttpResponse> CurlTransport::exchange(const HttpRequest& request, milliseconds timeout) {
  std::string url = request.path;
  if (!is_url(url)) url = config_.base_url + url.substr(std::min(url.find_first_not_of('/'), url.size()));
  if (!is_url(url) || !is_clean(url) || url.size() > kUrlBytesMax) {
    return base::Error{base::Code::invalid, "sending: not an http(s) address: '" + url.substr(0, 200) + "'"};
  }
  if (!open()) return base::Error{base::Code::internal, "out of memory"};

  std::unique_ptr<curl_slist, FreeList> headers;
  const auto add = [&](const std::string& line) {
    curl_slist* longer = curl_slist_append(headers.get(), line.c_str());
    if (longer == nullptr) throw std::bad_alloc();
    static_cast<void>(headers.release());
    headers.reset(longer);
  };
  add("Expect:");  // a wait for "100 Continue" costs a second with servers that do not send it
  HeaderPairs all = request.headers;
  if (url.compare(0, config_.base_url.size(), config_.base_url) == 0) all.insert(all.end(), config_.headers.begin(), config_.headers.end());
  for (const auto& [name, value] : all) {
    if (!is_clean(name) || !is_clean(value))
      return base::Error{base::Code::invalid, "sending: a line end in the header " + name.substr(0, 60)};
    add(value.empty() ? name + ";" : name + ": " + value);
  }

  Gathered gathered;
  gathered.bytes_max = config_.response_bytes_max;
  set_options(url, headers.get(), gathered, timeout);
  Outgoing outgoing;
  set_body(request, outgoing);
  const CURLcode code = perform();
  if (gathered.failed) throw std::bad_alloc();
  if (outgoing.failed) return base::Error{base::Code::invalid, "sending: the file cannot be read, or became shorter meanwhile"};
  if (code != CURLE_OK && !gathered.cut) return error_of(code, url);
  long status = 0;
  curl_easy_getinfo(easy_.get(), CURLINFO_RESPONSE_CODE, &status);
  gathered.response.status = static_cast<int>(status);
  gathered.response.retry_after = parse_retry_after(gathered.rate_limit_reset, gathered.retry_after, static_cast<int64_t>(time(nullptr)));
  return std::move(gathered.response);
}

void CurlTransport::set_options(const std::string& url, curl_slist* headers, Gathered& gathered, milliseconds timeout) {
  CURL* easy = easy_.get();
  const auto set = [easy](CURLoption option, auto value) { curl_easy_setopt(easy, option, value); };
  curl_easy_reset(easy);  // the connections are the multi handle's and stay
  message_[0] = '\0';
  set(CURLOPT_ERRORBUFFER, message_);
  set(CURLOPT_URL, url.c_str());
  set(CURLOPT_PROTOCOLS_STR, "http,https");
  set(CURLOPT_REDIR_PROTOCOLS_STR, "http,https");
  set(CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));  // one request at a time: nothing to multiplex
  set(CURLOPT_NOSIGNAL, 1L);
  set(CURLOPT_TCP_KEEPALIVE, 1L);
  set(CURLOPT_FOLLOWLOCATION, 1L);
  set(CURLOPT_MAXREDIRS, kRedirectsMax);
  set(CURLOPT_POSTREDIR, static_cast<long>(CURL_REDIR_POST_ALL));
  const long total = std::max<long>(1, static_cast<long>(timeout.count()));
  set(CURLOPT_TIMEOUT_MS, total);
  set(CURLOPT_CONNECTTIMEOUT_MS, std::clamp<long>(static_cast<long>(config_.connect_timeout.count()), 1, total));
  set(CURLOPT_USERAGENT, config_.user_agent.c_str());
  set(CURLOPT_HTTPHEADER, headers);
  set(CURLOPT_SSL_VERIFYPEER, config_.check_tls_certificate ? 1L : 0L);
  set(CURLOPT_SSL_VERIFYHOST, config_.check_tls_certificate ? 2L : 0L);
  if (!config_.ca_file.empty()) set(CURLOPT_CAINFO, config_.ca_file.c_str());
  if (!config_.proxy.empty()) set(CURLOPT_PROXY, config_.proxy.c_str());
  set(CURLOPT_OPENSOCKETFUNCTION, &CurlTransport::open_socket);
  set(CURLOPT_OPENSOCKETDATA, this);
  set(CURLOPT_CLOSESOCKETFUNCTION, &CurlTransport::close_socket);
  set(CURLOPT_CLOSESOCKETDATA, this);
  set(CURLOPT_HEADERFUNCTION, &take_header);
  set(CURLOPT_HEADERDATA, &gathered);
  set(CURLOPT_WRITEFUNCTION, &take_body);
  set(CURLOPT_WRITEDATA, &gathered);
}

void CurlTransport::set_body(const HttpRequest& request, Outgoing& outgoing) {
  CURL* easy = easy_.get();
  const auto set = [easy](CURLoption option, auto value) { curl_easy_setopt(easy, option, value); };
  if (request.method == "GET") {
    set(CURLOPT_HTTPGET, 1L);
    return;
  }
  set(CURLOPT_POST, 1L);
  set(CURLOPT_CUSTOMREQUEST, request.method.c_str());
  if (!request.file) {
    set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request.body.size()));
    set(CURLOPT_POSTFIELDS, request.body.data());
    return;
  }
  outgoing.part = *request.file;
  set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(outgoing.part.bytes));
  set(CURLOPT_READFUNCTION, &give_body);
  set(CURLOPT_READDATA, &outgoing);
  set(CURLOPT_SEEKFUNCTION, &seek_body);
  set(CURLOPT_SEEKDATA, &outgoing);
}

CURLcode CurlTransport::perform() {
  if (aborted_) return CURLE_ABORTED_BY_CALLBACK;
  CURLM* multi = multi_;
  if (curl_multi_add_handle(multi, easy_.get()) != CURLM_OK) return CURLE_FAILED_INIT;
  CURLcode result = CURLE_ABORTED_BY_CALLBACK;
  for (bool done = false; !done && !aborted_;) {
    int running = 0;
    if (curl_multi_perform(multi, &running) != CURLM_OK) {
      result = CURLE_FAILED_INIT;
      break;
    }
    int left = 0;
    while (const CURLMsg* message = curl_multi_info_read(multi, &left)) {
      if (message->msg != CURLMSG_DONE) continue;
      result = message->data.result;
      done = true;
    }
    if (!done) curl_multi_poll(multi, nullptr, 0, kPollMs, nullptr);
  }
  curl_multi_remove_handle(multi, easy_.get());
  return result;
}

base::Error CurlTransport::error_of(CURLcode code, const std::string& url) const {
  const std::string where = url.substr(0, url.find('?'));
  std::string why = message_[0] != '\0' ? message_ : curl_easy_strerror(code);
  switch (code) {
    case CURLE_ABORTED_BY_CALLBACK:
      return {base::Code::busy, "sending to " + where + ": called off"};
    case CURLE_URL_MALFORMAT:
    case CURLE_UNSUPPORTED_PROTOCOL:
    case CURLE_BAD_FUNCTION_ARGUMENT:
      return {base::Code::invalid, "sending to " + where + ": " + why};
    case CURLE_OUT_OF_MEMORY:
      return {base::Code::internal, "sending to " + where + ": " + why};
    default:
      return {base::Code::unavailable, "sending to " + where + ": " + why};
  }
}

std::optional<double> seconds_in(std::string_view text) {
  double seconds = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  if (error != std::errc() || end != text.data() + text.size() || !std::isfinite(seconds) || seconds < 0) return std::nullopt;
  return seconds;
}

milliseconds wait_of(double seconds) { return milliseconds(std::llround(std::clamp(seconds, 0.0, kWaitSecondsMax) * 1000)); }

}  // namespace

std::unique_ptr<Transport> make_curl_transport(const TransportConfig& config) { return std::make_unique<CurlTransport>(config); }

std::optional<milliseconds> parse_retry_after(std::string_view rate_limit_reset, std::string_view retry_after, int64_t now_unix_s) {
  for (const std::string_view text : {trimmed(rate_limit_reset), trimmed(retry_after)}) {
    if (text.empty()) continue;
    if (const auto seconds = seconds_in(text))
      return wait_of(*seconds >= kEpochFrom ? *seconds - static_cast<double>(now_unix_s) : *seconds);
    const time_t date = curl_getdate(std::string(text).c_str(), nullptr);
    if (date != -1) return wait_of(static_cast<double>(date - now_unix_s));
  }
  return std::nullopt;
}

}  // namespace opik::sdk
