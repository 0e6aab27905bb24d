"""Small cases of the package's own behaviour, looked at with record_traces_locally(). Runs every function case_… and prints one line of
JSON: {name: null, or its traceback}."""
import asyncio
import dataclasses
import datetime
import decimal
import enum
import functools
import gc
import json
import sys
import threading
import traceback
import types as python_types
import uuid

import opik_cpp as opik
from opik_cpp import _native, opik_context
from opik_cpp.testing import record_traces_locally


def plain(value):
    return json.loads(_native.to_json(value))


def only(items):
    assert len(items) == 1, items
    return items[0]


# --- JSON ---
def case_json_of_plain_values():
    value = {"a": [1, -2.5, True, False, None, "é\n\"\\", {"b": {}}], "n": 10**30, "f": 2.0}
    assert plain(value) == value and isinstance(plain(2.0), float)
    assert plain((1, {2})) == [1, [2]] and plain({1: 1, None: 2, 1.5: 3, True: 4, (1,): 5}) == {"1": 4, "null": 2, "1.5": 3, "(1,)": 5}


def case_json_of_other_types():
    class Color(enum.Enum):
        RED = ("r", 1)

    class Level(enum.IntEnum):
        LOW = 1

    class Word(str):
        pass

    @dataclasses.dataclass
    class Point:
        x: int
        inner: object = None

    class Slotted:
        __slots__ = ("x",)

        def __init__(self):
            self.x = 1

    Slotted.__dataclass_fields__ = {"x": None}
    utc = datetime.timezone.utc
    assert plain(Color.RED) == ["r", 1] and plain(Level.LOW) == 1 and plain(Word("w")) == "w"
    assert plain(Point(1, Point(2))) == {"x": 1, "inner": {"x": 2, "inner": None}} and plain(Slotted()) == {"x": 1}
    assert plain(datetime.datetime(2026, 1, 2, 3, tzinfo=utc)) == "2026-01-02T03:00:00Z" and plain(datetime.date(2026, 1, 2)) == "2026-01-02"
    naive = datetime.datetime(2026, 1, 2, 3, 4, 5, 6)
    assert datetime.datetime.fromisoformat(plain(naive).replace("Z", "+00:00")) == naive.astimezone()
    assert plain(b"ab\xff") == "YWL/" and plain(uuid.UUID(int=5)) == str(uuid.UUID(int=5)) and plain(decimal.Decimal("1.50")) == "1.50"
    assert plain(ValueError("boo")) == "boo" and plain({"a": 1}.keys()) == "dict_keys(['a'])"


def case_json_of_numpy_and_pydantic():
    import numpy
    import pydantic

    class Model(pydantic.BaseModel):
        a: int = 1
        when: datetime.date = datetime.date(2026, 1, 2)
        more: list = []

    assert plain(numpy.array([[1, 2], [3, 4]])) == [[1, 2], [3, 4]] and plain(numpy.float32(1.5)) == 1.5 and plain(numpy.bool_(True)) is True
    assert plain(numpy.datetime64("2026-01-02")) == "2026-01-02" and plain(numpy.array([float("nan")])) == ["NaN"]
    assert plain(Model(more=[Model()])) == {"a": 1, "when": "2026-01-02", "more": [{"a": 1, "when": "2026-01-02", "more": []}]}


def case_json_of_what_is_none():
    cyclic = [1]
    cyclic.append({"me": cyclic})
    assert plain(cyclic)[1]["me"].startswith("<Cyclic reference to list id=")
    twice = {"x": 1}
    assert plain([twice, twice]) == [twice, twice], "the same object beside itself is no cycle"
    deep = []
    for _ in range(1000):
        deep = [deep]
    assert b"nested deeper than 256" in _native.to_json(deep)
    assert plain("x" * 70_000_000) == "(left out: more than 64 MiB)" and plain(["x" * 40_000_000] * 3) == "(left out: more than 64 MiB)"
    assert "\ufffd" in plain("a\ud800b") and plain(float("-inf")) == "-Infinity" and "too many digits" in plain(10**5000)


def case_json_walk_survives_code_that_changes_what_is_walked():
    class Clears:
        def __init__(self, around):
            self.around = around

        def __str__(self):
            self.around.clear()
            gc.collect()
            return "cleared"

    for around in ([], {}):
        values = [Clears(around), object(), "x" * 1000, {"a": [1]}]
        around.extend(values) if isinstance(around, list) else around.update(enumerate(values))
        assert b"cleared" in _native.to_json(around)


