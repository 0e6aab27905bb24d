"""Runs one of the programs of programs/ and reads what it says.

    run = Program(server.url, spool_dir).run("brief", 100, 8, 4, 1, 2000)
    run.expected, run.ends
    assert missing(run.expected, rows_of(model)) == []
"""
import dataclasses
import json
import os
import pathlib
import subprocess

from support.server import BINARY, ROOT

PROGRAMS = pathlib.Path(os.environ.get("OPIK_SDK_PROGRAMS", BINARY.parent / "opik_sdk_programs" if (BINARY.parent / "opik_sdk_programs").exists() else ROOT / "build/release/bin/opik_sdk_programs"))
INSTANTS = ("start_time", "end_time")
COUNTED = ("delivered", "rejected", "spooled", "pending")


@dataclasses.dataclass
class Run:
    code: int
    lines: list  # the objects among the lines, in order
    text: str
    errors: str

    @property
    def expected(self):
        return [line for line in self.lines if "expect" in line]

    @property
    def ends(self):
        """One {"stats", "flush"} for each client or moment."""
        return [line for line in self.lines if "stats" in line]

    def stats_add_up(self):
        for end in self.ends:
            stats = end["stats"]
            assert stats["captured"] == sum(stats[name] for name in COUNTED), stats
        return True


def parse(code, text, errors):
    lines = [json.loads(line) for line in text.splitlines() if line.startswith("{")]
    return Run(code, lines, text, errors)


class Program:
    def __init__(self, url, spool_dir=None, mode=None, **settings):
        """`settings` are keys of the configuration, given by the environment."""
        clean = {k: v for k, v in os.environ.items() if not k.upper().startswith(("OPIK_", "_OPIK"))}
        self.env = {**clean, "HOME": "/nonexistent", "OPIK_URL_OVERRIDE": url, "OPIK_SPOOL_MODE": mode or ("off" if spool_dir is None else "on_failure")}
        if spool_dir is not None:
            self.env["OPIK_SPOOL_DIR"] = str(spool_dir)
        self.env.update({f"OPIK_{k.upper()}": str(v) for k, v in settings.items()})

    def start(self, name, *arguments):
        return subprocess.Popen([str(PROGRAMS), name, *map(str, arguments)], env=self.env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def run(self, name, *arguments, timeout=300):
        process = self.start(name, *arguments)
        try:
            text, errors = process.communicate(timeout=timeout)
        except subprocess.TimeoutExpired:
            process.kill()
            text, errors = process.communicate()
            raise AssertionError(f"{name} still ran after {timeout} s\n{text[-2000:]}\n{errors[-4000:]}") from None
        run = parse(process.returncode, text, errors)
        assert run.code == 0, f"{name} ended with {run.code}\n{text[-2000:]}\n{errors[-4000:]}"
        return run


def wrong(expectation, row):
    """What of one expectation the row does not hold."""
    if row is None:
        return ["the row is missing"]
    found = [f"{name}: expected {value!r}, found {row.get(name)!r}" for name, value in expectation["fields"].items() if row.get(name) != value]
    if expectation["ended"] and not row.get("end_time"):
        found.append("no end_time")
    if str(row.get("start_time", "1970")).startswith("1970"):
        found.append(f"start_time {row.get('start_time')}")
    if expectation.get("absent") and row.get(expectation["absent"]):
        found.append(f"{expectation['absent']}: expected nothing, found {row[expectation['absent']]!r}")
    return found


def missing(expected, read):
    """The expectations that are not met. `read(kind, id)` gives the row, or None."""
    found = []
    for expectation in expected:
        lost = wrong(expectation, read(expectation["expect"], expectation["id"]))
        if lost:
            found.append(f"{expectation['expect']} {expectation['id']}: {'; '.join(lost)}")
    return found


def read_model(model):
    """What the model holds when it is first asked. Fails on an id with two rows: something was doubled."""
    tables = {}

    def read(kind, id):
        if not tables:
            tables.update({k: model.rows(k) for k in ("traces", "spans")})
        rows = tables[kind].get(id, [])
        assert len(rows) <= 1, f"{kind} {id} has {len(rows)} rows: {rows}"
        return rows[0] if rows else None

    return read


def read_opikd(api):
    def read(kind, id):
        answer = api.get(f"/v1/private/{kind}/{id}")
        return answer.json if answer.status == 200 else None

    return read
