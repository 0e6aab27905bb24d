"""More than forty tracing calls, for the official package and for ours alike. Everything has a name of its own, so that the two results
can be laid side by side.

    side_by_side.py PROJECT OTHER_PROJECT
"""
import asyncio
import dataclasses
import datetime
import enum
import functools
import pathlib
import sys
import uuid

import opik
from opik import opik_context

PROJECT, OTHER = sys.argv[1:]
client = opik.Opik(project_name=PROJECT)
opik.set_global_client(client)
START = datetime.datetime(2026, 1, 2, 3, 4, 5, 678901, tzinfo=datetime.timezone.utc)
LATER = START + datetime.timedelta(seconds=2, microseconds=3)


class Color(enum.Enum):
    RED = "red"


@dataclasses.dataclass
class Question:
    text: str
    options: list
    inner: object = None


VALUES = {
    "text": "ünï → 漢字 \U0001f600 \" \\ \n", "empty": "", "int": 7, "big": 2**80, "negative": -3, "float": 1.5, "whole": 2.0, "tiny": 1e-9, "true": True, "none": None,
    "list": [1, [2, {"a": None}]], "tuple": (1, 2), "datetime": START, "zone": START.astimezone(datetime.timezone(datetime.timedelta(hours=2))),
    "date": datetime.date(2026, 1, 2), "time": datetime.time(1, 2, 3), "delta": datetime.timedelta(seconds=5), "enum": Color.RED, "dataclass": Question("q", [1], Question("r", [])),
    "bytes": b"ab\xff", "set": {3}, "frozenset": frozenset([4]), "uuid": uuid.UUID(int=5), "path": pathlib.PurePosixPath("/a/b"), "complex": 1 + 2j, "range": range(3), "error": ValueError("boo"),
}  # fmt: skip

