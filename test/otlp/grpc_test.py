"""Goal: what OpenTelemetry's own exporter sends over gRPC arrives as it does over HTTP; what goes wrong ends as gRPC and OTLP say, so that
exporters try again what is worth it; no bytes on the port hurt the server; without the option there is no port.
Method: the official exporter (test/otlp/export_program.py) and grpcio against opikd, then what is read back; raw bytes on a socket."""
import concurrent.futures
import gzip
import json
import pathlib
import random
import re
import socket
import struct
import subprocess
import time
import uuid
import zlib

import pytest

from otlp.otlp_test import listed
from support import server as servers

PYTHON = servers.ROOT / ".venv/otlp/bin/python"
FOLDER = pathlib.Path(__file__).parent
METHOD = "/opentelemetry.proto.collector.trace.v1.TraceService/Export"
START_NS = 1_764_000_000_000_000_000
SECOND_NS = 1_000_000_000
PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
LISTENS = re.compile(r"OTLP over gRPC listen=127\.0\.0\.1:(\d+)")


def grpc_port(server):
    wait_until(lambda: LISTENS.search(server.stderr))  # a thread reads it
    return int(LISTENS.search(server.stderr).group(1))


def start(folder, *args):
    return servers.Opikd(folder / "data", args=["--otlp-grpc", "127.0.0.1:0", *args])


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with start(tmp_path_factory.mktemp("grpc")) as running:
        yield running


@pytest.fixture
def api(server):
    return server.api


def run(program, told):
    ran = subprocess.run([PYTHON, FOLDER / program], input=json.dumps(told), capture_output=True, text=True, timeout=120)
    assert ran.returncode == 0, ran.stderr
    return json.loads(ran.stdout)


def exported(server, batches, project, form="grpc", **more):
    """Exports each batch over one connection; how each ended."""
    url = f"127.0.0.1:{grpc_port(server)}" if form == "grpc" else server.url + "/api/v1/private/otel/v1/traces"
    return run("export_program.py", {"url": url, "form": form, "headers": {"projectName": project}, "batches": batches, **more})


def called(server, *calls, port=None):
    """Makes each call as it is told (test/otlp/call_program.py); how each ended: [code, message, answer in hex]."""
    return run("call_program.py", {"target": f"127.0.0.1:{port or grpc_port(server)}", "calls": calls})


def span(trace, id, parent=None, name="step", at_s=0, length_s=1, **more):
    start_ns = START_NS + at_s * SECOND_NS
    return {"trace": trace, "id": id, "parent": parent, "name": name, "start_ns": start_ns, "end_ns": start_ns + length_s * SECOND_NS, **more}


CALL = {
    "gen_ai.operation.name": "chat",
    "gen_ai.system": "openai",
    "gen_ai.request.model": "gpt-4o",
    "gen_ai.usage.input_tokens": 1000,
    "gen_ai.usage.output_tokens": 100,
    "gen_ai.input.messages": json.dumps([{"role": "user", "parts": [{"type": "text", "content": "six times seven?"}]}]),
    "gen_ai.output.messages": json.dumps([{"role": "assistant", "parts": [{"type": "text", "content": "42"}]}]),
    "gen_ai.conversation.id": "chat-1",
}


def request_hex(spans, name="s", padding=0, fields=b""):
    """An ExportTraceServiceRequest by hand: spans of traces of their own, with so many bytes in an attribute of each."""

    def field(number, content):
        size, length = len(content), b""
        while size > 127:
            length, size = length + bytes([size & 127 | 128]), size >> 7
        return bytes([number << 3 | 2]) + length + bytes([size]) + content

    told = b""
    for _ in range(spans):
        times = b"\x39" + struct.pack("<Q", START_NS) + b"\x41" + struct.pack("<Q", START_NS + SECOND_NS)
        attribute = field(9, field(1, b"padding") + field(2, field(1, b"x" * padding))) if padding else b""
        told += field(2, field(1, uuid.uuid4().bytes) + field(2, b"\0" * 7 + b"\1") + field(5, name.encode()) + times + attribute)
    return (field(1, field(2, told)) + fields).hex()


