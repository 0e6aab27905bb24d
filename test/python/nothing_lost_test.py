"""Goal: what a Python program logged arrives, or is counted as refused with a reason: at an exit right after the last span, with poison
among it, with the server down, after kill -9, from forked children, from many threads and tasks.
Method: programs in processes of their own say what they logged; it is compared with what the server holds."""
import signal
import time

import pytest

from python import ours
from sdk.faults import Faults, Forward, Rates
from sdk.official import Official
from support.server import LONG

COMMIT_INTERVAL_S = 0.05
SYNC_S = 0.25  # for the disk of a machine that does other things too


def missing(lines, read):
    found = []
    for line in lines:
        if "expect" not in line:
            continue
        row = read(line["expect"], line["id"])
        if row is None:
            found.append(f"{line['expect']} {line['id']} {line['fields'].get('name')} is not there")
            continue
        lost = [f"{k}: expected {v!r:.100}, found {row.get(k)!r:.100}" for k, v in line["fields"].items() if row.get(k) != v]
        if not row.get("end_time"):
            lost.append("no end_time")
        if lost:
            found.append(f"{line['expect']} {line['id']} {line['fields'].get('name')}: {'; '.join(lost)}")
    return found


def of_opikd(api):
    def read(kind, id):
        answer = api.get(f"/v1/private/{kind}/{id}")
        return answer.json if answer.status == 200 else None

    return read


def of_model(model):
    tables = {kind: model.rows(kind) for kind in ("traces", "spans")}
    return lambda kind, id: (tables[kind].get(id) or [None])[0]


def lost(server, name, *arguments, code=0, **more):
    out, errors = ours.run(ours.PROGRAMS / "lost.py", name, *arguments, env=ours.environment(f"{server.url}/api/", **more), code=code)
    return ours.objects(out), errors


def stats_of(lines):
    stats = [line["stats"] for line in lines if "stats" in line][-1]
    assert stats["captured"] == stats["delivered"] + stats["rejected"] + stats["spooled"] + stats["pending"], stats
    return stats


@pytest.mark.parametrize("how, code", [("end", 0), ("sys.exit", 0), ("exception", 1)])
def test_exit_right_after_the_last_span(server, how, code):
    lines, errors = lost(server, "exit_at_once", how, code=code)
    assert len(lines) == 22
    assert missing(lines, of_opikd(server.api)) == []
    assert "OPIK" not in errors


def test_poison(server):
    lines, errors = lost(server, "poison")
    assert len([line for line in lines if "expect" in line]) > 30
    assert missing(lines, of_opikd(server.api)) == []
    stats = stats_of(lines)
    assert stats["rejected"] == 4 and stats["pending"] == 0 and stats["repaired"] > 10, stats
    reasons = {line["reason"]: line["count"] for line in lines if "reason" in line}
    assert sum(reasons.values()) == 4 and all("not a version 7 UUID" in reason for reason in reasons), reasons
    assert errors.count("left out: ") == 4, errors  # the scores
    assert "Traceback" not in errors


def test_threads_and_tasks(server):
    count, each = (50, 100) if LONG else (50, 4)
    lines, _ = lost(server, "threads", count, each)
    assert len([line for line in lines if "expect" in line]) == count * each * 3
    assert missing(lines, of_opikd(server.api)) == []
    stats = stats_of(lines)
    # A step is a trace and a span, and so is a block; what was on its way when it ended went twice.
    assert stats["delivered"] == stats["captured"] >= count * each * 6


@pytest.mark.parametrize("how", ["worker", "exit", "flush and _exit", "multiprocessing", "pool"])
def test_fork(server, how):
    lines, errors = lost(server, "forks", how)
    expected = [line["id"] for line in lines if "expect" in line]
    assert len(expected) == {"worker": 46, "exit": 46, "flush and _exit": 46, "multiprocessing": 43, "pool": 14}[how]
    assert len(set(expected)) == len(expected), "children make ids of their own"
    assert missing(lines, of_opikd(server.api)) == []
    assert errors == ""


def test_a_server_that_is_down(tmp_path):
    with Faults(Official()) as server:
        server.stop()
        out, errors = ours.run(ours.PROGRAMS / "lost.py", "exit_at_once", "end", env=ours.environment(server.url, spool_dir=tmp_path / "spool"))
        lines = ours.objects(out)
        assert list((tmp_path / "spool").rglob("*.seg")), "what could not be sent is on disk"
        assert "cannot deliver now" in errors, errors
        server.start()
        out, _ = ours.run(ours.PROGRAMS / "lost.py", "drain", 30, env=ours.environment(server.url, spool_dir=tmp_path / "spool"))
        assert stats_of(ours.objects(out))["delivered"] == 42
        assert missing(lines, of_model(server.backend)) == []


@pytest.mark.slow_when_sanitized
def test_kill(tmp_path):
    """Spool mode `always`: what was logged a commit interval before kill -9 is delivered by the next process."""
    checked = 0
    with Faults(Official(), Rates(3, delay_s=0.05)) as server:
        for number in range(20 if LONG else 2):
            up = number % 2 == 0
            if not up:
                server.stop()
            env = ours.environment(server.url, spool_dir=tmp_path / "spool", mode="always", flush_interval_ms=5000 if number % 3 else 20)
            process = ours.start(ours.PROGRAMS / "lost.py", "stream", 100_000, 300, env=env)
            time.sleep(1.2)
            process.send_signal(signal.SIGKILL)
            killed = time.monotonic()
            text, _ = process.communicate()
            if not up:
                server.start()
            lines = ours.objects(text[: text.rfind("\n") + 1])
            old = [line for line in lines if line["at"] < killed - COMMIT_INTERVAL_S - SYNC_S]
            ours.run(ours.PROGRAMS / "lost.py", "drain", 30, env=env)
            assert missing(old, of_model(server.backend))[:5] == [], f"round {number}, server {'up' if up else 'down'}"
            checked += len(old)
    assert checked > 20


def test_a_slow_and_faulty_network(server):
    with Faults(Forward(server.url), Rates(9, delay_s=0.05, error503=0.1, reset_answer=0.1, reset_head=0.1, limited=0.05)) as proxy:
        out, _ = ours.run(ours.PROGRAMS / "lost.py", "threads", 10, 5, env=ours.environment(proxy.url, flush_interval_ms=10, batch_items_max=5))
    lines = ours.objects(out)
    assert missing(lines, of_opikd(server.api)) == []
    assert stats_of(lines)["retries"] > 0
