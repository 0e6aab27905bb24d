"""track(): each call of a function is a span, with the arguments as input and the result as output.

One wrapper for each kind of function. Whatever ends the call ends the span: a return, any exception (CancelledError, KeyboardInterrupt
and SystemExit too), for generators also close() and being forgotten.
"""
from __future__ import annotations

import functools

from opik_cpp import _log, _open, _session

TYPE_CHECKING = False  # as type checkers see it, without the import
if TYPE_CHECKING:
    from typing import Any, Callable, Dict, List, Optional, TypeVar, Union, overload

    from opik_cpp.types import SpanType, TraceSource

    F = TypeVar("F", bound=Callable[..., Any])

_COROUTINE, _GENERATOR, _ASYNC_GENERATOR = 0x80, 0x20, 0x200  # inspect.CO_*
_ARGS, _KWARGS = 0x04, 0x08


class _Options:
    """What track() was given, for one function."""

    name: Any
    fields: Dict[str, Any]
    capture_input: bool
    ignored: Optional[List[str]]
    capture_output: bool
    aggregator: Optional[Callable[[List[Any]], Any]]
    flush: bool
    project_name: Optional[str]
    only_trace: bool


# --- arguments as input ---


def _binder(func: Any, ignored: Any) -> Any:
    """(args, kwargs) -> {name: value}, defaults included, self and cls left out."""
    code = getattr(func, "__code__", None)
    if code is None or getattr(func, "__wrapped__", None) is not None or hasattr(func, "__self__"):
        return _signature_binder(func, ignored)
    count = code.co_argcount
    names = code.co_varnames[:count]
    only_keywords = code.co_varnames[count : count + code.co_kwonlyargcount]
    rest = count + code.co_kwonlyargcount
    more_args = code.co_varnames[rest] if code.co_flags & _ARGS else None
    more_kwargs = code.co_varnames[rest + (1 if more_args else 0)] if code.co_flags & _KWARGS else None
    known = frozenset(names[code.co_posonlyargcount :] + only_keywords)
    skipped = set(ignored or ()) | ({names[0]} if names and names[0] in ("self", "cls") else set())

    def bind(args: Any, kwargs: Dict[str, Any]) -> Dict[str, Any]:
        # Defaults may be changed while the program runs, so they are looked up at every call.
        bound = dict(zip(names, args))
        if len(args) < count:
            defaults = func.__defaults__ or ()
            first = count - len(defaults)
            for i in range(len(args), count):
                name = names[i]
                if name in kwargs:
                    bound[name] = kwargs[name]
                elif i >= first:
                    bound[name] = defaults[i - first]
        for name in only_keywords:
            if name in kwargs:
                bound[name] = kwargs[name]
            elif func.__kwdefaults__ and name in func.__kwdefaults__:
                bound[name] = func.__kwdefaults__[name]
        if more_args is not None:
            bound[more_args] = args[count:]
        if more_kwargs is not None:
            bound[more_kwargs] = {name: value for name, value in kwargs.items() if name not in known}
        for name in skipped:
            bound.pop(name, None)
        return bound

    return bind


def _signature_binder(func: Any, ignored: Any) -> Any:
    import inspect

    try:
        signature = inspect.signature(func)
    except (TypeError, ValueError):  # a builtin that does not say
        return lambda args, kwargs: {"args": args, "kwargs": kwargs}
    skipped = {"self", "cls"} | set(ignored or ())

    def bind(args: Any, kwargs: Dict[str, Any]) -> Dict[str, Any]:
        bound = signature.bind(*args, **kwargs)
        bound.apply_defaults()
        return {name: value for name, value in bound.arguments.items() if name not in skipped}

    return bind


# --- a call's beginning and end ---


