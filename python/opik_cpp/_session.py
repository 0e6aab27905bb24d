"""Settings given to this process by configure(), whether @track records, and the global client."""
from __future__ import annotations

from contextvars import ContextVar

from opik_cpp import _native

TYPE_CHECKING = False  # as type checkers see it, without the import
if TYPE_CHECKING:
    from typing import Any, Dict, Optional

    from opik_cpp._client import Opik

settings: Dict[str, Any] = {}  # between the constructor's arguments and the environment

_active: Optional[bool] = None  # None: not asked yet, or as configured
_global: Optional[Opik] = None
_of_context: ContextVar[Optional[Opik]] = ContextVar("opik_cpp_client", default=None)


def is_tracing_active() -> bool:
    """Whether @track records. Clients and context managers always do, as in Opik."""
    global _active
    if _active is None:
        _active = not _native.load_settings(settings)["track_disable"]
    return _active


def set_tracing_active(active: bool) -> None:
    global _active
    _active = bool(active)


def reset_tracing_to_config_default() -> None:
    global _active
    _active = None


def get_global_client() -> Opik:
    """The client of @track and the context managers, made when it is first asked for."""
    global _global
    client = _of_context.get()
    if client is not None:
        return client
    if _global is None:
        from opik_cpp._client import Opik

        _global = Opik()
    return _global


def set_global_client(client: Opik, context_wise: bool = False) -> None:
    """`context_wise`: for the current context (task) alone."""
    global _global
    if context_wise:
        _of_context.set(client)
    else:
        _global = client


def reset_global_client(end_client: bool = True) -> None:
    global _global
    if end_client and _global is not None:
        _global.end()
    _global = None
    _of_context.set(None)


def flush_tracker(timeout: Optional[float] = None) -> None:
    """Waits until everything that @track and the context managers logged is delivered."""
    get_global_client().flush(timeout)
