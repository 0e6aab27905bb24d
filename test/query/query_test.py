"""Goal: filters and sort keys mean what the .test files here say, row for row and message for message.
Method: each file is a project of its own; its lines are written through the API and its questions asked of the lists. README.md says
how the files are written."""
import json
import pathlib
import re

import pytest

from support.ids import instant, uuid7

FILES = sorted(pathlib.Path(__file__).parent.glob("*.test"))
FIRST_MS = 1_714_557_600_000  # 2024-05-01T10:00:00Z; each label a second later


class Script:
    def __init__(self, api, path):
        self.api, self.path, self.project = api, path, path.stem
        self.entities = {}  # label -> kind, id, trace_id
        self.asked = 0

    def run(self):
        lines = [line.rstrip() for line in self.path.read_text().splitlines()]
        at = 0
        while at < len(lines):
            line, number = lines[at], at + 1
            at += 1
            if not line or line.startswith("#"):
                continue
            answer = []
            while at < len(lines) and lines[at].startswith("  "):
                answer.append(lines[at].strip())
                at += 1
            place = f"{self.path.name}:{number}: {line}"
            if question := re.match(r"(traces|spans|threads)(?: sorted ([^:]+))?:\s*(.*)$", line):
                self.ask(*question.groups(), answer, place)
            else:
                assert not answer, f"{place}: a line of data has an answer"
                self.write(line, place)

    def write(self, line, place):
        verb, rest = line.split(" ", 1)
        if verb == "thread":
            answer = self.change_thread(*rest.split(" ", 2))
        elif verb == "score":
            label, name, value = rest.rsplit(" ", 1)[0].split(" ", 1) + [rest.rsplit(" ", 1)[1]]
            kind, id, _ = self.entities[label]
            scores = [{"id": id, "name": name, "value": float(value), "source": "sdk", "project_name": self.project}]
            answer = self.api.put(f"/v1/private/{kind}/feedback-scores", {"scores": scores})
        elif verb == "update":
            made = re.match(r"(?:(trace|span) )?(\w+)(?: of (\w+))? (\{.*)$", rest)
            if made[1]:
                self.name(f"{made[1]}s", made[2], made[3])
            kind, id, trace_id = self.entities[made[2]]
            where = {"project_name": self.project, **({"trace_id": trace_id} if trace_id else {})}
            answer = self.api.patch(f"/v1/private/{kind}/{id}", {**where, **json.loads(made[4])})
        else:
            made = re.match(r"(\w+)(?: of (\w+))? (\{.*)$", rest)
            kind, id, trace_id = self.name(f"{verb}s", made[1], made[2])
            body = {"id": id, "project_name": self.project, "start_time": self.start(), **({"trace_id": trace_id} if trace_id else {}), **json.loads(made[3])}
            answer = self.api.post(f"/v1/private/{kind}", body)
        assert answer.status in (201, 204), f"{place}: {answer}"

    def change_thread(self, thread_id, what, rest=""):
        """thread <thread_id> tags <JSON> | score <name> <value> | close"""
        place = {"project_name": self.project, "thread_id": thread_id}
        path = "/v1/private/traces/threads"
        if what == "close":
            return self.api.put(f"{path}/close", place)
        if what == "score":
            name, value = rest.rsplit(" ", 1)
            return self.api.put(f"{path}/feedback-scores", {"scores": [{**place, "name": name, "value": float(value), "source": "sdk"}]})
        model_id = self.api.post(f"{path}/retrieve", place).json["thread_model_id"]
        return self.api.patch(f"{path}/{model_id}", {"tags": json.loads(rest)})

    def start(self):
        return instant((FIRST_MS + 1000 * len(self.entities)) * 1000)

    def name(self, kind, label, trace):
        assert label not in self.entities, f"{label} twice"
        id = uuid7(FIRST_MS + 1000 * (len(self.entities) + 1))
        self.entities[label] = kind, id, self.entities[trace][1] if trace else None
        return self.entities[label]

    def ask(self, kind, sorting, filters, answer, place):
        query = {"project_name": self.project, "size": 100, "filters": filters}
        if sorting:
            keys = [key.strip().rsplit(" ", 1) for key in sorting.split(",")]
            query["sorting"] = json.dumps([{"field": field, "direction": direction} for field, direction in keys])
        got = self.api.get("/v1/private/traces/threads" if kind == "threads" else f"/v1/private/{kind}", query=query)
        self.asked += 1
        expected = " ".join(answer)
        if expected.startswith("error: "):
            message = expected.removeprefix("error: ")
            assert got.status == 400, f"{place}: expected a refusal, got {got}"
            said = got.json["message"]
            fits = said.startswith(message[:-3]) if message.endswith("...") else said == message
            assert fits, f"{place}\nexpected {message}\n     got {said}"
            return
        assert got.status == 200, f"{place}: {got}"
        labels = {entity[1]: label for label, entity in self.entities.items()}
        assert " ".join(labels.get(item["id"], item["id"]) for item in got.json["content"]) == expected, place


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_file(api, path):
    script = Script(api, path)
    script.run()
    assert script.asked >= 5


def test_there_are_files():
    assert len(FILES) >= 8