# --- track ---
def case_names_and_arguments():
    @opik.track(ignore_arguments=["key"])
    def f(a, b=2, *rest, key, c=3, **named):
        "doc"
        return a

    with record_traces_locally() as recorded:
        f(1, key="secret")
        f(1, 5, 6, key="secret", c=4, d=7)
    assert [t.input for t in recorded.trace_trees] == [{"a": 1, "b": 2, "rest": [], "c": 3, "named": {}}, {"a": 1, "b": 5, "rest": [6], "c": 4, "named": {"d": 7}}]
    assert (f.__name__, f.__doc__, f.__wrapped__.__name__) == ("f", "doc", "f") and opik.track(f) is f


def case_a_call_that_fails_to_bind_fails_as_without_us():
    @opik.track
    def f(a):
        return a

    for call in (lambda: f(), lambda: f(1, 2), lambda: f(b=1)):
        try:
            call()
        except TypeError as error:
            assert "f()" in str(error) or "argument" in str(error)
        else:
            raise AssertionError("it must fail")


def case_other_callables():
    class Callable:
        def __call__(self, x):
            return x + 1

    class Thing:
        def method(self, x):
            return x

    with record_traces_locally() as recorded:
        assert opik.track(name="partial")(functools.partial(pow, 2))(3) == 8
        assert opik.track(Callable())(1) == 2 and opik.track(Thing().method)(5) == 5 and opik.track(len)([1]) == 1

        @opik.track
        class Counted:
            def __init__(self, n):
                self.n = n

        assert isinstance(Counted(3), Counted) and Counted(3).n == 3
    names = [t.name for t in recorded.trace_trees]
    assert names == ["partial", "Callable", "method", "len", "Counted", "Counted"], names
    assert recorded.trace_trees[2].input == {"x": 5} and recorded.trace_trees[4].input == {"n": 3}


def case_every_exception_ends_the_span():
    @opik.track
    def f(kind):
        raise kind("why")

    with record_traces_locally() as recorded:
        for kind in (ValueError, KeyboardInterrupt, SystemExit, GeneratorExit, StopIteration):
            try:
                f(kind)
            except BaseException as error:
                assert type(error) is kind
        assert opik_context.get_current_span_data() is None and opik_context.get_current_trace_data() is None
    for trace, kind in zip(recorded.trace_trees, ("ValueError", "KeyboardInterrupt", "SystemExit", "GeneratorExit", "StopIteration")):
        span = only(trace.spans)
        assert span.error_info["exception_type"] == kind and span.error_info["message"] == "why" and "in f" in span.error_info["traceback"]
        assert span.end_time and trace.end_time and span.output is None


def case_cancelled_tasks_end_their_spans():
    @opik.track
    async def inner():
        await asyncio.sleep(60)

    @opik.track
    async def outer():
        await inner()

    async def main():
        task = asyncio.ensure_future(outer())
        await asyncio.sleep(0.01)
        task.cancel()
        try:
            await task
        except asyncio.CancelledError:
            pass
        assert opik_context.get_current_span_data() is None

    with record_traces_locally() as recorded:
        asyncio.run(main())
    span = only(only(recorded.trace_trees).spans)
    assert span.name == "outer" and only(span.spans).name == "inner"
    assert all(s.end_time and s.error_info["exception_type"] == "CancelledError" for s in (span, *span.spans))


def case_a_coroutine_that_is_dropped_ends_its_span():
    @opik.track
    async def f():
        await asyncio.sleep(0)

    with record_traces_locally() as recorded:
        coroutine = f()
        coroutine.send(None)
        coroutine.close()
        assert opik_context.get_current_span_data() is None
    assert only(only(recorded.trace_trees).spans).end_time


def case_generators():
    @opik.track
    def inner(i):
        return i

    @opik.track
    def f(n):
        got = []
        for i in range(n):
            inner(i)
            got.append((yield str(i)))
        return got

    with record_traces_locally() as recorded:
        generator = f(3)
        assert isinstance(generator, python_types.GeneratorType)
        assert [next(generator), generator.send("a"), generator.send("b")] == ["0", "1", "2"]
        assert opik_context.get_current_span_data() is None, "between two items nothing is current"
        try:
            generator.send("c")
        except StopIteration as stop:
            assert stop.value == ["a", "b", "c"]
        thrown = f(2)
        next(thrown)
        try:
            thrown.throw(ValueError("in"))
        except ValueError:
            pass
    whole, failed = recorded.trace_trees
    assert whole.output == {"output": "012"} and [s.name for s in only(whole.spans).spans] == ["inner"] * 3
    assert failed.error_info["exception_type"] == "ValueError" and failed.end_time


