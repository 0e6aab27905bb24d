#include "http/server.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <spdlog/spdlog.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <cerrno>
#include <memory>
#include <optional>
#include <thread>
#include <vector>

#include "http/grpc_session.h"
#include "http/session.h"

namespace opik::http {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using std::chrono::milliseconds;
using Timer = asio::basic_waitable_timer<std::chrono::steady_clock, asio::wait_traits<std::chrono::steady_clock>, Strand>;
using Acceptor = asio::basic_socket_acceptor<tcp, Strand>;

// No descriptors or memory for a connection: how long until the next try.
constexpr milliseconds kAcceptPause{100};

// A connection that is still there after stop() and its timeout is told again to go.
constexpr int64_t kAbortPauseNs = 100'000'000;

// How often late connections are looked for: a quarter of the shortest timeout, so that none is missed by more than that.
milliseconds watch_interval(const Limits& limits) {
  const milliseconds shortest = std::min({limits.header_timeout, limits.body_timeout, limits.idle_timeout, limits.write_timeout});
  return std::clamp(shortest / 4, milliseconds(5), milliseconds(500));
}

int thread_count(const Limits& limits) {
  if (limits.threads > 0) return limits.threads;
  return std::max(2, static_cast<int>(std::thread::hardware_concurrency()));
}

// "[::1]" as in URLs, or "::1".
std::string bare_host(const std::string& host) {
  return host.size() > 2 && host.front() == '[' && host.back() == ']' ? host.substr(1, host.size() - 2) : host;
}

// Where connections of one kind come in.
struct Door {
  explicit Door(const Strand& strand) : acceptor(strand), pause(strand) {}

  Acceptor acceptor;
  Timer pause;
  int family = AF_INET;
  std::shared_ptr<Connection> (*make)(House& house, Socket socket) = nullptr;
};

template <class Kind>
std::shared_ptr<Connection> make_connection(House& house, Socket socket) {
  return std::make_shared<Kind>(house, std::move(socket));
}

}  // namespace

// The house strand runs the doors, the watch over timeouts and stop(); each connection has a strand of its own.
struct Server::Impl {
  Impl(const Limits& limits, base::ByteBudget& budget, const Router& router)
      : house(limits, budget, router), io(thread_count(limits)), strand(io.get_executor()), tick(strand) {}

  base::Result<uint16_t> listen(Door& door, const std::string& host, uint16_t port);
  void run();
  void stop();
  Task<void> accept(Door& door);
  Task<void> watch();
  bool admit(const Door& door, int descriptor);
  void run_thread();

  House house;
  asio::io_context io;
  Strand strand;
  std::optional<Door> http, grpc;
  Timer tick;
};

void Counters::count_response(int status) {
  std::atomic<uint64_t>& of_class = status < 300   ? responses_2xx
                                    : status < 400 ? responses_3xx
                                    : status < 500 ? responses_4xx
                                                   : responses_5xx;
  of_class.fetch_add(1, std::memory_order_relaxed);
  if (status == 429) refused_busy.fetch_add(1, std::memory_order_relaxed);
}

Server::Server(const Limits& limits, base::ByteBudget& budget, const Router& router)
    : impl_(std::make_unique<Impl>(limits, budget, router)) {}
Server::~Server() = default;
base::Result<uint16_t> Server::listen(const std::string& host, uint16_t port) {
  impl_->http.emplace(impl_->strand).make = make_connection<Session>;
  return impl_->listen(*impl_->http, host, port);
}
base::Result<uint16_t> Server::listen_grpc(const std::string& host, uint16_t port, const Router& methods) {
  impl_->house.grpc_methods = &methods;
  impl_->grpc.emplace(impl_->strand).make = make_connection<GrpcSession>;
  return impl_->listen(*impl_->grpc, host, port);
}
void Server::run() { impl_->run(); }
void Server::stop() { impl_->stop(); }
const Counters& Server::counters() const { return impl_->house.counters; }

