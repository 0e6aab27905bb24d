// One trace over two processes: the caller hands its place on as W3C Trace Context, as HTTP headers would, and the worker goes on below it.
//
//   ./opik-example-distributed                                runs both; the worker is this program again
//   ./opik-example-distributed <traceparent> <tracestate>     the worker

#include <opik/opik.h>

#include <sys/wait.h>
#include <unistd.h>
#include <cstdio>
#include <string>

namespace {

int work(const char* traceparent, const char* tracestate) {
  opik::Client client{{.project_name = "distributed"}};
  {
    const opik::Context from = opik::Context::from_traceparent(traceparent, tracestate, &client);
    if (!from) return 2;
    const opik::ContextScope here(from);
    auto span = opik::start_as_current_span({.name = "worker", .input = {{"pid", getpid()}}}, &client);
    span.set_output({{"done", true}});
  }
  return client.flush(std::chrono::seconds(10)).ok() ? 0 : 1;
}

// Ends with the worker's exit code.
int call_worker(const char* program) {
  auto span = opik::start_as_current_span({.name = "call worker"});
  const opik::DistributedHeaders headers = opik::distributed_headers();
  const std::string traceparent = headers.traceparent();
  const std::string tracestate = headers.tracestate();
  const pid_t child = fork();
  if (child == 0) {
    execl(program, program, traceparent.c_str(), tracestate.c_str(), static_cast<char*>(nullptr));
    _exit(127);
  }
  int status = 0;
  waitpid(child, &status, 0);
  span.set_output({{"exit_code", WEXITSTATUS(status)}});
  return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc == 3) return work(argv[1], argv[2]);
  opik::set_global_client(opik::Client{{.project_name = "distributed"}});
  int worker = 1;
  {
    auto trace = opik::start_as_current_trace({.name = "request"});
    worker = call_worker(argv[0]);
    trace.set_output({{"worker", worker}});
  }
  const opik::FlushResult result = opik::global_client().flush(std::chrono::seconds(10));
  std::printf("worker said %d; %llu records delivered\n", worker, static_cast<unsigned long long>(result.delivered));
  return result.ok() && worker == 0 ? 0 : 1;
}
