"""Goal: creates and updates of traces and spans answer as Opik's API says, and where the brief differs, as the brief says: every create is an
upsert, an update of an unknown id is kept, one bad item never costs the good ones.
Method: plain HTTP requests, the answer and then what is read back."""
import pytest

from api.shapes import KINDS, START, errors, one, place, span, trace
from support.ids import instant, now_us, uuid7


def read(api, kind, id):
    answer = api.get(f"/v1/private/{kind}/{id}")
    assert answer.status == 200, answer
    return answer.json


@pytest.mark.parametrize("kind", KINDS)
def test_create_one(api, kind):
    entity = one(kind, input={"a": 1}, tags=["x", "y"])
    answer = api.post(f"/v1/private/{kind}", entity)
    assert answer.status == 201 and answer.body == b"", answer
    assert answer.headers["location"].endswith(f"/v1/private/{kind}/{entity['id']}")
    seen = read(api, kind, entity["id"])
    assert {k: seen[k] for k in ("id", "name", "start_time", "input")} == {k: entity[k] for k in ("id", "name", "start_time", "input")}
    assert sorted(seen["tags"]) == ["x", "y"]
    assert seen["source"] == "sdk" and "end_time" not in seen and "output" not in seen and "duration" not in seen
    assert seen["created_by"] == "admin" and seen["last_updated_by"] == "admin" and seen["created_at"] and seen["project_id"]
    if kind == "traces":
        assert "project_name" not in seen and seen["visibility_mode"] == "default"
        assert (seen["span_count"], seen["llm_span_count"], seen["has_tool_spans"]) == (0, 0, False)
    else:
        assert seen["project_name"] == "Default Project" and seen["trace_id"] == entity["trace_id"]


@pytest.mark.parametrize("kind", KINDS)
def test_create_without_id(api, kind):
    entity = one(kind)
    del entity["id"]
    answer = api.post(f"/v1/private/{kind}", entity)
    assert answer.status == 201
    id = answer.headers["location"].rsplit("/", 1)[1]
    assert id[14] == "7" and read(api, kind, id)["name"] == entity["name"]


@pytest.mark.parametrize("kind", KINDS)
def test_create_again_overwrites(api, kind):
    entity = one(kind, input={"a": 1}, tags=["x"], metadata={"m": 1})
    for output in (None, {"b": 2}):
        again = {k: v for k, v in entity.items() if k != "tags" or output is None}
        answer = api.post(f"/v1/private/{kind}", {**again, "name": f"n {output}", **({"output": output} if output else {})})
        assert answer.status == 201, answer
    seen = read(api, kind, entity["id"])
    assert seen["name"] == "n {'b': 2}" and seen["output"] == {"b": 2} and seen["input"] == {"a": 1}
    assert "tags" not in seen, "the newer create says nothing of tags: they are empty"


@pytest.mark.parametrize("kind", KINDS)
def test_batch(api, kind):
    items = [one(kind, name=f"b{i}") for i in range(1000)]
    answer = api.post(f"/v1/private/{kind}/batch", {kind: items})
    assert answer.status == 204 and answer.body == b"", answer
    for item in items[::111]:
        assert read(api, kind, item["id"])["name"] == item["name"]


@pytest.mark.parametrize("kind", KINDS)
def test_batch_the_newer_of_one_id_wins(api, kind):
    entity = one(kind)
    t = now_us()
    items = [{**entity, "name": name, "last_updated_at": instant(t + at)} for name, at in (("old", 0), ("new", 2000), ("middle", 1000))]
    assert api.post(f"/v1/private/{kind}/batch", {kind: items}).status == 204
    assert read(api, kind, entity["id"])["name"] == "new"
    assert api.post(f"/v1/private/{kind}/batch", {kind: [{**entity, "name": "older still", "last_updated_at": instant(t - 1000)}]}).status == 204
    assert read(api, kind, entity["id"])["name"] == "new"


@pytest.mark.parametrize("kind", KINDS)
def test_bad_items_do_not_cost_the_good_ones(api, kind):
    good = [one(kind, name=f"good {i}") for i in range(3)]
    no_start = {k: v for k, v in one(kind).items() if k != "start_time"}
    not_v7 = one(kind, id="11111111-2222-4333-8444-555555555555")
    bad_name = one(kind, project_name="  ")
    answer = api.post(f"/v1/private/{kind}/batch", {kind: [good[0], no_start, good[1], not_v7, good[2], bad_name]})
    errors(answer, 422, rf"{kind}\[1\]\.startTime must not be null", "version 7 UUID", rf"{kind}\[5\]\.projectName must not be blank")
    body = answer.json
    assert body["stored"] == 3
    assert [(r["index"], r["id"]) for r in body["rejected"]] == [(1, no_start["id"]), (3, not_v7["id"]), (5, bad_name["id"])]
    assert all(r["error"] for r in body["rejected"])
    for item in good:
        assert read(api, kind, item["id"])["name"] == item["name"]
    for item in (no_start, bad_name):
        assert api.get(f"/v1/private/{kind}/{item['id']}").status == 404


