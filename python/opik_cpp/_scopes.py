"""Context managers: spans and traces that are current for a block, and where they belong."""
from __future__ import annotations

from opik_cpp import _context, _log, _native, _open, _session
from opik_cpp._data import SpanData, TraceData

TYPE_CHECKING = False  # as type checkers see it, without the import
if TYPE_CHECKING:
    from typing import Any, Dict, Generic, List, Optional, TypeVar

    from opik_cpp._client import Opik
    from opik_cpp.types import DistributedTraceHeadersDict, SpanType, TraceSource

    T = TypeVar("T")

    class _Scope(Generic[T]):
        def __enter__(self) -> T: ...
        def __exit__(self, *exception: Any) -> None: ...
        def __call__(self, function: Any) -> Any: ...


class _Reusable:
    """A context manager that is also a decorator, as those of contextlib are."""

    def _again(self) -> Any:
        raise NotImplementedError

    def __call__(self, function: Any) -> Any:
        import functools

        @functools.wraps(function)
        def inner(*args: Any, **kwargs: Any) -> Any:
            with self._again():
                return function(*args, **kwargs)

        return inner


class _SpanScope(_Reusable):
    def __init__(self, fields: Dict[str, Any], flush: bool) -> None:
        self._fields, self._flush = fields, flush
        self._here: Any = None

    def _again(self) -> Any:
        return type(self)(self._fields, self._flush)

    def _begin(self) -> Any:
        try:
            return _open.begin(_session.get_global_client(), dict(self._fields))
        except Exception as failure:
            _log.failed("beginning a span", failure)
            return _open.unrecorded(SpanData(name=self._fields["name"], trace_id=_native.new_id()))

    def __enter__(self) -> Any:
        self._here = self._begin()
        self._before = _open.enter(self._here)
        return self._here.span

    def __exit__(self, kind: Any, error: Any, trace: Any) -> None:
        here = self._here
        _open.leave(here, self._before)
        try:
            span = here.span
            if error is not None:
                span.update(error_info=_open.error_of(error))
            if here.trace is not None:
                # The trace that was made for the span ends as it does.
                here.trace.update(
                    input=span.input, output=span.output if error is None else None, metadata=span.metadata, tags=span.tags, error_info=span.error_info
                )
            _open.end(here, whole=True)
        except Exception as failure:
            _log.failed("ending a span", failure)
        if self._flush and here.client is not None:
            here.client.flush()


class _TraceScope(_SpanScope):
    def _begin(self) -> Any:
        client = _session.get_global_client()
        here = _open.Open(client)
        fields = dict(self._fields)
        fields["project_name"] = _context.project.get() or fields["project_name"]
        here.trace = TraceData(**fields)
        client._log(_open._CREATE, False, 0, here.trace.id, None, None, here.trace.__dict__)
        return here

    def __enter__(self) -> Any:
        self._here = self._begin()
        self._before = _open.enter(self._here)
        _context.spans.set(())
        return self._here.trace

    def __exit__(self, kind: Any, error: Any, trace: Any) -> None:
        here = self._here
        _open.leave(here, self._before)
        try:
            _open.end(here, error_info=_open.error_of(error) if error is not None else None, whole=True)
        except Exception as failure:
            _log.failed("ending a trace", failure)
        if self._flush and here.client is not None:
            here.client.flush()


def start_as_current_span(
    name: str,
    type: SpanType = "general",
    input: Optional[Dict[str, Any]] = None,
    output: Optional[Dict[str, Any]] = None,
    tags: Optional[List[str]] = None,
    metadata: Optional[Dict[str, Any]] = None,
    project_name: Optional[str] = None,
    model: Optional[str] = None,
    provider: Optional[str] = None,
    flush: bool = False,
    **kwargs: Any,
) -> _Scope[SpanData]:
    """A span for a block, and outside of any trace a trace around it. The block gets its SpanData: what it says at the end is logged."""
    fields = {
        "name": name, "type": type, "input": input, "output": output, "tags": tags, "metadata": metadata, "project_name": project_name,
        "model": model, "provider": getattr(provider, "value", provider),
        **{key: value for key, value in kwargs.items() if key in ("usage", "total_cost", "error_info", "feedback_scores", "attachments", "source")},
    }  # fmt: skip
    return _SpanScope(fields, flush)  # type: ignore[return-value]


def start_as_current_trace(
    name: str,
    input: Optional[Dict[str, Any]] = None,
    output: Optional[Dict[str, Any]] = None,
    tags: Optional[List[str]] = None,
    metadata: Optional[Dict[str, Any]] = None,
    project_name: Optional[str] = None,
    thread_id: Optional[str] = None,
    flush: bool = False,
    source: TraceSource = "sdk",
) -> _Scope[TraceData]:
    """A trace for a block: what is begun inside is part of it. The block gets its TraceData."""
    fields = {
        "name": name, "input": input, "output": output, "tags": tags, "metadata": metadata, "project_name": project_name,
        "thread_id": thread_id, "source": source,
    }  # fmt: skip
    return _TraceScope(fields, flush)  # type: ignore[return-value]


class _VariablesScope(_Reusable):
    """Context variables that have other values for a block."""

    def __init__(self, *values: Any) -> None:
        self._values = values

    def _again(self) -> Any:
        return _VariablesScope(*self._values)

    def __enter__(self) -> None:
        self._before = [(variable, variable.get()) for variable, _ in self._values]
        for variable, value in self._values:
            variable.set(value)

    def __exit__(self, *exception: Any) -> None:
        for variable, value in self._before:
            variable.set(value)


def distributed_headers(headers: DistributedTraceHeadersDict) -> _Scope[None]:
    """What is begun in the block continues the trace of the process that sent the headers."""
    if not isinstance(headers, dict) or not headers.get("opik_trace_id"):
        _log.warn(f"distributed headers without opik_trace_id are passed over: {headers!r:.200}")
        headers = None  # type: ignore[assignment]
    return _VariablesScope((_context.remote, headers), (_context.trace, None), (_context.spans, ()))  # type: ignore[return-value]


def trace_context(trace_data: TraceData, client: Opik) -> _Scope[None]:
    """The trace is the current one for the block, and is logged at its end."""
    return _GivenTrace(trace_data, client)  # type: ignore[return-value]


class _GivenTrace(_TraceScope):
    def __init__(self, trace_data: TraceData, client: Any) -> None:
        super().__init__({}, False)
        self._given = trace_data, client

    def _again(self) -> Any:
        return _GivenTrace(*self._given)

    def _begin(self) -> Any:
        here = _open.Open(self._given[1])
        here.trace = self._given[0]
        return here


def project_context(project_name: str) -> _Scope[None]:
    """The project of traces that are begun in the block. The outermost block decides."""
    return _VariablesScope((_context.project, _context.project.get() or project_name))  # type: ignore[return-value]
