"""Goal: what was answered 2xx is there after kill -9 at any moment, whole, and the file is sound; SIGTERM finishes what it has.
Method: several processes write without pause and keep a journal of what was acknowledged; the server is killed at random moments, started
again on the same data, and everything in the journals is read over HTTP. OPIK_LONG=1: 60 rounds."""
import os
import random
import shutil
import time

import pytest

from fault.harness import FILE, Load, integrity, missing
from support.server import BINARY, LONG, Opikd

pytestmark = pytest.mark.slow_when_sanitized

ROUNDS = 60 if LONG else 4
ROUNDS_A_DIRECTORY = 10  # then a new one, so that checking everything ever written stays quick
SEED = int(os.environ.get("OPIK_SEED", "0")) or random.randrange(1, 1_000_000)


def test_kill_at_random_moments(tmp_path):
    rng = random.Random(SEED)
    acknowledged = 0
    for first in range(0, ROUNDS, ROUNDS_A_DIRECTORY):
        folder = tmp_path / str(first)
        load = Load(folder / "journals")
        server = Opikd(folder / "data", start=False)
        try:
            for round in range(first, min(ROUNDS, first + ROUNDS_A_DIRECTORY)):
                server.start()
                load.start(server.url)
                # Sometimes before the first commit, mostly in the middle of many.
                time.sleep(rng.choice((0.3, rng.uniform(0.2, 3.0))))
                server.kill()
                load.finish()
                server.start()
                assert server.started_in < 2, f"round {round}: start after the crash took {server.started_in:.2f} s"
                known = load.acknowledged()
                wrong = missing(server.api, known)
                assert not wrong, f"OPIK_SEED={SEED}, round {round}: {len(wrong)} of {len(known)} lost\n" + "\n".join(wrong[:10])
                server.kill()
                assert integrity(folder / "data") == "ok"
            acknowledged += len(known)
        finally:
            load.stop()
            server.kill()
        shutil.rmtree(folder)
    assert acknowledged > 50 * ROUNDS, "too little was written for this to mean anything"
    print(f"crash: {ROUNDS} rounds of kill -9, {acknowledged} acknowledged entities read back whole (OPIK_SEED={SEED})")


def test_sigterm_under_load(tmp_path):
    load = Load(tmp_path / "journals")
    server = Opikd(tmp_path / "data")
    try:
        load.start(server.url)
        time.sleep(2)
        assert server.stop(timeout=30) == 0, server.stderr[-2000:]
        load.finish()
        known = load.acknowledged()
        assert len(known) > 100
        server.start()
        wrong = missing(server.api, known)
        assert not wrong, f"{len(wrong)} of {len(known)} lost\n" + "\n".join(wrong[:10])
        assert server.stop() == 0
        assert integrity(tmp_path / "data") == "ok"
    finally:
        load.stop()
        server.kill()


def test_the_check_finds_a_loss(tmp_path):
    """One acknowledged entity that the server never saw, and one with another content, are both found."""
    with Opikd(tmp_path / "data") as server:
        from fault.harness import write_some

        known = write_some(server.api, 10)
        assert missing(server.api, known) == []
        (kind, id), fields = next(iter(known.items()))
        changed = {**known, (kind, id): {**fields, "input": {"messages": ["other"]}}, (kind, "01912a3b-0000-7000-8000-000000000000"): fields}
        assert len(missing(server.api, changed)) == 2


@pytest.mark.skipif(not LONG, reason="long: needs a million spans (make test-crash)")
def test_start_after_a_crash_with_a_million_spans(tmp_path):
    data = tmp_path / "data"
    server = Opikd(data)
    try:
        import subprocess

        loader = BINARY.with_name("opik-load")
        done = subprocess.run([loader, "write", "--port", str(server.port), "--spans", "1000000"], capture_output=True, text=True, timeout=1800)
        assert done.returncode == 0, done.stderr
        load = Load(tmp_path / "journals")
        load.start(server.url)
        time.sleep(3)
        server.kill()
        load.finish()
        log_bytes = (data / f"{FILE}-wal").stat().st_size
        server.start()
        print(f"crash: start after kill -9 with a million spans and {log_bytes >> 20} MiB of WAL: {server.started_in:.3f} s")
        assert server.started_in < 2
        assert missing(server.api, load.acknowledged()) == []
    finally:
        server.kill()