def case_abandoned_generators():
    @opik.track
    def f(n):
        for i in range(n):
            yield str(i)

    @opik.track
    async def g(n):
        for i in range(n):
            yield str(i)

    async def one_item():
        agen = g(5)
        async for item in agen:
            await agen.aclose()
            return item

    async def a_step(agen):
        return await agen.__anext__()

    with record_traces_locally() as recorded:
        closed, forgotten, never_run = f(5), f(5), f(5)
        next(closed), next(forgotten), next(forgotten)
        closed.close()
        del forgotten, never_run
        for _ in f(5):
            break
        assert asyncio.run(one_item()) == "0"
        agen = g(5)
        try:
            a_step(agen).send(None)  # without a loop: nobody will ever close it
        except StopIteration as item:
            assert item.value == "0"
        del agen
        gc.collect()
    assert [t.output for t in recorded.trace_trees] == [{"output": o} for o in ("0", "01", "", "0", "0", "0")]
    assert all(t.end_time and t.error_info is None for t in recorded.trace_trees)


def case_a_generator_belongs_to_where_it_was_called():
    @opik.track
    def f():
        yield 1

    @opik.track
    def outer():
        return f()

    with record_traces_locally() as recorded:
        list(outer())
    assert only(only(only(recorded.trace_trees).spans).spans).name == "f"


def case_tasks_and_threads():
    @opik.track
    async def leaf(i):
        await asyncio.sleep(0.001)
        return i

    @opik.track
    async def root():
        await asyncio.gather(*(leaf(i) for i in range(10)))

    @opik.track
    def parent():
        thread = threading.Thread(target=lambda: opik.track(name="in a thread")(lambda: 1)())
        thread.start()
        thread.join()

    with record_traces_locally() as recorded:
        asyncio.run(root())
        parent()
    assert len(only(recorded.trace_trees[0].spans).spans) == 10
    assert [t.name for t in recorded.trace_trees[1:]] == ["parent", "in a thread"], "a plain thread begins without a context, as in Opik"


def case_what_is_changed_after_the_call_is_not_logged():
    argument = {"a": 1}

    @opik.track
    def f(x):
        x["a"] = 2

    with record_traces_locally() as recorded:
        f(argument)
    assert only(recorded.trace_trees).input == {"x": {"a": 1}}


def case_switched_off():
    @opik.track
    def f():
        return opik_context.get_current_span_data()

    with record_traces_locally() as recorded:
        opik.set_tracing_active(False)
        assert f() is None and not opik.is_tracing_active() and f(opik_args={"span": {"tags": ["t"]}}) is None
        with opik.start_as_current_span("blocks are not switched off"):
            pass
        opik.reset_tracing_to_config_default()
        assert opik.is_tracing_active() and f() is not None
    assert [t.name for t in recorded.trace_trees] == ["blocks are not switched off", "f"]


def case_distributed_headers():
    @opik.track
    def far():
        return 1

    with record_traces_locally() as recorded:
        with opik.start_as_current_span("near") as near:
            headers = opik_context.get_distributed_trace_headers()
        far(opik_distributed_trace_headers=headers)
        with opik.distributed_headers(headers):
            far()
        with opik.distributed_headers({"wrong": 1}):
            far()
    assert headers == {"opik_trace_id": near.trace_id, "opik_parent_span_id": near.id}
    near_span = only(recorded.trace_trees[0].spans)
    assert [s.name for s in near_span.spans] == ["far", "far"] and len(recorded.trace_trees) == 2


def case_context():
    try:
        opik_context.update_current_span(name="x")
    except opik.OpikException as error:
        assert "no span" in str(error)
    else:
        raise AssertionError
    with record_traces_locally() as recorded, opik.start_as_current_trace("t", thread_id="th") as trace:
        assert opik_context.get_current_trace_data().id == trace.id and opik_context.get_current_span_data() is None
        with opik.start_as_current_span("s") as span:
            copy = opik_context.get_current_span_data()
            copy.name = "not logged"
            assert copy.id == span.id
            opik.update_current_span(name="renamed", metadata={"a": {"b": 1}})
            opik.update_current_span(metadata={"a": {"c": 2}})
        with opik.project_context("p1"), opik.project_context("p2"):
            assert opik.get_global_client().trace(name="x") is not None
    tree = recorded.trace_trees[0]
    assert only(tree.spans).name == "renamed" and only(tree.spans).metadata == {"a": {"b": 1, "c": 2}} and tree.thread_id == "th"


def case_a_scope_is_a_decorator_too():
    @opik.start_as_current_span("scope")
    def f():
        return opik_context.get_current_span_data().name

    with record_traces_locally() as recorded:
        assert [f(), f()] == ["scope", "scope"]
    assert len(recorded.trace_trees) == 2


