"""Goal: filters and sort keys find, over HTTP, what they should: in lists, streams and statistics alike, of entities as they are
read (updated, pending), in no other project, and whatever is written in them.
Method: a project with known content and a second one beside it; each filter against a condition in Python over what is read back."""
import json

import pytest

from api.shapes import KINDS, one, place, span, trace
from support.ids import instant, uuid7

FIRST_MS = 1_714_557_600_000  # 2024-05-01T10:00:00Z
PROJECT, OTHER = "filters", "filters, other"
COUNT = 30
HOSTILE = ["' OR 1=1 --", "\"; DROP TABLE spans; --", "%", "_", "\\", "?1", ":filter0", "x' UNION SELECT * FROM projects --", "\u0000", "\U0001f600", "a" * 3000,
           "$.a[", "*", "')", "NULL", "1; ATTACH DATABASE '/tmp/x' AS y", "\r\n"]  # fmt: skip


def fields(i):
    start, end = FIRST_MS + i * 60_000, FIRST_MS + i * 60_000 + 100 * i
    return {
        "id": uuid7(start), "start_time": instant(start * 1000), "end_time": instant(end * 1000), "name": f"item {i % 7}",
        "input": {"text": f"Question {i}", "n": i}, "output": {"answer": [i, {"deep": f"d{i % 4}"}]}, "metadata": {"user": f"u{i % 5}", "n": i / 2, "a.b": i},
        "tags": [f"t{i % 3}"] if i % 4 else [], "ttft": i * 1.5,
    }  # fmt: skip


@pytest.fixture(scope="module", params=KINDS)
def kind(request):
    return request.param


@pytest.fixture(scope="module")
def written(api, kind):
    """What is read back, newest first."""
    trace_id = uuid7(FIRST_MS)
    items = []
    for i in range(COUNT):
        extra = {"thread_id": f"th {i % 2}"} if kind == "traces" else {"trace_id": trace_id, "type": ["llm", "tool"][i % 2], "usage": {"total_tokens": i}, "model": f"m{i % 3}"}
        items.append(one(kind, **{**fields(i), **extra, "project_name": f"{PROJECT} {kind}"}))
    others = [{**item, "id": uuid7(FIRST_MS), "project_name": f"{OTHER} {kind}"} for item in items]
    for batch in (items, others):
        assert api.post(f"/v1/private/{kind}/batch", {kind: batch}).status == 204
    late = items[3]
    assert api.patch(f"/v1/private/{kind}/{late['id']}", {**place(kind, late), "name": "updated", "metadata": {"user": "late"}, "tags": ["late"]}).status == 204
    pending = {**items[4], "id": uuid7(FIRST_MS + 10_000_000)}
    assert api.patch(f"/v1/private/{kind}/{pending['id']}", {**place(kind, pending), "name": "pending", "output": {"answer": "only"}}).status == 204
    scores = [{"id": items[i]["id"], "name": "Quality", "value": i / 10, "source": "sdk", "project_name": f"{PROJECT} {kind}"} for i in range(0, COUNT, 3)]
    assert api.put(f"/v1/private/{kind}/feedback-scores", {"scores": scores}).status == 204
    read = api.get(f"/v1/private/{kind}", query={"project_name": f"{PROJECT} {kind}", "size": 100}).json["content"]
    assert len(read) == COUNT + 1
    return read


def quality(item):
    return next((s["value"] for s in item.get("feedback_scores", []) if s["name"] == "Quality"), None)


def condition(field, operator, value=None, key=None):
    return {"field": field, "operator": operator, **({"value": value} if value is not None else {}), **({"key": key} if key else {})}


