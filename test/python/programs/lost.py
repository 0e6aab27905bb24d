"""Programs after which nothing may be missing. Each prints what it logged, as {"expect", "id", "fields"}, and counters as {"stats"}.

    lost.py NAME [arguments]
"""
import asyncio
import datetime
import enum
import json
import multiprocessing
import os
import signal
import sys
import threading
import time

import opik_cpp as opik


def expect(kind, id, **fields):
    print(json.dumps({"expect": kind, "id": id, "fields": fields}), flush=True)


def tell(client=None):
    print(json.dumps({"stats": (client or opik.get_global_client()).stats}), flush=True)


@opik.track
def step(x):
    span, trace = opik.opik_context.get_current_span_data(), opik.opik_context.get_current_trace_data()
    return {"span": span.id, "trace": trace.id, "x": x}


def logged(said):
    expect("spans", said["span"], name="step", output=said, input={"x": said["x"]})


def exit_at_once(how):
    """The program ends right after its last span."""
    client = opik.get_global_client()
    for i in range(20):
        logged(step(i))
    t = client.trace(name="last", input={"i": 1})
    s = t.span(name="last span")
    expect("traces", t.id, name="last", input={"i": 1}, output={"o": 1})
    expect("spans", s.id, name="last span", output={"o": 2})
    s.end(output={"o": 2})
    t.end(output={"o": 1})
    if how == "sys.exit":
        sys.exit(0)
    if how == "exception":
        raise KeyError("the program's own")


class Loud:
    def __str__(self):
        raise RuntimeError("no text for you")


class Changing(dict):
    def __repr__(self):
        return "changing"


class Grows:
    """Changes the dict that it is in while it is logged."""

    def __init__(self, around):
        self.around = around

    def __str__(self):
        for i in range(1000):
            self.around[i] = object()
        return "grown"


def poison():
    """What no server takes and no encoder likes. Everything beside it arrives."""
    client = opik.Opik()
    cyclic = {"n": 1}
    cyclic["me"] = cyclic
    circle = []
    circle.append(circle)
    deep = []
    for _ in range(10_000):
        deep = [deep]
    grown = {}
    grown["grows"] = Grows(grown)
    for number, value in enumerate([
        cyclic, circle, deep, grown, {1: "int", None: "none", (1, 2): "tuple", 1.5: "float", True: "bool"}, 10**400, -(10**40), 10**5000, "lone \ud800 surrogate",
        {"key \udfff": "\udc00"}, float("nan"), float("inf"), Loud(), b"\x00\xff", {1, "a"}, object(), type, lambda: 0, (x for x in ()), "x" * 70_000_000, "\x00\x01\x7f", Changing(a=1),
        datetime.datetime.max, datetime.datetime.min, enum.Enum("E", "A").A, memoryview(b"ab"), Ellipsis, NotImplemented, range(10**9),
    ]):  # fmt: skip
        t = client.trace(name=f"poison {number}", input={"value": value}, output=value, metadata={"value": value})
        t.end()
        expect("traces", t.id, name=f"poison {number}")
        step(value)
    t = client.trace(name=123, tags="abc", error_info={"exception_type": "E"}, thread_id=5)
    expect("traces", t.id, name="123", tags=["abc"], thread_id="5")
    t.end()
    t = client.trace(name="strange", tags=[1, None], error_info="text", start_time="yesterday", end_time=5, metadata="text", input=[1], project_name=None)
    expect("traces", t.id, name="strange", input=[1], metadata="text")
    t.end()
    s = t.span(name="strange span", type="no such type", usage="many", total_cost="dear", model=5, provider=object())
    expect("spans", s.id, name="strange span", type="general", model="5")
    s.end(usage={"a": "b"}, total_cost=float("nan"))
    t.log_feedback_score("no number", "x")
    client.log_traces_feedback_scores([{"id": t.id}, {"name": "n", "value": 1}, "no dict", {"id": t.id, "name": "good", "value": 1}])
    for id in ("no id", "00000000-0000-4000-8000-000000000000"):
        client.trace(id=id, name="refused")
        client.span(trace_id=id, name="refused")
    generator = (x for x in "abc")
    step(generator)
    assert list(generator) == ["a", "b", "c"], "a generator that is logged is not consumed"
    t = client.trace(name="good neighbour", input={"i": 1})
    t.end()
    expect("traces", t.id, name="good neighbour", input={"i": 1})
    client.flush()
    tell(client)
    for reason in client.last_flush["reasons"]:
        print(json.dumps({"reason": reason["reason"], "count": reason["count"]}))


