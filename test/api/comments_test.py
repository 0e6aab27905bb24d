"""Goal: what people write about traces, spans and threads is kept, shown wherever those are read, and goes with them.
Method: every operation over HTTP and through the official client; pages, searches and single reads compared with each other."""
import contextlib
import sqlite3
import uuid

import opik
import pytest

from api.shapes import KINDS, one, span, trace
from support.ids import uuid7


def add(api, path, text):
    answer = api.post(f"{path}/comments", {"text": text})
    assert answer.status == 201 and answer.body == b"", answer
    location = answer.headers["location"]
    assert location.startswith(f"{path}/comments/")
    return location


def entity_of(api, kind, **more):
    entity = one(kind, **more)
    assert api.post(f"/v1/private/{kind}", entity).status == 201
    return entity, f"/v1/private/{kind}/{entity['id']}"


def texts(seen):
    return [c["text"] for c in seen.get("comments", [])]


@pytest.mark.parametrize("kind", KINDS)
def test_added_read_changed_deleted(api, kind):
    _, path = entity_of(api, kind)
    first = add(api, path, "one\n\"zwei\" 👍")
    add(api, path, "two")
    seen = api.get(path).json["comments"]
    assert texts({"comments": seen}) == ["one\n\"zwei\" 👍", "two"]
    assert api.get(first).json == seen[0]
    assert seen[0]["id"] == first.rsplit("/", 1)[1] and seen[0]["created_at"] == seen[0]["last_updated_at"]
    assert seen[0]["created_by"] == seen[0]["last_updated_by"] == "admin"

    change = f"/v1/private/{kind}/comments/{seen[0]['id']}"
    assert api.patch(change, {"text": "changed"}).status == 204
    after = api.get(first).json
    assert after["text"] == "changed" and after["created_at"] == seen[0]["created_at"] and after["last_updated_at"] > seen[0]["last_updated_at"]

    for _ in range(2):
        assert api.post(f"/v1/private/{kind}/comments/delete", {"ids": [seen[0]["id"], uuid7()]}).status == 204
    assert texts(api.get(path).json) == ["two"]
    answer = api.get(first)
    assert (answer.status, answer.json) == (404, {"code": 404, "message": f"Comment id: {seen[0]['id']} not found"})


@pytest.mark.parametrize("kind", KINDS)
def test_shown_on_pages_and_in_searches(api, kind):
    project = f"comments of {kind} {uuid7()}"
    entities = [entity_of(api, kind, project_name=project) for _ in range(3)]
    for i, (_, path) in enumerate(entities[:2]):
        for j in range(i + 1):
            add(api, path, f"{i}.{j}")
    by_id = {e["id"]: texts(api.get(path).json) for e, path in entities}
    assert sorted(by_id.values()) == [[], ["0.0"], ["1.0", "1.1"]]
    page = api.get(f"/v1/private/{kind}", query={"project_name": project}).json["content"]
    assert {e["id"]: texts(e) for e in page} == by_id
    found = api.post(f"/v1/private/{kind}/search", {"project_name": project}).lines
    assert {e["id"]: texts(e) for e in found} == by_id
    without = api.get(f"/v1/private/{kind}", query={"project_name": project, "exclude": '["comments"]'}).json["content"]
    assert all("comments" not in e for e in without)


@pytest.mark.parametrize("kind", KINDS)
def test_kept_when_the_entity_is_sent_again(api, kind):
    entity, path = entity_of(api, kind)
    add(api, path, "stays")
    assert api.post(f"/v1/private/{kind}/batch", {kind: [{**entity, "name": "again"}]}).status == 204
    assert texts(api.get(path).json) == ["stays"]


def test_gone_with_its_trace(api):
    parent, path = entity_of(api, "traces")
    child = span(trace_id=parent["id"])
    api.post("/v1/private/spans", child)
    on_trace = add(api, path, "of the trace")
    on_span = add(api, f"/v1/private/spans/{child['id']}", "of the span")
    assert api.delete(path).status == 204
    assert api.get(on_trace).status == api.get(on_span).status == 404
    api.post("/v1/private/traces", {**parent, "name": "again"})
    api.post("/v1/private/spans", child)
    assert texts(api.get(path).json) == [] == texts(api.get(f"/v1/private/spans/{child['id']}").json)


@pytest.mark.parametrize("kind, title", [("traces", "Trace"), ("spans", "Span")])
def test_what_is_not_there_cannot_be_commented_on(api, kind, title):
    id = uuid7()
    answer = api.post(f"/v1/private/{kind}/{id}/comments", {"text": "x"})
    assert (answer.status, answer.json) == (404, {"code": 404, "message": f"{title} id: {id} not found"})
    answer = api.patch(f"/v1/private/{kind}/comments/{id}", {"text": "x"})
    assert (answer.status, answer.json) == (404, {"code": 404, "message": f"Comment id: {id} not found"})


