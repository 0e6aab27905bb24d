"""Anonymizers of the process. They run on the thread that logs, before anything is kept."""
from __future__ import annotations

from typing import TYPE_CHECKING, Any, List

from opik_cpp import _hooks
from opik_cpp.anonymizer import Anonymizer
from opik_cpp.exceptions import UnsupportedError


def add_anonymizer(anonymizer_hook: Anonymizer) -> None:
    _hooks.anonymizers.append(anonymizer_hook)
    _hooks.changed()


def clear_anonymizers() -> None:
    _hooks.anonymizers.clear()
    _hooks.changed()


def get_anonymizers() -> List[Anonymizer]:
    return list(_hooks.anonymizers)


def has_anonymizers() -> bool:
    return bool(_hooks.anonymizers)


def apply_anonymizers(data: Any) -> Any:
    for anonymizer in _hooks.anonymizers:
        data = anonymizer.anonymize(data)
    return data


if not TYPE_CHECKING:  # type checkers are to find what is not there

    def __getattr__(name: str) -> Any:
        if "httpx" in name.lower():
            raise UnsupportedError(f"hooks.{name} (its HTTP is not httpx)")
        raise AttributeError(f"module 'opik_cpp.hooks' has no attribute {name!r}")