FILTERS = [
    ([condition("name", "=", "ITEM 3")], lambda i: i["name"] == "item 3"),
    ([condition("name", "=", "updated")], lambda i: i["name"] == "updated"),
    ([condition("name", "!=", "item 3"), condition("name", "contains", "item")], lambda i: "item" in i["name"] and i["name"] != "item 3"),
    ([condition("metadata", "=", "late", "user")], lambda i: i.get("metadata", {}).get("user") == "late"),
    ([condition("metadata", ">", 7, "n")], lambda i: i.get("metadata", {}).get("n", 0) > 7),
    ([condition("metadata", "<=", "4", "a.b")], lambda i: i.get("metadata", {}).get("a.b", 99) <= 4),
    ([condition("metadata", "is_empty", key="n")], lambda i: "n" not in i.get("metadata", {})),
    ([condition("output_json", "=", "d2", "answer[1].deep")], lambda i: i["output"]["answer"] != "only" and i["output"]["answer"][1]["deep"] == "d2"),
    ([condition("output", "contains", '"only"')], lambda i: i["output"]["answer"] == "only"),
    ([condition("custom", "=", "Question 9", "input.text")], lambda i: i.get("input", {}).get("text") == "Question 9"),
    ([condition("tags", "contains", "T1")], lambda i: "t1" in i.get("tags", [])),
    ([condition("tags", "is_empty")], lambda i: not i.get("tags")),
    ([condition("tags", "=", "late")], lambda i: i.get("tags") == ["late"]),
    ([condition("duration", ">=", 1500), condition("duration", "<", "2000")], lambda i: "duration" in i and 1500 <= i["duration"] < 2000),
    ([condition("ttft", "=", "4.5")], lambda i: i.get("ttft") == 4.5),
    ([condition("start_time", ">", instant((FIRST_MS + 20 * 60_000) * 1000))], lambda i: i["start_time"] > "2024-05-01T10:20:00Z"),
    ([condition("end_time", "!=", instant(0))], lambda i: "end_time" in i),
    ([condition("feedback_scores", ">", "1.1", "quality")], lambda i: (quality(i) or 0) > 1.1),
    ([condition("feedback_scores", "!=", "0.3", "Quality")], lambda i: quality(i) != 0.3),
    ([condition("feedback_scores", "is_empty", key="Quality")], lambda i: quality(i) is None),
    ([condition("source", "!=", "sdk")], lambda i: False),
    ([condition("error_info", "is_empty")], lambda i: True),
]


def answers(api, kind, filters, **query):
    """The ids of the list, and that the stream and the statistics agree with it."""
    where = {"project_name": f"{PROJECT} {kind}"}
    page = api.get(f"/v1/private/{kind}", query={**where, "size": 100, "filters": json.dumps(filters) if isinstance(filters, list) else filters, **query})
    assert page.status == 200, f"{filters}: {page}"
    ids = [item["id"] for item in page.json["content"]]
    assert page.json["total"] == len(ids)
    if not query:
        assert [item["id"] for item in api.post(f"/v1/private/{kind}/search", {**where, "filters": filters}).lines] == ids
        stats = api.get(f"/v1/private/{kind}/stats", query={**where, "filters": json.dumps(filters) if isinstance(filters, list) else filters}).json["stats"]
        assert stats[0]["value"] == len(ids)
    return ids


def test_filters(api, kind, written):
    for filters, holds in FILTERS:
        assert answers(api, kind, filters) == [item["id"] for item in written if holds(item)], filters


def test_the_query_language(api, kind, written):
    found = answers(api, kind, 'metadata.n >= 3 and metadata."a.b" < 20 and name not_contains "1" and feedback_scores.quality is_not_empty')
    assert found == [i["id"] for i in written if i.get("metadata", {}).get("n", 0) >= 3 and i["metadata"]["a.b"] < 20 and "1" not in i["name"] and quality(i) is not None]
    assert len(found) > 1
    typed = "thread_id = \"th 1\"" if kind == "traces" else 'type in ("tool") and usage.total_tokens > 0'
    assert len(answers(api, kind, typed)) == COUNT // 2


def test_pages_of_what_is_filtered(api, kind, written):
    wanted = [item["id"] for item in written if "item" in item["name"]]
    seen = []
    for page in range(1, 6):
        answer = api.get(f"/v1/private/{kind}", query={"project_name": f"{PROJECT} {kind}", "size": 7, "page": page, "filters": 'name starts_with "item"'}).json
        assert answer["total"] == len(wanted) and answer["size"] == len(answer["content"])
        seen += [item["id"] for item in answer["content"]]
    assert seen == wanted
    last, seen = None, []
    while True:  # a stream goes on below the last id
        body = {"project_name": f"{PROJECT} {kind}", "limit": 4, "filters": [condition("name", "starts_with", "item")], **({"last_retrieved_id": last} if last else {})}
        lines = api.post(f"/v1/private/{kind}/search", body).lines
        if not lines:
            break
        seen += [item["id"] for item in lines]
        last = seen[-1]
    assert seen == wanted


SORTS = [
    (["name ASC"], [(lambda i: i["name"], False)]),
    (["name DESC", "duration ASC"], [(lambda i: i["name"], True), (lambda i: i.get("duration"), False)]),
    (["start_time ASC"], [(lambda i: i["start_time"], False)]),
    (["feedback_scores.Quality DESC"], [(quality, True)]),
    (["metadata.user ASC", "ttft DESC"], [(lambda i: i.get("metadata", {}).get("user"), False), (lambda i: i.get("ttft"), True)]),
    (["metadata.n DESC"], [(lambda i: i.get("metadata", {}).get("n"), True)]),
    (["tags ASC", "nothing DESC", "id ASC"], [(lambda i: i.get("tags"), False), (lambda i: i["id"], False)]),
]


