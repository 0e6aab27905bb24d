"""Goal: lists, search streams and statistics give back what was written, in Opik's order, pages and shapes.
Method: a project with known content; every reading operation of traces and spans against it."""
import json

import pytest

from api.shapes import KINDS, one, span, trace
from support.ids import instant, uuid7

FIRST_MS = 1_714_557_600_000  # 2024-05-01T10:00:00Z
COUNT = 45
PROJECT = "reading"


@pytest.fixture(scope="module")
def written(api):
    """45 traces and 45 spans of one trace, a minute apart by their ids; ascending."""
    trace_id = uuid7(FIRST_MS)
    out = {"traces": [], "spans": []}
    for i in range(COUNT):
        start, end = FIRST_MS + i * 60_000, FIRST_MS + i * 60_000 + 100 * (i + 1)
        common = {
            "id": uuid7(start), "project_name": PROJECT, "start_time": instant(start * 1000), "end_time": instant(end * 1000),
            "name": f"item {i}", "input": {"text": f"Question {i} " + "x" * 20000 * (i == 7)}, "output": {"answer": i},
            "metadata": {"i": i}, "tags": ["even" if i % 2 == 0 else "odd"],
        }  # fmt: skip
        out["traces"].append(trace(**{**common, "thread_id": f"thread {i % 5}"}))
        out["spans"].append(span(**{**common, "id": uuid7(start), "trace_id": trace_id, "type": ["llm", "tool", "general"][i % 3], "usage": {"total_tokens": i}}))
    for kind in KINDS:
        assert api.post(f"/v1/private/{kind}/batch", {kind: out[kind]}).status == 204
    return out


@pytest.fixture(scope="module")
def project_id(api, written):
    return api.post("/v1/private/projects/retrieve", {"name": PROJECT}).json["id"]


def ids(page):
    return [item["id"] for item in page["content"]]


@pytest.mark.parametrize("kind", KINDS)
def test_pages(api, written, project_id, kind):
    newest_first = [e["id"] for e in reversed(written[kind])]
    for place in ({"project_name": PROJECT}, {"project_id": project_id}, {"project_name": PROJECT.upper()}):
        first = api.get(f"/v1/private/{kind}", query=place).json
        assert (first["page"], first["size"], first["total"], ids(first)) == (1, 10, COUNT, newest_first[:10])
        assert isinstance(first["sortable_by"], list)
    seen = []
    for page in range(1, 5):
        answer = api.get(f"/v1/private/{kind}", query={"project_name": PROJECT, "page": page, "size": 20}).json
        assert (answer["page"], answer["total"]) == (page, COUNT) and answer["size"] == len(answer["content"])
        seen += ids(answer)
    assert seen == newest_first


@pytest.mark.parametrize("kind", KINDS)
def test_listed_items_are_whole(api, written, kind):
    listed = api.get(f"/v1/private/{kind}", query={"project_name": PROJECT, "size": 100}).json["content"]
    for item in listed:
        by_id = api.get(f"/v1/private/{kind}/{item['id']}").json
        by_id.pop("project_name", None)
        assert item == by_id
    for sent, item in zip(reversed(written[kind]), listed):
        for name in ("name", "input", "output", "metadata", "tags"):
            assert item[name] == sent[name]


@pytest.mark.parametrize("kind", KINDS)
def test_exclude(api, written, kind):
    whole = api.get(f"/v1/private/{kind}", query={"project_name": PROJECT, "size": 1}).json["content"][0]
    less = api.get(f"/v1/private/{kind}", query={"project_name": PROJECT, "size": 1, "exclude": json.dumps(["input", "output", "metadata"])}).json["content"][0]
    assert set(whole) - set(less) == {"input", "output", "metadata"}
    assert all(whole[name] == less[name] for name in less)


