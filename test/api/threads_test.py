"""Goal: threads are what their traces say, in the order and with the fields of Opik, through every operation that there is on them.
Method: a project of its own per test, traces with a thread_id sent to it, and what the operations answer; then every refusal."""
import contextlib
import json
import sqlite3
import time
import uuid

import pytest

from api.shapes import code_message, errors, span, trace
from support.ids import instant, now_us, uuid7
from support.server import Opikd

START_US = 1_714_557_600_000_000  # 2024-05-01T10:00:00Z
THREADS = "/v1/private/traces/threads"
CONFIGURATION = "/v1/private/workspaces/configurations"


def at(seconds):
    return instant(START_US + round(seconds * 1_000_000))


class Project:
    def __init__(self, api, name):
        self.api, self.name = api, name

    def trace(self, thread_id, start=0, end=None, **fields):
        body = trace(project_name=self.name, thread_id=thread_id, start_time=at(start), **fields)
        if end is not None:
            body["end_time"] = at(end)
        assert self.api.post("/v1/private/traces", body).status == 201
        return body["id"]

    def chat(self, thread_id, turns, start=0):
        return [self.trace(thread_id, start + 10 * i, start + 10 * i + 2, input={"q": i}, output={"a": i}) for i in range(turns)]

    def page(self, **query):
        answer = self.api.get(THREADS, query={"project_name": self.name, **query})
        assert answer.status == 200, answer
        return answer.json

    def ids(self, **query):
        return [thread["id"] for thread in self.page(size=100, **query)["content"]]

    def get(self, thread_id, **more):
        answer = self.api.post(f"{THREADS}/retrieve", {"project_name": self.name, "thread_id": thread_id, **more})
        return answer.json if answer.status == 200 else None

    def search(self, **body):
        answer = self.api.post(f"{THREADS}/search", {"project_name": self.name, **body})
        assert answer.status == 200 and answer.headers["content-type"] == "application/octet-stream", answer
        assert answer.text == "" or answer.text.endswith("\r\n")
        return [json.loads(line) for line in answer.text.splitlines()]

    def stats(self, **query):
        answer = self.api.get(f"{THREADS}/stats", query={"project_name": self.name, **query})
        return {stat["name"]: stat["value"] for stat in answer.json["stats"]}

    def score(self, *scores):
        return self.api.put(f"{THREADS}/feedback-scores", {"scores": [{"source": "sdk", "project_name": self.name, **s} for s in scores]})

    def set(self, what, **body):
        return self.api.put(f"{THREADS}/{what}", {"project_name": self.name, **body})

    def tag(self, thread_id, **update):
        return self.api.patch(f"{THREADS}/{self.get(thread_id)['thread_model_id']}", update)


@pytest.fixture
def project(api, request):
    return Project(api, f"threads {request.node.name} {uuid7()}")


def test_a_thread_has_every_field(api, project):
    first = project.trace("chat", 5, 7, input={"q": "first"}, output={"a": "no"})
    last = project.trace("chat", 6, 20.5, input={"q": "no"}, output={"a": "last"}, source="sdk")
    for id, cost in ((first, 0.25), (last, 0.5)):
        body = span(trace_id=id, project_name=project.name, usage={"prompt_tokens": 3, "total_tokens": 5}, total_estimated_cost=cost)
        assert api.post("/v1/private/spans", body).status == 201
    project.trace("", 0)
    project.trace(None, 0)
    page = project.page()
    thread = page["content"][0]
    by_id = {id: api.get(f"/v1/private/traces/{id}").json for id in (first, last)}
    model_id, created, updated = thread.pop("thread_model_id"), thread.pop("created_at"), thread.pop("last_updated_at")
    assert model_id[14] == "7" and created == min(t["created_at"] for t in by_id.values()) and updated == max(t["last_updated_at"] for t in by_id.values())
    assert thread == {"id": "chat", "project_id": by_id[first]["project_id"], "start_time": "2024-05-01T10:00:05Z", "end_time": "2024-05-01T10:00:20.500Z", "duration": 15500,
                      "first_message": {"q": "first"}, "last_message": {"a": "last"}, "status": "active", "number_of_messages": 4, "total_estimated_cost": 0.75,
                      "usage": {"prompt_tokens": 6, "total_tokens": 10}, "created_by": "admin", "last_updated_by": "admin"}  # fmt: skip
    assert (page["page"], page["size"], page["total"]) == (1, 1, 1)
    assert page["sortable_by"][:4] == ["id", "start_time", "end_time", "duration"] and "status" in page["sortable_by"]
    assert project.get("chat") == {**thread, "thread_model_id": model_id, "created_at": created, "last_updated_at": updated}