@pytest.mark.parametrize("sorting, keys", SORTS)
def test_sorting(api, kind, written, sorting, keys):
    rows = sorted(written, key=lambda i: i["id"], reverse=True)
    for value, descending in reversed(keys):
        having = sorted((i for i in rows if value(i) is not None), key=value, reverse=descending)
        rows = having + [i for i in rows if value(i) is None]  # what has no value comes last
    asked = json.dumps([dict(zip(("field", "direction"), s.split())) for s in sorting])
    page = api.get(f"/v1/private/{kind}", query={"project_name": f"{PROJECT} {kind}", "size": 100, "sorting": asked}).json
    assert [i["id"] for i in page["content"]] == [i["id"] for i in rows]
    assert page["sortable_by"][:2] == ["id", "name"]
    second = api.get(f"/v1/private/{kind}", query={"project_name": f"{PROJECT} {kind}", "size": 4, "page": 2, "sorting": asked, "filters": 'name != "pending"'}).json
    assert [i["id"] for i in second["content"]] == [i["id"] for i in rows if i["name"] != "pending"][4:8]


def test_hostile_texts(api, kind, written):
    """No 500, and nothing of the other project."""
    mine = {item["id"] for item in written}
    where = {"project_name": f"{PROJECT} {kind}", "size": 100}
    for text in HOSTILE:
        for filters in ([condition("name", "=", text)], [condition("name", "not_contains", text)], [condition("metadata", "=", text, text)],
                        [condition("feedback_scores", ">", "0", text)], [condition("tags", "contains", text)], [condition("id", "!=", text)],
                        [condition("custom", "=", text, f"input.{text}")], [condition(text, "=", "x")], [condition("name", text, "x")], [condition("ttft", "=", text)]):  # fmt: skip
            answer = api.post(f"/v1/private/{kind}/search", {"project_name": where["project_name"], "filters": filters})
            assert answer.status in (200, 400), (filters, answer)
            if answer.status == 200:
                assert {line["id"] for line in answer.lines} <= mine
        for query in ({"filters": text}, {"filters": f'name = "{text}"'}, {"sorting": json.dumps([{"field": text}])}, {"sorting": json.dumps([{"field": f"metadata.{text}"}])},
                      {"sorting": json.dumps([{"field": f"feedback_scores.{text}"}])}, {"search": text}):  # fmt: skip
            answer = api.get(f"/v1/private/{kind}", query={**where, **query})
            assert answer.status in (200, 400), (query, answer)
            if answer.status == 200:
                assert {item["id"] for item in answer.json["content"]} <= mine
    assert len(api.get(f"/v1/private/{kind}", query={"project_name": f"{OTHER} {kind}", "size": 100}).json["content"]) == COUNT


def test_totals_of_traces(api):
    project = "filtered totals"
    traces = [trace(id=uuid7(FIRST_MS + i), project_name=project, name=f"t{i}") for i in range(4)]
    spans = [span(project_name=project, trace_id=traces[i]["id"], type="llm" if j else "tool", usage={"total_tokens": 10 * i}, total_estimated_cost=i / 2)
             for i in range(4) for j in range(i)]  # fmt: skip
    assert api.post("/v1/private/traces/batch", {"traces": traces}).status == 204
    assert api.post("/v1/private/spans/batch", {"spans": spans}).status == 204
    scores = [{"id": s["id"], "name": "ok", "value": 1, "source": "sdk", "project_name": project} for s in spans[:2]]
    assert api.put("/v1/private/spans/feedback-scores", {"scores": scores}).status == 204

    def found(filters, sorting="[]"):
        page = api.get("/v1/private/traces", query={"project_name": project, "filters": filters, "sorting": sorting}).json
        return [t["name"] for t in page["content"]]

    assert found("usage.total_tokens >= 40") == ["t3", "t2"]
    assert found("total_estimated_cost = 2") == ["t2"]
    assert found("llm_span_count = 1") == ["t2"]
    assert found("llm_span_count < 1") == ["t1", "t0"]
    assert found("span_feedback_scores.ok = 1") == ["t2", "t1"]
    assert found("", '[{"field":"usage.total_tokens","direction":"ASC"}]') == ["t1", "t2", "t3", "t0"]
    assert found("", '[{"field":"span_count","direction":"DESC"}]') == ["t3", "t2", "t1", "t0"]
