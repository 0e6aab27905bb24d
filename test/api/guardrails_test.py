"""Goal: verdicts of guardrails are shown on their trace, filtered by and counted; the same check sent again is one.
Method: over HTTP, single reads, pages, statistics and filters held against what was sent."""
import json

import opik
import pytest
from opik.rest_api.types.guardrail_write import GuardrailWrite

from api.shapes import trace
from support.ids import uuid7

PATH = "/v1/private/guardrails"


def check(trace_id, verdict="passed", span_id=None, name="TOPIC", **more):
    return {"entity_id": trace_id, "secondary_id": span_id or uuid7(), "name": name, "result": verdict, "config": {"topics": ["x"]}, "details": {"score": 0.5}, **more}


def put(api, *checks):
    answer = api.post(PATH, {"guardrails": list(checks)})
    assert answer.status == 204 and answer.body == b"", answer


def failed_count(api, project):
    return {s["name"]: s["value"] for s in api.get("/v1/private/traces/stats", query={"project_name": project}).json["stats"]}["guardrails_failed_count"]


@pytest.fixture
def project(api):
    """Four traces: all passed, one failed, two failed, none checked."""
    name = f"guarded {uuid7()}"
    ids = {}
    for label in ("passed", "failed", "twice", "none"):
        body = trace(project_name=name, name=label)
        api.post("/v1/private/traces", body)
        ids[label] = body["id"]
    put(api, check(ids["passed"]), check(ids["passed"], name="PII"), check(ids["failed"]), check(ids["failed"], "failed", name="PII"))
    put(api, check(ids["twice"], "failed"), check(ids["twice"], "failed"))
    return name, ids


def test_shown_by_span(api):
    body = trace()
    first, second = sorted([uuid7(), uuid7()])
    put(api, check(body["id"], "failed", first, "PII"), check(body["id"], span_id=second), check(body["id"], span_id=first))
    api.post("/v1/private/traces", body)  # after its checks
    seen = api.get(f"/v1/private/traces/{body['id']}").json["guardrails_validations"]
    assert seen == [
        {"span_id": first, "checks": [{"name": "PII", "result": "failed"}, {"name": "TOPIC", "result": "passed"}]},
        {"span_id": second, "checks": [{"name": "TOPIC", "result": "passed"}]},
    ]


def test_shown_on_pages_and_in_searches(api, project):
    name, ids = project
    single = {id: api.get(f"/v1/private/traces/{id}").json.get("guardrails_validations") for id in ids.values()}
    assert [len(single[ids[label]] or []) for label in ids] == [2, 2, 2, 0]
    page = api.get("/v1/private/traces", query={"project_name": name}).json["content"]
    assert {t["id"]: t.get("guardrails_validations") for t in page} == single
    found = api.post("/v1/private/traces/search", {"project_name": name}).lines
    assert {t["id"]: t.get("guardrails_validations") for t in found} == single
    bare = api.get("/v1/private/traces", query={"project_name": name, "exclude": '["guardrails_validations"]'}).json["content"]
    assert not any("guardrails_validations" in t for t in bare)


@pytest.mark.parametrize("operator, value, names", [
    ("=", "failed", ["failed", "twice"]),
    ("=", "passed", ["passed"]),
    ("=", "PASSED", ["passed"]),
    ("!=", "failed", ["none", "passed"]),
    ("=", "perhaps", []),
    ("contains", "ass", ["passed"]),
])  # fmt: skip
def test_filtered_by(api, project, operator, value, names):
    filters = json.dumps([{"field": "guardrails", "operator": operator, "value": value}])
    page = api.get("/v1/private/traces", query={"project_name": project[0], "filters": filters}).json
    assert sorted(t["name"] for t in page["content"]) == names and page["total"] == len(names)


def test_counted(api, project):
    name, ids = project
    assert failed_count(api, name) == 3
    stats = api.get("/v1/private/projects/stats", query={"name": name}).json["content"]
    assert [p["guardrails_failed_count"] for p in stats] == [3]
    api.delete(f"/v1/private/traces/{ids['twice']}")
    assert failed_count(api, name) == 1


def test_the_same_check_sent_again_is_one(api, project):
    name, ids = project
    again = check(ids["none"], "failed")
    for _ in range(3):
        put(api, again)
    assert failed_count(api, name) == 4
    put(api, {**again, "details": {"score": 0.7}})
    assert failed_count(api, name) == 5


@pytest.mark.parametrize("change, status, words", [
    ({"entity_id": None}, 422, "guardrails[0].entityId must not be null"),
    ({"secondary_id": None}, 422, "guardrails[0].secondaryId must not be null"),
    ({"name": None}, 422, "guardrails[0].name must not be null"),
    ({"result": None}, 422, "guardrails[0].result must not be null"),
    ({"config": None}, 422, "guardrails[0].config must not be null"),
    ({"details": None}, 422, "guardrails[0].details must not be null"),
    ({"project_name": " "}, 422, "guardrails[0].projectName must not be blank"),
    ({"entity_id": "2f1d0c1e-93b7-4fd0-8a5d-3f2f8a2f9f10"}, 400, "trace id must be a version 7 UUID"),
    ({"name": "TONE"}, 400, "[TOPIC, PII]"),
    ({"result": "maybe"}, 400, "[passed, failed]"),
])  # fmt: skip
def test_bad_checks(api, change, status, words):
    answer = api.post(PATH, {"guardrails": [{**check(uuid7()), **change}]})
    assert answer.status == status and words in answer.text, answer


def test_one_bad_check_does_not_cost_the_others(api, project):
    name, ids = project
    answer = api.post(PATH, {"guardrails": [check(ids["none"], "failed"), {**check(ids["none"]), "name": "TONE"}, 7]})
    assert answer.status == 422 and answer.json["stored"] == 1, answer
    assert [r["index"] for r in answer.json["rejected"]] == [1, 2]
    assert failed_count(api, name) == 4


def test_through_the_official_client(server, api):
    client = opik.Opik(host=server.url, _use_batching=False).rest_client
    body, span_id = trace(), uuid7()
    api.post("/v1/private/traces", body)
    checks = [check(body["id"], "failed", span_id, "PII"), check(body["id"], "passed", span_id)]
    client.guardrails.create_guardrails(guardrails=[GuardrailWrite(**c) for c in checks])
    (seen,) = client.traces.get_trace_by_id(body["id"]).guardrails_validations
    assert seen.span_id == span_id and [(c.name, c.result) for c in seen.checks] == [("PII", "failed"), ("TOPIC", "passed")]


def test_bad_requests(api):
    assert api.post(PATH, {}).json == {"errors": ["guardrails must not be null"]}
    assert api.post(PATH, {"guardrails": []}).json == {"errors": ["guardrails size must be between 1 and 1000"]}
    assert api.post(PATH, {"guardrails": [check(uuid7())] * 1001}).status == 422
    assert api.post(PATH).status == 422
