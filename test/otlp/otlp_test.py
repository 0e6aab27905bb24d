"""Goal: what OpenTelemetry's own SDK exports arrives whole: model calls as LLM spans, errors, events, links, resources; in any order of
batches, repeated, across a restart and from many exporters at once it is one trace. Bad requests get a google.rpc.Status.
Method: the official exporters (protobuf and JSON, test/otlp/export_program.py) against opikd, then what is read back; raw HTTP for what
no exporter sends."""
import concurrent.futures
import json
import pathlib
import re
import socket
import subprocess
import time
import uuid

import pytest

from support import server as servers

PYTHON = servers.ROOT / ".venv/otlp/bin/python"
PROGRAM = pathlib.Path(__file__).parent / "export_program.py"
PATH = "/api/v1/private/otel/v1/traces"
START_NS = 1_764_000_000_000_000_000
SECOND_NS = 1_000_000_000
FORMS = ["protobuf", "json"]
PROTOBUF = {"Content-Type": "application/x-protobuf"}


def exported(server, batches, form="protobuf", project="otel", **more):
    """Exports each batch; how each ended."""
    told = {"url": server.url + PATH, "form": form, "headers": {"projectName": project}, "batches": batches, **more}
    run = subprocess.run([PYTHON, PROGRAM], input=json.dumps(told), capture_output=True, text=True, timeout=120)
    assert run.returncode == 0, run.stderr
    return json.loads(run.stdout)


def span(trace, id, parent=None, name="step", at_s=0, length_s=1, **more):
    start_ns = START_NS + at_s * SECOND_NS
    return {"trace": trace, "id": id, "parent": parent, "name": name, "start_ns": start_ns, "end_ns": start_ns + length_s * SECOND_NS, **more}


def new_trace():
    return uuid.uuid4().hex


def listed(api, kind, project="otel"):
    answer = api.get(f"/v1/private/{kind}", query={"project_name": project, "size": 1000})
    return answer.json["content"] if answer.status == 200 else []


CALL = {
    "gen_ai.operation.name": "chat",
    "gen_ai.system": "openai",
    "gen_ai.request.model": "gpt-4o",
    "gen_ai.request.temperature": 0.5,
    "gen_ai.usage.input_tokens": 1000,
    "gen_ai.usage.output_tokens": 100,
    "gen_ai.input.messages": json.dumps([{"role": "user", "parts": [{"type": "text", "content": "six times seven?"}]}]),
    "gen_ai.output.messages": json.dumps([{"role": "assistant", "parts": [{"type": "text", "content": "42"}]}]),
    "gen_ai.conversation.id": "chat-1",
}


