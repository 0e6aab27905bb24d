"""Goal: bad input is refused as Opik's API refuses it: the status, the shape and the words; and nothing of it is stored.
Method: one request for each kind of mistake, against every endpoint that can be asked so."""
import json

import pytest

from api.shapes import KINDS, code_message, errors, one, place, span, trace
from support.ids import uuid7

JSON = {"Content-Type": "application/json"}

BODIES = [
    ("POST", "/v1/private/traces"), ("POST", "/v1/private/traces/batch"), ("PATCH", f"/v1/private/traces/{uuid7()}"), ("PATCH", "/v1/private/traces/batch"),
    ("POST", "/v1/private/spans"), ("POST", "/v1/private/spans/batch"), ("PATCH", f"/v1/private/spans/{uuid7()}"), ("PATCH", "/v1/private/spans/batch"),
    ("POST", "/v1/private/traces/search"), ("POST", "/v1/private/spans/search"), ("POST", "/v1/private/traces/delete"),
    ("PUT", "/v1/private/traces/feedback-scores"), ("PUT", "/v1/private/spans/feedback-scores"), ("PUT", f"/v1/private/traces/{uuid7()}/feedback-scores"),
    ("POST", "/v1/private/projects"), ("POST", "/v1/private/projects/retrieve"),
]  # fmt: skip


@pytest.mark.parametrize("method,path", BODIES)
@pytest.mark.parametrize("body", [b"not json", b'{"a":', b'{"a":1}}', b'{"a":tru}', b'{"a":01}', b'{"a":"\\q"}', b'{"a":"\xff\xfe"}', b"[]", b'"x"', b"7"])
def test_not_json(api, method, path, body):
    code_message(api.request(method, path, body=body, headers=JSON), 400, "Unable to process JSON")


@pytest.mark.parametrize("method,path", BODIES)
@pytest.mark.parametrize("body", [b"", b"null"])
def test_no_body(api, method, path, body):
    errors(api.request(method, path, body=body, headers=JSON), 422, "request body must not be null")


@pytest.mark.parametrize("method,path", BODIES)
def test_wrong_content_type(api, method, path):
    assert api.request(method, path, body=b"a=1", headers={"Content-Type": "application/x-www-form-urlencoded"}).status == 415
    assert api.request(method, path, body=b"<a/>", headers={"Content-Type": "text/xml"}).status == 415


WRONG_TYPES = {
    "name": [1, {"a": 1}, ["x"]], "start_time": [{}, "yesterday", "2024-05-01"], "end_time": ["x", [1]], "tags": ["x", {"a": 1}],
    "error_info": ["x", [1]], "ttft": ["x", {}], "id": [5, "no-uuid"], "project_name": [{"a": 1}], "source": ["nonsense"],
}  # fmt: skip
WRONG_SPAN_TYPES = {"usage": ["x", {"a": "b"}, {"a": 3_000_000_000}], "type": ["nonsense"], "trace_id": ["no-uuid"], "total_estimated_cost": [{}]}


@pytest.mark.parametrize("kind", KINDS)
def test_wrong_types(api, kind):
    for field, values in {**WRONG_TYPES, **(WRONG_SPAN_TYPES if kind == "spans" else {})}.items():
        for value in values:
            entity = one(kind, **{field: value})
            if field == "name" and value == 1:
                continue  # Jackson reads a number as a string
            code_message(api.post(f"/v1/private/{kind}", entity), 400, "Unable to process JSON")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("time", ["2024-05-01T10:00:00", "2024-05-01T10:00:00.123456"])
