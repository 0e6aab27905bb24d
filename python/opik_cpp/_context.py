"""The current trace, spans and project. Context variables, so that asyncio tasks inherit them; plain threads begin without, as in Opik."""
from __future__ import annotations

from contextvars import ContextVar

TYPE_CHECKING = False  # as type checkers see it, without the import
if TYPE_CHECKING:
    from typing import Dict, Optional, Tuple

    from opik_cpp._data import SpanData, TraceData

trace: ContextVar[Optional[TraceData]] = ContextVar("opik_cpp_trace", default=None)
spans: ContextVar[Tuple[SpanData, ...]] = ContextVar("opik_cpp_spans", default=())
project: ContextVar[Optional[str]] = ContextVar("opik_cpp_project", default=None)
remote: ContextVar[Optional[Dict[str, str]]] = ContextVar("opik_cpp_remote", default=None)  # headers of another process


def current_span() -> Optional[SpanData]:
    stack = spans.get()
    return stack[-1] if stack else None
