"""Goal: any number of threads and clients may log, update, end and flush at once, and the process may fork meanwhile: every record
arrives once, from the process that logged it, and the SDK's own threads stay few.
Method: 16 threads on 64 clients, with forks in the middle whose children log too; everything that any of them said it logged is looked
for. `make asan` and `make tsan` run the same program with sanitizers."""
import os

from sdk.faults import Faults, Rates
from sdk.official import Official
from sdk.program import Program, missing, read_model
from support.server import LONG, SANITIZED

THREADS, CLIENTS = 16, 64
RECORDS = 2000 if LONG else 30 if SANITIZED else 200
# A child of a process with threads has none of them, which ThreadSanitizer has to be told to accept; the forks there are fewer.
FORKS = 20 if LONG else 2 if SANITIZED else 5


def test_threads_clients_and_forks():
    with Faults(Official(), Rates(3, delay_s=0.01, error503=0.02)) as server:
        program = Program(server.url, flush_interval_ms=20)
        if "TSAN_OPTIONS" in os.environ:
            program.env["TSAN_OPTIONS"] = os.environ["TSAN_OPTIONS"] + ":die_after_fork=0"
        run = program.run("threads", THREADS, RECORDS, CLIENTS, FORKS)
        told = next(line for line in run.lines if "sdk_threads" in line)
        assert told["failed_children"] == 0, run.errors
        assert told["sdk_threads"] <= 4, f"{CLIENTS} clients have {told['sdk_threads']} threads"
        assert len(run.expected) == THREADS * RECORDS + FORKS * 10
        assert missing(run.expected, read_model(server.backend))[:5] == []
        assert len(server.backend.rows("traces")) == len(run.expected) + 1, "a child sent what was its parent's"
        assert run.stats_add_up()
        stats = run.ends[-1]["stats"]
        assert stats["rejected"] == stats["pending"] == stats["spooled"] == 0