def test_time_without_zone(api, kind, time):
    code_message(api.post(f"/v1/private/{kind}", one(kind, start_time=time)), 400, "Unable to process JSON")
    answer = api.post(f"/v1/private/{kind}/batch", {kind: [one(kind, start_time=time)]})
    assert answer.status in (400, 422), answer


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("field,path", [("start_time", "startTime"), ("end_time", "endTime")])
@pytest.mark.parametrize("time", ["1969-12-31T23:59:59Z", "2262-04-11T23:47:16Z", "2500-01-01T00:00:00Z"])
def test_time_out_of_range(api, kind, field, path, time):
    answer = api.post(f"/v1/private/{kind}", one(kind, **{field: time}))
    errors(answer, 422, rf"^{path} must be after or equal 1970-01-01T00:00:00\.000000Z and before 2262-04-11T23:47:16\.000000000Z$")
    answer = api.post(f"/v1/private/{kind}/batch", {kind: [one(kind, **{field: time})]})
    errors(answer, 422, rf"^{kind}\[0\]\.{path} must be after or equal")


@pytest.mark.parametrize("kind", KINDS)
def test_times_at_the_edge(api, kind):
    for time in ("1970-01-01T00:00:00Z", "2262-04-11T23:47:15.999999999Z", "2024-05-01T12:00:00+02:00"):
        entity = one(kind, start_time=time)
        assert api.post(f"/v1/private/{kind}", entity).status == 201, time
        seen = api.get(f"/v1/private/{kind}/{entity['id']}").json["start_time"]
        assert seen == ("2024-05-01T10:00:00Z" if "+" in time else time)


@pytest.mark.parametrize("kind", KINDS)
def test_last_updated_at_out_of_range(api, kind):
    answer = api.post(f"/v1/private/{kind}/batch", {kind: [one(kind, last_updated_at="2300-01-01T00:00:00Z")]})
    errors(answer, 422, rf"{kind}\[0\]\.lastUpdatedAt")


@pytest.mark.parametrize("kind", KINDS)
def test_missing_required_fields(api, kind):
    for field, path in [("start_time", "startTime"), *([("trace_id", "traceId")] if kind == "spans" else [])]:
        entity = {k: v for k, v in one(kind).items() if k != field}
        errors(api.post(f"/v1/private/{kind}", entity), 422, rf"^{path} must not be null$")
        errors(api.post(f"/v1/private/{kind}/batch", {kind: [one(kind), entity]}), 422, rf"^{kind}\[1\]\.{path} must not be null$")


def test_span_update_needs_its_trace(api):
    errors(api.patch(f"/v1/private/spans/{uuid7()}", {"output": {"a": 1}}), 422, "^traceId must not be null$")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("id", ["11111111-2222-4333-8444-555555555555", "11111111-2222-1333-8444-555555555555"])
def test_id_that_is_not_version_7(api, kind, id):
    name = {"traces": "Trace", "spans": "Span"}[kind]
    errors(api.post(f"/v1/private/{kind}", one(kind, id=id)), 400, f"^{name} id must be a version 7 UUID$")
    entity = one(kind)
    errors(api.patch(f"/v1/private/{kind}/{id}", {**place(kind, entity), "output": {}}), 400, "version 7 UUID")
    assert api.get(f"/v1/private/{kind}/{id}").status == 404
    errors(api.put(f"/v1/private/{kind}/feedback-scores", {"scores": [{"id": id, "name": "n", "value": 1, "source": "sdk"}]}), 400, "id must be a version 7 UUID")


@pytest.mark.parametrize("kind", KINDS)
def test_number_of_items(api, kind):
    errors(api.post(f"/v1/private/{kind}/batch", {kind: []}), 422, f"^{kind} size must be between 1 and 1000$")
    errors(api.post(f"/v1/private/{kind}/batch", {kind: [one(kind) for _ in range(1001)]}), 422, f"^{kind} size must be between 1 and 1000$")
    errors(api.post(f"/v1/private/{kind}/batch", {}), 422, f"^{kind} must not be null$")
    update = {"update": {"trace_id": uuid7(), "output": {}}}
    errors(api.patch(f"/v1/private/{kind}/batch", {"ids": [], **update}), 422, "ids size must be between 1 and 1000")
    errors(api.patch(f"/v1/private/{kind}/batch", {"ids": [uuid7() for _ in range(1001)], **update}), 422, "ids size must be between 1 and 1000")
    errors(api.patch(f"/v1/private/{kind}/batch", {"ids": [uuid7()]}), 422, "update must not be null")
    score = {"name": "n", "value": 1, "source": "sdk"}
    errors(api.put(f"/v1/private/{kind}/feedback-scores", {"scores": []}), 422, "scores size must be between 1 and 1000")
    errors(api.put(f"/v1/private/{kind}/feedback-scores", {"scores": [{"id": uuid7(), **score} for _ in range(1001)]}), 422, "scores size must be between 1 and 1000")
    if kind == "traces":
        errors(api.post("/v1/private/traces/delete", {"ids": []}), 422, "ids size must be between 1 and 1000")


