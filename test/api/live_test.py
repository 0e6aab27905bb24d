"""Goal: a subscriber hears of every new and changed trace of its project and of no other's, comes back without missing any, and costs
the writer nothing: not when it does not read, not when the server stops.
Method: event streams over plain sockets, held against what was written meanwhile."""
import json
import re
import socket
import time
import urllib.parse

import pytest

from api.shapes import code_message, span, trace
from support.ids import uuid7

PATH = "/v1/private/traces/live"


class Stream:
    """Server-sent events of one connection. `receive_bytes`: how much the kernel may hold for us."""

    def __init__(self, server, project, last_event_id=None, receive_bytes=None, name="project"):
        self.socket = socket.socket()
        if receive_bytes:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_bytes)
        self.socket.settimeout(60)
        self.socket.connect(("127.0.0.1", server.port))
        resume = f"Last-Event-ID: {last_event_id}\r\n" if last_event_id else ""
        query = urllib.parse.urlencode({name: project})
        self.socket.sendall(f"GET {PATH}?{query} HTTP/1.1\r\nHost: x\r\nAccept: text/event-stream\r\n{resume}\r\n".encode())
        self.file = self.socket.makefile("rb")
        self.status = int(self.file.readline().split()[1])
        self.headers = {}
        while (line := self.file.readline().decode().strip()) != "":
            key, value = line.split(":", 1)
            self.headers[key.lower()] = value.strip()
        self.text = ""
        self.last_id = None

    def event(self):
        """The next event as (name, data); None when the server has ended the stream."""
        while True:
            while "\n\n" not in self.text:
                line = self.file.readline()
                if not line:
                    raise ConnectionError("cut off")
                size = int(line, 16)
                self.text += self.file.read(size).decode()
                self.file.readline()
                if size == 0:
                    return None
            block, self.text = self.text.split("\n\n", 1)
            fields = dict(line.split(": ", 1) for line in block.splitlines() if ": " in line)
            if "event" in fields:
                self.last_id = fields["id"]
                return fields["event"], json.loads(fields["data"])
            assert block.startswith(":") or re.fullmatch(r"retry: \d+", block), block

    def change(self):
        name, data = self.event()
        assert name == "trace", (name, data)
        return data

    def close(self):
        self.file.close()
        self.socket.close()

    def __enter__(self):
        assert self.status == 200 and self.headers["content-type"] == "text/event-stream", (self.status, self.headers)
        return self

    def __exit__(self, *_):
        self.close()


def make(api, project, **more):
    body = trace(project_name=project, **more)
    assert api.post("/v1/private/traces", body).status == 201
    return body


@pytest.fixture
def project(api):
    """A project with one trace in it."""
    name = f"live {uuid7()}"
    make(api, name, name="first")
    return name


def metric(api, name):
    return float(re.search(rf"^opikd_live_{name} (\S+)$", api.get("/metrics").text, re.M).group(1))


def test_tells_what_happens_to_a_trace(server, api, project):
    with Stream(server, project) as stream:
        assert stream.event() == ("ready", {})
        body = make(api, project, name='a "b"', end_time="2024-05-01T10:00:01.5Z")
        id = body["id"]
        shown = {"id": id, "name": 'a "b"', "start_time": "2024-05-01T10:00:00Z", "end_time": "2024-05-01T10:00:01.500Z"}
        assert stream.change() == {**shown, "what": "created"}
        api.patch(f"/v1/private/traces/{id}", {"project_name": project, "output": {"x": 1}, "end_time": "2024-05-01T10:00:02Z"})
        shown["end_time"] = "2024-05-01T10:00:02Z"
        assert stream.change() == {**shown, "what": "updated", "changed": ["end_time", "output"]}
        child = span(trace_id=id, project_name=project)
        api.post("/v1/private/spans", child)
        assert stream.change() == {**shown, "what": "updated", "changed": ["spans"]}
        api.put("/v1/private/traces/feedback-scores", {"scores": [{"id": id, "name": "n", "value": 1, "source": "sdk", "project_name": project}]})
        assert stream.change() == {**shown, "what": "updated", "changed": ["feedback_scores"]}
        api.put("/v1/private/spans/feedback-scores", {"scores": [{"id": child["id"], "name": "n", "value": 1, "source": "sdk", "project_name": project}]})
        assert stream.change() == {**shown, "what": "updated", "changed": ["spans"]}
        api.delete(f"/v1/private/traces/{id}")
        assert stream.change() == {"id": id, "what": "deleted"}


def test_an_event_comes_after_the_commit(server, api, project):
    with Stream(server, project) as stream:
        stream.event()
        for _ in range(20):
            body = make(api, project)
            assert stream.change()["id"] == body["id"]
            assert api.get(f"/v1/private/traces/{body['id']}").status == 200


def test_a_batch_is_an_event_for_each_trace(server, api, project):
    with Stream(server, project) as stream:
        stream.event()
        bodies = [trace(project_name=project) for _ in range(100)]
        api.post("/v1/private/traces/batch", {"traces": bodies})
        seen = [stream.change() for _ in bodies]
        assert {e["id"] for e in seen} == {b["id"] for b in bodies} and {e["what"] for e in seen} == {"created"}


