#!/usr/bin/env python3
"""Measures the C++ SDK and prints one table: the cost of a logging call, beside strings and a mutex in the same run, and spans per second
into a server that only answers 204, beside the official Python SDK in the same run.

    bench/sdk.py                      `make bench-sdk`
    bench/sdk.py --spans 200000       a quick look

Times are those of the machine at that hour, and shared machines drift by half within minutes. So the targets, which are times of one machine
in a quiet hour, are held against the median brought to that pace: by what strings and a mutex cost on one thread, there and in the same run.
The times as measured stand above it.
"""
import argparse
import json
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
BENCH = ROOT / "build/release/bin/opik-bench-sdk"
PYTHON = ROOT / ".venv/opik-2.0.2/bin/python"
HOT_TARGETS_NS = {"1": 100, "2": 130}
STRINGS_NS = 340  # one thread, on the machine that those targets come from: the middle of 270 to 410
SPANS_PER_S_TARGET = 150_000


def run(*command):
    done = subprocess.run([str(part) for part in command], stdout=subprocess.PIPE, text=True)
    if done.returncode != 0:
        sys.exit(f"bench: {command[0]} {command[1]} ended with {done.returncode}")
    return json.loads(done.stdout.splitlines()[-1])


def python_sdk(way, spans):
    with subprocess.Popen([BENCH, "serve"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as server:
        try:
            return run(PYTHON, ROOT / "bench/sdk_python.py", json.loads(server.stdout.readline())["url"], way, spans)
        finally:
            server.stdin.close()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--spans", type=int, default=1_000_000, help="end to end, of the C++ SDK")
    parser.add_argument("--python-spans", type=int, default=5_000)
    args = parser.parse_args()

    hot = run(BENCH, "hot")
    print(f"{'create + end, 200 B in, 200 B out':44} {'min':>8} {'median':>8} {'p99':>9}  allocations  bursts (left out)")
    for threads, measured in hot.items():
        for name, label in (("ours", "C++ SDK"), ("strings", "strings and a mutex")):
            m = measured[name]
            target = "  target 0 allocations" if name == "ours" else ""
            print(f"  {label}, {threads} thread{'s' if threads != '1' else '':1} {'':{40 - len(label) - 10}} {m['min_ns']:8.1f} {m['median_ns']:8.1f} "
                  f"{m['p99_ns']:9.1f}  {m['allocations_per_span']:11.3f}  {m['samples']} ({m['left_out']}){target}")
        ours, strings = measured["ours"], measured["strings"]
        if ours["samples"]:
            print(f"  strings to ours: {strings['min_ns'] / ours['min_ns']:.1f} (min), {strings['median_ns'] / ours['median_ns']:.1f} (median)")
            paced = ours["median_ns"] * STRINGS_NS / hot["1"]["strings"]["median_ns"]
            verdict = "" if paced <= HOT_TARGETS_NS[threads] else " missed"
            print(f"  C++ SDK's median at the pace of the targets' machine: {paced:.0f} ns  target {HOT_TARGETS_NS[threads]}{verdict}")

    ours = run(BENCH, "end_to_end", args.spans)
    rate = ours["spans"] / ours["seconds"]
    print("end to end, into a server that answers 204")
    print(f"  {'C++ SDK, create then end':40} {rate:10.0f} spans/s  {ours['cpu_seconds'] / ours['spans'] * 1e6:7.1f} us CPU a span with the server's, "
          f"{ours['cpu_seconds'] / ours['seconds']:.2f} cores, {ours['requests']} requests, {ours['rejected']} rejected  target {SPANS_PER_S_TARGET}")
    for way, label in (("end", "Python SDK, create then end"), ("whole", "Python SDK, one create with all")):
        theirs = python_sdk(way, args.python_spans)
        their_rate = theirs["spans"] / theirs["seconds"]
        if not theirs["delivered"]:
            sys.exit(f"bench: {label}: flush() says that not all was delivered")
        print(f"  {label:40} {their_rate:10.0f} spans/s  {theirs['cpu_seconds'] / theirs['spans'] * 1e6:7.1f} us CPU a span, "
              f"{theirs['call_seconds'] / theirs['spans'] * 1e6:.1f} us of it in the caller  C++ to this: {rate / their_rate:.0f}")


if __name__ == "__main__":
    main()