@pytest.mark.parametrize("compressed", [False, True], ids=["plain", "gzip"])
def test_a_call_of_a_model(server, api, compressed):
    project, trace = f"model {compressed}", uuid.uuid4().hex
    call = span(trace, "00000000000000b1", "00000000000000a1", "chat gpt-4o", 1, 1, kind="CLIENT", attributes=CALL)
    root = span(trace, "00000000000000a1", None, "answer", 0, 3, kind="SERVER", error="it broke")
    assert exported(server, [[call, root]], project, gzip=compressed, resource={"service.name": "shop"}) == ["SUCCESS"]
    (seen,) = listed(api, "traces", project)
    assert seen["name"] == "answer" and seen["thread_id"] == "chat-1" and seen["span_count"] == 2 and seen["llm_span_count"] == 1
    assert seen["usage"] == {"prompt_tokens": 1000, "completion_tokens": 100, "total_tokens": 1100}
    assert seen["total_estimated_cost"] == pytest.approx(0.0035) and "it broke" in seen["error_info"]["message"]
    (llm,) = [s for s in listed(api, "spans", project) if s["name"] == "chat gpt-4o"]
    assert llm["type"] == "llm" and llm["model"] == "gpt-4o" and llm["provider"] == "openai" and llm["trace_id"] == seen["id"]
    assert llm["total_estimated_cost"] == pytest.approx(0.0035) and llm["metadata"]["opentelemetry.resource"] == {"service.name": "shop"}
    assert "six times seven?" in json.dumps(llm["input"]) and "42" in json.dumps(llm["output"])


def test_both_doors_give_the_same(server, api):
    trace = uuid.uuid4().hex
    batch = [
        span(trace, "00000000000000a1", None, "root", attributes={"k": "v"}),
        span(trace, "00000000000000b1", "00000000000000a1", "chat", attributes=CALL, events=[{"name": "e", "time_ns": START_NS, "attributes": {}}]),
    ]
    seen = []
    for form in ("grpc", "protobuf"):
        assert exported(server, [batch], f"door {form}", form) == ["SUCCESS"]
        spans = listed(api, "spans", f"door {form}")
        ours = {"id", "trace_id", "parent_span_id", "project_id", "project_name", "created_at", "last_updated_at"}
        seen.append(sorted(({k: v for k, v in s.items() if k not in ours} for s in spans), key=lambda s: s["name"]))
    assert len(seen[0]) == 2 and seen[0] == seen[1]


def test_many_batches_and_large_ones_on_one_connection(server, api):
    """The large one is more than gRPC's 4 MiB and than every window."""
    trace = uuid.uuid4().hex
    batches = [[span(trace, f"{n * 5 + i + 1:016x}", None if n + i == 0 else "0000000000000001", f"{n}.{i}") for i in range(5)] for n in range(60)]
    text = "".join(random.Random(7).choices("abcdefgh ", k=9 << 20))
    batches.append([span(trace, "00000000000f0000", "0000000000000001", "large", attributes={"text": text})])
    assert exported(server, batches, "many") == ["SUCCESS"] * 61
    (seen,) = listed(api, "traces", "many")
    assert seen["span_count"] == 301
    (large,) = [s for s in listed(api, "spans", "many") if s["name"] == "large"]
    assert api.get(f"/v1/private/spans/{large['id']}").json["input"]["text"] == text


def test_calls_at_once_on_one_connection(server, api):
    calls = [{"body": request_hex(3, padding=40_000), "metadata": {"projectname": "at once"}} for _ in range(100)]
    assert called(server, *calls, {"at_once": True}) == [["OK", "", ""]] * 100
    assert api.get("/v1/private/spans", query={"project_name": "at once"}).json["total"] == 300


