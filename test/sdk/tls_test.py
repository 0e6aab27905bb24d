"""Goal: nothing is sent to a server whose certificate is not to be trusted, unless the user says so; and a proxy is used when named.
Method: a server with a certificate of its own, and a proxy that writes down what it is asked."""
import shutil
import ssl
import subprocess

import pytest

from sdk.faults import Faults
from sdk.official import Official
from sdk.program import Program

pytestmark = pytest.mark.skipif(shutil.which("openssl") is None, reason="no openssl to make a certificate with")


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tls")
    key, cert = folder / "key.pem", folder / "cert.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", cert, "-days", "2", "-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"],
        check=True,
        capture_output=True,
    )
    return key, cert


@pytest.fixture
def secure(certificate):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate[1], certificate[0])
    with Faults(Official(), tls=context) as server:
        yield server


def test_an_unknown_certificate_is_refused(secure):
    run = Program(secure.url, exit_flush_timeout=1).run("stream", 3, 0, 500)
    assert run.ends[0]["stats"]["delivered"] == 0 and secure.requests == []
    assert "certificate" in run.errors, run.errors


def test_the_user_may_trust_all(secure):
    run = Program(secure.url, check_tls_certificate="false").run("stream", 3, 0, 20_000)
    assert run.ends[0]["flush"]["ok"] and len(secure.backend.rows("traces")) == 3


def test_the_user_may_name_a_certificate(secure, certificate):
    program = Program(secure.url)
    program.env["SSL_CERT_FILE"] = str(certificate[1])
    assert program.run("stream", 3, 0, 20_000).ends[0]["flush"]["ok"] and len(secure.backend.rows("traces")) == 3


def test_a_proxy_is_used():
    """An HTTP proxy is asked with the whole address; this one is the server itself."""
    with Faults(Official()) as server:
        seen = []
        handle = server.backend.handle
        server.backend.handle = lambda method, path, *rest: seen.append(path) or handle(method, "/" + path.partition("://")[2].partition("/")[2], *rest)
        program = Program("http://opik.example/api/")
        program.env["_OPIK_HTTP_PROXY"] = f"http://127.0.0.1:{server.port}"
        assert program.run("stream", 3, 0, 20_000).ends[0]["flush"]["ok"]
        assert all(path.startswith("http://opik.example/api/v1/private/") for path in seen) and len(seen) >= 2