def test_updates_move_traces_between_threads(api, project):
    a, b = project.chat("one", 2)
    model_id = project.get("one")["thread_model_id"]
    assert api.patch(f"/v1/private/traces/{b}", {"project_name": project.name, "thread_id": "two"}).status == 204
    assert sorted(project.ids()) == ["one", "two"]
    assert [project.get(t)["number_of_messages"] for t in ("one", "two")] == [2, 2]
    assert project.get("one")["thread_model_id"] == model_id and project.get("one")["last_message"] == {"a": 0}
    assert api.patch(f"/v1/private/traces/{a}", {"project_name": project.name, "thread_id": "two", "output": {"a": "new"}}).status == 204
    assert project.ids() == ["two"] and project.get("one") is None
    # An update before its create, and a create anew without a thread.
    late = uuid7()
    assert api.patch(f"/v1/private/traces/{late}", {"project_name": project.name, "thread_id": "three", "output": 1}).status == 204
    assert project.get("three")["last_message"] == 1
    body = trace(id=late, project_name=project.name, start_time=at(0), input=2)
    assert api.post("/v1/private/traces", body).status == 201
    assert project.get("three")["first_message"] == 2 and project.get("three")["start_time"] == "2024-05-01T10:00:00Z"
    assert api.delete(f"/v1/private/traces/{late}").status == 204
    assert project.ids() == ["two"]


def test_pages_in_opiks_order(project):
    for i in range(5):
        project.chat(f"t{i}", 1, start=i)
    assert project.ids() == ["t4", "t3", "t2", "t1", "t0"]
    assert [t["id"] for t in project.page(page=2, size=2)["content"]] == ["t2", "t1"]
    assert project.page(page=2, size=2)["total"] == 5 and project.page(page=9)["content"] == []
    assert project.tag("t1", tags=["x"]).status == 204
    assert project.ids() == ["t1", "t4", "t3", "t2", "t0"]


@pytest.mark.parametrize("field, expected", [("id", "abc"), ("start_time", "cba"), ("end_time", "bca"), ("duration", "bac"), ("number_of_messages", "bca"), ("created_at", "abc"),
                                             ("last_updated_at", "acb"), ("usage.total_tokens", "cba"), ("total_estimated_cost", "cba"), ("feedback_scores.good", "bca"), ("tags", "cba")])  # fmt: skip
def test_sorting(api, project, field, expected):
    traces = {"a": project.trace("a", 30, 90), "b": project.trace("b", 20, 40), "c": project.trace("c", 10, 80)}
    for thread_id, start in (("c", 15), ("a", 35), ("a", 36)):
        project.trace(thread_id, start, 60)
    for i, thread_id in enumerate("cba"):
        body = span(trace_id=traces[thread_id], project_name=project.name, usage={"total_tokens": 10 + i}, total_estimated_cost=0.5 + i)
        assert api.post("/v1/private/spans", body).status == 201
    assert project.score(*({"thread_id": t, "name": "good", "value": v} for t, v in (("b", -1), ("c", 0.5), ("a", 2)))).status == 204
    for thread_id, tag in (("a", "z"), ("c", "x"), ("b", "y")):
        assert project.tag(thread_id, tags=[tag]).status == 204
    sort = lambda direction: "".join(project.ids(sorting=json.dumps([{"field": field, "direction": direction}])))  # noqa: E731
    assert sort("ASC") == expected and sort("DESC") == expected[::-1]