@pytest.mark.parametrize("kind", KINDS)
def test_a_wrong_type_in_one_item(api, kind):
    good, bad = one(kind), one(kind, name={"not": "a string"})
    answer = api.post(f"/v1/private/{kind}/batch", {kind: [bad, good]})
    assert answer.status in (400, 422), answer
    assert read(api, kind, good["id"])["id"] == good["id"]
    assert api.get(f"/v1/private/{kind}/{bad['id']}").status == 404


UPDATES = {
    "end_time": "2024-05-01T10:00:02.500Z",
    "input": {"new": 1},
    "output": {"o": [1, 2]},
    "metadata": {"k": "v"},
    "tags": ["u"],
    "error_info": {"exception_type": "E", "message": "m", "traceback": "t"},
    "ttft": 12.5,
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("field", UPDATES)
def test_update_one_field(api, kind, field):
    entity = one(kind, input={"old": 1}, metadata={"old": 1}, tags=["old"], project_name="updates")
    assert api.post(f"/v1/private/{kind}", entity).status == 201
    before = read(api, kind, entity["id"])
    answer = api.patch(f"/v1/private/{kind}/{entity['id']}", {**place(kind, entity), field: UPDATES[field]})
    assert answer.status == 204 and answer.body == b"", answer
    seen = read(api, kind, entity["id"])
    assert seen[field] == UPDATES[field]
    changed = {k for k in seen if seen[k] != before.get(k)}
    assert changed <= {field, "last_updated_at", "duration"}, changed
    if field == "end_time":
        assert seen["duration"] == 2500


@pytest.mark.parametrize("kind", KINDS)
def test_update_null_keeps_and_empty_list_clears(api, kind):
    entity = one(kind, input={"a": 1}, tags=["x"], metadata={"m": 1})
    assert api.post(f"/v1/private/{kind}", entity).status == 201
    keep = {"name": None, "output": None, "tags": None, "metadata": None, "end_time": None, "error_info": None}
    assert api.patch(f"/v1/private/{kind}/{entity['id']}", {**place(kind, entity), **keep}).status == 204
    assert read(api, kind, entity["id"])["tags"] == ["x"] and read(api, kind, entity["id"])["metadata"] == {"m": 1}
    assert api.patch(f"/v1/private/{kind}/{entity['id']}", {**place(kind, entity), "tags": [], "metadata": {}}).status == 204
    seen = read(api, kind, entity["id"])
    assert "tags" not in seen and seen["metadata"] == {} and seen["name"] == entity["name"]


def test_update_of_span_fields(api):
    entity = span(usage={"prompt_tokens": 1, "completion_tokens": 2})
    assert api.post("/v1/private/spans", entity).status == 201
    update = {"trace_id": entity["trace_id"], "model": "gpt-4o", "provider": "openai", "usage": {"total_tokens": 9}, "total_estimated_cost": 0.5, "type": "llm"}
    assert api.patch(f"/v1/private/spans/{entity['id']}", update).status == 204
    seen = read(api, "spans", entity["id"])
    assert {k: seen[k] for k in ("model", "provider", "usage", "total_estimated_cost", "type")} == {k: v for k, v in update.items() if k != "trace_id"}
    assert seen["metadata"]["provider"] == "openai"


@pytest.mark.parametrize("kind", KINDS)
def test_update_before_the_create(api, kind):
    entity = one(kind, input={"a": 1}, project_name="early updates")
    answer = api.patch(f"/v1/private/{kind}/{entity['id']}", {**place(kind, entity), "output": {"b": 2}})
    assert answer.status == 204, answer
    pending = read(api, kind, entity["id"])
    assert pending["output"] == {"b": 2} and "name" not in pending and not pending["start_time"].startswith("1970")
    listed = api.get(f"/v1/private/{kind}", query={"project_name": "early updates", "size": 100}).json["content"]
    assert entity["id"] in [item["id"] for item in listed]
    assert api.post(f"/v1/private/{kind}/batch", {kind: [{**entity, "last_updated_at": instant(now_us() - 3_600_000_000)}]}).status == 204
    seen = read(api, kind, entity["id"])
    assert (seen["name"], seen["input"], seen["output"], seen["start_time"]) == (entity["name"], {"a": 1}, {"b": 2}, START)


@pytest.mark.parametrize("kind", KINDS)
def test_batch_update(api, kind):
    known, unknown = one(kind, tags=["a"]), one(kind)
    shared = {"trace_id": known["trace_id"]} if kind == "spans" else {}
    unknown.update(shared)
    assert api.post(f"/v1/private/{kind}", known).status == 201
    answer = api.patch(f"/v1/private/{kind}/batch", {"ids": [known["id"], unknown["id"]], "update": {**shared, "tags": ["b"], "output": {"o": 1}}})
    assert answer.status == 204, answer
    seen = read(api, kind, known["id"])
    assert seen["tags"] == ["b"] and seen["output"] == {"o": 1}
    assert read(api, kind, unknown["id"])["output"] == {"o": 1}, "an update of an unknown id is kept"
    assert api.post(f"/v1/private/{kind}", unknown).status == 201
    assert read(api, kind, unknown["id"])["output"] == {"o": 1}
    assert read(api, kind, unknown["id"])["name"] == unknown["name"]


@pytest.mark.parametrize("kind", KINDS)
def test_batch_update_merges_tags(api, kind):
    entity = one(kind, tags=["a", "b"])
    shared = {"trace_id": entity["trace_id"]} if kind == "spans" else {}
    assert api.post(f"/v1/private/{kind}", entity).status == 201

    def tags_after(update, **more):
        answer = api.patch(f"/v1/private/{kind}/batch", {"ids": [entity["id"]], "update": {**shared, **update}, **more})
        assert answer.status == 204, answer
        return sorted(read(api, kind, entity["id"]).get("tags", []))

    assert tags_after({"tags": ["b", "c"]}, merge_tags=True) == ["a", "b", "c"]
    assert tags_after({"tags_to_add": ["d"], "tags_to_remove": ["a"]}) == ["b", "c", "d"]
    assert tags_after({"tags": ["z"]}, merge_tags=False) == ["z"]


def test_unknown_fields_are_ignored(api):
    entity = trace(environment="production", something={"new": [1]})
    assert api.post("/v1/private/traces", entity).status == 201
    assert "something" not in read(api, "traces", entity["id"])


@pytest.mark.parametrize("source", ["sdk", "experiment", "playground", "optimization"])
def test_source(api, source):
    entity = trace(source=source)
    assert api.post("/v1/private/traces", entity).status == 201
    assert read(api, "traces", entity["id"])["source"] == source


def test_a_span_without_its_trace(api):
    entity = span()
    assert api.post("/v1/private/spans", entity).status == 201
    assert read(api, "spans", entity["id"])["trace_id"] == entity["trace_id"]
    assert api.get(f"/v1/private/traces/{entity['trace_id']}").status == 404


def test_trace_sums_up_its_spans(api):
    entity = trace(metadata={"a": 1})
    assert api.post("/v1/private/traces", entity).status == 201
    spans = [
        span(trace_id=entity["id"], type="llm", provider="openai", usage={"total_tokens": 5, "prompt_tokens": 2}, total_estimated_cost=0.25),
        span(trace_id=entity["id"], type="llm", provider="anthropic", usage={"total_tokens": 7}, total_estimated_cost=0.5),
        span(trace_id=entity["id"], type="tool"),
    ]
    assert api.post("/v1/private/spans/batch", {"spans": spans}).status == 204
    seen = read(api, "traces", entity["id"])
    assert (seen["span_count"], seen["llm_span_count"], seen["has_tool_spans"]) == (3, 2, True)
    assert seen["usage"] == {"total_tokens": 12, "prompt_tokens": 2} and seen["total_estimated_cost"] == 0.75
    assert seen["providers"] == ["anthropic", "openai"]
    assert seen["metadata"] == {"providers": ["anthropic", "openai"], "a": 1} and list(seen["metadata"])[0] == "providers"


# --- deletion


def test_delete_trace(api):
    entity = trace()
    spans = [span(trace_id=entity["id"]) for _ in range(2)]
    assert api.post("/v1/private/traces", entity).status == 201
    assert api.post("/v1/private/spans/batch", {"spans": spans}).status == 204
    for _ in range(2):  # again: no difference
        assert api.delete(f"/v1/private/traces/{entity['id']}").status == 204
        assert api.get(f"/v1/private/traces/{entity['id']}").status == 404
        for s in spans:
            assert api.get(f"/v1/private/spans/{s['id']}").status == 404
    assert api.delete(f"/v1/private/traces/{uuid7()}").status == 204


def test_delete_many(api):
    entities = [trace(project_name="deletes") for _ in range(5)]
    assert api.post("/v1/private/traces/batch", {"traces": entities}).status == 204
    assert api.post("/v1/private/traces/delete", {"ids": [e["id"] for e in entities[:3]]}).status == 204
    left = api.get("/v1/private/traces", query={"project_name": "deletes"}).json
    assert left["total"] == 2 and {t["id"] for t in left["content"]} == {e["id"] for e in entities[3:]}


def test_a_late_message_does_not_bring_back_what_was_deleted(api):
    entity = trace()
    stamped = {**entity, "last_updated_at": instant(now_us())}
    assert api.post("/v1/private/traces/batch", {"traces": [stamped]}).status == 204
    assert api.delete(f"/v1/private/traces/{entity['id']}").status == 204
    answer = api.post("/v1/private/traces/batch", {"traces": [stamped]})
    assert answer.status == 204, "accepted, without effect"
    assert api.get(f"/v1/private/traces/{entity['id']}").status == 404
    newer = {**entity, "name": "after", "last_updated_at": instant(now_us() + 1000)}
    assert api.post("/v1/private/traces/batch", {"traces": [newer]}).status == 204
    assert read(api, "traces", entity["id"])["name"] == "after"


def test_delete_span_is_not_implemented(api):
    entity = span()
    assert api.post("/v1/private/spans", entity).status == 201
    assert api.delete(f"/v1/private/spans/{entity['id']}").status == 501
    assert api.get(f"/v1/private/spans/{entity['id']}").status == 200
