"""Goal: the names that are in use are listed, of the projects and kinds asked for and no others.
Method: scores and usage in three projects, each list compared whole."""
import json

import pytest

from api.shapes import span, trace
from support.ids import uuid7


@pytest.fixture(scope="module")
def projects(api):
    """name -> id. `a` has scores of traces and spans, `b` others, `c` none."""
    for project in ("a", "b", "c"):
        parent = trace(project_name=project)
        api.post("/v1/private/traces", parent)
        for kind, usage in (("llm", {"total_tokens": 1, "x": 0}), ("tool", {"y": 2}), ("general", None)):
            child = span(trace_id=parent["id"], project_name=project, type=kind, **({"usage": usage} if usage and project != "c" else {}))
            api.post("/v1/private/spans", child)
            if project == "a":
                score(api, "spans", child["id"], project, f"on {kind}", "on any")
        if project != "c":
            score(api, "traces", parent["id"], project, f"of {project}", "shared", "Zulu", "ä")
    return {p["name"]: p["id"] for p in api.get("/v1/private/projects", query={"size": 10}).json["content"]}


def score(api, kind, id, project, *names):
    scores = [{"id": id, "name": name, "value": 1, "source": "sdk", "project_name": project} for name in names]
    assert api.put(f"/v1/private/{kind}/feedback-scores", {"scores": scores}).status == 204


def names(api, path, **query):
    answer = api.get(f"/v1/private/{path}/feedback-scores/names", query=query)
    assert answer.status == 200, answer
    return [s["name"] for s in answer.json["scores"]]


def test_of_traces(api, projects):
    assert names(api, "traces") == ["Zulu", "of a", "of b", "shared", "ä"]
    assert names(api, "traces", project_id=projects["a"]) == ["Zulu", "of a", "shared", "ä"]
    assert names(api, "traces", project_id=projects["c"]) == [] == names(api, "traces", project_id=uuid7())


def test_of_spans_and_their_types(api, projects):
    assert names(api, "spans") == ["on any", "on general", "on llm", "on tool"]
    assert names(api, "spans", project_id=projects["b"]) == []
    assert names(api, "spans", project_id=projects["a"], type="llm") == ["on any", "on llm"] == names(api, "spans", type="llm")
    assert names(api, "spans", project_id=projects["b"], type="llm") == []


def test_of_projects(api, projects):
    of_a = ["Zulu", "of a", "on any", "on general", "on llm", "on tool", "shared", "ä"]
    assert names(api, "projects", project_ids=json.dumps([projects["a"], projects["c"]])) == of_a
    assert names(api, "projects", project_ids=json.dumps([projects["a"], projects["b"]])) == sorted([*of_a, "of b"]) == names(api, "projects")
    assert names(api, "projects", project_ids=json.dumps([uuid7()])) == []


def test_of_usage(api, projects):
    assert api.get(f"/v1/private/projects/{projects['a']}/token-usage/names").json == {"names": ["total_tokens", "x", "y"]}
    for id in (projects["c"], uuid7()):
        assert api.get(f"/v1/private/projects/{id}/token-usage/names").json == {"names": []}


def test_refusals(api, projects):
    assert api.get("/v1/private/traces/feedback-scores/names", query={"project_id": "x"}).status == 404
    assert api.get("/v1/private/spans/feedback-scores/names", query={"type": "x"}).status == 400
    assert api.get("/v1/private/projects/x/token-usage/names").status == 404
    for bad in ("x", '["x"]', '{"a":1}'):
        assert api.get("/v1/private/projects/feedback-scores/names", query={"project_ids": bad}).status == 400
