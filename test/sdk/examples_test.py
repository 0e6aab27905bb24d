"""Goal: every example of the SDK runs, delivers, and logs what it says it does.
Method: each as a process of its own against the model of the official server; the rows that it leaves are compared with what its text promises."""
import os
import subprocess

import pytest

from sdk.official import Official
from sdk.faults import Faults, Rates
from sdk.program import PROGRAMS


@pytest.fixture
def server():
    with Faults(Official(0), Rates(1)) as running:
        yield running


def run(server, name):
    env = {k: v for k, v in os.environ.items() if not k.upper().startswith(("OPIK_", "_OPIK"))}
    env |= {"HOME": "/nonexistent", "OPIK_URL_OVERRIDE": server.url, "OPIK_SPOOL_MODE": "off"}
    done = subprocess.run([str(PROGRAMS.parent / f"opik-example-{name}")], env=env, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stderr == "", "an example has nothing to warn of"
    return server.backend


def all_rows(model, kind):
    return [model.row(kind, id) for id in model.rows(kind)]


def named(model, kind, name):
    found = [row for row in all_rows(model, kind) if row["name"] == name]
    assert len(found) == 1, (name, found)
    return found[0]


def test_brief(server):
    model = run(server, "brief")
    traces = [row for row in all_rows(model, "traces") if row["name"] == "my_trace"]
    assert len(traces) == 4  # two programs, with and without batching
    for row in traces + [row for row in all_rows(model, "spans") if row["name"] == "llm_call"]:
        assert row["input"] == {"prompt": "Hello"} and row["output"] == {"response": "Hi there"} and "end_time" in row, row
    for row in all_rows(model, "spans"):
        assert "output" in row and "end_time" in row, row
    assert not [r for r in server.requests if r[0] == "PATCH"]


def test_agent(server):
    model = run(server, "agent")
    trace = named(model, "traces", "conversation")
    assert trace["thread_id"] == "user-7" and trace["tags"] == ["example"] and trace["output"].startswith("Because")
    agent = named(model, "spans", "agent")
    assert agent["trace_id"] == trace["id"] and [d["title"] for d in agent["output"]["sources"]] == ["On skies", "On light"]
    assert named(model, "spans", "retrieve")["parent_span_id"] == agent["id"]
    tools = [row for row in all_rows(model, "spans") if row["name"] == "weather" and row["parent_span_id"] == agent["id"]]
    assert len(tools) >= 2
    failed = [row["error_info"] for row in tools if "error_info" in row]
    assert failed and failed[0]["exception_type"] == "std::invalid_argument" and failed[0]["message"] == "no city"
    assert all("end_time" in row for row in all_rows(model, "spans"))
    assert (agent["id"], "grounded") in model.scores["spans"]
    assert [key for key in model.scores["threads"] if key[1] == "polite"]


def test_streaming(server):
    model = run(server, "streaming")
    span = named(model, "spans", "chat")
    assert span["type"] == "llm" and span["model"] == "gpt-4o-mini" and span["provider"] == "openai"
    assert span["usage"] == {"prompt_tokens": 6, "completion_tokens": 4, "total_tokens": 10}
    assert 15 < span["ttft"] < 5000
    assert span["output"]["text"] == "Because of Rayleigh scattering."


def test_distributed(server):
    model = run(server, "distributed")
    trace = named(model, "traces", "request")
    caller, worker = named(model, "spans", "call worker"), named(model, "spans", "worker")
    assert caller["trace_id"] == worker["trace_id"] == trace["id"]
    assert worker["parent_span_id"] == caller["id"]
    assert trace["output"] == {"worker": 0}
