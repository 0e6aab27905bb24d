"""Opik's tracing API on a native core.

    import opik_cpp as opik

    @opik.track
    def answer(question: str) -> str:
        return "42"

docs/python.md is the manual. What the official SDK has beyond tracing raises UnsupportedError, which says so.
"""
from __future__ import annotations

from opik_cpp import _fork as _fork
from opik_cpp import _log as _log
from opik_cpp._client import Opik, Span, Trace
from opik_cpp._names import NOT_OF_THE_PACKAGE
from opik_cpp._scopes import distributed_headers, project_context, start_as_current_span, start_as_current_trace
from opik_cpp._session import (
    flush_tracker,
    get_global_client,
    is_tracing_active,
    reset_global_client,
    reset_tracing_to_config_default,
    set_global_client,
    set_tracing_active,
)
from opik_cpp._track import track
from opik_cpp.opik_context import update_current_span, update_current_trace

TYPE_CHECKING = False  # as type checkers see it, without the import
if TYPE_CHECKING:
    from typing import Any

    from opik_cpp import anonymizer, exceptions, hooks, opik_context, types
    from opik_cpp._configure import configure, healthcheck
    from opik_cpp._data import SpanData, TraceData
    from opik_cpp.attachment import Attachment
    from opik_cpp.exceptions import OpikException, UnsupportedError
    from opik_cpp.testing import record_traces_locally
    from opik_cpp.types import LLMProvider

__version__ = "0.1.0"
__all__ = [
    "Attachment", "LLMProvider", "Opik", "OpikException", "Span", "SpanData", "Trace", "TraceData", "UnsupportedError", "anonymizer",
    "configure", "distributed_headers", "exceptions", "flush_tracker", "get_global_client", "healthcheck", "hooks", "is_tracing_active",
    "opik_context", "project_context", "record_traces_locally", "reset_global_client", "reset_tracing_to_config_default",
    "set_global_client", "set_tracing_active", "start_as_current_span", "start_as_current_trace", "track", "types",
    "update_current_span", "update_current_trace",
]  # fmt: skip

# Imported when they are first asked for.
_LATER = {
    "Attachment": "attachment",
    "LLMProvider": "types",
    "OpikException": "exceptions",
    "SpanData": "_data",
    "TraceData": "_data",
    "UnsupportedError": "exceptions",
    "configure": "_configure",
    "healthcheck": "_configure",
    "record_traces_locally": "testing",
}
_MODULES = frozenset(("alias", "anonymizer", "attachment", "exceptions", "hooks", "opik_context", "testing", "types"))


if not TYPE_CHECKING:  # type checkers are to find what is not there

    def __getattr__(name: str) -> Any:
        import importlib

        if name in _LATER:
            value = getattr(importlib.import_module(f"opik_cpp.{_LATER[name]}"), name)
        elif name in _MODULES:
            value = importlib.import_module(f"opik_cpp.{name}")
        elif name in NOT_OF_THE_PACKAGE:
            from opik_cpp.exceptions import UnsupportedError

            raise UnsupportedError(name)
        else:
            raise AttributeError(f"module 'opik_cpp' has no attribute {name!r}")
        globals()[name] = value
        return value
