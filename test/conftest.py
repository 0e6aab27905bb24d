"""What every test of the whole server shares: a running opikd (`server`: one a module; `fresh_server`: one a test)."""
import pytest

from support import server as servers


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