# --- the client API ---
client.trace(name="empty trace")
t = client.trace(
    name="whole trace", input={"q": "why?"}, output={"a": "because"}, metadata={"m": {"n": 1}}, tags=["a", "b"], start_time=START, end_time=LATER, thread_id="thread-1",
    feedback_scores=[{"name": "good", "value": 0.75, "category_name": "yes", "reason": "it is"}, {"name": "bad", "value": 0}],
)  # fmt: skip
t.log_feedback_score("later", 1, reason="afterwards")
client.trace(name="values", input=VALUES, metadata=VALUES)
client.trace(name="failed trace", error_info={"exception_type": "E", "message": "m", "traceback": "tb"})
t = client.trace(name="updated trace", input={"i": 1}, metadata={"old": 1}, tags=["old"])
t.update(metadata={"new": 1}, tags=["new"], output={"o": 1})
t.update(input={"i": 2}, thread_id="thread-2")
t.end()
t = client.trace(name="overwritten trace", input={"i": 1}, tags=["gone"], metadata={"gone": 1})
client.trace(id=t.id, name="overwritten trace", input={"i": 1}, output={"o": 1}, end_time=LATER, start_time=START)
t = client.trace(name="elsewhere", project_name=OTHER)
t.span(name="span elsewhere").end(output={"o": 1})
t.end()
t = client.trace(name="with spans", input={"i": 1})
s = t.span(name="first", type="tool", input={"i": 1}, metadata={"m": 1}, tags=["x"], start_time=START, end_time=LATER)
s.log_feedback_score("on a span", -2.5)
s = t.span(name="llm", type="llm", model="gpt-4o", provider="openai", usage={"prompt_tokens": 3, "completion_tokens": 4, "total_tokens": 7})
s.span(name="grandchild", type="guardrail").end()
s.end(output={"text": "hi"}, total_cost=0.25)
t.span(name="claude", type="llm", model="claude-3-5-sonnet-20241022", provider="anthropic", metadata={"k": 1}, usage={"input_tokens": 5, "output_tokens": 6, "cache_read_input_tokens": 2}).end()
t.span(name="gemini", type="llm", provider=opik.LLMProvider.GOOGLE_AI, usage={"prompt_token_count": 1, "candidates_token_count": 2, "total_token_count": 3, "deep": {"er": 4}}).end()
t.span(name="own usage", usage={"a": 1, "b": "x"}).end()
t.end()
s = client.span(name="lonely", type="tool", input={"i": 1}, metadata={"k": 1}, tags=["q"], start_time=START)
s.update(output={"o": 1}, metadata={"k": 2})
s.end(error_info={"exception_type": "E", "message": "m", "traceback": "tb"}, end_time=LATER)
t = client.trace(name="updated by id")
s = t.span(name="span updated by id", model="m1")
client.flush()  # the official package loses what is updated before its create has arrived
client.update_trace(t.id, PROJECT, output={"o": 1}, tags=["t"], end_time=LATER)
client.update_span(s.id, t.id, None, PROJECT, output={"o": 2}, model="m2", provider="openai", usage={"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2}, end_time=LATER)
client.log_traces_feedback_scores([{"id": t.id, "name": "by id", "value": 0.5}])
client.log_spans_feedback_scores([{"id": s.id, "name": "by id", "value": 0.25, "reason": "r"}])


# --- track ---
@opik.track
def simple(a, b=2, *, c=3):
    return {"sum": a + b + c}


@opik.track(name="renamed", type="tool", tags=["decorated"], metadata={"d": 1})
def with_options(x):
    return x


@opik.track(ignore_arguments=["secret"], capture_output=False)
def discreet(secret, shown):
    return "not shown"


@opik.track(capture_input=False)
def no_input(x):
    return [x]


@opik.track
def variadic(first, *rest, **named):
    return None


@opik.track(create_duplicate_root_span=False)
def trace_alone(x):
    return simple(x)


@opik.track
def failing(x):
    raise KeyError(x)


@opik.track(type="llm")
def inner(x):
    opik_context.update_current_span(
        metadata={"deep": {"a": 1}}, usage={"prompt_tokens": 1, "completion_tokens": 2, "total_tokens": 3}, tags=["x"], model="gpt-4o", provider="openai", total_cost=0.5
    )
    opik_context.update_current_span(metadata={"deep": {"b": 1}}, tags=["y"], input={"extra": 1}, feedback_scores=[{"name": "s", "value": 0.5}])
    return str(x)


@opik.track
def outer(x):
    opik_context.update_current_trace(tags=["of trace"], thread_id="thread-3", metadata={"tm": 1}, output={"before": 1}, feedback_scores=[{"name": "t", "value": 1.0}])
    opik_context.update_current_span(name="outer renamed", output={"mine": 1})
    return inner(inner(x))


@opik.track
def generating(n):
    for i in range(n):
        inner(i)
        yield str(i)


@opik.track(generations_aggregator=lambda items: {"all": items})
def aggregated():
    yield 1
    yield 2


@opik.track
async def awaited(x):
    await asyncio.sleep(0.01)
    return await awaited_inner(x)


@opik.track
async def awaited_inner(x):
    await asyncio.sleep(0.01)
    return {"x": x}


@opik.track
async def async_generating(n):
    for i in range(n):
        yield str(i)


class Robot:
    @opik.track
    def method(self, q):
        return q

    @classmethod
    @opik.track
    def of_class(cls, q):
        return q

    @staticmethod
    @opik.track
    def of_nobody(q):
        return q


def decorated(function):
    @functools.wraps(function)
    def wrapper(*args, **kwargs):
        return function(*args, **kwargs)

    return wrapper


@opik.track
@decorated
def wrapped(a, b=5):
    return a * b


@opik.track
def returning_values():
    return VALUES


async def many():
    await asyncio.gather(*(awaited(i) for i in range(5)))
    return [x async for x in async_generating(3)]


simple(1)
simple(1, c=9)
with_options("x")
discreet("s", "t")
no_input(1)
variadic(1, 2, 3, k=4)
trace_alone(1)
for value in (1, "one"):
    try:
        failing(value)
    except KeyError:
        pass
outer(1)
list(generating(2))
list(aggregated())
asyncio.run(many())
robot = Robot()
robot.method(1), Robot.of_class(2), Robot.of_nobody(3)
wrapped(2)
returning_values()
with_options("opik_args", opik_args={"span": {"tags": ["st"], "metadata": {"sm": 1}}, "trace": {"thread_id": "thread-4", "tags": ["trt"], "metadata": {"trm": 2}}})
t = client.trace(name="of another process")
s = t.span(name="caller")
client.flush()
simple(7, opik_distributed_trace_headers=s.get_distributed_trace_headers())
s.end(), t.end()

# --- context managers ---
with opik.start_as_current_span("block", input={"i": 1}, tags=["a"], metadata={"b": 1}, type="tool") as span:
    span.output = {"o": 1}
    simple(4)
with opik.start_as_current_span("block updated", model="m", provider="openai", input={"i": 1}, metadata={"a": 1}, tags=["y"]) as span:
    span.update(output={"o": 1}, metadata={"k": 1}, tags=["z"], usage={"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2})
    span.update(name="renamed block")
    span.input = {"late": 1}
with opik.start_as_current_span("block in place") as span:
    span.input = {"i": 1}
    span.metadata = {"m": 1}
    opik_context.update_current_span(tags=["by context"], feedback_scores=[{"name": "b", "value": 1.0}])
    opik_context.update_current_trace(metadata={"t": 1})
try:
    with opik.start_as_current_span("failing block", input={"i": 1}) as span:
        raise ValueError("in a block")
except ValueError:
    pass
with opik.start_as_current_trace("trace block", input={"q": 1}, tags=["tb"], metadata={"m": 1}, thread_id="thread-5") as trace:
    with opik.start_as_current_span("inside"):
        simple(5)
    trace.output = {"z": 1}
try:
    with opik.start_as_current_trace("failing trace block") as trace:
        raise ValueError("in a trace")
except ValueError:
    pass
with opik.project_context(OTHER):
    simple(6)

opik.flush_tracker()
client.end()