def test_how_calls_end(server):
    ends = called(
        server,
        {"body": ""},
        {"body": "0aff"},
        {"body": request_hex(1), "method": "/opentelemetry.proto.collector.metrics.v1.MetricsService/Export"},
        {"body": request_hex(1), "metadata": {"comet-workspace": "nobodys"}},
        {"body": request_hex(1), "metadata": {f"k{n}": "v" * 20_000 for n in range(4)}},
        {"body": request_hex(1), "metadata": {"authorization": "key", "projectname": "ends"}},
    )
    assert ends[0] == ["OK", "", ""]
    assert ends[1][0] == "INVALID_ARGUMENT" and ends[1][1]
    assert ends[2][0] == "UNIMPLEMENTED" and "MetricsService/Export" in ends[2][1]
    assert ends[3] == ["NOT_FOUND", "Workspace not found", ""]
    assert ends[4][0] == "RESOURCE_EXHAUSTED"
    assert ends[5] == ["OK", "", ""]
    assert [s["name"] for s in listed(server.api, "spans", "ends")] == ["s"]


def curl(server, *args, body=b"", path=METHOD):
    command = ["curl", "-sS", "--http2-prior-knowledge", "-m", "20", "-D", "-", "-o", "/dev/null", "--data-binary", "@-", *args]
    ran = subprocess.run([*command, f"http://127.0.0.1:{grpc_port(server)}{path}"], input=body, capture_output=True, timeout=60)
    assert ran.returncode == 0, ran.stderr
    return ran.stdout.decode().lower()


def message(flag, body):
    return struct.pack(">BI", flag, len(body)) + body


GRPC = ("-H", "content-type: application/grpc", "-H", "te: trailers")


@pytest.mark.parametrize("coding", ["gzip", "deflate", "identity"])
def test_codings_by_hand(server, coding):
    body = bytes.fromhex(request_hex(1, name=coding))
    packed = {"gzip": gzip.compress, "deflate": zlib.compress, "identity": bytes}[coding](body)
    told = curl(server, *GRPC, "-H", f"grpc-encoding: {coding}", "-H", f"projectname: by {coding}", body=message(int(coding != "identity"), packed))
    assert "grpc-status: 0" in told and [s["name"] for s in listed(server.api, "spans", f"by {coding}")] == [coding]


@pytest.mark.parametrize(
    "headers, body, status",
    [
        (["grpc-encoding: snappy"], b"", 12),
        ([], message(1, b"x"), 13),
        (["grpc-encoding: gzip"], message(1, b"not gzip"), 13),
        ([], message(2, b""), 13),
        ([], message(0, b"12345")[:-1], 13),
        ([], b"\0\0", 13),
        ([], message(0, b"") + message(0, b""), 12),
        ([], message(0, b"") + b"x", 12),
    ],
    ids=["coding", "no coding", "broken", "flag", "cut", "no prefix", "two", "more"],
)
def test_broken_messages(server, headers, body, status):
    told = curl(server, *GRPC, *[word for header in headers for word in ("-H", header)], body=body)
    assert told.startswith("http/2 200") and f"grpc-status: {status}\r" in told and re.search(r"grpc-message: \S", told)
    assert "grpc-accept-encoding: identity,gzip,deflate,zstd" in told


def test_what_is_no_call(server):
    assert curl(server, "-H", "content-type: application/json").startswith("http/2 415")
    assert curl(server, *GRPC, "-X", "PUT").startswith("http/2 405")


def test_a_message_that_is_too_large(tmp_path):
    with start(tmp_path, "--body-bytes-max", "1MiB") as small:
        bomb = gzip.compress(b"\0" * (4 << 20))
        assert called(small, {"body": request_hex(1, padding=2 << 20)})[0][:1] == ["RESOURCE_EXHAUSTED"]
        assert "grpc-status: 8" in curl(small, *GRPC, "-H", "grpc-encoding: gzip", body=message(1, bomb))
        assert called(small, {"body": request_hex(1, padding=1 << 19)}) == [["OK", "", ""]]
        wait_until(lambda: inflight_bytes(small) == 0)