base::Result<uint16_t> Server::Impl::listen(Door& door, const std::string& host, uint16_t port) {
  boost::system::error_code failed;
  tcp::resolver resolver(io);
  std::vector<tcp::endpoint> endpoints;
  for (const auto& entry : resolver.resolve(bare_host(host), std::to_string(port), tcp::resolver::passive, failed)) {
    endpoints.push_back(entry.endpoint());
  }
  // "localhost" is both; clients that know one address of it know this one.
  std::stable_partition(endpoints.begin(), endpoints.end(), [](const tcp::endpoint& endpoint) { return endpoint.address().is_v4(); });
  for (const tcp::endpoint& endpoint : endpoints) {
    door.acceptor.close(failed);
    door.acceptor.open(endpoint.protocol(), failed);
    if (!failed) door.acceptor.set_option(tcp::acceptor::reuse_address(true), failed);
    if (!failed) door.acceptor.bind(endpoint, failed);
    if (!failed) door.acceptor.listen(asio::socket_base::max_listen_connections, failed);
    if (!failed) door.acceptor.non_blocking(true, failed);
    if (failed) continue;
    door.family = endpoint.protocol().family();
    const tcp::endpoint bound = door.acceptor.local_endpoint(failed);
    if (!failed) return bound.port();
  }
  boost::system::error_code ignored;
  door.acceptor.close(ignored);
  return base::Error{base::Code::unavailable, "listening on " + host + ":" + std::to_string(port) + ": " + failed.message()};
}

void Server::Impl::run() {
  for (std::optional<Door>* door : {&http, &grpc}) {
    if (*door && (*door)->acceptor.is_open()) asio::co_spawn(strand, accept(**door), asio::detached);
  }
  asio::co_spawn(strand, watch(), asio::detached);
  std::vector<std::thread> threads;
  for (int i = 1; i < thread_count(house.limits); ++i) threads.emplace_back([this] { run_thread(); });
  run_thread();
  for (std::thread& thread : threads) thread.join();
}

void Server::Impl::run_thread() {
  for (;;) {
    try {
      io.run();
      return;
    } catch (const std::exception& failure) {
      spdlog::error("http: a thread of the server: {}", failure.what());
    }
  }
}

void Server::Impl::stop() {
  if (house.stopping.exchange(true)) return;
  asio::post(strand, [this] {
    boost::system::error_code ignored;
    for (std::optional<Door>* door : {&http, &grpc}) {
      if (!*door) continue;
      (*door)->acceptor.close(ignored);
      (*door)->pause.cancel();
    }
    tick.cancel();
    house.wake_all();
  });
}

Task<void> Server::Impl::accept(Door& door) {
  boost::system::error_code failed;
  while (!house.stopping.load()) {
    const int descriptor = ::accept4(door.acceptor.native_handle(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (descriptor >= 0) {
      house.counters.connections.fetch_add(1, std::memory_order_relaxed);
      if (!admit(door, descriptor)) ::close(descriptor);
      continue;
    }
    const int reason = errno;
    if (reason == EAGAIN || reason == EWOULDBLOCK) {
      co_await door.acceptor.async_wait(Acceptor::wait_read, asio::redirect_error(kAwait, failed));
      continue;
    }
    if (reason == EINTR || reason == ECONNABORTED || reason == EPROTO) continue;
    if (house.stopping.load()) co_return;
    spdlog::warn("http: accepting a connection: {}; trying again in {} ms", std::system_category().message(reason), kAcceptPause.count());
    door.pause.expires_after(kAcceptPause);
    co_await door.pause.async_wait(asio::redirect_error(kAwait, failed));
  }
}

bool Server::Impl::admit(const Door& door, int descriptor) {
  if (house.open_count() >= house.limits.connections_max) return false;
  const int on = 1;
  ::setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  boost::system::error_code failed;
  Socket socket{asio::make_strand(io)};
  socket.assign(asio::generic::stream_protocol(door.family, IPPROTO_TCP), descriptor, failed);
  if (failed) return false;
  Connection::start(door.make(house, std::move(socket)));
  return true;
}

// Wakes connections that are late, and at the end of the server sees the last of them off.
Task<void> Server::Impl::watch() {
  boost::system::error_code failed;
  std::optional<int64_t> stop_ns;
  for (;;) {
    const bool stopping = house.stopping.load();
    if (stopping) {
      if (!stop_ns) stop_ns = steady_ns() + std::chrono::nanoseconds(house.limits.stop_timeout).count();
      if (house.open_count() == 0) co_return;
      if (steady_ns() > *stop_ns) {
        house.abort_all();
        *stop_ns += kAbortPauseNs;
      }
    }
    house.expire_late();
    tick.expires_after(stopping ? milliseconds(2) : watch_interval(house.limits));
    co_await tick.async_wait(asio::redirect_error(kAwait, failed));
  }
}

}  // namespace opik::http