@pytest.mark.parametrize("kind", KINDS)
def test_truncate(api, written, kind):
    query = {"project_name": PROJECT, "size": 100}
    long = written[kind][7]
    cut = next(i for i in api.get(f"/v1/private/{kind}", query={**query, "truncate": "true"}).json["content"] if i["id"] == long["id"])
    assert isinstance(cut["input"], str) and len(cut["input"]) == 10_001 and cut["input"].startswith('{"text":')
    assert cut["output"] == {"answer": 7}, "what is short stays as it is"
    whole = next(i for i in api.get(f"/v1/private/{kind}", query={**query, "truncate": "false"}).json["content"] if i["id"] == long["id"])
    assert whole["input"] == long["input"]


@pytest.mark.parametrize("kind", KINDS)
def test_time_range_is_a_range_of_ids(api, written, kind):
    query = {"project_name": PROJECT, "size": 100, "from_time": instant((FIRST_MS + 10 * 60_000) * 1000), "to_time": instant((FIRST_MS + 19 * 60_000) * 1000)}
    page = api.get(f"/v1/private/{kind}", query=query).json
    assert ids(page) == [e["id"] for e in reversed(written[kind][10:20])] and page["total"] == 10
    stats = {s["name"]: s["value"] for s in api.get(f"/v1/private/{kind}/stats", query={k: v for k, v in query.items() if k != "size"}).json["stats"]}
    assert stats[f"{kind[:-1]}_count"] == 10
    found = api.post(f"/v1/private/{kind}/search", {"project_name": PROJECT, "from_time": query["from_time"], "to_time": query["to_time"]}).lines
    assert [e["id"] for e in found] == ids(page)


@pytest.mark.parametrize("kind", KINDS)
def test_search_text(api, written, kind):
    def found(text):
        return {e["name"] for e in api.get(f"/v1/private/{kind}", query={"project_name": PROJECT, "size": 100, "search": text}).json["content"]}

    assert found("ITEM 44") == {"item 44"}
    assert found("question 3 ") == {"item 3"}
    assert found("no such text") == set()
    assert found("even") == {f"item {i}" for i in range(0, COUNT, 2)}
    assert found(written[kind][5]["id"]) == {"item 5"}
    assert found("100%") == set() and found("_") in (set(), {f"item {i}" for i in range(COUNT)}), "no wildcards"


def test_spans_of_a_trace_and_of_a_type(api, written):
    trace_id = written["spans"][0]["trace_id"]
    other = span(project_name=PROJECT, type="llm", name="elsewhere")
    assert api.post("/v1/private/spans", other).status == 201
    page = api.get("/v1/private/spans", query={"project_name": PROJECT, "trace_id": trace_id, "size": 100}).json
    assert page["total"] == COUNT and ids(page) == [s["id"] for s in reversed(written["spans"])]
    llm = api.get("/v1/private/spans", query={"project_name": PROJECT, "trace_id": trace_id, "type": "llm", "size": 100}).json
    assert ids(llm) == [s["id"] for s in reversed(written["spans"]) if s["type"] == "llm"]
    assert api.get("/v1/private/spans", query={"project_name": PROJECT, "trace_id": uuid7()}).json["content"] == []


@pytest.mark.parametrize("kind", KINDS)
def test_search_stream(api, kind):
    project = f"stream {kind}"
    items = [one(kind, id=uuid7(FIRST_MS + i), project_name=project, name=f"s{i}", input={"i": i}) for i in range(950)]
    assert api.post(f"/v1/private/{kind}/batch", {kind: items}).status == 204
    answer = api.post(f"/v1/private/{kind}/search", {"project_name": project})
    assert answer.status == 200 and answer.headers["content-type"] == "application/octet-stream", answer.headers
    newest_first = [e["id"] for e in reversed(items)]
    assert [e["id"] for e in answer.lines] == newest_first[:500], "500 by default"
    seen, last = [], None
    while True:
        page = api.post(f"/v1/private/{kind}/search", {"project_name": project, "limit": 400, **({"last_retrieved_id": last} if last else {})}).lines
        if not page:
            break
        seen += page
        last = page[-1]["id"]
    assert [e["id"] for e in seen] == newest_first
    assert {e["name"]: e["input"] for e in seen} == {e["name"]: e["input"] for e in items}