def test_nothing_of_another_project(server, api, project):
    other = f"other {uuid7()}"
    make(api, other)
    with Stream(server, project) as mine, Stream(server, other) as theirs:
        assert mine.event() == theirs.event() == ("ready", {})
        first, second = make(api, other), make(api, project)
        assert mine.change()["id"] == second["id"] and theirs.change()["id"] == first["id"]


@pytest.mark.parametrize("name, by_id", [("project", True), ("project", False), ("project_id", True), ("project_name", False)])
def test_the_project_by_id_or_name(server, api, project, name, by_id):
    id = api.post("/v1/private/projects/retrieve", {"name": project}).json["id"]
    with Stream(server, id if by_id else project, name=name) as stream:
        assert stream.event() == ("ready", {})
        assert make(api, project)["id"] == stream.change()["id"]


def test_who_comes_back_misses_nothing(server, api, project):
    with Stream(server, project) as stream:
        stream.event()
        make(api, project)
        stream.change()
        last_id = stream.last_id
    missed = [make(api, project)["id"] for _ in range(5)]
    with Stream(server, project, last_event_id=last_id) as stream:
        now = make(api, project)["id"]
        assert [stream.change()["id"] for _ in range(6)] == [*missed, now]


@pytest.mark.parametrize("last_id", ["nonsense", "0190babc-62a0.7", "%(run)s.99999999", "%(run)s.x"])
def test_who_cannot_go_on_is_told_to_load_anew(server, api, project, last_id):
    with Stream(server, project) as stream:
        stream.event()
        run = stream.last_id.split(".")[0]
    with Stream(server, project, last_event_id=last_id.replace("%(run)s", run)) as stream:
        assert stream.event() == ("reload", {})
        assert make(api, project)["id"] == stream.change()["id"]


def test_the_missed_may_be_too_many(fresh_server):
    api = fresh_server.api
    make(api, "p")
    with Stream(fresh_server, "p") as stream:
        stream.event()
        last_id = stream.last_id
    for _ in range(4):
        api.post("/v1/private/traces/batch", {"traces": [trace(project_name="p", name="n" * 1000) for _ in range(1000)]})
    with Stream(fresh_server, "p", last_event_id=last_id) as stream:
        assert stream.event() == ("reload", {})


def test_costs_nothing_when_nobody_listens(fresh_server):
    api = fresh_server.api
    make(api, "p")
    assert metric(api, "events_total") == metric(api, "subscribers") == 0
    with Stream(fresh_server, "p") as stream:
        stream.event()
        make(api, "p")
        stream.change()
        assert metric(api, "events_total") == metric(api, "subscribers") == 1


def test_who_does_not_read_is_dropped(fresh_server):
    api = fresh_server.api
    make(api, "p")
    with Stream(fresh_server, "p", receive_bytes=4096) as slow, Stream(fresh_server, "p") as quick:
        quick.event()
        for _ in range(40):
            bodies = [trace(project_name="p", name="n" * 256) for _ in range(1000)]
            assert api.post("/v1/private/traces/batch", {"traces": bodies}).status == 204
            assert {quick.change()["id"] for _ in bodies} == {b["id"] for b in bodies}
            if metric(api, "dropped_total") == 1:
                break
        assert metric(api, "dropped_total") == 1 and metric(api, "subscribers") == 1
        with pytest.raises((OSError, ValueError)):  # cut off in the middle of an event or a chunk, not ended
            while slow.event():
                pass


def test_a_stop_ends_the_streams(fresh_server):
    make(fresh_server.api, "p")
    with Stream(fresh_server, "p") as stream, Stream(fresh_server, "p") as other:
        assert stream.event() == other.event() == ("ready", {})
        assert fresh_server.stop(timeout=15) == 0  # not the 20 s that requests in hand may take
        assert stream.event() is None and other.event() is None


def test_there_are_so_many_at_once(fresh_server):
    make(fresh_server.api, "p")
    streams = [Stream(fresh_server, "p") for _ in range(256)]
    assert metric(fresh_server.api, "subscribers") == 256
    code_message(fresh_server.api.get(PATH, query={"project": "p"}), 429, "256 subscribers")
    body = make(fresh_server.api, "p")
    for stream in streams:
        assert stream.event() == ("ready", {}) and stream.change()["id"] == body["id"]
        stream.close()
    while metric(fresh_server.api, "subscribers"):
        time.sleep(0.01)
    with Stream(fresh_server, "p") as stream:
        assert stream.event() == ("ready", {})


def test_refusals(server, api, project):
    code_message(api.get(PATH), 400, "Either 'project_name' or 'project_id'")
    code_message(api.get(PATH, query={"project": "no such project"}), 404, "Project name: no such project not found")
    code_message(api.get(PATH, query={"project": uuid7()}), 404, "Project id: .* not found")
    code_message(api.get(PATH, query={"project_id": "x"}), 404)
    code_message(api.get(PATH, query={"project": project}, headers={"Comet-Workspace": "other"}), 404, "Workspace not found")
    assert api.post(PATH).status == 405