def threads(count, each):
    client = opik.get_global_client()
    said = []

    async def task(i):
        out = step(i)
        await asyncio.sleep(0)
        with opik.start_as_current_span("in a task", input={"i": i}) as span:
            await asyncio.sleep(0.001)
            expected = ("spans", span.id, {"name": "in a task", "input": {"i": i}, "output": {"o": i}})
            span.output = {"o": i}
        said.append((out, expected))

    async def tasks(number):
        await asyncio.gather(*(task((number, i)) for i in range(each)))

    def run(number):
        for i in range(each):
            said.append((step([number, i]), None))
        asyncio.run(tasks(number))

    all_threads = [threading.Thread(target=run, args=(number,)) for number in range(count)]
    [thread.start() for thread in all_threads]
    [thread.join() for thread in all_threads]
    ok = client.flush()
    for out, expected in said:
        out["x"] = list(out["x"]) if isinstance(out["x"], tuple) else out["x"]
        logged(out)
        if expected:
            kind, id, fields = expected
            fields["input"]["i"], fields["output"]["o"] = list(fields["input"]["i"]), list(fields["output"]["o"])
            expect(kind, id, **fields)
    assert ok, client.last_flush
    tell(client)


def child(number, how):
    for i in range(10):
        logged(step([number, i]))
    if how == "flush and _exit":
        opik.flush_tracker()
        sys.stdout.flush()
        os._exit(0)


def forks(how):
    """A parent that has logged before, and is logging, when its children are made."""
    logged(step("before"))
    if how == "multiprocessing":
        context = multiprocessing.get_context("fork")
        children = [context.Process(target=child, args=(i, how)) for i in range(4)]
        [c.start() for c in children]
        logged(step("meanwhile"))
        [c.join() for c in children]
        assert [c.exitcode for c in children] == [0] * 4
    elif how == "pool":
        with multiprocessing.get_context("fork").Pool(3) as pool:
            for said in pool.map(step, range(12)):
                logged(said)
            pool.close()
            pool.join()
    else:  # as gunicorn makes its workers: they end by sys.exit, on SIGTERM
        pids = []
        for number in range(4):
            pid = os.fork()
            if pid == 0:
                if how == "worker":
                    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
                child(number, how)
                if how == "worker":
                    os.kill(os.getpid(), signal.SIGTERM)
                    time.sleep(60)
                sys.exit(0)
            pids.append(pid)
            logged(step("meanwhile"))
        for pid in pids:
            assert os.waitpid(pid, 0)[1] == 0
    logged(step("after"))


def stream(count, rate):
    """`count` traces at `rate` a second; each is told when its calls have returned."""
    client = opik.Opik()
    for i in range(count):
        t = client.trace(name="streamed", input={"i": i})
        t.end(output={"i": i})
        print(json.dumps({"expect": "traces", "id": t.id, "fields": {"name": "streamed", "input": {"i": i}, "output": {"i": i}}, "at": time.monotonic()}), flush=True)
        time.sleep(1 / rate)


def drain(seconds):
    """Delivers what another process left."""
    client = opik.Opik()
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        client.flush(0.2)
        if client.stats["captured"] and client.stats["pending"] == client.stats["spooled"] == 0:
            break
        time.sleep(0.05)
    tell(client)


def readers():
    number = lambda text: int(text) if text.isdigit() else text  # noqa: E731
    return [number(text) for text in sys.argv[2:]]


globals()[sys.argv[1]](*readers())