def test_search_stream_of_spans_by_trace_and_type(api, written):
    trace_id = written["spans"][0]["trace_id"]
    found = api.post("/v1/private/spans/search", {"project_name": PROJECT, "trace_id": trace_id, "type": "tool", "exclude": ["input"]}).lines
    assert [e["id"] for e in found] == [s["id"] for s in reversed(written["spans"]) if s["type"] == "tool"]
    assert all("input" not in e and "output" in e for e in found)


def test_trace_stats(api):
    project = "statistics"
    traces = [trace(id=uuid7(FIRST_MS + i), project_name=project, start_time=instant(FIRST_MS * 1000), end_time=instant((FIRST_MS + 100 * i) * 1000),
                    input={"a": 1}, tags=["x"] * (i % 2), thread_id=f"t{i % 3}",
                    **({"error_info": {"exception_type": "E", "traceback": "t"}} if i == 1 else {})) for i in range(1, 11)]  # fmt: skip
    assert api.post("/v1/private/traces/batch", {"traces": traces}).status == 204
    spans = [span(project_name=project, trace_id=traces[0]["id"], type="llm", usage={"total_tokens": n}, total_estimated_cost=0.5) for n in (10, 20)]
    assert api.post("/v1/private/spans/batch", {"spans": spans}).status == 204
    scores = [{"id": traces[i]["id"], "name": "q", "value": i, "source": "sdk", "project_name": project} for i in (0, 1)]
    assert api.put("/v1/private/traces/feedback-scores", {"scores": scores}).status == 204

    stats = api.get("/v1/private/traces/stats", query={"project_name": project}).json["stats"]
    values = {s["name"]: s["value"] for s in stats}
    types = {s["name"]: s["type"] for s in stats}
    assert values["trace_count"] == 10 and types["trace_count"] == "COUNT"
    assert values["duration"]["p50"] == pytest.approx(550, abs=60) and types["duration"] == "PERCENTAGE"
    assert 900 <= values["duration"]["p90"] <= values["duration"]["p99"] <= 1000
    assert (values["input"], values["output"], values["metadata"]) == (10, 0, 0)
    assert values["tags"] == 0.5 and types["tags"] == "AVG"
    assert values["thread_count"] == 3
    assert values["total_estimated_cost_sum"] == 1 and values["total_estimated_cost"] == 1
    assert values["usage_sum.total_tokens"] == 30 and values["usage.total_tokens"] == 30
    assert values["feedback_scores.q"] == 0.5
    assert values["error_count"] == 1
    assert values["span_count"] == 0.2 and values["llm_span_count"] == 0.2
    span_values = {s["name"]: s["value"] for s in api.get("/v1/private/spans/stats", query={"project_name": project}).json["stats"]}
    assert span_values["span_count"] == 2 and span_values["usage.total_tokens"] == 15 and span_values["total_estimated_cost_sum"] == 1


def test_project_stats(api, written, project_id):
    page = api.get("/v1/private/projects/stats", query={"name": PROJECT}).json
    mine = next(p for p in page["content"] if p["project_id"] == project_id)
    assert mine["trace_count"] == COUNT and mine["duration"]["p50"] > 0
    assert set(mine["error_count"]) >= {"count"}


def test_empty_project(api):
    assert api.post("/v1/private/projects", {"name": "empty"}).status == 201
    for kind in KINDS:
        page = api.get(f"/v1/private/{kind}", query={"project_name": "empty"}).json
        assert (page["page"], page["size"], page["total"], page["content"]) == (1, 0, 0, [])
        assert api.post(f"/v1/private/{kind}/search", {"project_name": "empty"}).lines == []
        assert api.get(f"/v1/private/{kind}/stats", query={"project_name": "empty"}).json["stats"][0]["value"] == 0
