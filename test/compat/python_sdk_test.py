"""Goal: the official Python SDK works against opikd unchanged, and nothing that it logs is lost.
Method: programs with `opik` from PyPI (2.0.2 and the newest) in processes of their own; everything is read back through the same
SDK and compared field by field."""
import json
import pathlib

import pytest

from compat import sdk

HERE = pathlib.Path(__file__).resolve().parent


@pytest.fixture(params=sorted(sdk.PYTHONS))
def python(request):
    return sdk.PYTHONS[request.param]


def run_snippet(python, server, name, traces, spans):
    """A snippet with a project of its own name; the traces and spans it left."""
    project = f"{name} with {python.parent.parent.name}"
    sdk.run([python, HERE / "run_snippet.py", HERE / "snippets" / f"{name}.py"], sdk.environment(server.url, project))
    found = sdk.read_back(python, server.url, project, traces, spans)
    assert [len(found[0]), len(found[1])] == [traces, spans], found
    return found


def test_snippet_decorator_and_context(server, python):
    traces, spans = run_snippet(python, server, "decorator_and_context", 2, 2)
    by_name = {t["name"]: t for t in traces}
    spans = {s["name"]: s for s in spans}
    call = {"name": "my_llm_call", "input": {"prompt": "Bonjour"}, "output": {"output": "answer to Bonjour"}, "ended": True}
    assert sdk.check(call, by_name["my_llm_call"]) == []
    assert sdk.check({**call, "type": "general", "trace_id": by_name["my_llm_call"]["id"]}, spans["my_llm_call"]) == []
    block = {"name": "my_span", "ended": True, "input": None, "output": None}
    assert sdk.check(block, by_name["my_span"]) == []
    assert sdk.check({**block, "type": "general", "trace_id": by_name["my_span"]["id"]}, spans["my_span"]) == []
    for item in [*traces, *spans.values()]:
        assert item.get("error_info") is None and not item.get("parent_span_id") and item["duration"] >= 0


def test_snippet_overwrite(server, python):
    traces, _ = run_snippet(python, server, "overwrite", 1, 0)
    assert sdk.check({"name": "my_trace", "input": {"prompt": "Hello"}, "output": {"response": "Hi there"}, "ended": True}, traces[0]) == []
    assert traces[0].get("metadata") is None and not traces[0].get("tags") and traces[0]["span_count"] == 0


def test_snippet_batching_disabled(server, python):
    traces, spans = run_snippet(python, server, "batching_disabled", 1, 1)
    whole = {"input": {"prompt": "Hello"}, "output": {"response": "Hi there"}, "ended": True}
    assert sdk.check({"name": "my_trace", **whole}, traces[0]) == []
    assert sdk.check({"name": "llm_call", "type": "general", "trace_id": traces[0]["id"], **whole}, spans[0]) == []
    assert traces[0]["span_count"] == 1


def test_what_can_go_wrong_goes_right(server, python):
    project = f"race with {python.parent.parent.name}"
    expected = json.loads(sdk.run([python, HERE / "programs/what_can_go_wrong.py"], sdk.environment(server.url, project)))
    traces, spans = sdk.read_back(python, server.url, project, 120, 160)
    assert (len(traces), len(spans)) == (120, 160)
    assert sdk.check_all(expected, traces, spans) == 280


def test_wide_program(server, python):
    project, other = (f"{what} with {python.parent.parent.name}" for what in ("wide", "wide, other"))
    expected = json.loads(sdk.run([python, HERE / "programs/wide.py", project, other], sdk.environment(server.url, project)))
    assert len(expected) > 400
    for name in (project, other):
        mine = [e for e in expected if e["project"] == name]
        counts = [len({e["id"] for e in mine if e["kind"] == kind}) for kind in ("trace", "span")]
        traces, spans = sdk.read_back(python, server.url, name, *counts)
        assert sdk.check_all(mine, traces, spans) == len(mine)
        assert len({t["id"] for t in traces}) == len(traces) and len({s["id"] for s in spans}) == len(spans)


def test_search_with_filter_strings(server, python):
    project = f"filters with {python.parent.parent.name}"
    answer = json.loads(sdk.run([python, HERE / "programs/filters.py", project], sdk.environment(server.url, project)))
    assert answer["asked"] > 100 and answer["wrong"] == []


def test_threads(server, python):
    project = f"threads with {python.parent.parent.name}"
    answer = json.loads(sdk.run([python, HERE / "programs/threads.py", project], sdk.environment(server.url, project)))
    assert answer["asked"] > 20 and answer["wrong"] == []
    assert [thread["id"] for thread in answer["threads"]] == ["a", "b", "c"]
    for turns, status, thread in zip((1, 2, 3), ("active", "active", "inactive"), answer["threads"]):
        id = thread["id"]
        assert (thread["number_of_messages"], thread["status"], thread["duration"]) == (2 * turns, status, 10_000 * (turns - 1) + 2000)
        assert (thread["first_message"], thread["last_message"]) == ({"question": f"{id} 0"}, {"answer": f"{id} {turns - 1}"})
        assert thread["total_estimated_cost"] == 0.25 * turns and thread["usage"]["total_tokens"] == 5 * turns
        assert thread.get("tags") == (["important"] if id == "b" else None)
    scores = [[(s["name"], s["value"], s.get("reason")) for s in thread.get("feedback_scores") or []] for thread in answer["threads"]]
    assert scores == [[("Quality", 0.25, "so so")], [("Quality", 0.75, None)], []]


def test_more_threads_than_the_sdk_asks_for_at_once(server, python):
    project = f"many threads with {python.parent.parent.name}"
    answer = json.loads(sdk.run([python, HERE / "programs/many_threads.py", project], sdk.environment(server.url)))
    assert answer == {"found": 4100, "wrong": []}


def test_switches(server, python):
    """The generated client refuses an answer that lacks a switch it knows."""
    program = "import opik; print(opik.Opik().rest_client.service_toggles.get_service_toggles().guardrails_enabled)"
    assert sdk.run([python, "-c", program], sdk.environment(server.url)) == "True\n"


def test_a_loss_would_be_seen():
    """The comparison itself: a field that is gone, an entity that is gone and one that never ended are each found."""
    item = {"id": "1", "name": "n", "start_time": "2024-01-01T00:00:01Z", "end_time": "2024-01-01T00:00:02Z", "output": {"o": 1}, "tags": ["a"]}
    wanted = {"name": "n", "output": {"o": 1}, "tags": ["a"], "ended": True}
    assert sdk.check(wanted, item) == []
    for name in ("name", "output", "tags", "end_time"):
        assert sdk.check(wanted, {k: v for k, v in item.items() if k != name}), name
    with pytest.raises(AssertionError, match="is not there"):
        sdk.check_all([{"kind": "trace", "id": "2", "fields": {}}], [item], [])


def test_attachments(server, python, tmp_path):
    project = f"attachments with {python.parent.parent.name}"
    answer = json.loads(sdk.run([python, HERE / "programs/attachments.py", project, tmp_path], sdk.environment(server.url)).splitlines()[-1])
    assert answer == {"compared": 6, "wrong": []}
