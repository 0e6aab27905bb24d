"""python -m opik_cpp configure|healthcheck, also installed as `opik-cpp`."""
from __future__ import annotations

import argparse
import sys

from opik_cpp._configure import configure, healthcheck
from opik_cpp.exceptions import ConfigurationError


def main() -> int:
    parser = argparse.ArgumentParser(prog="opik-cpp", description="Settings of opik_cpp, the tracing side of Opik's SDK.")
    commands = parser.add_subparsers(dest="command", required=True)
    to_configure = commands.add_parser("configure", help="write ~/.opik.config")
    to_configure.add_argument("--use-local", "--use_local", action="store_true", help="a server on this machine, port 5173")
    for name in ("url-override", "api-key", "workspace", "project-name"):
        to_configure.add_argument(f"--{name}")
    to_check = commands.add_parser("healthcheck", help="print the settings and ask the server")
    to_check.add_argument("--show-installed-packages", action="store_true")
    given = parser.parse_args()
    if given.command == "healthcheck":
        return 0 if healthcheck(given.show_installed_packages) else 1
    try:
        configure(
            api_key=given.api_key, workspace=given.workspace, url_override=given.url_override, project_name=given.project_name, use_local=given.use_local
        )
    except ConfigurationError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
