"""Goal: the transport is what browsers and SDKs expect: prefixes, encodings, keep-alive, pipelining, limits on size and time, CORS, workspaces.
Method: plain requests, and raw sockets where a client would have to misbehave."""
import contextlib
import gzip
import json
import re
import socket
import subprocess
import time
import zlib

import pytest

from api.shapes import code_message, span, trace
from support.server import SANITIZED, Opikd

JSON = {"Content-Type": "application/json"}


def raw(server, data, timeout=10):
    """What the server sends back to these bytes until it closes, or falls silent for a second."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=timeout) as connection:
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            connection.sendall(data)
        return drain(connection, 1.0)


def drain(connection, quiet_s):
    connection.settimeout(quiet_s)
    out = b""
    with contextlib.suppress(TimeoutError, ConnectionResetError):
        while piece := connection.recv(65536):
            out += piece
    return out


def statuses(data):
    """Status codes of the answers in a stream of them."""
    return [int(code) for code in re.findall(rb"HTTP/1\.1 (\d{3}) ", data)]


# --- system operations


@pytest.mark.parametrize("prefix", ["", "/api"])
def test_alive(api, prefix):
    assert api.get(f"{prefix}/is-alive/ping").json == {"message": "Healthy Server", "healthy": True}
    assert api.get(f"{prefix}/is-alive/ver").json["version"]


def test_access(api):
    assert api.post("/v1/private/auth", {}).status == 204
    assert api.get("/v1/private/auth/workspace").json == {"workspace_name": "default"}
    assert api.get("/v1/private/workspaces/versions").json["opik_version"] in ("version_1", "version_2")
    toggles = api.get("/v1/private/toggles").json
    assert (toggles.pop("force_workspace_version"), toggles.pop("v2WorkspaceAllowlistIds")) == ("version_1", [])
    assert len(toggles) == 33 and all(isinstance(v, bool) for v in toggles.values())


def test_redirect_to_project(api):
    import base64

    path = base64.b64encode(f"{api.url}/api/".encode()).decode()
    entity = trace(project_name="redirected")
    api.post("/v1/private/traces", entity)
    answer = api.get("/v1/session/redirect/projects/", query={"trace_id": entity["id"], "path": path})
    assert 300 <= answer.status < 400 and answer.headers["location"], answer


def test_metrics(api):
    answer = api.get("/metrics")
    assert answer.status == 200 and answer.headers["content-type"].startswith("text/plain")
    for line in answer.text.splitlines():
        assert line.startswith("# ") or len(line.rsplit(" ", 1)) == 2 and float(line.rsplit(" ", 1)[1]) is not None
    values = dict(line.rsplit(" ", 1) for line in answer.text.splitlines() if not line.startswith("#"))
    assert float(values['opikd_disk_bytes{of="database"}']) > 4096 and float(values['opikd_disk_bytes{of="free"}']) > 0
    assert abs(float(values["process_start_time_seconds"]) - time.time()) < 3600
    assert any(name.startswith("opikd_build_info{version=") for name in values)


# --- paths


def test_prefix_and_trailing_slash(api):
    entity = trace()
    assert api.post("/api/v1/private/traces/", entity).status == 201
    for path in (f"/v1/private/traces/{entity['id']}", f"/api/v1/private/traces/{entity['id']}", f"/api/v1/private/traces/{entity['id']}/"):
        assert api.get(path).json["id"] == entity["id"]
    assert api.get("/v1/private/toggles/").status == 200


def test_what_the_official_ui_asks(api):
    """Its tables and trees: a trailing slash, and all spans of a trace on one page."""
    entity = trace(project_name="official ui")
    assert api.post("/v1/private/traces", entity).status == 201
    assert api.post("/v1/private/spans/batch", {"spans": [span(trace_id=entity["id"], project_name="official ui") for _ in range(120)]}).status == 204
    project = api.post("/v1/private/projects/retrieve/", {"name": "official ui"}).json["id"]
    query = {"project_id": project, "trace_id": entity["id"], "page": 1, "size": 15000, "truncate": "true"}
    found = api.get("/v1/private/spans/", query=query)
    assert found.status == 200 and (found.json["total"], len(found.json["content"])) == (120, 120), found
    assert [one["id"] for one in api.get("/v1/private/traces/", query={"project_id": project, "size": 15000}).json["content"]] == [entity["id"]]


def test_who_hangs_up_costs_nobody_else(server, api):
    """A browser that leaves a page drops its requests: unsent, half sent, and sent but unread."""
    entity = trace(project_name="hung up", input={"text": "x" * 200_000})
    assert api.post("/v1/private/traces", entity).status == 201
    whole = "GET /v1/private/traces/?project_name=hung%20up&size=15000 HTTP/1.1\r\nHost: x\r\n\r\n".encode()
    host, port = server.url.removeprefix("http://").split(":")

    def open_connections():
        return int(re.search(r"^opikd_http_connections_open (\d+)$", api.get("/metrics").text, re.MULTILINE).group(1))

    before = open_connections()
    for sent in [b"", whole[:20], whole, whole * 3] * 20:
        with socket.create_connection((host, int(port)), timeout=30) as connection:
            connection.sendall(sent)
    assert api.get(f"/v1/private/traces/{entity['id']}").json["input"] == entity["input"]
    end = time.monotonic() + 30
    while (left := open_connections()) > before and time.monotonic() < end:
        time.sleep(0.1)
    assert left <= before, "connections of those who hung up stay open"


# --- workspaces


@pytest.mark.parametrize("workspace,status", [(None, 200), ("", 200), ("default", 200), ("Default", 404), ("other", 404)])
def test_workspace(api, workspace, status):
    answer = api.get("/v1/private/projects", headers={} if workspace is None else {"Comet-Workspace": workspace})
    assert answer.status == status
    if status == 404:
        code_message(answer, 404, "^Workspace not found$")
    assert api.get("/is-alive/ping", headers={"Comet-Workspace": "other"}).status == 200


def test_authorization_is_ignored(api):
    assert api.get("/v1/private/projects", headers={"Authorization": "some key"}).status == 200


# --- encodings


def zstd(body):
    return subprocess.run(["zstd", "-c"], input=body, capture_output=True, check=True).stdout


def encoders():
    yield "gzip", gzip.compress
    yield "x-gzip", gzip.compress
    yield "deflate", zlib.compress
    try:
        zstd(b"")
        yield "zstd", zstd
    except FileNotFoundError:
        pass
    yield "identity", bytes


@pytest.mark.parametrize("encoding,encode", list(encoders()))
def test_compressed_request(api, encoding, encode):
    items = [span(input={"i": i, "text": "hello " * 50}) for i in range(100)]
    body = encode(json.dumps({"spans": items}).encode())
    answer = api.request("POST", "/v1/private/spans/batch", body=body, headers={**JSON, "Content-Encoding": encoding})
    assert answer.status == 204, answer
    assert api.get(f"/v1/private/spans/{items[57]['id']}").json["input"] == items[57]["input"]


def test_gzip_of_several_members(api):
    entity = trace()
    body = json.dumps(entity).encode()
    assert api.request("POST", "/v1/private/traces", body=gzip.compress(body[:20]) + gzip.compress(body[20:]), headers={**JSON, "Content-Encoding": "gzip"}).status == 201


@pytest.mark.parametrize("encoding,body", [("gzip", b"not gzip"), ("gzip", gzip.compress(b"{}")[:-6]), ("deflate", b"\x00\x01"), ("zstd", b"xxxx"), ("gzip", b"")])
def test_broken_compression(api, encoding, body):
    assert api.request("POST", "/v1/private/traces", body=body, headers={**JSON, "Content-Encoding": encoding}).status in (400, 422)
    assert api.get("/is-alive/ping").status == 200


def test_unknown_encoding(api):
    assert api.request("POST", "/v1/private/traces", body=b"{}", headers={**JSON, "Content-Encoding": "br"}).status == 415


def test_gzip_response(api):
    items = [trace(project_name="zipped", input={"text": "hello " * 100}) for _ in range(30)]
    api.post("/v1/private/traces/batch", {"traces": items})
    plain = api.get("/v1/private/traces", query={"project_name": "zipped", "size": 30})
    zipped = api.get("/v1/private/traces", query={"project_name": "zipped", "size": 30}, headers={"Accept-Encoding": "gzip, deflate"})
    assert zipped.headers["content-encoding"] == "gzip" and len(zipped.body) < len(plain.body) / 3 and "content-encoding" not in plain.headers
    assert zipped.json == plain.json
    stream = api.post("/v1/private/traces/search", {"project_name": "zipped"}, headers={"Accept-Encoding": "gzip"})
    assert [e["id"] for e in stream.lines] == [e["id"] for e in plain.json["content"]]


def test_chunked_request(api, server):
    entity = trace()
    body = json.dumps(entity).encode()
    pieces = b"".join(b"%x;ext=1\r\n%s\r\n" % (len(p), p) for p in (body[:7], body[7:60], body[60:])) + b"0\r\nTrailer: x\r\n\r\n"
    answer = raw(server, b"POST /v1/private/traces HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n" + pieces)
    assert statuses(answer) == [201], answer
    assert api.get(f"/v1/private/traces/{entity['id']}").json["name"] == "t"


def test_expect_continue(server):
    body = json.dumps(trace()).encode()
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as connection:
        connection.sendall(b"POST /v1/private/traces HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nExpect: 100-continue\r\nContent-Length: %d\r\n\r\n" % len(body))
        assert connection.recv(4096).startswith(b"HTTP/1.1 100")
        connection.sendall(body)
        assert statuses(drain(connection, 1.0)) == [201]


# --- connections


def test_pipelining(server):
    entities = [trace() for _ in range(20)]
    requests = b""
    for entity in entities:
        body = json.dumps(entity).encode()
        requests += b"POST /v1/private/traces HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body)
        requests += b"GET /v1/private/traces/%s HTTP/1.1\r\nHost: x\r\n\r\n" % entity["id"].encode()
    answer = raw(server, requests)
    assert statuses(answer) == [201, 200] * 20
    at = [answer.index(e["id"].encode()) for e in entities]
    assert at == sorted(at), "answers in the order of the requests"


def test_connection_close(server):
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as connection:
        connection.sendall(b"GET /is-alive/ping HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        connection.settimeout(5)
        out = b""
        while piece := connection.recv(4096):
            out += piece
        assert statuses(out) == [200] and b"connection: close" in out.lower()


def test_head(api):
    answer = api.request("HEAD", "/is-alive/ping")
    assert answer.status in (200, 405) and answer.body == b""


def test_clients_that_hang_up(api, server):
    entity = trace(input={"text": "x" * 200_000})
    body = json.dumps(entity).encode()
    head = b"POST /v1/private/traces HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(body)
    for sent in (head[:10], head, head + body[:1000], head + body[:-1], head + body):
        with socket.create_connection(("127.0.0.1", server.port), timeout=10) as connection:
            connection.sendall(sent)
    api.post("/v1/private/spans/batch", {"spans": [span(project_name="hang up", input={"text": "x" * 10_000}) for _ in range(1000)]})
    for _ in range(5):  # in the middle of a stream
        with socket.create_connection(("127.0.0.1", server.port), timeout=10) as connection:
            search = b'{"project_name":"hang up","limit":1000}'
            connection.sendall(b"POST /v1/private/spans/search HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s" % (len(search), search))
            connection.recv(1000)
    assert api.get("/is-alive/ping").status == 200


@pytest.mark.parametrize("request_bytes", [
    b"GARBAGE\r\n\r\n", b"GET /is-alive/ping HTTP/1.1\r\nno colon\r\n\r\n", b"POST /v1/private/traces HTTP/1.1\r\nHost: x\r\nContent-Length: x\r\n\r\n",
    b"POST /v1/private/traces HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello!",
    b"POST /v1/private/traces HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    b"POST /v1/private/traces HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
])  # fmt: skip
def test_not_http(api, server, request_bytes):
    found = statuses(raw(server, request_bytes))
    assert all(400 <= status < 600 for status in found), found
    assert api.get("/is-alive/ping").status == 200


def test_headers_too_large(server):
    assert statuses(raw(server, b"GET /is-alive/ping HTTP/1.1\r\nHost: x\r\n" + b"".join(b"X-%d: %s\r\n" % (i, b"y" * 1000) for i in range(100)) + b"\r\n")) == [431]


# --- limits, on servers with small ones


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    with Opikd(tmp_path_factory.mktemp("small"), args=["--body-bytes-max", "1000000", "--header-timeout-ms", "1000", "--body-timeout-ms", "1000",
                                                       "--idle-timeout-ms", "2000"]) as running:  # fmt: skip
        yield running


def test_body_too_large(small):
    big = json.dumps(trace(input={"text": "x" * 1_100_000})).encode()
    code_message(small.api.request("POST", "/v1/private/traces", body=big, headers=JSON), 413)
    fits = json.dumps(trace(input={"text": "x" * 900_000})).encode()
    assert small.api.request("POST", "/v1/private/traces", body=fits, headers=JSON).status == 201


@pytest.mark.parametrize("encoding,encode", [e for e in encoders() if e[0] in ("gzip", "deflate", "zstd")])
def test_bomb(small, encoding, encode):
    """100 MB in a few hundred kB at most: refused without being inflated as a whole."""
    bomb = encode(b" " * 100_000_000)
    began = time.monotonic()
    answer = small.api.request("POST", "/v1/private/traces", body=bomb, headers={**JSON, "Content-Encoding": encoding})
    code_message(answer, 413)
    assert time.monotonic() - began < (20 if SANITIZED else 2)


def test_chunked_body_too_large(small):
    head = b"POST /v1/private/traces HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
    answer = raw(small, head + b"".join(b"%x\r\n%s\r\n" % (50_000, b"x" * 50_000) for _ in range(40)) + b"0\r\n\r\n")
    assert statuses(answer)[:1] in ([413], []), answer  # it may be gone before the answer can be read


def test_slow_headers(small):
    with socket.create_connection(("127.0.0.1", small.port), timeout=10) as connection:
        began = time.monotonic()
        connection.sendall(b"GET /is-alive/ping HTTP/1.1\r\nHost: x\r\n")
        for _ in range(6):  # a header now and then does not buy time
            time.sleep(0.3)
            with contextlib.suppress(OSError):
                connection.sendall(b"X-A: b\r\n")
        assert statuses(drain(connection, 3.0)) == [408]
        assert time.monotonic() - began < 10


def test_slow_body(small):
    with socket.create_connection(("127.0.0.1", small.port), timeout=10) as connection:
        connection.sendall(b"POST /v1/private/traces HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{")
        assert statuses(drain(connection, 4.0)) == [408]


def test_idle_connection_is_closed(small):
    with socket.create_connection(("127.0.0.1", small.port), timeout=10) as connection:
        connection.sendall(b"GET /is-alive/ping HTTP/1.1\r\nHost: x\r\n\r\n")
        assert statuses(drain(connection, 0.5)) == [200]
        connection.settimeout(10)
        assert connection.recv(100) == b"", "closed without a word"


def test_busy(tmp_path):
    """Past the bytes in flight: 429 with the time to come again, which the SDKs obey; nothing grows."""
    with Opikd(tmp_path / "data", args=["--inflight-bytes", str(1 << 20)]) as server:
        held = []
        body = json.dumps(trace(input={"text": "x" * 900_000})).encode()
        head = b"POST /v1/private/traces HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(body)
        try:
            for _ in range(4):
                connection = socket.create_connection(("127.0.0.1", server.port), timeout=10)
                connection.sendall(head + body[:-1])
                held.append(connection)
            time.sleep(0.5)
            answer = server.api.request("POST", "/v1/private/traces", body=body, headers=JSON)
            code_message(answer, 429)
            assert int(answer.headers["retry-after"]) >= 1 and int(answer.headers["ratelimit-reset"]) >= 1
        finally:
            for connection in held:
                connection.close()
        time.sleep(0.5)
        assert server.api.request("POST", "/v1/private/traces", body=body, headers=JSON).status == 201, "room again"


def test_cors(tmp_path):
    with Opikd(tmp_path / "data", args=["--cors", "on"]) as server:
        origin = {"Origin": "http://localhost:3000"}
        preflight = server.api.request("OPTIONS", "/v1/private/traces", headers={**origin, "Access-Control-Request-Method": "PATCH", "Access-Control-Request-Headers": "comet-workspace"})
        assert preflight.status in (200, 204)
        assert preflight.headers["access-control-allow-origin"] == "http://localhost:3000"
        assert "PATCH" in preflight.headers["access-control-allow-methods"]
        assert "comet-workspace" in preflight.headers["access-control-allow-headers"].lower()
        answer = server.api.get("/is-alive/ping", headers=origin)
        assert answer.headers["access-control-allow-origin"] == "http://localhost:3000"


def test_no_cors_by_default(api):
    assert "access-control-allow-origin" not in api.get("/is-alive/ping", headers={"Origin": "http://localhost:3000"}).headers
