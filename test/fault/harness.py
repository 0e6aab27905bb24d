"""What the fault tests share: load from several processes, and the check that what was acknowledged is there."""
import concurrent.futures
import contextlib
import json
import pathlib
import signal
import sqlite3
import subprocess
import sys

from support.compare import normal, without_injected
from support.server import Opikd

LOAD = pathlib.Path(__file__).resolve().parent / "load.py"
FILE = "opik.db"


class Load:
    """Processes that write until the server goes away. `rounds` of them may follow each other on the same journals."""

    def __init__(self, folder, processes=3, pause_s=0):
        self.folder, self.processes, self.pause_s = pathlib.Path(folder), processes, pause_s
        self.folder.mkdir(parents=True, exist_ok=True)
        self.runs, self.seed = [], 0

    def start(self, url):
        for _ in range(self.processes):
            self.seed += 1
            command = [sys.executable, LOAD, url, str(self.seed), self.folder / f"{self.seed}.journal", str(self.pause_s)]
            self.runs.append(subprocess.Popen(list(map(str, command)), stderr=subprocess.PIPE, text=True))

    def finish(self):
        """Waits for the processes, which end when the server is gone. None may have seen an answer that it did not expect."""
        for run in self.runs:
            _, errors = run.communicate(timeout=60)
            assert run.returncode == 0, errors
        self.runs = []

    def stop(self):
        for run in self.runs:
            if run.poll() is None:
                run.send_signal(signal.SIGTERM)
            run.communicate()
        self.runs = []

    def acknowledged(self):
        """{(kind, id): Known} of all that was answered 2xx."""
        known = {}
        for path in sorted(self.folder.glob("*.journal")):
            asked = None
            for line in path.read_text().splitlines():
                entry = json.loads(line)
                if "asked" in entry:
                    asked = entry
                    for kind, id, fields in entry["asked"] if not entry["full"] else ():
                        known[kind, id].maybe = fields
                    continue
                for kind, id, fields in asked["asked"]:
                    if asked["full"]:
                        known[kind, id] = Known(fields)
                    else:
                        known[kind, id].update(fields)
                        known[kind, id].maybe = {}
        return known


class Known(dict):
    """The fields of one entity that were acknowledged; `maybe`: those of an update that was under way when the server died."""

    maybe = {}


def missing(api, known):
    """What of `known` is not there or not whole, over HTTP."""

    def check(entry):
        (kind, id), fields = entry
        answer = api.get(f"/v1/private/{kind}/{id}")
        if answer.status != 200:
            return [f"{kind} {id}: {answer}"]
        wrong = []
        for name, value in fields.items():
            got = normal(name, without_injected(name, answer.json.get(name), value))
            if got == normal(name, value):
                continue
            if name in getattr(fields, "maybe", {}) and got == normal(name, fields.maybe[name]):
                continue
            wrong.append(f"{kind} {id}: {name}: acknowledged {str(value)[:200]}, read {str(got)[:200]}")
        return wrong

    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        return [w for ws in pool.map(check, known.items()) for w in ws]


def integrity(data):
    """What SQLite says of the file: "ok"."""
    done = subprocess.run(["sqlite3", str(pathlib.Path(data) / FILE), "PRAGMA integrity_check;"], capture_output=True, text=True)
    return done.stdout.strip() or done.stderr.strip()


def user_version(data, value=None):
    with contextlib.closing(sqlite3.connect(pathlib.Path(data) / FILE)) as db:
        if value is not None:
            db.execute(f"PRAGMA user_version = {int(value)}")
        return db.execute("PRAGMA user_version").fetchone()[0]


def write_some(api, count=200, project="before"):
    """Writes `count` spans and returns them as {(kind, id): fields}, to be checked with missing()."""
    import random

    import fault.load as load
    from support.ids import uuid7

    rng = random.Random(count)
    trace = uuid7()
    items = {("spans", uuid7()): load.new_item(rng, "spans", trace) for _ in range(count)}
    answer = api.post("/v1/private/spans/batch", {"spans": [{"id": id, "project_name": project, **fields} for (_, id), fields in items.items()]})
    assert answer.status == 204, answer
    return items


def starts_and_holds(data, known):
    """The server starts on this data and everything known is there."""
    with Opikd(data) as server:
        wrong = missing(server.api, known)
        assert not wrong, wrong[:5]
    assert integrity(data) == "ok"
