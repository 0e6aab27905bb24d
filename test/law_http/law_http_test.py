"""Goal: the laws of merging hold over every write endpoint of a running server.
Method: opik_law_http (C++) tells it thousands of random schedules and compares every id with an oracle. OPIK_LONG=1: 100,000."""
import os
import random
import subprocess

from support.server import BINARY, LONG, SANITIZED

SCHEDULES = 100_000 if LONG else 1_200 if SANITIZED else 4_000
PROGRAM = os.environ.get("OPIK_LAW_HTTP") or BINARY.with_name("opik_law_http")
SEED = int(os.environ.get("OPIK_SEED", "0")) or random.randrange(1, 1_000_000)


def run(server, schedules, *more):
    command = [PROGRAM, "--port", server.port, "--schedules", schedules, "--seed", SEED, "--threads", 4, *more]
    return subprocess.run(list(map(str, command)), capture_output=True, text=True, timeout=3000)


def test_random_schedules(fresh_server):
    done = run(fresh_server, SCHEDULES)
    print(done.stdout, done.stderr)
    assert done.returncode == 0, f"OPIK_SEED={SEED}\n{done.stdout[-8000:]}{done.stderr[-2000:]}"


def test_the_check_finds_a_lost_message(fresh_server):
    done = run(fresh_server, 400, "--lose-one-in", 50)
    assert done.returncode == 1 and "wanted" in done.stdout, done.stdout[-2000:]
