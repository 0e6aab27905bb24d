"""configure() and healthcheck()."""
from __future__ import annotations

import configparser
import os
import sys
from typing import Any, Dict, Optional

from opik_cpp import _native, _session
from opik_cpp.exceptions import ConfigurationError

_LOCAL = "http://localhost:5173/api/"
_CHECK_S = 5.0


def _file() -> str:
    return os.path.expanduser(os.environ.get("OPIK_CONFIG_PATH") or "~/.opik.config")


def configure(
    api_key: Optional[str] = None,
    workspace: Optional[str] = None,
    url: Optional[str] = None,
    use_local: bool = False,
    force: bool = False,
    automatic_approvals: Optional[bool] = None,
    url_override: Optional[str] = None,
    project_name: Optional[str] = None,
) -> None:
    """Writes ~/.opik.config (or $OPIK_CONFIG_PATH) and uses the settings in this process, for clients made later.

    use_local                      opikd or Opik on this machine
    url_override (or url), api_key Opik elsewhere: its address, or Opik's cloud with a key and its workspace
    force                          replace what the file has

    It never asks: what is missing is an error. The server is asked whether it is there and lets the key in.
    """
    address = url_override or url
    settings: Dict[str, Any] = {"workspace": workspace or "default"}
    if use_local:
        settings["url_override"] = address or _LOCAL
    elif address:
        settings["url_override"] = address
    elif not api_key:
        known = _native.load_settings({})
        if known["api_key"] and not force:
            settings = {"workspace": workspace or known["workspace"], "url_override": known["url_override"]}
            api_key = known["api_key"]
        else:
            raise ConfigurationError("configure: for Opik's cloud an api_key is needed, for another server url_override, for one on this machine use_local=True")
    if api_key:
        settings["api_key"] = api_key
    if project_name:
        settings["project_name"] = project_name
    _check(settings)
    _write(settings, force)
    _session.settings.update(settings)
    if _session._global is not None:
        _session.reset_global_client(end_client=False)


def _check(settings: Dict[str, Any]) -> None:
    connection = _native.Connection(settings)
    address = connection.settings()["url_override"]
    try:
        status, _ = connection.request("POST", "v1/private/auth", b"{}", _CHECK_S)
    except ConnectionError as error:
        raise ConfigurationError(f"configure: no Opik server at {address}: {error}") from None
    if status in (401, 403):
        raise ConfigurationError(f"configure: {address} does not let this key into workspace {settings['workspace']!r} ({status})")
    if status >= 400 and status != 404:
        raise ConfigurationError(f"configure: {address} answered {status}")


def _write(settings: Dict[str, Any], force: bool) -> None:
    path = _file()
    parser = configparser.ConfigParser(interpolation=None)
    if os.path.exists(path):
        parser.read(path)
    if not parser.has_section("opik"):
        parser.add_section("opik")
    for key, value in settings.items():
        parser.set("opik", key, value)
    # It may hold a key: nobody else is to read it.
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        parser.write(file)


def healthcheck(show_installed_packages: bool = False) -> bool:
    """Prints versions, settings and whether the server answers. Whether it does."""
    import platform

    import opik_cpp

    found = _native.load_settings(_session.settings)
    print(f"opik_cpp {opik_cpp.__version__}, Python {platform.python_version()}, {platform.platform()}")
    print(f"settings from {_file()}{'' if os.path.exists(_file()) else ' (not there)'} and the environment:")
    for key, value in sorted(found.items()):
        print(f"  {key} = {'*** HIDDEN ***' if key == 'api_key' and value else value}")
    if show_installed_packages:
        from importlib.metadata import distributions

        for line in sorted(f"  {d.metadata['Name']} {d.version}" for d in distributions()):
            print(line)
    try:
        status, _ = _native.Connection(_session.settings).request("POST", "v1/private/auth", b"{}", _CHECK_S)
    except ConnectionError as error:
        print(f"server: not reached: {error}", file=sys.stderr)
        return False
    print(f"server: answers {status}")
    return status < 400
