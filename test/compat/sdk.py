"""Runs programs with the official SDKs as subprocesses against one server, and compares what they said with what is read."""
import json
import os
import pathlib
import subprocess

from support.ids import parse_us
from support.server import ROOT

HERE = pathlib.Path(__file__).resolve().parent
PYTHONS = {name: ROOT / f".venv/{name}/bin/python" for name in ("opik-2.0.2", "opik-latest")}


def environment(url, project=None):
    """What the user's shell would hold: Opik's local address, and nothing that phones home from a test."""
    clean = {k: v for k, v in os.environ.items() if not k.startswith(("OPIK_", "PYTEST_"))}
    clean.update(OPIK_URL_OVERRIDE=f"{url}/api/", OPIK_WORKSPACE="default", OPIK_SENTRY_ENABLE="false", OPIK_ANALYTICS_ENABLE="false",
                 OPIK_CONFIG_PATH="/dev/null", OPIK_CONSOLE_LOGGING_LEVEL="WARNING", PYTHONDONTWRITEBYTECODE="1")
    if project:
        clean["OPIK_PROJECT_NAME"] = project
    return clean


def run(command, env, timeout=240):
    """Its stdout. The program must end well and must not have logged an error: the SDK swallows what fails."""
    done = subprocess.run(list(map(str, command)), env=env, capture_output=True, text=True, timeout=timeout, stdin=subprocess.DEVNULL)
    assert done.returncode == 0, f"{command[1:]} ended with code {done.returncode}\n{done.stdout[-2000:]}\n{done.stderr[-6000:]}"
    for line in (done.stdout + done.stderr).splitlines():
        assert "OPIK: Failed" not in line and "Failed to process" not in line, f"the SDK logged a failure\n{done.stdout[-2000:]}{done.stderr[-6000:]}"
    return done.stdout


def read_back(python, url, project, traces=0, spans=0):
    out = json.loads(run([python, HERE / "read_back.py", project, traces, spans], environment(url)))
    return out["traces"], out["spans"]


def check(wanted, item):
    """Every field of `wanted` (as the programs print them) in `item` (as the SDK reads it)."""
    wrong = []
    for name, value in wanted.items():
        if name == "ended":
            # The overwrite of the documentation takes its end time some microseconds before the SDK takes the start time.
            if not item.get("end_time") or parse_us(item["end_time"]) < parse_us(item["start_time"]) - 1000:
                wrong.append(f"end_time: read {item.get('end_time')!r}, start_time {item['start_time']!r}")
        elif name == "error":
            seen = item.get("error_info") or {}
            if seen.get("exception_type") != value or not seen.get("traceback"):
                wrong.append(f"error_info: expected {value}, read {seen!r}")
        elif name == "scores":
            seen = {score["name"]: score["value"] for score in item.get("feedback_scores") or []}
            if seen != value:
                wrong.append(f"feedback scores: expected {value!r}, read {seen!r}")
        elif name == "tags":
            if sorted(item.get("tags") or []) != sorted(value) and not set(value) < set(item.get("tags") or []):
                wrong.append(f"tags: expected {value!r}, read {item.get('tags')!r}")
        elif name in ("usage", "metadata"):  # the SDK adds members of its own
            seen = item.get(name) or {}
            if {k: seen.get(k) for k in value} != value:
                wrong.append(f"{name}: expected {value!r}, read {seen!r}")
        elif item.get(name) != value:
            wrong.append(f"{name}: expected {value!r}, read {item.get(name)!r}")
    if item["start_time"].startswith("1970"):
        wrong.append("start_time: 1970")
    return wrong


def check_all(expected, traces, spans):
    """Everything expected is there, whole. Returns how many were compared."""
    read = {"trace": {t["id"]: t for t in traces}, "span": {s["id"]: s for s in spans}}
    wrong = []
    for entry in expected:
        item = read[entry["kind"]].get(entry["id"])
        if item is None:
            wrong.append(f"{entry['kind']} {entry['id']} ({entry['fields'].get('name')}) is not there")
            continue
        wrong += [f"{entry['kind']} {entry['id']} ({entry['fields'].get('name')}): {w}" for w in check(entry["fields"], item)]
    assert not wrong, f"{len(wrong)} of {len(expected)} wrong:\n" + "\n".join(wrong[:20])
    return len(expected)