@pytest.mark.parametrize("kind", KINDS)
def test_tag_limits(api, kind):
    entity = one(kind, tags=[f"t{i}" for i in range(200)])
    assert api.post(f"/v1/private/{kind}", entity).status == 201, "a create may have any number"
    here = place(kind, entity)
    path = f"/v1/private/{kind}/{entity['id']}"
    errors(api.patch(path, {**here, "tags": [f"t{i}" for i in range(51)]}), 422, "50 tags")
    errors(api.patch(path, {**here, "tags": ["x" * 101]}), 422, "100")
    errors(api.patch(path, {**here, "tags": [" "]}), 422, "blank")
    assert api.patch(path, {**here, "tags": [f"{i} " + "x" * 90 for i in range(50)]}).status == 204
    answer = api.patch(f"/v1/private/{kind}/batch", {"ids": [entity["id"]], "update": {**here, "tags": ["one more"]}, "merge_tags": True})
    errors(answer, 422, "Tag limit exceeded: maximum 50 tags per item")
    assert len(api.get(path).json["tags"]) == 50


@pytest.mark.parametrize("kind", KINDS)
def test_feedback_limits(api, kind):
    good = {"id": uuid7(), "name": "n", "value": 1, "source": "sdk"}
    path = f"/v1/private/{kind}/feedback-scores"
    for value in (1000000000, -1000000000, 999999999.9999999991):
        errors(api.put(path, {"scores": [{**good, "value": value}]}), 422, r"scores\[0\]\.value must be (less|greater) than or equal to -?999999999\.999999999")
    errors(api.put(path, {"scores": [{**good, "name": " "}]}), 422, r"scores\[0\]\.name must not be blank")
    for field in ("name", "value", "source"):
        errors(api.put(path, {"scores": [{k: v for k, v in good.items() if k != field}]}), 422, rf"scores\[0\]\.{field} must not be")
    code_message(api.put(path, {"scores": [{**good, "value": "high"}]}), 400, "Unable to process JSON")
    code_message(api.put(path, {"scores": [{**good, "source": "me"}]}), 400, "Unable to process JSON")


def test_negative_cost_and_ttft(api):
    errors(api.post("/v1/private/spans", span(total_estimated_cost=-1)), 422, "totalEstimatedCost must be greater than or equal to 0")
    errors(api.post("/v1/private/spans", span(ttft=-0.5)), 422, "ttft must be greater than or equal to 0")
    errors(api.post("/v1/private/traces", trace(ttft=-1)), 422, "ttft must be greater than or equal to 0")


@pytest.mark.parametrize("kind", KINDS)
def test_unknown_project(api, kind):
    for query, message in (({"project_name": "no such"}, "Project name: no such not found"), ({"project_id": (id := uuid7())}, f"Project id: {id} not found")):
        code_message(api.get(f"/v1/private/{kind}", query=query), 404, message)
        code_message(api.get(f"/v1/private/{kind}/stats", query=query), 404, message)
        assert api.post(f"/v1/private/{kind}/search", query).status in (200, 404)
    code_message(api.get(f"/v1/private/{kind}"), 400, "Either 'project_name' or 'project_id' query params must be provided")
    entity = one(kind)
    errors(api.patch(f"/v1/private/{kind}/{entity['id']}", {**place(kind, entity), "project_id": uuid7(), "output": {}}), 404, "Project not found")


