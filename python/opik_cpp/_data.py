"""SpanData and TraceData: what is known of the current span and trace. An instance's __dict__ holds what was set, and goes to the native
side as it is."""
from __future__ import annotations

import datetime

from opik_cpp import _native

TYPE_CHECKING = False  # as type checkers see it, without the import
if TYPE_CHECKING:
    from typing import Any, Dict, List, Optional

utc = datetime.timezone.utc
now = datetime.datetime.now


def merged(old: Any, new: Any) -> Any:
    """`new` over `old`, member by member where both are dicts. Neither is changed."""
    if not isinstance(old, dict) or not isinstance(new, dict):
        return new
    out = dict(old)
    for key, value in new.items():
        out[key] = merged(out[key], value) if key in out else value
    return out


def joined(old: Optional[List[Any]], new: Optional[List[Any]]) -> List[Any]:
    """Each tag once, in the order of appearance."""
    out = list(old or ())
    for tag in [new] if isinstance(new, str) else new or ():
        if tag not in out:
            out.append(tag)
    return out


def with_usage(metadata: Any, usage: Any) -> Any:
    """Opik keeps the usage as it was given in the metadata, if there are any."""
    return merged(metadata, {"usage": usage}) if isinstance(metadata, dict) and isinstance(usage, dict) else metadata


class _Observation:
    id: str
    name: Optional[str] = None
    start_time: Optional[datetime.datetime] = None
    end_time: Optional[datetime.datetime] = None
    input: Optional[Dict[str, Any]] = None
    output: Optional[Dict[str, Any]] = None
    metadata: Optional[Dict[str, Any]] = None
    tags: Optional[List[str]] = None
    feedback_scores: Optional[List[Dict[str, Any]]] = None
    attachments: Optional[List[Any]] = None
    error_info: Optional[Dict[str, Any]] = None
    project_name: Optional[str] = None
    source: str = "sdk"

    def __init__(self, **fields: Any) -> None:
        members = self.__dict__
        for name, value in fields.items():
            if value is not None:
                members[name] = value
        if "id" not in members:
            members["id"] = _native.new_id()
        if "start_time" not in members:
            members["start_time"] = now(utc)

    def update(self, **fields: Any) -> _Observation:
        """input, output and metadata are merged, tags joined, everything else replaced; None leaves a field as it is."""
        members = self.__dict__
        for name, value in fields.items():
            if value is None:
                continue
            if name in ("input", "output", "metadata"):
                value = merged(members.get(name), value)
            elif name == "tags":
                value = joined(members.get(name), value)
            elif name == "attachments":
                value = [*(members.get(name) or ()), *value]
            members[name] = value
        return self

    def init_end_time(self) -> _Observation:
        self.end_time = now(utc)
        return self

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(f'{k}={v!r}' for k, v in self.__dict__.items())})"


class TraceData(_Observation):
    thread_id: Optional[str] = None
    created_by: Optional[str] = None


class SpanData(_Observation):
    trace_id: str
    parent_span_id: Optional[str] = None
    type: str = "general"
    usage: Optional[Dict[str, Any]] = None
    model: Optional[str] = None
    provider: Optional[str] = None
    total_cost: Optional[float] = None

    def get_distributed_trace_headers(self) -> Dict[str, str]:
        return {"opik_trace_id": self.trace_id, "opik_parent_span_id": self.id}


def copy_of(data: Any) -> Any:
    """A shallow copy: to change it changes nothing that is logged."""
    if data is None:
        return None
    out = data.__class__.__new__(data.__class__)
    out.__dict__.update(data.__dict__)
    return out
