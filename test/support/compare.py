"""Compares an entity as the server gives it back with the fields that were sent, one by one."""
from support.ids import parse_us

PLACE = {"id", "project_name", "project_id", "trace_id", "parent_span_id"}  # where it stands: checked by the caller
INSTANTS = {"start_time", "end_time"}
MERGED = {
    "name", "type", "start_time", "end_time", "input", "output", "metadata", "tags", "usage", "error_info",
    "model", "provider", "thread_id", "total_estimated_cost", "ttft", "source",
}  # fmt: skip


def is_empty(name, value):
    """Whether the server leaves it out when it is read: `{}` is a value of input, output and metadata, but no usage."""
    return value is None or (name in ("tags", "usage") and not value) or (isinstance(value, str) and value == "" and name not in ("input", "output", "metadata"))


def normal(name, value):
    """A form in which equal values are equal."""
    if value is None:
        return None
    if name in INSTANTS:
        return parse_us(value) if isinstance(value, str) else value
    if name == "tags":
        return sorted(value)
    if name in ("total_estimated_cost", "ttft"):
        return float(value)
    if name == "error_info":
        return {k: v for k, v in value.items() if v is not None}
    return value


def without_injected(name, got, want):
    """The server shows the spans' provider inside metadata, as Opik does: not what was sent."""
    if name != "metadata" or not isinstance(got, dict):
        return got
    sent = want if isinstance(want, dict) else {}
    kept = {k: v for k, v in got.items() if k not in ("provider", "providers") or k in sent}
    return None if want is None and not kept else kept


def differences(want, got):
    """Names and values of the merged fields in which `got` (from the server) is not what was sent. `want` may hold other members."""
    found = []
    for name in sorted(MERGED):
        wanted = want.get(name)
        if name == "source" and wanted is None:
            wanted = "sdk"
        seen = without_injected(name, got.get(name), wanted)
        if is_empty(name, wanted) and is_empty(name, seen):
            continue
        if name == "type" and wanted is None:
            continue  # what an absent type reads as is not the subject here
        if normal(name, wanted) != normal(name, seen):
            found.append(f"{name}: sent {wanted!r}, read {seen!r}")
    return found