@pytest.mark.parametrize("kind", KINDS)
def test_unknown_id(api, kind):
    id = uuid7()
    name = {"traces": "Trace", "spans": "Span"}[kind]
    code_message(api.get(f"/v1/private/{kind}/{id}"), 404, f"^{name} id: {id} not found$")
    assert api.put(f"/v1/private/{kind}/{id}/feedback-scores", {"name": "n", "value": 1, "source": "sdk"}).status == 404


@pytest.mark.parametrize("path", ["/v1/private/traces/no-uuid", "/v1/private/spans/123", "/v1/private/projects/x", "/v1/private/traces/0190babc-62a0-71d2-832a"])
def test_bad_uuid_in_path(api, path):
    assert api.get(path).status == 404
    assert api.patch(path, {"name": "x", "trace_id": uuid7()}).status == 404


def test_wrong_method(api):
    for method, path in (("PUT", "/v1/private/traces"), ("DELETE", "/v1/private/traces"), ("GET", "/v1/private/traces/search"), ("POST", "/is-alive/ping"),
                         ("PATCH", "/v1/private/projects"), ("PUT", f"/v1/private/spans/{uuid7()}")):  # fmt: skip
        answer = api.request(method, path, {})
        assert answer.status == 405, f"{method} {path}: {answer}"
        assert answer.headers.get("allow"), f"{method} {path}: no Allow header"


@pytest.mark.parametrize("path", ["/v1", "/v1/private/nothing", "/v2/private/traces", "/api", "/v1/private/traces/batch/more", "/%00", "/..%2f..%2fetc/passwd"])
def test_unknown_path(api, path):
    answer = api.get(path)
    assert answer.status == 404 or "%" in path and answer.status == 400, answer
    if path.startswith("/v"):
        code_message(answer, 404)


@pytest.mark.parametrize("kind", KINDS)
def test_bad_paging(api, kind):
    api.post(f"/v1/private/{kind}", one(kind, project_name="paged"))
    for query in ({"page": 0}, {"size": 0}, {"page": -1}):
        errors(api.get(f"/v1/private/{kind}", query={"project_name": "paged", **query}), 400, "must be greater than or equal to 1")
    for query in ({"page": "x"}, {"size": "1.5"}):
        assert api.get(f"/v1/private/{kind}", query={"project_name": "paged", **query}).status in (400, 404)
    code_message(api.get(f"/v1/private/{kind}", query={"project_name": "paged", "from_time": "2024-01-02T00:00:00Z", "to_time": "2024-01-01T00:00:00Z"}), 400,
                 "Parameter 'from_time' must be before 'to_time'")
    assert api.get(f"/v1/private/{kind}", query={"project_name": "paged", "from_time": "yesterday"}).status in (400, 404)
    code_message(api.get(f"/v1/private/{kind}", query={"project_name": "paged", "exclude": "no json"}), 400, "Invalid query param exclude")
    for limit in (0, 2001):
        errors(api.post(f"/v1/private/{kind}/search", {"project_name": "paged", "limit": limit}), 422, "limit must be")


