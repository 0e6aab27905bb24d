"""A wide walk through the Python SDK: @track nested, in generators, async and with errors; contexts; scores; projects; threads.

Prints what must be read back, as JSON: [{"kind", "id", "project", "fields"}].
"""
import asyncio
import concurrent.futures
import json
import sys

import opik
from opik import opik_context

PROJECT, OTHER_PROJECT = sys.argv[1], sys.argv[2]
expected = []


def expect(kind, id, project=PROJECT, **fields):
    expected.append({"kind": kind, "id": id, "project": project, "fields": fields})


def expect_here(parent=None, project=PROJECT, **fields):
    """The span that is open now."""
    data = opik_context.get_current_span_data()
    expect("span", data.id, project, trace_id=data.trace_id, **({"parent_span_id": parent} if parent else {}), **fields)
    return data.id


# --- nested calls

@opik.track(type="tool", name="search", tags=["retrieval"])
def search(query, top=2):
    expect_here(parent=search.parent, name="search", type="tool", input={"query": query, "top": top}, output={"output": ["doc 1", "doc 2"]}, tags=["retrieval"],
                ended=True)
    return ["doc 1", "doc 2"]


@opik.track(type="llm", capture_input=False)
def generate(prompt):
    opik_context.update_current_span(
        model="gpt-4o", provider="openai", usage={"prompt_tokens": 11, "completion_tokens": 5, "total_tokens": 16}, total_cost=0.25,
        metadata={"temperature": 0.5}, feedback_scores=[{"name": "quality", "value": 0.75, "reason": "good"}])
    expect_here(parent=generate.parent, name="generate", type="llm", output={"text": "ünïcode ✓"}, model="gpt-4o", provider="openai",
                usage={"prompt_tokens": 11, "completion_tokens": 5, "total_tokens": 16}, total_estimated_cost=0.25, metadata={"temperature": 0.5},
                scores={"quality": 0.75}, ended=True)
    return {"text": "ünïcode ✓"}


@opik.track(tags=["root"], metadata={"version": 3})
def answer(question):
    me = expect_here(name="answer", type="general", input={"question": question}, output={"text": "ünïcode ✓"}, tags=["root"], metadata={"version": 3}, ended=True)
    opik_context.update_current_trace(thread_id="thread-7", tags=["from-inside"], metadata={"inside": {"deep": [1, 2.5, None]}}, feedback_scores=[{"name": "useful", "value": 1}])
    trace = opik_context.get_current_trace_data()
    expect("trace", trace.id, name="answer", input={"question": question}, output={"text": "ünïcode ✓"}, thread_id="thread-7", metadata={"inside": {"deep": [1, 2.5, None]}},
           scores={"useful": 1}, ended=True)
    search.parent = generate.parent = me
    search(question)
    return generate(question)


answer("why?")


# --- generators

@opik.track
def pieces(n):
    expect_here(name="pieces", input={"n": n}, output={"output": "012"}, ended=True)
    for i in range(n):
        yield str(i)


assert "".join(pieces(3)) == "012"


# --- async, concurrently, and an async generator

@opik.track
async def slow_echo(text):
    await asyncio.sleep(0.01)
    expect_here(name="slow_echo", input={"text": text}, output={"output": text * 2}, ended=True)
    return text * 2


@opik.track
async def async_pieces(n):
    expect_here(name="async_pieces", input={"n": n}, output={"output": "abc"}, ended=True)
    for c in "abc"[:n]:
        await asyncio.sleep(0)
        yield c


async def run_async():
    assert await asyncio.gather(*(slow_echo(f"t{i}") for i in range(5))) == [f"t{i}" * 2 for i in range(5)]
    assert [c async for c in async_pieces(3)] == ["a", "b", "c"]


asyncio.run(run_async())


# --- errors

@opik.track
def broken(x):
    expect_here(name="broken", input={"x": x}, error="ValueError", ended=True)
    trace = opik_context.get_current_trace_data()
    expect("trace", trace.id, name="broken", input={"x": x}, error="ValueError", ended=True)
    raise ValueError("no good")


try:
    broken(1)
except ValueError:
    pass

# --- context managers

with opik.start_as_current_trace(name="block", input={"a": 1}, tags=["ctx"], metadata={"b": 2}, project_name=PROJECT, thread_id="thread-8") as trace:
    with opik.start_as_current_span(name="step", type="tool", input={"c": 3}, project_name=PROJECT) as span:
        span.output = {"d": 4}
        expect("span", span.id, name="step", type="tool", input={"c": 3}, output={"d": 4}, trace_id=trace.id, ended=True)
    trace.output = {"e": 5}
    expect("trace", trace.id, name="block", input={"a": 1}, output={"e": 5}, tags=["ctx"], metadata={"b": 2}, thread_id="thread-8", ended=True)

opik.flush_tracker()

# --- the low-level client, in another project

client = opik.Opik(project_name=OTHER_PROJECT)
big = {"n": 12345678901234567890, "f": 0.1, "text": "x" * 20000, "nested": [[[[{"k": "\u0000\n\"\\ \U0001f600"}]]]], "empty": {}, "null": None}
trace = client.trace(name="big", input=big, metadata=big, project_name=OTHER_PROJECT)  # else 2.0.2 takes the last context's project
trace.end(output=big)
expect("trace", trace.id, OTHER_PROJECT, name="big", input=big, output=big, metadata=big, ended=True)

trace = client.trace(name="scored", input={"s": 1}, project_name=OTHER_PROJECT)
span = trace.span(name="scored-span", type="guardrail")
trace.log_feedback_score("kept", 0.5, category_name="half", reason="because")
trace.log_feedback_score("replaced", 1)
span.log_feedback_score("span-score", -2.5)
client.flush(timeout=60)
client.log_traces_feedback_scores([{"id": trace.id, "name": "replaced", "value": 2}, {"id": trace.id, "name": "gone", "value": 3}], project_name=OTHER_PROJECT)
client.log_spans_feedback_scores([{"id": span.id, "name": "second", "value": 9.125}], project_name=OTHER_PROJECT)
client.flush(timeout=60)
client.delete_trace_feedback_score(trace.id, "gone")
expect("trace", trace.id, OTHER_PROJECT, name="scored", scores={"kept": 0.5, "replaced": 2})
expect("span", span.id, OTHER_PROJECT, name="scored-span", type="guardrail", scores={"span-score": -2.5, "second": 9.125})

# --- many threads with one client, each ending at once


def log_some(worker):
    mine = []
    for i in range(25):
        trace = client.trace(name=f"w{worker}-{i}", input={"w": worker, "i": i}, project_name=OTHER_PROJECT)
        span = trace.span(name="s", input={"i": i})
        span.end(output={"o": i})
        trace.end(output={"o": [worker, i]})
        mine.append((trace.id, span.id, i))
    return worker, mine


with concurrent.futures.ThreadPoolExecutor(8) as pool:
    for worker, mine in pool.map(log_some, range(8)):
        for trace_id, span_id, i in mine:
            expect("trace", trace_id, OTHER_PROJECT, name=f"w{worker}-{i}", input={"w": worker, "i": i}, output={"o": [worker, i]}, ended=True)
            expect("span", span_id, OTHER_PROJECT, name="s", input={"i": i}, output={"o": i}, trace_id=trace_id, ended=True)

assert client.flush(timeout=60), "flush: timed out"
client.end()
print(json.dumps(expected))