def test_a_busy_server_is_tried_again(tmp_path):
    """A message that is announced and does not come holds the budget; the official exporter comes back until there is room."""
    with start(tmp_path, "--inflight-bytes", "1MiB") as full:
        with socket.create_connection(("127.0.0.1", grpc_port(full))) as slow:
            slow.sendall(PREFACE + frame(4, 0, 0) + frame(1, 4, 1, head()) + frame(0, 0, 1, struct.pack(">BI", 0, 1_000_000)))
            wait_until(lambda: inflight_bytes(full) >= 1_000_000)
            assert called(full, {"body": request_hex(1, padding=100_000)})[0][0] == "UNAVAILABLE"
            with concurrent.futures.ThreadPoolExecutor(1) as pool:
                batch = [span(uuid.uuid4().hex, "00000000000000a1", attributes={"text": "x" * 100_000})]
                exporting = pool.submit(exported, full, [batch], "again", timeout_s=30)
                wait_until(lambda: metric(full, "opikd_http_refused_busy_total") >= 2)
                assert not exporting.done()
                slow.close()
                assert exporting.result() == ["SUCCESS"]
        assert len(listed(full.api, "spans", "again")) == 1
        wait_until(lambda: inflight_bytes(full) == 0)


def test_a_slow_client_is_sent_away(tmp_path):
    with start(tmp_path, "--body-timeout-ms", "200", "--header-timeout-ms", "200", "--idle-timeout-ms", "300") as strict:
        whole = PREFACE + frame(4, 0, 0) + frame(1, 4, 1, head()) + frame(0, 0, 1, struct.pack(">BI", 0, 1000))
        for length, answer in ((0, b""), (10, b""), (len(PREFACE) + 9, b""), (len(PREFACE) + 15, b""), (len(whole), b"grpc-status")):
            with socket.create_connection(("127.0.0.1", grpc_port(strict))) as slow:
                slow.settimeout(20)
                slow.sendall(whole[:length])
                assert len(read_all(slow)) > 0 or not answer
        wait_until(lambda: inflight_bytes(strict) == 0)


def frame(kind, flags, stream, body=b""):
    return struct.pack(">I", len(body))[1:] + struct.pack(">BBI", kind, flags, stream) + body


def head(path=METHOD):
    """A head of a call as HPACK without its tables."""
    pairs = [(":method", "POST"), (":scheme", "http"), (":path", path), (":authority", "x"), ("content-type", "application/grpc"), ("te", "trailers")]
    return b"".join(b"\0" + bytes([len(n)]) + n.encode() + bytes([len(v)]) + v.encode() for n, v in pairs)


def read_all(connection):
    bytes_read = b""
    try:
        while piece := connection.recv(65536):
            bytes_read += piece
    except ConnectionResetError:
        pass
    return bytes_read


def test_http_1_is_told_what_the_port_is_for(server):
    with socket.create_connection(("127.0.0.1", grpc_port(server))) as wrong:
        wrong.sendall(b"POST /v1/traces HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n")
        answer = read_all(wrong).decode()
    body = answer.split("\r\n\r\n")[1]
    assert answer.startswith("HTTP/1.1 400 ") and "this port is for gRPC" in json.loads(body)["message"] and f"Content-Length: {len(body)}\r" in answer