class _Call:
    """What the wrappers of one function share."""

    __slots__ = ("func", "options", "bind", "keeps_opik_args")

    def __init__(self, func: Any, options: _Options) -> None:
        self.func = func
        self.options = options
        self.bind = _binder(func, options.ignored)
        code = getattr(func, "__code__", None)
        self.keeps_opik_args = code is not None and "opik_args" in code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]

    def special(self, kwargs: Dict[str, Any]) -> Any:
        """Takes the keywords that are meant for the decorator out of `kwargs`: (headers, opik_args)."""
        headers = kwargs.pop("opik_distributed_trace_headers", None) if "opik_distributed_trace_headers" in kwargs else None
        given = None
        if "opik_args" in kwargs:
            given = kwargs["opik_args"] if self.keeps_opik_args else kwargs.pop("opik_args")
        return headers, given

    def begin(self, args: Any, kwargs: Dict[str, Any], headers: Any, given: Any) -> Any:
        """None if nothing can be recorded; that is told."""
        options = self.options
        try:
            fields = options.fields.copy()
            fields["project_name"] = options.project_name
            if options.capture_input:
                try:
                    fields["input"] = self.bind(args, kwargs)
                except TypeError:  # the call itself is about to fail, and will say it better
                    fields["input"] = {"args": args, "kwargs": kwargs}
            of_trace = None
            if given:
                from opik_cpp._data import joined, merged

                of_span = given.get("span") or {}
                fields["tags"] = joined(fields.get("tags"), of_span.get("tags")) or None
                fields["metadata"] = merged(fields.get("metadata"), of_span.get("metadata")) or fields.get("metadata")
                of_trace = given.get("trace")
            return _open.begin(_session.get_global_client(), fields, of_trace, headers, options.only_trace)
        except Exception as error:
            _log.failed(f"tracing {options.name}", error)
            return None

    def end(self, here: Any, output: Any = None, error: Optional[BaseException] = None) -> None:
        options = self.options
        try:
            if error is not None:
                _open.end(here, error_info=_open.error_of(error))
            elif output is None or not options.capture_output:
                _open.end(here)
            else:
                _open.end(here, output if isinstance(output, dict) else {"output": output})
        except Exception as failure:
            _log.failed(f"tracing {options.name}", failure)
        if options.flush:
            here.client.flush()

    def gathered(self, items: List[Any]) -> Any:
        """What a generator's output is."""
        try:
            if self.options.aggregator is not None:
                return self.options.aggregator(items)
            return "".join(map(str, items))
        except Exception as error:
            _log.failed(f"aggregating the output of {self.options.name}", error)
            return {"items": items}


# --- wrappers ---


def _of_function(call: _Call) -> Any:
    func, begin, end, special = call.func, call.begin, call.end, call.special

    @functools.wraps(func)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        headers, given = special(kwargs) if kwargs else (None, None)
        here = begin(args, kwargs, headers, given) if _session.is_tracing_active() else None
        if here is None:
            return func(*args, **kwargs)
        before = _open.enter(here)
        try:
            result = func(*args, **kwargs)
        except BaseException as error:
            _open.leave(here, before)
            end(here, error=error)
            raise
        _open.leave(here, before)
        end(here, result)
        return result

    return wrapper


def _of_coroutine(call: _Call) -> Any:
    func, begin, end, special = call.func, call.begin, call.end, call.special

    @functools.wraps(func)
    async def wrapper(*args: Any, **kwargs: Any) -> Any:
        headers, given = special(kwargs) if kwargs else (None, None)
        here = begin(args, kwargs, headers, given) if _session.is_tracing_active() else None
        if here is None:
            return await func(*args, **kwargs)
        before = _open.enter(here)
        try:
            result = await func(*args, **kwargs)
        except BaseException as error:
            _open.leave(here, before)
            end(here, error=error)
            raise
        _open.leave(here, before)
        end(here, result)
        return result

    return wrapper


class _EndWhenForgotten:
    """Held by a generator, so that one that is never run, or that nobody closes, ends its span when it goes."""

    __slots__ = ("call", "here", "items")

    def __init__(self, call: _Call, here: Any) -> None:
        self.call, self.here = call, here
        self.items: List[Any] = []

    def end(self) -> None:
        self.call.end(self.here, self.call.gathered(self.items))

    def __del__(self) -> None:
        if not self.here.ended:
            self.end()


# The span of a generator begins with the call, where its parent is known, and is current only while the generator itself runs: it shares
# the context of whoever asks for the next item.


def _steps(inner: Any, keeper: _EndWhenForgotten) -> Any:
    here = keeper.here
    step, value = inner.send, None
    try:
        while True:
            before = _open.enter(here)
            try:
                item = step(value)
            finally:
                _open.leave(here, before)
            keeper.items.append(item)
            try:
                value = yield item
                step = inner.send
            except GeneratorExit:
                raise
            except BaseException as thrown:
                step, value = inner.throw, thrown
    except StopIteration as stop:
        keeper.end()
        return stop.value
    except GeneratorExit:  # closed, or forgotten
        try:
            inner.close()
        finally:
            keeper.end()
        raise
    except BaseException as error:
        keeper.call.end(here, error=error)
        raise