@pytest.mark.parametrize("compressed", [False, True], ids=["plain", "gzip"])
@pytest.mark.parametrize("form", FORMS)
def test_a_call_of_a_model(fresh_server, form, compressed):
    trace, other = new_trace(), new_trace()
    call = span(
        trace, "00000000000000b1", "00000000000000a1", "chat gpt-4o", 1, 1, kind="CLIENT", attributes=CALL,
        events=[{"name": "first token", "time_ns": START_NS + SECOND_NS + 5, "attributes": {"n": 1}}],
        links=[{"trace": other, "id": "00000000000000ff", "attributes": {"why": "retry"}}],
    )
    root = span(trace, "00000000000000a1", None, "answer", 0, 3, kind="SERVER", error="it broke")
    assert exported(fresh_server, [[call, root]], form, gzip=compressed, resource={"service.name": "shop"}) == ["SUCCESS"]

    (seen,) = listed(fresh_server.api, "traces")
    assert seen["name"] == "answer" and seen["thread_id"] == "chat-1" and seen["span_count"] == 2 and seen["llm_span_count"] == 1
    assert seen["usage"] == {"prompt_tokens": 1000, "completion_tokens": 100, "total_tokens": 1100}
    assert seen["total_estimated_cost"] == pytest.approx(0.0035) and seen["providers"] == ["openai"]
    assert seen["duration"] == 3000 and seen["error_info"]["exception_type"] == "ValueError" and "it broke" in seen["error_info"]["message"]
    assert "Traceback" in seen["error_info"]["traceback"]

    spans = {s["name"]: s for s in listed(fresh_server.api, "spans")}
    assert set(spans) == {"answer", "chat gpt-4o"}
    llm = spans["chat gpt-4o"]
    assert llm["type"] == "llm" and llm["model"] == "gpt-4o" and llm["provider"] == "openai" and llm["trace_id"] == seen["id"]
    assert llm["parent_span_id"] == spans["answer"]["id"] and llm["total_estimated_cost"] == pytest.approx(0.0035)
    assert "six times seven?" in json.dumps(llm["input"]) and "42" in json.dumps(llm["output"])
    assert llm["start_time"].startswith("2025-11-24T") and "error_info" not in llm
    metadata = llm["metadata"]
    assert metadata["opentelemetry.resource"] == {"service.name": "shop"} and metadata["opentelemetry.trace_id"] == trace
    assert metadata["opentelemetry.scope"]["name"] == "my.scope" and metadata["opentelemetry.kind"] == "client"
    assert "first token" in json.dumps(metadata["opentelemetry.events"]) and other in json.dumps(metadata["opentelemetry.links"])


@pytest.mark.parametrize("form", FORMS)
def test_late_roots_late_batches_and_repeats_are_one_trace(fresh_server, form):
    trace = new_trace()
    root = span(trace, "00000000000000a1", None, "root", 0, 10)
    children = [span(trace, f"00000000000000b{n}", "00000000000000a1", f"child {n}", n, 1) for n in range(3)]
    assert exported(fresh_server, [[children[1]]], form) == ["SUCCESS"]
    (pending,) = listed(fresh_server.api, "traces")
    assert "name" not in pending

    fresh_server.stop()
    fresh_server.start()
    assert exported(fresh_server, [[root]], form) == ["SUCCESS"]
    fresh_server.kill()
    fresh_server.start()
    assert exported(fresh_server, [[children[0], children[2]], [root], [children[1]]], form) == ["SUCCESS"] * 3

    (seen,) = listed(fresh_server.api, "traces")
    assert seen["id"] == pending["id"] and seen["name"] == "root" and seen["duration"] == 10_000 and seen["span_count"] == 4
    spans = listed(fresh_server.api, "spans")
    assert sorted(s["name"] for s in spans) == ["child 0", "child 1", "child 2", "root"]
    assert {s["trace_id"] for s in spans} == {seen["id"]}
    (top,) = [s for s in spans if s["name"] == "root"]
    assert {s.get("parent_span_id") for s in spans} == {None, top["id"]}
    before = (listed(fresh_server.api, "traces"), listed(fresh_server.api, "spans"))
    assert exported(fresh_server, [[*children, root]], form) == ["SUCCESS"]
    assert (listed(fresh_server.api, "traces"), listed(fresh_server.api, "spans")) == before


def test_forms_and_exporters_agree(fresh_server):
    """The same trace by both forms; ids are the same."""
    trace = new_trace()
    assert exported(fresh_server, [[span(trace, "00000000000000b1", "00000000000000a1", at_s=5)]], "json") == ["SUCCESS"]
    assert exported(fresh_server, [[span(trace, "00000000000000a1", None, "root")]], "protobuf") == ["SUCCESS"]
    (seen,) = listed(fresh_server.api, "traces")
    assert seen["span_count"] == 2 and seen["name"] == "root"
    # Another project's trace is another one.
    assert exported(fresh_server, [[span(trace, "00000000000000a1", None, "root")]], project="elsewhere") == ["SUCCESS"]
    (other,) = listed(fresh_server.api, "traces", "elsewhere")
    assert other["id"] != seen["id"]


