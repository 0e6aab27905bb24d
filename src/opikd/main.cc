// opikd: the server and the commands around it.

#include <fmt/format.h>

#include <cstdio>
#include <string>
#include <vector>

#include "opikd/commands.h"
#include "opikd/config.h"

int main(int argc, char** argv) {
  using namespace opik;
  const base::Result<opikd::CommandLine> told = opikd::read_command_line(std::vector<std::string>(argv + 1, argv + argc));
  if (!told) {
    fmt::print(stderr, "opikd: {}\n", told.error().message);
    return opikd::kExitUsage;
  }
  switch (told->action) {
    case opikd::CommandLine::Action::serve:
      return opikd::serve(told->config);
    case opikd::CommandLine::Action::payload:
      return opikd::print_payload(told->config, told->id);
    case opikd::CommandLine::Action::prices:
      return opikd::prices(told->config, told->files);
    case opikd::CommandLine::Action::version:
      fmt::print("opikd {}\n", OPIKD_VERSION);
      return opikd::kExitOk;
    case opikd::CommandLine::Action::help:
      break;
  }
  fmt::print("{}", told->help_text);
  return opikd::kExitOk;
}