async def _async_steps(inner: Any, keeper: _EndWhenForgotten) -> Any:
    here = keeper.here
    step, value = inner.asend, None
    try:
        while True:
            before = _open.enter(here)
            try:
                item = await step(value)
            finally:
                _open.leave(here, before)
            keeper.items.append(item)
            try:
                value = yield item
                step = inner.asend
            except GeneratorExit:
                raise
            except BaseException as thrown:
                step, value = inner.athrow, thrown
    except StopAsyncIteration:
        keeper.end()
    except GeneratorExit:
        try:
            await inner.aclose()
        finally:
            keeper.end()
        raise
    except BaseException as error:
        keeper.call.end(here, error=error)
        raise


def _of_generator(call: _Call, steps: Any) -> Any:
    func = call.func

    @functools.wraps(func)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        headers, given = call.special(kwargs) if kwargs else (None, None)
        here = call.begin(args, kwargs, headers, given) if _session.is_tracing_active() else None
        inner = func(*args, **kwargs)
        return inner if here is None else steps(inner, _EndWhenForgotten(call, here))

    return wrapper


def _flags(func: Any) -> int:
    while isinstance(func, functools.partial):
        func = func.func
    code = getattr(func, "__code__", None) or getattr(getattr(func, "__call__", None), "__code__", None)
    return code.co_flags if code is not None else 0


def _decorate(func: Any, options: _Options) -> Any:
    if isinstance(func, (classmethod, staticmethod)):
        return type(func)(_decorate(func.__func__, options))
    if getattr(func, "opik_tracked", False):
        return func
    if isinstance(func, type):
        # The class stays a class; what is recorded is the making of an instance.
        options.fields["name"] = options.name = options.name or func.__name__
        func.__init__ = _decorate(func.__init__, options)  # type: ignore[misc]
        return func
    if not callable(func):
        raise TypeError(f"track: a function is needed, found {func!r}")
    options.fields["name"] = options.name = options.name or getattr(func, "__name__", None) or type(func).__name__
    call = _Call(func, options)
    flags = _flags(func)
    if flags & _COROUTINE:
        wrapper = _of_coroutine(call)
    elif flags & _ASYNC_GENERATOR:
        wrapper = _of_generator(call, _async_steps)
    elif flags & _GENERATOR:
        wrapper = _of_generator(call, _steps)
    else:
        wrapper = _of_function(call)
    wrapper.opik_tracked = True
    return wrapper


if TYPE_CHECKING:

    @overload
    def track(name: F) -> F: ...
    @overload
    def track(
        name: Optional[str] = None,
        type: SpanType = "general",
        tags: Optional[List[str]] = None,
        metadata: Optional[Dict[str, Any]] = None,
        capture_input: bool = True,
        ignore_arguments: Optional[List[str]] = None,
        capture_output: bool = True,
        generations_aggregator: Optional[Callable[[List[Any]], Any]] = None,
        flush: bool = False,
        project_name: Optional[str] = None,
        create_duplicate_root_span: bool = True,
        entrypoint: bool = False,
        source: Optional[TraceSource] = None,
    ) -> Callable[[F], F]: ...


def track(
    name: Union[Callable[..., Any], str, None] = None,
    type: SpanType = "general",
    tags: Optional[List[str]] = None,
    metadata: Optional[Dict[str, Any]] = None,
    capture_input: bool = True,
    ignore_arguments: Optional[List[str]] = None,
    capture_output: bool = True,
    generations_aggregator: Optional[Callable[[List[Any]], Any]] = None,
    flush: bool = False,
    project_name: Optional[str] = None,
    create_duplicate_root_span: bool = True,
    entrypoint: bool = False,
    source: Optional[TraceSource] = None,
) -> Any:
    """Records every call of a function, method, generator, async function or class: `@track` or `@track(…)`.

    name                    of the span; else the function's
    tags, metadata          of every call's span, and of the trace if one is made
    ignore_arguments        names of arguments that are not recorded
    generations_aggregator  makes one output of the list of a generator's items; else they are joined as text
    flush                   waits for delivery after every call
    create_duplicate_root_span  False: a call outside of any trace makes the trace alone
    """

    def decorate(func: Any) -> Any:
        options = _Options()
        options.name = name if isinstance(name, str) else None
        options.fields = {"type": type, "tags": tags, "metadata": metadata, "source": source}
        options.capture_input = capture_input
        options.ignored = ignore_arguments
        options.capture_output = capture_output
        options.aggregator = generations_aggregator
        options.flush = flush
        options.project_name = project_name
        options.only_trace = not create_duplicate_root_span
        return _decorate(func, options)

    return decorate(name) if name is not None and not isinstance(name, str) else decorate