BAD_FILTERS = [
    ("oops", r"^Invalid filters query parameter 'oops': at byte 4: expected an operator, found the end$"),
    ("[", r"^Invalid filters query parameter '\[': "),
    ("{}", r"^Invalid filters query parameter '\{\}': .*expected an array|Expected an array"),
    ([{"operator": "=", "value": "x"}], r"^Invalid filters query parameter '.*': filter 1: it has no field$"),
    ([{"field": "name", "operator": "=", "value": "x"}, {"field": "nam", "operator": "=", "value": "x"}], r"filter 2: there is no field 'nam': a (trace|span) has id, name"),
    ([{"field": "name", "operator": "~", "value": "x"}], r"filter 1: there is no operator '~': expected one of =, !="),
    ([{"field": "tags", "operator": ">", "value": "x"}], r"^Invalid operator '>' for field 'tags' of type 'LIST' \(filter 1\): expected one of =, !=, contains"),
    ([{"field": "start_time", "operator": ">", "value": "2024-01-01"}], r"^Invalid value '2024-01-01' or key '' for field 'start_time' of type 'DATE_TIME'"),
    ([{"field": "metadata", "operator": "=", "value": "x"}], r"^Invalid value 'x' or key '' for field 'metadata' of type 'DICTIONARY'.*a key"),
    ([{"field": "feedback_scores", "key": "q", "operator": "=", "value": "high"}], r"^Invalid value 'high' or key 'q' for field 'feedback_scores' of type 'FEEDBACK_SCORES_NUMBER'"),
    ([{"field": "name", "operator": "="}], r"^Invalid value '' or key '' for field 'name' of type 'STRING'"),
    ([{"field": "name", "operator": "=", "value": "x"}] * 101, r"expected at most 100 conditions, found 101$"),
    ('name = "x" or name = "y"', r"at byte 11: expected \"and\": there is no \"or\", found 'or'$"),
]  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_filters(api, kind):
    api.post(f"/v1/private/{kind}", one(kind, project_name="filtered"))
    for filters, message in BAD_FILTERS:
        text = filters if isinstance(filters, str) else json.dumps(filters)
        for path in (f"/v1/private/{kind}", f"/v1/private/{kind}/stats"):
            code_message(api.get(path, query={"project_name": "filtered", "filters": text}), 400, message)
        code_message(api.post(f"/v1/private/{kind}/search", {"project_name": "filtered", "filters": filters}), 400, message)
    for sorting, message in (("oops", "^Invalid sorting query parameter 'oops'$"), ('[{"direction":"ASC"}]', "^Invalid sorting query parameter "),
                             ('[{"field":"metadata.$.a["}]', "^Invalid sorting fields 'metadata.\\$.a\\[': expected a key"),
                             (json.dumps([{"field": "id"}] * 9), "^Invalid sorting fields: expected at most 8 of them$")):  # fmt: skip
        code_message(api.get(f"/v1/private/{kind}", query={"project_name": "filtered", "sorting": sorting}), 400, message)


@pytest.mark.parametrize("kind", KINDS)
def test_nesting(api, kind):
    deep = one(kind)
    body = json.dumps(deep)[:-1] + ',"input":' + "[" * 990 + "]" * 990 + "}"
    assert api.request("POST", f"/v1/private/{kind}", body=body.encode(), headers=JSON).status == 201
    seen = api.get(f"/v1/private/{kind}/{deep['id']}").text
    assert "[" * 990 in seen.replace(" ", "")
    for depth in (1100, 100_000):
        body = json.dumps(one(kind))[:-1] + ',"input":' + "[" * depth + "]" * depth + "}"
        code_message(api.request("POST", f"/v1/private/{kind}", body=body.encode(), headers=JSON), 400, "Unable to process JSON")


def test_projects(api):
    errors(api.post("/v1/private/projects", {}), 422, "name must not be (blank|null)")
    errors(api.post("/v1/private/projects", {"name": "  "}), 422, "name must not be blank")
    errors(api.post("/v1/private/projects", {"name": "x" * 151}), 422, "150")
    errors(api.post("/v1/private/projects", {"name": "d", "description": "x" * 256}), 422, "255")
    assert api.post("/v1/private/projects", {"name": "v", "visibility": "secret"}).status == 400
    assert api.get(f"/v1/private/projects/{uuid7()}").status == 404
    assert api.post("/v1/private/projects/retrieve", {"name": "no such project"}).status == 404
    assert api.patch(f"/v1/private/projects/{uuid7()}", {"name": "z"}).status == 404


def test_blank_project_name(api):
    errors(api.post("/v1/private/traces", trace(project_name="  ")), 422, "projectName must not be blank")
