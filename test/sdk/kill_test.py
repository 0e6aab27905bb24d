"""Goal: with the spool in mode `always`, kill -9 loses nothing that was logged more than a commit interval before.
Method: a program logs at a steady pace and says when each call had returned; it is killed at a random moment, with the server up or down;
the next process delivers; what was old enough is compared with what the server holds. 6 rounds; OPIK_LONG=1: 200.

Old enough: docs/sdk.md promises COMMIT_S between two commits, and the tapes are looked at every LOOK_S. A commit takes one fdatasync, and one
that begins late because the last one took longer than COMMIT_S adds that one too; so two, as long as this disk needed at that time, are
allowed, and the time for which the kernel gave the owner thread no core. Both are measured beside the program (lateness.py)."""
import random
import signal
import time

import pytest

from sdk.faults import Faults, Rates
from sdk.lateness import Lateness
from sdk.official import Official
from sdk.outage_test import logged
from sdk.program import Program, missing, parse, read_model
from support.server import LONG

ROUNDS = 200 if LONG else 6
COMMIT_S = 0.05
LOOK_S = 0.005
WINDOW_S = 0.3  # before the kill, in which what was late then had its cause


@pytest.mark.slow_when_sanitized
def test_kill(tmp_path):
    chance = random.Random(7)
    checked = young = 0
    oldest_lost = most_allowed = 0.0
    with Faults(Official(), Rates(8, delay_s=0.05)) as server:
        for number in range(ROUNDS):
            up = number % 2 == 0
            if not up:
                server.stop()
            program = Program(server.url, tmp_path / "spool", mode="always", flush_interval_ms=chance.choice((10, 100, 5000)))
            process = program.start("stream", 1_000_000, 500, -1)
            with Lateness(process.pid, tmp_path) as lateness:
                time.sleep(0.45 + chance.random() * 0.5)
                killed = time.monotonic()
                process.send_signal(signal.SIGKILL)
                allowed = COMMIT_S + LOOK_S + 2 * lateness.sync_s(WINDOW_S) + lateness.wait_s(WINDOW_S)
            text, errors = process.communicate()
            assert process.returncode == -signal.SIGKILL, errors
            if not up:
                server.start()
            run = program.run("drain", 30_000)
            read = read_model(server.backend)
            for line in text[: text.rfind("\n") + 1].splitlines():
                if len(line.split()) != 4:
                    continue
                age = killed - int(line.split()[3]) / 1e6
                records = logged(parse(0, line + "\n", ""))
                lost = missing(records, read)
                if age > allowed:
                    checked += len(records)
                    assert lost == [], f"round {number}, server {'up' if up else 'down'}: {age:.3f} s before the kill, allowed {allowed:.3f}\n{errors}"
                else:
                    young += len(records)
                if lost:
                    oldest_lost = max(oldest_lost, age)
            most_allowed = max(most_allowed, allowed)
            assert run.stats_add_up()
            assert list((tmp_path / "spool").rglob("*.seg")) == [], "all delivered, all removed"
    print(f"kill -9: {ROUNDS} rounds, {checked} records older than was allowed, all delivered; {young} younger ones not asked for; "
          f"the oldest that was lost was {oldest_lost * 1000:.0f} ms old; at most {most_allowed * 1000:.0f} ms were allowed")
    assert checked > ROUNDS * 20


def test_without_always_a_kill_loses_only_what_was_not_sent(tmp_path):
    """The other side: mode on_failure promises nothing for a kill, and nothing is broken by one."""
    with Faults(Official()) as server:
        program = Program(server.url, tmp_path / "spool", mode="on_failure", flush_interval_ms=10)
        process = program.start("stream", 1_000_000, 500, -1)
        time.sleep(0.5)
        process.kill()
        text, _ = process.communicate()
        run = program.run("drain", 500)
        assert run.stats_add_up() and run.ends[-1]["stats"]["rejected"] == 0
        written = logged(parse(0, text[: text.rfind("\n") + 1], ""))
        held = set(server.backend.rows("traces")) | set(server.backend.rows("spans"))
        assert len([e for e in written if e["id"] in held]) > len(written) // 2


def test_the_spool_is_for_its_owner_alone(tmp_path):
    """What waits on disk may hold prompts: nobody else can read it."""
    with Faults(Official()) as server:
        server.stop()
        Program(server.url, tmp_path / "spool", exit_flush_timeout=1).run("stream", 5, 100, -1)
        files = [path for path in (tmp_path / "spool").rglob("*") if path.is_file()]
        assert any(path.suffix == ".seg" for path in files)
        for path in (tmp_path / "spool", *(tmp_path / "spool").rglob("*")):
            assert path.stat().st_mode & 0o077 == 0, f"{path} {path.stat().st_mode:o}"
        server.start()


def test_a_spool_that_cannot_be_written_stops_nothing(tmp_path):
    """A file where the folder should be: one warning, and all is delivered from memory."""
    (tmp_path / "spool").write_text("in the way")
    with Faults(Official()) as server:
        run = Program(server.url, tmp_path / "spool", mode="always").run("stream", 20, 100, 30_000)
        assert missing(logged(run), read_model(server.backend)) == []
        assert "Not a directory" in run.errors and run.errors.count("Not a directory") == 1, run.errors
