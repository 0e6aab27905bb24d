"""What every test of the whole server shares: a running opikd (`server`: one a module; `fresh_server`: one a test)."""
import importlib.util
import re

import pytest

from support import server as servers

RANDOM_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")

# The tests of the web UI have an environment of their own (.venv/ui), with a browser's driver.
collect_ignore = [] if importlib.util.find_spec("playwright") else ["ui"]


def pytest_make_parametrize_id(val):
    """Tests keep their names from run to run and from process to process: ids are random, packed bytes carry the time, names do neither."""
    if isinstance(val, bytes):
        return f"{len(val)} bytes"
    return RANDOM_ID.sub("{id}", val) if isinstance(val, str) and RANDOM_ID.search(val) else None


def pytest_collection_modifyitems(items):
    """A clear word instead of a hundred failures when there is no binary."""
    if items and not servers.BINARY.exists():
        pytest.exit(f"no server at {servers.BINARY}: run `make build`, or set OPIKD", returncode=2)


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with servers.Opikd(tmp_path_factory.mktemp("data")) as running:
        yield running


@pytest.fixture
def fresh_server(tmp_path):
    with servers.Opikd(tmp_path / "data") as running:
        yield running


@pytest.fixture(scope="module")
def api(server):
    return server.api
