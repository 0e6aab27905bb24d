"""The current span and trace."""
from __future__ import annotations

from opik_cpp import _context
from opik_cpp._data import copy_of
from opik_cpp._scopes import distributed_headers, trace_context
from opik_cpp.exceptions import OpikException

TYPE_CHECKING = False  # as type checkers see it, without the import
if TYPE_CHECKING:
    from typing import Any, Dict, List, Optional

    from opik_cpp._data import SpanData, TraceData
    from opik_cpp.attachment import Attachment
    from opik_cpp.types import ErrorInfoDict, FeedbackScoreDict

__all__ = [
    "distributed_headers", "get_current_span_data", "get_current_trace_data", "get_distributed_trace_headers", "trace_context",
    "update_current_span", "update_current_trace",
]  # fmt: skip


def get_current_span_data() -> Optional[SpanData]:
    return copy_of(_context.current_span())


def get_current_trace_data() -> Optional[TraceData]:
    return copy_of(_context.trace.get())


def update_current_span(
    name: Optional[str] = None,
    input: Optional[Dict[str, Any]] = None,
    output: Optional[Dict[str, Any]] = None,
    metadata: Optional[Dict[str, Any]] = None,
    tags: Optional[List[str]] = None,
    usage: Optional[Any] = None,
    feedback_scores: Optional[List[FeedbackScoreDict]] = None,
    model: Optional[str] = None,
    provider: Optional[Any] = None,
    total_cost: Optional[float] = None,
    attachments: Optional[List[Attachment]] = None,
    error_info: Optional[ErrorInfoDict] = None,
    prompts: Optional[List[Any]] = None,
) -> None:
    """input, output and metadata are merged into what the span has, tags added, everything else replaced. Logged when the span ends."""
    span = _context.current_span()
    if span is None:
        raise OpikException("There is no span in the context.")
    _no_prompts(prompts)
    span.update(
        name=name, input=input, output=output, metadata=metadata, tags=tags, usage=usage, feedback_scores=feedback_scores, model=model,
        provider=getattr(provider, "value", provider), total_cost=total_cost, attachments=attachments, error_info=error_info,
    )  # fmt: skip


def update_current_trace(
    name: Optional[str] = None,
    input: Optional[Dict[str, Any]] = None,
    output: Optional[Dict[str, Any]] = None,
    metadata: Optional[Dict[str, Any]] = None,
    tags: Optional[List[str]] = None,
    feedback_scores: Optional[List[FeedbackScoreDict]] = None,
    thread_id: Optional[str] = None,
    attachments: Optional[List[Attachment]] = None,
    prompts: Optional[List[Any]] = None,
) -> None:
    trace = _context.trace.get()
    if trace is None:
        raise OpikException("There is no trace in the context.")
    _no_prompts(prompts)
    trace.update(
        name=name, input=input, output=output, metadata=metadata, tags=tags, feedback_scores=feedback_scores, thread_id=thread_id,
        attachments=attachments,
    )  # fmt: skip


def _no_prompts(prompts: Any) -> None:
    if prompts:
        from opik_cpp.exceptions import UnsupportedError

        raise UnsupportedError("prompts")


def get_distributed_trace_headers() -> Dict[str, str]:
    """For another process to continue the trace: `opik_distributed_trace_headers` of a tracked function, or distributed_headers()."""
    span = _context.current_span()
    if span is None:
        raise OpikException("There is no span in the context.")
    return span.get_distributed_trace_headers()