def case_anonymizers():
    from opik_cpp.anonymizer import Anonymizer, create_anonymizer

    class Broken(Anonymizer):
        def anonymize(self, data, **kwargs):
            raise RuntimeError("broken")

    with record_traces_locally() as recorded:
        opik.hooks.add_anonymizer(create_anonymizer([(r"\d{4}", "[number]"), {"regex": "secret", "replace": "***"}, str.upper]))
        try:
            t = opik.get_global_client().trace(name="secret 1234", input={"k": ["1234 secret", 1234]}, metadata={"m": "a"}, tags=["secret"])
            t.end(output={"o": "secret"})
            opik.hooks.add_anonymizer(Broken())
            opik.get_global_client().trace(name="broken", input={"k": "secret"})
        finally:
            opik.hooks.clear_anonymizers()
    trace, broken = recorded.trace_trees
    assert trace.input == {"k": ["[NUMBER] ***", 1234]} and trace.output == {"o": "***"} and trace.metadata == {"m": "A"}
    assert trace.name == "secret 1234" and trace.tags == ["secret"] and broken.input == "(anonymizer raised)"


def case_attachments(folder="/tmp"):
    import tempfile

    with tempfile.TemporaryDirectory() as folder, record_traces_locally() as recorded:
        path = f"{folder}/a.txt"
        with open(path, "w") as file:
            file.write("text")
        t = opik.get_global_client().trace(name="with files", attachments=[opik.Attachment(data=path), opik.Attachment(data="dGV4dA==", file_name="b.txt"), opik.Attachment(data=b"x", file_name="c")])
        t.span(name="s", attachments=[opik.Attachment(data="neither a file nor base64!")])
    assert [a.file_name for a in only(recorded.trace_trees).attachments] == ["a.txt", "b.txt", "c"]


def case_what_is_not_there_says_so():
    for name in ("evaluate", "Dataset", "Prompt", "integrations", "run_tests"):
        try:
            getattr(opik, name)
        except opik.UnsupportedError as error:
            assert name in str(error) and "official SDK" in str(error) and isinstance(error, NotImplementedError)
        else:
            raise AssertionError(name)
    try:
        from opik_cpp import evaluate  # noqa: F401
    except opik.UnsupportedError:
        pass
    else:
        raise AssertionError
    try:
        opik.get_global_client().create_dataset("d")
    except opik.UnsupportedError as error:
        assert "Opik.create_dataset" in str(error)
    assert not hasattr(opik, "no_such_thing") and not hasattr(opik.get_global_client(), "no_such_thing")


def case_the_alias():
    import opik_cpp.alias

    opik_cpp.alias.install()
    import opik as aliased
    from opik import opik_context as context
    from opik.decorator.context_manager import distributed_headers
    from opik.types import LLMProvider

    assert aliased is opik and context is opik_context and LLMProvider is opik.LLMProvider and distributed_headers is opik.distributed_headers
    assert opik.__spec__.name == "opik_cpp" and opik.__name__ == "opik_cpp"
    for module in ("opik.evaluation.metrics", "opik.integrations.openai"):
        try:
            __import__(module)
        except opik.UnsupportedError as error:
            assert module.rsplit(".", 1)[0] in str(error)
        else:
            raise AssertionError(module)


def case_query_language():
    from opik_cpp._oql import filters

    assert filters(None) == filters("  ") == []
    assert filters('name contains "x and \\"y\\"" and duration >= 1.5') == [
        {"field": "name", "operator": "contains", "value": 'x and "y"'},
        {"field": "duration", "operator": ">=", "value": "1.5"},
    ]
    assert filters("metadata.user.id = 'u'") == [{"field": "metadata", "key": "user.id", "operator": "=", "value": "u"}]
    assert filters('feedback_scores."my score" is_not_empty') == [{"field": "feedback_scores", "key": "my score", "operator": "is_not_empty", "value": ""}]
    assert filters("usage.total_tokens>5 AND type in (llm, 'tool')") == [
        {"field": "usage.total_tokens", "operator": ">", "value": "5"},
        {"field": "type", "operator": "in", "value": "llm,tool"},
    ]
    for wrong in ("name", "name =", "name ~ 1", 'name = "open', "a = 1 or b = 2", "name.key = 1", "= 1", "a = 1 b = 2"):
        try:
            filters(wrong)
        except opik.OpikException as error:
            assert wrong in str(error)
        else:
            raise AssertionError(wrong)


results = {}
for name, case in list(globals().items()):
    if name.startswith("case_"):
        try:
            case()
            results[name] = None
        except BaseException:
            results[name] = traceback.format_exc()
print(json.dumps(results))
sys.stdout.flush()