def hostile():
    rng = random.Random(11)
    begun = PREFACE + frame(4, 0, 0)
    yield "nothing", b""
    yield "garbage", rng.randbytes(100_000)
    yield "preface cut", PREFACE[:20] + b"x" * 100
    yield "garbage behind", begun + rng.randbytes(100_000)
    yield "no settings", PREFACE + frame(1, 4, 1, head())
    yield "length", begun + b"\xff\xff\xff\0\0\0\0\0\1" + b"x" * 100_000
    yield "continuations", begun + frame(1, 0, 1, head()) + b"".join(frame(9, 0, 1, b"\0\1x\1y" * 2000) for _ in range(500))
    yield "broken hpack", begun + frame(1, 4, 1, b"\xff" * 1000)
    yield "hpack bomb", begun + frame(1, 0, 1, head() + b"\x40\1a\x7f\x81\x1e" + b"y" * 4000) + b"".join(frame(9, 0, 1, b"\xbe" * 16000) for _ in range(20))
    yield "even stream", begun + frame(1, 4, 2, head())
    yield "data of nobody", begun + frame(0, 0, 5, b"x" * 10_000)
    yield "resets", begun + b"".join(frame(1, 4, n, head()) + frame(3, 0, n, b"\0\0\0\x08") for n in range(1, 20_001, 2))
    yield "calls given up", begun + b"".join(
        frame(1, 4, n, head()) + frame(0, 1, n, message(0, bytes.fromhex(request_hex(1)))) + frame(3, 0, n, b"\0\0\0\x08") for n in range(1, 2001, 2)
    )
    yield "too many calls", begun + b"".join(frame(1, 4, n, head()) for n in range(1, 4001, 2))
    yield "pings", begun + frame(6, 0, 0, b"12345678") * 50_000
    yield "settings", begun + frame(4, 0, 0, b"\0\4\0\0\xff\xff") * 20_000
    yield "window", begun + frame(8, 0, 0, b"\x7f\xff\xff\xff") * 3
    yield "window of nothing", begun + frame(4, 0, 0, b"\0\4\0\0\0\0") + frame(1, 4, 1, head()) + frame(0, 1, 1, message(0, b""))
    for n in range(20):
        good = bytearray(begun + frame(1, 4, 1, head()) + frame(0, 1, 1, message(0, bytes.fromhex(request_hex(2)))))
        for _ in range(1 + n // 4):
            good[rng.randrange(len(PREFACE), len(good))] = rng.randrange(256)
        yield f"changed {n}", bytes(good)


def test_hostile_bytes(server, api):
    port = grpc_port(server)
    for name, told in hostile():
        with socket.create_connection(("127.0.0.1", port)) as enemy:
            enemy.settimeout(0.3)
            try:
                enemy.sendall(told)
                read_all(enemy)
            except OSError:
                pass
        assert server.process.poll() is None, name
    assert called(server, {"body": request_hex(1), "metadata": {"projectname": "after"}}) == [["OK", "", ""]]
    assert len(listed(api, "spans", "after")) == 1
    wait_until(lambda: inflight_bytes(server) == 0)
    wait_until(lambda: metric(server, "opikd_http_connections_open") <= 2)


def test_a_stop_loses_nothing_that_was_answered(tmp_path):
    """Exporters at work while SIGTERM comes: what was OK is there afterwards, and the stop is quick."""
    with start(tmp_path) as server:
        port = grpc_port(server)
        with concurrent.futures.ThreadPoolExecutor(3) as pool:
            calls = [[{"body": request_hex(1, name=f"{w}.{n}"), "metadata": {"projectname": "stop"}} for n in range(3000)] for w in range(3)]
            running = [pool.submit(called, server, *its, port=port) for its in calls]
            wait_until(lambda: metric(server, 'opikd_items_total{outcome="stored"}') >= 20)
            began = time.monotonic()
            assert server.stop() == 0
            assert time.monotonic() - began < 15
            ends = [future.result() for future in running]
        stored = {f"{w}.{n}" for w, its in enumerate(ends) for n, end in enumerate(its) if end[0] == "OK"}
        assert len(stored) >= 10 and {end[0] for its in ends for end in its} == {"OK", "UNAVAILABLE"}
        server.start()
        seen = set()
        for page in range(1, 20):
            answer = server.api.get("/v1/private/spans", query={"project_name": "stop", "size": 1000, "page": page})
            seen |= {s["name"] for s in answer.json["content"]}
        assert stored <= seen


def test_the_port_is_another_ones(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(servers.DidNotStart) as failure:
            servers.Opikd(tmp_path / "data", args=["--otlp-grpc", f"127.0.0.1:{port}"])
    assert failure.value.code == 1 and f"listening on 127.0.0.1:{port}: Address already in use" in failure.value.stderr


def test_nobody_listens_unasked(tmp_path):
    with servers.Opikd(tmp_path / "data") as plain:
        sockets = subprocess.run(["ls", "-l", f"/proc/{plain.pid}/fd"], capture_output=True, text=True).stdout.count("socket:")
        with start(tmp_path / "more") as asked:
            more = subprocess.run(["ls", "-l", f"/proc/{asked.pid}/fd"], capture_output=True, text=True).stdout.count("socket:")
        assert "gRPC" not in plain.stderr and more == sockets + 1


def metric(server, name):
    return float(re.search(rf"^{re.escape(name)} (\S+)$", server.api.get("/metrics").text, re.MULTILINE).group(1))


def inflight_bytes(server):
    return metric(server, "opikd_inflight_bytes")


def wait_until(condition):
    for _ in range(3000):
        if condition():
            return
        time.sleep(0.01)
    raise AssertionError("never came true")