def hex_request(trace, spans, start_ns=START_NS):
    """A request as OTLP/JSON spells it. `spans`: id and parent."""
    times = {"startTimeUnixNano": str(start_ns), "endTimeUnixNano": str(start_ns + 1)}
    told = [{"traceId": trace, "spanId": id, "parentSpanId": parent, "name": id, **times} for id, parent in spans]
    return {"resourceSpans": [{"scopeSpans": [{"spans": told}]}]}


def test_batches_of_one_trace_at_once(server, api):
    """Whoever is first says what the trace's id is; the others follow."""
    traces = [new_trace() for _ in range(20)]

    def send(job):
        trace, n = job
        body = hex_request(trace, [(f"{n + 1:016x}", "00000000000000ff" if n else "")], START_NS + n * 3600 * SECOND_NS)
        return api.post(PATH, body, headers={"projectName": "at once"})

    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(send, [(trace, n) for trace in traces for n in range(8)]))
    assert {(a.status, a.body) for a in answers} == {(200, b"{}")}
    assert len(listed(api, "traces", "at once")) == 20
    assert {t["span_count"] for t in listed(api, "traces", "at once")} == {8}


def test_partial_success(api):
    body = hex_request(new_trace(), [("00000000000000a1", ""), ("0000000000000000", "")])
    answer = api.post(PATH, body, headers={"projectName": "partial"})
    assert answer.status == 200 and answer.headers["content-type"] == "application/json"
    partial = answer.json["partialSuccess"]
    assert partial["rejectedSpans"] == "1" and "span id" in partial["errorMessage"]
    assert [s["name"] for s in listed(api, "spans", "partial")] == ["00000000000000a1"]


def test_empty_requests(api):
    answer = api.post(PATH, body=b"", headers=PROTOBUF)
    assert answer.status == 200 and answer.body == b"" and api.post(PATH, {}).json == {}


def test_refusals_are_statuses_in_the_form_of_the_request(api):
    answer = api.post(PATH, body=b"not json", headers={"Content-Type": "application/json"})
    assert answer.status == 400 and answer.json["code"] == 3 and answer.json["message"]
    answer = api.post(PATH, body=b"\x0a\xff", headers=PROTOBUF)
    assert answer.status == 400 and answer.headers["content-type"] == "application/x-protobuf" and answer.body.startswith(b"\x08\x03\x12")
    answer = api.post(PATH, {}, headers={"Comet-Workspace": "nobodys"})
    assert answer.status == 404 and answer.json == {"code": 5, "message": "Workspace not found"}
    assert api.post(PATH, body=b"{}", headers={"Content-Type": "text/plain"}).status == 415


def test_a_full_server_asks_to_come_back(tmp_path):
    """A body that is announced and does not come holds most of the budget. Then one is refused for its size, one for what it becomes."""
    with servers.Opikd(tmp_path / "data", args=["--inflight-bytes", "1MiB"]) as full:
        with socket.create_connection(("127.0.0.1", full.port)) as slow:
            slow.sendall(f"POST {PATH} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 900000\r\n\r\n[".encode())
            wait_until(lambda: inflight_bytes(full) >= 900_000)
            body = hex_request(new_trace(), [("00000000000000a1", "")])
            for padding in (600_000, 60_000):
                refused = full.api.post(PATH, {**body, "padding": "x" * padding})
                assert refused.status == 429 and int(refused.headers["retry-after"]) > 0, refused
            assert refused.json["code"] == 8
        wait_until(lambda: inflight_bytes(full) < 900_000)
        assert full.api.post(PATH, {**body, "padding": "x" * 60_000}).status == 200


def inflight_bytes(server):
    return float(re.search(r"^opikd_inflight_bytes (\S+)$", server.api.get("/metrics").text, re.MULTILINE).group(1))


def wait_until(condition):
    for _ in range(3000):
        if condition():
            return
        time.sleep(0.01)
    raise AssertionError("never came true")
