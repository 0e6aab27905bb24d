"""What happens to a call's fields before they go to the native side: anonymizers and recorders, if there are any."""
from __future__ import annotations

from opik_cpp import _log, _native

TYPE_CHECKING = False  # as type checkers see it, without the import
if TYPE_CHECKING:
    from typing import Any, Dict, List, Optional

    from opik_cpp.anonymizer import Anonymizer
    from opik_cpp.testing import Recorder

anonymizers: List[Anonymizer] = []
recorders: List[Recorder] = []
any_active = False  # whether one of the two lists holds something

_ANONYMIZED = ("input", "output", "metadata")


def changed() -> None:
    global any_active
    any_active = bool(anonymizers or recorders)


def plain(value: Any) -> Any:
    """`value` as it looks on the wire."""
    import json

    return json.loads(_native.to_json(value))


def anonymized(fields: Dict[str, Any]) -> Dict[str, Any]:
    """A copy with input, output and metadata given to every anonymizer. One that raises leaves nothing of the field."""
    if not anonymizers:
        return fields
    fields = dict(fields)
    for name in _ANONYMIZED:
        if fields.get(name) is None:
            continue
        try:
            value = plain(fields[name])
            for anonymizer in anonymizers:
                value = anonymizer.anonymize(value, field_name=name)
        except Exception as error:
            _log.failed(f"anonymizing {name}", error)
            value = "(anonymizer raised)"
        fields[name] = value
    return fields


def recorded(op: int, is_span: bool, id: str, trace_id: Optional[str], parent_span_id: Optional[str], project: str, fields: Dict[str, Any]) -> None:
    for recorder in recorders:
        recorder.log(op, is_span, id, trace_id, parent_span_id, project, fields)


def recorded_score(kind: int, id: str, score: Any) -> None:
    for recorder in recorders:
        recorder.score(kind, id, score)


def recorded_attachment(is_span: bool, id: str, path: Optional[str], attachment: Any) -> None:
    for recorder in recorders:
        recorder.attachment(is_span, id, path, attachment)
