#!/usr/bin/env python3
"""What a tracing call costs a Python program: our package and the official one, in turn, in the same run, as ratios.

    bench/python_cost.py [--rounds 5] [--calls 3000]      `make bench-python`

Each figure comes from a process of its own that traces against an opikd of this run. "Caller" is the CPU time of the thread that calls
(time.thread_time), "total" that of the whole process until everything is delivered (time.process_time); neither counts the server. The
packages take turns, and the median of the rounds stands: machines drift. Import is the CPU and the wall time of `import`, less that of an
empty program; the target is held against the CPU, for a machine that is busy makes everything wait.
"""
import argparse
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "test"))

from support.server import Opikd  # noqa: E402

PYTHONS = {"ours": ROOT / ".venv/opik-cpp/bin/python", "official": ROOT / ".venv/opik-2.0.2/bin/python"}
IMPORTS = {"ours": "import opik_cpp as opik", "official": "import opik"}
# What is measured: (how it is named, CPU on the caller at most 1/n of the official's, in total at most 1/n)
TARGETS = {"@track, a 4 KB argument": (5, 10), "client.trace() + end(), 4 KB each": (5, 10), "start_as_current_span, 4 KB": (5, 10)}
IMPORT_MS = 60

CALLS = '''
import json, sys, time
client = opik.Opik(project_name="cost"); opik.set_global_client(client)
payload = {"messages": [{"role": "user", "content": "hello " * 50} for _ in range(6)], "text": "x" * 2000, "numbers": list(range(20))}

@opik.track
def tracked(payload):
    return {"answer": "y" * 200}

def by_client():
    client.trace(name="t", input=payload).end(output=payload)

def by_block():
    with opik.start_as_current_span("s", input=payload) as span:
        span.output = {"answer": "y" * 200}

for call in (lambda: tracked(payload), by_client, by_block):
    for count in (int(sys.argv[1]) // 5, int(sys.argv[1])):  # the first to warm up
        thread, process = time.thread_time(), time.process_time()
        for _ in range(count):
            call()
        caller = time.thread_time() - thread
        client.flush()
        total = time.process_time() - process
    print(json.dumps([caller / count * 1e6, total / count * 1e6]))
'''


def environment(url):
    clean = {k: v for k, v in os.environ.items() if not k.upper().startswith(("OPIK_", "_OPIK", "PYTHON"))}
    return clean | {
        "OPIK_URL_OVERRIDE": f"{url}/api/", "OPIK_SENTRY_ENABLE": "false", "OPIK_SUPPRESS_BATCHING_UPDATE_WARNING": "true",
        "OPIK_CONSOLE_LOGGING_LEVEL": "WARNING", "OPIK_SPOOL_MODE": "off",
    }  # fmt: skip


def costs(who, url, calls):
    # The official package is two orders slower in total: fewer calls say as much.
    program = f"{IMPORTS[who]}\n{CALLS}\nsys.stdout.flush()\nimport os; os._exit(0)"
    done = subprocess.run([PYTHONS[who], "-c", program, str(calls if who == "ours" else calls // 6)], env=environment(url), capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(done.stderr)
    return [json.loads(line) for line in done.stdout.splitlines() if line.startswith("[")]


def start_ms(who, program, url):
    """(wall, CPU) of a process that runs `program`."""
    before = os.times()
    wall = time.perf_counter()
    subprocess.run([PYTHONS[who], "-c", program], env=environment(url), check=True)
    wall = time.perf_counter() - wall
    after = os.times()
    return wall * 1000, (after.children_user + after.children_system - before.children_user - before.children_system) * 1000


def imports(who, url, rounds):
    # Differences of two processes are noisy on a busy machine, and noise only adds: the least of each.
    with_it = [start_ms(who, IMPORTS[who], url) for _ in range(rounds)]
    without = [start_ms(who, "pass", url) for _ in range(rounds)]
    return [min(x[i] for x in with_it) - min(x[i] for x in without) for i in (0, 1)]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--calls", type=int, default=3000)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, Opikd(pathlib.Path(folder) / "data") as server:
        runs = {who: [] for who in PYTHONS}
        for _ in range(given.rounds):
            for who in PYTHONS:
                runs[who].append(costs(who, server.url, given.calls))
        start = {who: imports(who, server.url, 5 * given.rounds if who == "ours" else given.rounds) for who in PYTHONS}
    missed = 0
    print(f"{'':46} {'ours':>9} {'official':>11} {'ratio':>9}  target")
    for i, (name, targets) in enumerate(TARGETS.items()):
        for j, part in enumerate(("caller", "total")):
            ours, official = (statistics.median(run[i][j] for run in runs[who]) for who in ("ours", "official"))
            good = official / ours >= targets[j]
            missed += not good
            print(f"{name + ', ' + part:46} {ours:6.1f} us {official:8.1f} us  1/{official / ours:<6.1f}  1/{targets[j]}{'' if good else '  MISSED'}")
    for j, part in enumerate(("wall", "CPU")):
        ours, official = (start[who][j] for who in ("ours", "official"))
        good = ours <= IMPORT_MS or part == "wall"
        missed += not good
        print(f"{'import, ' + part:46} {ours:6.1f} ms {official:8.1f} ms  1/{official / max(ours, 0.1):<6.1f}  {IMPORT_MS} ms{'' if good else '  MISSED'}")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
