#pragma once
// A server on a free port of this machine that reads every request and answers 204, and takes zstd.

#include <atomic>
#include <string>
#include <thread>
#include <vector>

namespace bench {

class NullServer {
 public:
  NullServer();  // ends the process if there is no port
  ~NullServer();
  std::string url() const;

 private:
  void accept_all();
  void serve(int socket) const;

  int listener_ = -1;
  int port_ = 0;
  std::atomic<bool> over_{false};
  std::thread acceptor_;
  std::vector<std::thread> servers_;
};

}  // namespace bench