@pytest.mark.parametrize("kind", KINDS)
def test_refusals(api, kind):
    _, path = entity_of(api, kind)
    for body in ({}, {"text": None}, {"text": "  \n"}):
        answer = api.post(f"{path}/comments", body)
        assert (answer.status, answer.json) == (422, {"errors": ["text must not be blank"]})
    assert api.post(f"{path}/comments", {"text": ["x"]}).status == 400
    assert api.post(f"{path}/comments").status == 422
    assert api.get(f"{path}/comments/none").status == 404
    assert api.post(f"/v1/private/{kind}/nobody/comments", {"text": "x"}).status == 404
    assert api.post(f"/v1/private/{kind}/comments/delete", {"ids": []}).status == 422
    assert "comments" not in api.get(path).json


def test_a_comment_belongs_to_its_place(api):
    """Neither another trace nor the path of spans leads to a comment on a trace."""
    _, path = entity_of(api, "traces")
    _, other = entity_of(api, "traces")
    id = add(api, path, "mine").rsplit("/", 1)[1]
    assert api.get(f"{other}/comments/{id}").status == 404
    assert api.patch(f"/v1/private/spans/comments/{id}", {"text": "theirs"}).status == 404
    assert api.post("/v1/private/spans/comments/delete", {"ids": [id]}).status == 204
    assert texts(api.get(path).json) == ["mine"]


def test_on_threads(fresh_server):
    api = fresh_server.api
    first, second = trace(thread_id="talk"), trace(thread_id="talk")
    api.post("/v1/private/traces/batch", {"traces": [first, second]})
    with contextlib.closing(sqlite3.connect(fresh_server.data / "opik.db")) as db:
        ((raw,),) = db.execute("SELECT id FROM threads").fetchall()
    path = f"/v1/private/traces/threads/{uuid.UUID(bytes=raw)}"
    location = add(api, path, "about the talk")
    assert api.get(location).json["text"] == "about the talk"
    id = location.rsplit("/", 1)[1]
    assert api.patch(f"/v1/private/traces/threads/comments/{id}", {"text": "changed"}).status == 204
    assert api.patch(f"/v1/private/traces/comments/{id}", {"text": "of a trace?"}).status == 404
    assert api.get(location).json["text"] == "changed"
    gone = add(api, path, "to be deleted").rsplit("/", 1)[1]
    assert api.post("/v1/private/traces/threads/comments/delete", {"ids": [gone]}).status == 204
    assert api.get(f"{path}/comments/{gone}").status == 404
    api.post("/v1/private/traces/delete", {"ids": [first["id"]]})
    assert api.get(location).status == 200
    api.post("/v1/private/traces/delete", {"ids": [second["id"]]})  # and with it the thread
    assert api.get(location).status == 404
    answer = api.post(f"{path}/comments", {"text": "x"})
    assert (answer.status, answer.json["message"]) == (404, f"Thread id: {path.rsplit('/', 1)[1]} not found")


def test_each_thread_of_a_page_has_its_own(api):
    project = f"comments of threads {uuid7()}"
    threads = "/v1/private/traces/threads"
    for i in range(3):
        assert api.post("/v1/private/traces", trace(project_name=project, thread_id=f"t{i}")).status == 201
    page = lambda **query: api.get(threads, query={"project_name": project, **query}).json["content"]  # noqa: E731
    for thread in page():
        for j in range(int(thread["id"][1])):
            add(api, f"{threads}/{thread['thread_model_id']}", f"{thread['id']}.{j}")
    wanted = {"t0": [], "t1": ["t1.0"], "t2": ["t2.0", "t2.1"]}
    one_by_one = [api.post(f"{threads}/retrieve", {"project_name": project, "thread_id": id}).json for id in wanted]
    searched = api.post(f"{threads}/search", {"project_name": project}).lines
    in_pages = [thread for number in (1, 2, 3) for thread in page(size=1, page=number)]
    for seen in (page(), page(search="T"), one_by_one, searched, in_pages):
        assert {thread["id"]: texts(thread) for thread in seen} == wanted


def test_through_the_official_client(server, api):
    client = opik.Opik(host=server.url, _use_batching=False).rest_client
    parent, path = entity_of(api, "traces")
    child = span(trace_id=parent["id"])
    api.post("/v1/private/spans", child)
    client.traces.add_trace_comment(parent["id"], text="of the trace")
    client.spans.add_span_comment(child["id"], text="of the span")
    (comment,) = client.traces.get_trace_by_id(parent["id"]).comments
    client.traces.update_trace_comment(comment.id, text="changed")
    assert client.traces.get_trace_comment(parent["id"], comment.id).text == "changed"
    assert client.spans.get_span_by_id(child["id"]).comments[0].text == "of the span"
    client.traces.delete_trace_comments(ids=[comment.id])
    assert client.traces.get_trace_by_id(parent["id"]).comments is None
