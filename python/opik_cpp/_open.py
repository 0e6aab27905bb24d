"""An open span, and the trace that was made for it if there was none: what track() and the context managers begin and end.

    here = begin(client, {"name": "answer", "input": {…}})
    leave(here, enter(here))                      # around whatever runs inside
    end(here, output={…})

A beginning is logged at once, so that what is running can be seen; an end is logged as the fields that changed since. Callers
see to it that what raises here does not reach the traced program.
"""
from __future__ import annotations

from opik_cpp import _context, _log, _native
from opik_cpp._client import span_fields
from opik_cpp._data import SpanData, TraceData, now, utc

TYPE_CHECKING = False  # as type checkers see it, without the import
if TYPE_CHECKING:
    from typing import Any, Dict, Optional

    from opik_cpp._client import Opik

_CREATE, _END = _native.CREATE, _native.END
_OF_THE_SPAN_ALONE = ("type", "model", "provider", "usage", "total_cost", "feedback_scores", "attachments")


class Open:
    """`span` is None where only the trace is wanted, `trace` where the span belongs to one that is open already."""

    __slots__ = ("client", "span", "trace", "sent_span", "sent_trace", "ended")

    def __init__(self, client: Opik) -> None:
        self.client = client
        self.span: Optional[SpanData] = None
        self.trace: Optional[TraceData] = None
        self.sent_span: Dict[str, Any] = {}
        self.sent_trace: Dict[str, Any] = {}
        self.ended = False


def unrecorded(span: SpanData) -> Open:
    """For a block that must get a span although none could be begun."""
    here = Open(None)  # type: ignore[arg-type]
    here.span = span
    here.ended = True
    return here


def _log_span(client: Opik, op: int, span: SpanData, fields: Dict[str, Any]) -> None:
    if span.usage is not None:
        # The metadata hold a copy of the usage, so whichever changed, both are told.
        fields = span_fields({**fields, "usage": span.usage, "metadata": span.metadata})
    client._log(op, True, _native.BY_SPAN_END, span.id, span.trace_id, span.parent_span_id, fields)


def _project(project_name: Optional[str], parent: Optional[str], has_parent: bool) -> Optional[str]:
    """A span's project is its trace's, whatever it asks for."""
    if not has_parent:
        return _context.project.get() or project_name
    if project_name is not None and project_name != parent:
        _log.warn_once(f"a span was to go to project {project_name!r}, but its trace is in {parent or 'the one of its client'!r}: that is used")
    return parent


def begin(client: Opik, fields: Dict[str, Any], of_trace: Optional[Dict[str, Any]] = None, headers: Any = None, only_trace: bool = False) -> Open:
    """`of_trace`: fields for the trace, if one is made; `only_trace`: then no span is."""
    here = Open(client)
    stack = _context.spans.get()
    trace = _context.trace.get()
    headers = headers or (_context.remote.get() if not stack and trace is None else None)
    project_name = fields.pop("project_name", None)
    if headers:
        place = headers["opik_trace_id"], headers.get("opik_parent_span_id")
        project = _project(project_name, None, False)
    elif stack:
        place = stack[-1].trace_id, stack[-1].id
        project = _project(project_name, stack[-1].project_name, True)
    elif trace is not None:
        place = trace.id, None
        project = _project(project_name, trace.project_name, True)
    else:
        project = _project(project_name, None, False)
        inherited = {name: value for name, value in fields.items() if name not in _OF_THE_SPAN_ALONE}
        here.trace = TraceData(project_name=project, id=(of_trace or {}).get("id"), **inherited)
        if of_trace:
            here.trace.update(**{name: value for name, value in of_trace.items() if name != "id"})
        client._log(_CREATE, False, 0, here.trace.id, None, None, here.trace.__dict__)
        here.sent_trace = here.trace.__dict__.copy()
        place = here.trace.id, None
        if only_trace:
            return here
        # The span begins with its trace.
        fields = {**fields, "start_time": here.trace.start_time}
    if of_trace and trace is not None and here.trace is None:
        trace.update(**{name: value for name, value in of_trace.items() if name != "id"})
    span = here.span = SpanData(trace_id=place[0], parent_span_id=place[1], project_name=project, **fields)
    _log_span(client, _CREATE, span, span.__dict__)
    here.sent_span = span.__dict__.copy()
    return here


def enter(here: Open) -> Any:
    """Makes it current; returns what was current."""
    before = _context.trace.get(), _context.spans.get()
    if here.trace is not None:
        _context.trace.set(here.trace)
    if here.span is not None:
        _context.spans.set((*before[1], here.span))
    return before


def leave(here: Open, before: Any) -> None:
    # What was current before is put back whole: what was begun inside and never ended goes with it.
    _context.trace.set(before[0])
    _context.spans.set(before[1])


def _changed(now_is: Dict[str, Any], was: Dict[str, Any]) -> Dict[str, Any]:
    out = {name: value for name, value in now_is.items() if was.get(name) is not value}
    if now_is.get("project_name") is not None:
        out["project_name"] = now_is["project_name"]
    return out


def end(here: Open, output: Any = None, error_info: Any = None, whole: bool = False) -> None:
    """`whole`: everything is logged again, for data that the program could change in place."""
    if here.ended:
        return
    here.ended = True
    span, trace, client = here.span, here.trace, here.client
    ended = now(utc)
    if span is not None:
        if output is not None or error_info is not None:
            span.update(output=output, error_info=error_info)
        if span.end_time is None:
            span.end_time = ended
        if whole:
            _log_span(client, _CREATE, span, span.__dict__)
        else:
            _log_span(client, _END, span, _changed(span.__dict__, here.sent_span))
        if span.feedback_scores or span.attachments:
            client._extras(True, span.id, span.project_name, span.feedback_scores, span.attachments)
    if trace is not None:
        if output is not None or error_info is not None:
            trace.update(output=output, error_info=error_info)
        if trace.end_time is None:
            trace.end_time = ended
        if whole:
            client._log(_CREATE, False, 0, trace.id, None, None, trace.__dict__)
        else:
            client._log(_END, False, _native.BY_TRACE_END, trace.id, None, None, _changed(trace.__dict__, here.sent_trace))
        if trace.feedback_scores or trace.attachments:
            client._extras(False, trace.id, trace.project_name, trace.feedback_scores, trace.attachments)


def error_of(error: BaseException) -> Dict[str, Any]:
    import traceback

    found = {"exception_type": type(error).__name__, "traceback": "".join(traceback.format_exception(type(error), error, error.__traceback__))}
    try:
        message = str(error)
    except Exception:
        message = ""
    if message:
        found["message"] = message
    return found