def test_search_text_and_time_range(project):
    project.trace("Billing-1", 0, 1, input={"q": "How much?"}, output="Zürich")
    project.trace("other", 0, 1, input="x", output={"a": "HOW far"})
    old = project.trace("old", 0, 1, id=uuid7(START_US // 1000))
    assert old
    assert project.ids(search="billing") == ["Billing-1"] and project.ids(search="how") == ["other", "Billing-1"]
    assert project.ids(search="ZÜRICH".lower()) == ["Billing-1"] and project.ids(search="nothing") == []
    day = 86_400_000_000
    assert project.ids(to_time=instant(START_US + day)) == ["old"]
    assert project.ids(from_time=instant(now_us() - day)) == ["other", "Billing-1"]
    # One that reaches over the range without a trace in it is not in it.
    project.trace("old", 0, 1)
    span_of_time = {"from_time": instant(START_US + day), "to_time": instant(START_US + 2 * day)}
    assert project.ids(**span_of_time) == [] and project.search(**span_of_time) == []
    assert "old" in project.ids(from_time=instant(now_us() - day))


def test_truncate(project):
    project.trace("long", 0, 1, input={"text": "x" * 20_000}, output="y" * 20_000)
    for thread in (project.page(truncate="true")["content"][0], project.get("long", truncate=True), project.search(truncate=True)[0]):
        assert len(thread["first_message"]) == 10_001 and thread["first_message"].startswith('{"text": "xxx')
        assert len(thread["last_message"]) == 10_001
    for thread in (project.page()["content"][0], project.get("long"), project.search()[0]):
        assert thread["first_message"] == {"text": "x" * 20_000}


@pytest.mark.parametrize("ids", [[f"t{i}" for i in range(7)], [str(uuid.UUID(int=(i * 5 % 7 << 120) + 1)) for i in range(7)]], ids=["words", "uuids"])
def test_streams_by_cursor(project, ids):
    for id in ids:
        project.chat(id, 1)
    whole = project.search()
    model_ids = [t["thread_model_id"] for t in whole]
    assert [t["id"] for t in whole] == ids[::-1] and model_ids == sorted(model_ids, reverse=True)
    for member in ("thread_model_id", "id"):  # as it should be, and as Opik's Python SDK says it
        got, last = [], {}
        while batch := project.search(limit=3, **last):
            got += batch
            last = {"last_retrieved_thread_model_id": batch[-1][member]}
        assert got == whole
    assert [t["id"] for t in project.search(filters=[{"field": "id", "operator": "=", "value": ids[3]}])] == [ids[3]]


def test_stats(api, project):
    a = project.chat("a", 3)
    project.chat("b", 1)
    for id in a[:2]:
        body = span(trace_id=id, project_name=project.name, usage={"total_tokens": 5}, total_estimated_cost=0.5)
        assert api.post("/v1/private/spans", body).status == 201
    assert project.score({"thread_id": "a", "name": "good", "value": 1}, {"thread_id": "b", "name": "good", "value": 0}).status == 204
    assert project.tag("a", tags=["x", "y"]).status == 204
    assert project.stats() == {"thread_count": 2, "duration": {"p50": 12000, "p90": 20000, "p99": 21800}, "number_of_messages": 4, "tags": 1, "total_estimated_cost": 1,
                               "total_estimated_cost_sum": 1, "usage.total_tokens": 10, "usage_sum.total_tokens": 10, "feedback_scores.good": 0.5}  # fmt: skip
    assert project.stats(filters='id = "b"')["thread_count"] == 1


def test_close_and_open(project):
    project.chat("a", 1)
    project.chat("b", 1)
    assert project.set("close", thread_id="a").status == 204
    closed = project.get("a")
    assert closed["status"] == "inactive" and project.get("b")["status"] == "active"
    assert project.ids(filters='status = "inactive"') == ["a"]
    assert project.set("open", thread_id="a").status == 204
    assert project.get("a")["status"] == "active" and project.get("a")["last_updated_at"] > closed["last_updated_at"]
    assert project.set("close", thread_ids=["a", "b"]).status == 204
    assert [project.get(t)["status"] for t in "ab"] == ["inactive", "inactive"]
    project.chat("b", 1)  # a new trace opens it
    assert [project.get(t)["status"] for t in "ab"] == ["inactive", "active"]
    code_message(project.set("close", thread_ids=["b", "no", "never"]), 404, r"^Thread '\[no, never\]' not found:$")
    code_message(project.set("open", thread_id="no"), 404, r"^Thread '\[no\]' not found:$")
    assert project.get("b")["status"] == "active"  # nothing is half done


@pytest.mark.parametrize("timeout, seconds", [(None, 15 * 60), ("PT1M", 60), ("PT2H", 2 * 3600), ("P7D", 7 * 86_400)])
def test_closes_by_itself_after_the_time_that_the_workspace_sets(tmp_path, timeout, seconds):
    """The last traces are moved back in time, to half a minute before and behind the moment."""
    with Opikd(tmp_path / "data") as server:
        project = Project(server.api, "p")
        for thread_id in ("young", "old", "opened", "closed"):
            project.chat(thread_id, 1)
        assert {project.get(thread_id)["status"] for thread_id in ("young", "old", "opened", "closed")} == {"active"}
        assert project.set("close", thread_id="closed").status == 204
        if timeout:
            assert server.api.put(CONFIGURATION, {"timeout_to_mark_thread_as_inactive": timeout}).status == 200
    ages = {"young": seconds - 30, "old": seconds + 30, "opened": seconds + 30, "closed": seconds - 30}
    with contextlib.closing(sqlite3.connect(tmp_path / "data/opik.db")) as db, db:
        for thread_id, age in ages.items():
            assert db.execute("UPDATE threads SET active_at_us = ? WHERE thread_id = ?", (now_us() - age * 1_000_000, thread_id)).rowcount == 1
    with Opikd(tmp_path / "data") as server:
        project = Project(server.api, "p")
        project.chat("opened", 1)  # a new trace opens it
        wanted = {"young": "active", "old": "inactive", "opened": "active", "closed": "inactive"}
        assert {t: project.get(t)["status"] for t in wanted} == wanted
        assert {t["id"]: t["status"] for t in project.page()["content"]} == wanted
        assert {t["id"]: t["status"] for t in project.search()} == wanted
        assert sorted(project.ids(filters='status = "inactive"')) == ["closed", "old"]
        assert sorted(project.ids(filters='status = "active"')) == ["opened", "young"]
        assert project.stats(filters='status = "active"')["thread_count"] == 2


def test_another_timeout_counts_at_once(fresh_server):
    api, project = fresh_server.api, Project(fresh_server.api, "p")
    project.chat("a", 1)
    assert project.get("a")["status"] == "active"
    assert api.put(CONFIGURATION, {"timeout_to_mark_thread_as_inactive": "PT1S"}).status == 200
    time.sleep(1.1)
    assert project.get("a")["status"] == "inactive" and project.ids(filters='status = "inactive"') == ["a"]
    assert api.put(CONFIGURATION, {"truncation_on_tables": True}).status == 200  # no timeout of its own: the 15 minutes
    assert project.get("a")["status"] == "active"
    assert api.put(CONFIGURATION, {"timeout_to_mark_thread_as_inactive": "PT1S"}).status == 200
    assert project.get("a")["status"] == "inactive"
    assert api.delete(CONFIGURATION).status == 204
    assert project.get("a")["status"] == "active"


def test_tags(api, project):
    project.chat("a", 1)
    project.chat("b", 1)
    ids = [project.get(t)["thread_model_id"] for t in "ab"]
    tags = lambda: [project.get(t).get("tags") for t in "ab"]  # noqa: E731
    assert project.tag("a", tags=["x", "y"]).status == 204 and tags() == [["x", "y"], None]
    assert project.tag("a", tags_to_add=["z"], tags_to_remove=["x"]).status == 204 and tags() == [["y", "z"], None]
    batch = lambda **body: api.patch(f"{THREADS}/batch", {"ids": [*ids, uuid7()], **body})  # noqa: E731
    assert batch(update={"tags": ["w"]}, merge_tags=True).status == 204 and tags() == [["y", "z", "w"], ["w"]]
    assert batch(update={"tags": ["v"]}).status == 204 and tags() == [["v"], ["v"]]
    assert batch(update={}).status == 204 and tags() == [["v"], ["v"]]
    assert project.ids(filters='tags = "v"') == ["b", "a"] or project.ids(filters='tags = "v"') == ["a", "b"]
    assert project.tag("b", tags=[]).status == 204 and tags() == [["v"], None]
    assert project.tag("a", tags=[f"t{i}" for i in range(50)]).status == 204
    errors(batch(update={"tags_to_add": ["one more"]}), 422, "Tag limit exceeded: maximum 50 tags per item")
    assert tags()[1] is None  # nothing is half done


def test_scores(api, project):
    project.chat("a", 1)
    assert project.score({"thread_id": "a", "name": "good", "value": 0.5, "reason": "r"}, {"thread_id": "a", "name": "fast", "value": 1},
                         {"thread_id": "early", "name": "good", "value": 2, "category_name": "c"}).status == 204  # fmt: skip
    scores = {s["name"]: s for s in project.get("a")["feedback_scores"]}
    assert set(scores) == {"good", "fast"} and scores["good"]["value_by_author"]["admin"]["value"] == 0.5 and scores["good"]["reason"] == "r"
    assert project.score({"thread_id": "a", "name": "good", "value": 0.75}).status == 204
    assert {s["name"]: s["value"] for s in project.get("a")["feedback_scores"]} == {"good": 0.75, "fast": 1}
    # Scores may come before the first trace; the thread is there with it.
    assert project.ids() == ["a"] and project.get("early") is None
    project.chat("early", 1)
    assert project.get("early")["feedback_scores"][0]["category_name"] == "c"
    project_id = project.get("a")["project_id"]
    names = lambda **query: [s["name"] for s in api.get(f"{THREADS}/feedback-scores/names", query=query).json["scores"]]  # noqa: E731
    assert names(project_id=project_id) == ["fast", "good"] and set(names()) >= {"fast", "good"}
    by_id = {"thread_id": "a", "name": "by id", "value": 1, "source": "ui", "project_id": project_id}
    assert api.put(f"{THREADS}/feedback-scores", {"scores": [by_id]}).status == 204
    forget = lambda **body: api.post(f"{THREADS}/feedback-scores/delete", {"project_name": project.name, "thread_id": "a", **body}).status  # noqa: E731
    assert forget(names=["good", "by id", "none"]) == 204 and [s["name"] for s in project.get("a")["feedback_scores"]] == ["fast"]
    assert forget(names=["fast"], author="someone else") == 204 and "feedback_scores" in project.get("a")
    assert forget(names=["fast"], author="admin") == 204 and "feedback_scores" not in project.get("a")
    assert forget(names=["fast"], thread_id="no") == 204
    assert api.post(f"{THREADS}/feedback-scores/delete", {"project_name": f"no {uuid7()}", "thread_id": "a", "names": ["x"]}).status == 204
    # No score of a trace or a span.
    assert "feedback_scores" not in api.get("/v1/private/traces", query={"project_name": project.name}).json["content"][0]


def test_delete_takes_the_traces_and_what_is_the_threads_own(api, project):
    traces = project.chat("a", 3)
    project.chat("b", 1)
    assert project.score({"thread_id": "a", "name": "good", "value": 1}).status == 204
    assert project.tag("a", tags=["x"]).status == 204
    model_id = project.get("a")["thread_model_id"]
    assert api.post(f"{THREADS}/delete", {"project_name": project.name, "thread_ids": ["a", "unknown"]}).status == 204
    assert project.ids() == ["b"] and [api.get(f"/v1/private/traces/{id}").status for id in traces] == [404] * 3
    code_message(api.patch(f"{THREADS}/{model_id}", {"tags": ["y"]}), 404, f"Thread id: {model_id} not found")
    project.chat("a", 1)
    assert project.get("a")["number_of_messages"] == 2 and not project.get("a").keys() & {"tags", "feedback_scores"}


@pytest.mark.parametrize("filters, expected", [
    ('number_of_messages > 2', "b"), ('number_of_messages = 2', "ac"), ('first_message contains "Q-B"', "b"), ('last_message = "{""a"":1}"', "b"),
    ('duration > 5000', "b"), ('start_time < "2024-05-01T10:01:00Z"', "a"), ('end_time >= "2024-05-01T10:02:02Z"', "bc"), ('id = "a"', "a"), ('id starts_with "B"', ""),
    ('feedback_scores.good >= 0.5', "a"), ('feedback_scores.good is_empty', "c"), ('tags contains "im"', "b"), ('tags is_empty', "ac"), ('status != "active"', "c"),
    ('status = "active" and number_of_messages = 2', "a"), ('source = "sdk"', "abc"), ('annotation_queue_ids is_empty', "abc"), ('created_at > "2024-06-01T00:00:00Z"', "abc"),
])  # fmt: skip
def test_filters(project, filters, expected):
    project.trace("a", 0, 2, input="q-a", output={"a": 0})
    project.trace("b", 100, 110, input="q-b", output={"a": 0})
    project.trace("b", 105, 130, output={"a": 1})
    project.trace("c", 300, 302, input="q-c")
    assert project.score({"thread_id": "a", "name": "good", "value": 0.5}, {"thread_id": "b", "name": "good", "value": 0.25}).status == 204
    assert project.tag("b", tags=["important"]).status == 204 and project.set("close", thread_id="c").status == 204
    assert sorted(project.ids(filters=filters)) == list(expected)
    assert sorted(t["id"] for t in project.search(filters=filters)) == list(expected)


def test_threads_of_projects_are_apart(api, project):
    other = Project(api, f"other {uuid7()}")
    project.chat("same", 1)
    other.chat("same", 2)
    assert project.get("same")["number_of_messages"] == 2 and other.get("same")["number_of_messages"] == 4
    assert project.get("same")["thread_model_id"] != other.get("same")["thread_model_id"]
    assert other.set("close", thread_id="same").status == 204 and project.get("same")["status"] == "active"
    assert project.page(project_name="", project_id=other.get("same")["project_id"])["content"][0]["number_of_messages"] == 4


def test_threads_outlive_a_restart(tmp_path):
    with Opikd(tmp_path / "data") as server:
        project = Project(server.api, "restart")
        project.chat("a", 2)
        assert project.tag("a", tags=["x"]).status == 204 and project.set("close", thread_id="a").status == 204
        before = project.get("a")
    with Opikd(tmp_path / "data") as server:
        assert Project(server.api, "restart").get("a") == before


NO_PROJECT = "Either 'project_name' or 'project_id' query params must be provided"


def test_refusals_of_reads(api, project):
    project.chat("a", 1)
    for path in (THREADS, f"{THREADS}/stats"):
        code_message(api.get(path), 400, NO_PROJECT)
        code_message(api.get(path, query={"project_name": "no such"}), 404, "Project name: no such not found")
        code_message(api.get(path, query={"project_id": uuid7()}), 404, "Project id: .* not found")
        code_message(api.get(path, query={"project_name": project.name, "filters": "name = 1"}), 400, "there is no field 'name': a thread has id, first_message")
        code_message(api.get(path, query={"project_name": project.name, "filters": 'status > "active"'}), 400, "Invalid operator '>' for field 'status' of type 'ENUM'")
        code_message(api.get(path, query={"project_name": project.name, "filters": 'status = "asleep"'}), 400, "expected one of active, inactive")
        code_message(api.get(path, query={"project_name": project.name, "from_time": at(5), "to_time": at(5)}), 400, "'from_time' must be before 'to_time'")
    errors(api.get(THREADS, query={"project_name": project.name, "page": 0}), 400, "page must be greater than or equal to 1")
    code_message(api.get(THREADS, query={"project_name": project.name, "sorting": "{"}), 400, "Invalid sorting query parameter")
    assert api.get(f"{THREADS}/feedback-scores/names", query={"project_id": "x"}).status == 404
    assert api.get(f"{THREADS}/feedback-scores/names", query={"project_id": uuid7()}).json == {"scores": []}


def test_refusals_of_retrieve_and_search(api, project):
    project.chat("a", 1)
    post = lambda what, **body: api.post(f"{THREADS}/{what}", body)  # noqa: E731
    code_message(post("retrieve", project_name=project.name, thread_id="no"), 404, "^Thread id: no not found$")
    code_message(post("retrieve", thread_id="a"), 400, NO_PROJECT)
    code_message(post("retrieve", thread_id="a", project_name="no such"), 404, "Project name: no such not found")
    errors(post("retrieve", project_name=project.name), 422, "threadId must not be null")
    errors(post("retrieve", project_name=project.name, thread_id=" "), 422, "threadId must not be blank")
    code_message(post("search"), 400, NO_PROJECT)
    errors(post("search", project_name=project.name, limit=0), 422, "limit")
    errors(post("search", project_name=project.name, limit=2001), 422, "limit")
    code_message(post("search", project_name=project.name, filters=[{"field": "x", "operator": "=", "value": "1"}]), 400, "there is no field 'x'")
    code_message(post("search", project_name=project.name, last_retrieved_thread_model_id="x"), 400, "last_retrieved_thread_model_id")
    for what in ("retrieve", "search", "delete", "feedback-scores/delete"):
        assert api.request("POST", f"{THREADS}/{what}", body=b"{", headers={"Content-Type": "application/json"}).status == 400
        assert api.request("POST", f"{THREADS}/{what}", body=b"", headers={"Content-Type": "application/json"}).status == 422


def test_refusals_of_writes(api, project):
    project.chat("a", 1)
    model_id = project.get("a")["thread_model_id"]
    for what in ("open", "close"):
        put = lambda **body: api.put(f"{THREADS}/{what}", body)  # noqa: B023, E731
        code_message(put(thread_id="a"), 400, NO_PROJECT)
        code_message(put(thread_id="a", project_name="no such"), 404, "Project name: no such not found")
        errors(put(project_name=project.name), 422, "threadId must not be null")
        errors(put(project_name=project.name, thread_ids=[]), 422, "threadIds size must be between 1 and 1000")
        errors(put(project_name=project.name, thread_ids=[" "]), 422, "threadIds must not be blank")
        errors(put(project_name=project.name, thread_ids=[f"t{i}" for i in range(1001)]), 422, "threadIds size must be between 1 and 1000")
    errors(api.post(f"{THREADS}/delete", {"project_name": project.name}), 422, "must not be null")
    code_message(api.post(f"{THREADS}/delete", {"thread_ids": ["a"]}), 400, NO_PROJECT)
    code_message(api.patch(f"{THREADS}/{uuid7()}", {"tags": ["x"]}), 404, "Thread id: .* not found")
    assert api.patch(f"{THREADS}/x", {"tags": ["x"]}).status == 404
    errors(api.patch(f"{THREADS}/{model_id}", {"tags": ["t" * 101]}), 422, "tags must not hold a tag of more than 100 characters")
    errors(api.patch(f"{THREADS}/{model_id}", {"tags": [f"t{i}" for i in range(51)]}), 422, "Cannot have more than 50 tags")
    errors(api.patch(f"{THREADS}/batch", {"ids": [model_id]}), 422, "update must not be null")
    errors(api.patch(f"{THREADS}/batch", {"ids": [], "update": {}}), 422, "ids")
    code_message(api.patch(f"{THREADS}/batch", {"ids": ["x"], "update": {}}), 400, "ids")
    errors(api.patch(f"{THREADS}/batch", {"ids": [model_id], "update": {"tags_to_add": [" "]}}), 422, "blank")
    assert "tags" not in project.get("a")


@pytest.mark.parametrize("change, message", [
    ({"thread_id": None}, r"scores\[0\].threadId must not be null"), ({"thread_id": " "}, r"scores\[0\].threadId must not be blank"), ({"name": " "}, r"scores\[0\].name must not be blank"),
    ({"value": None}, r"scores\[0\].value must not be null"), ({"source": None}, r"scores\[0\].source must not be null"), ({"project_name": " "}, r"scores\[0\].projectName must not be blank"),
])  # fmt: skip
def test_refusals_of_scores(project, change, message):
    errors(project.score({"thread_id": "a", "name": "n", "value": 1, **change}), 422, message)
    # The good ones of a batch are kept.
    answer = project.score({"thread_id": "b", "name": "n", "value": 1, **change}, {"thread_id": "b", "name": "kept", "value": 1})
    assert answer.status == 422 and answer.json["stored"] == 1 and answer.json["rejected"][0]["index"] == 0
    project.chat("b", 1)
    assert [s["name"] for s in project.get("b")["feedback_scores"]] == ["kept"]


def test_refusals_of_score_batches_and_their_deletion(api, project):
    put = lambda scores: api.put(f"{THREADS}/feedback-scores", {"scores": scores})  # noqa: E731
    errors(put([]), 422, "scores")
    errors(put([{"thread_id": "a", "name": "n", "value": 1, "source": "sdk"}] * 1001), 422, "scores")
    score = {"thread_id": "a", "name": "n", "value": 1, "source": "sdk", "project_id": uuid7()}
    code_message(put([score]), 404, "Project id: .* not found")
    whole = {"project_name": project.name, "thread_id": "a", "names": ["n"]}
    for member, camel in (("project_name", "projectName"), ("thread_id", "threadId"), ("names", "names")):
        errors(api.post(f"{THREADS}/feedback-scores/delete", {**whole, member: None}), 422, f"{camel} must not be null")
    errors(api.post(f"{THREADS}/feedback-scores/delete", {**whole, "names": []}), 422, "names size must be between 1 and 1000")
