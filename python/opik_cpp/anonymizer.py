"""Anonymizers: what is given to each of them before anything leaves the thread, or is written to the spool.

    opik.hooks.add_anonymizer(opik.anonymizer.create_anonymizer({"regex": r"\\d{16}", "replace": "[card]"}))
"""
from __future__ import annotations

import re
from typing import Any, Callable, Dict, List, Optional, Tuple, Union

Data = Union[Dict[str, Any], str, List[Any]]
Rule = Union[Dict[str, str], Tuple[str, str], Callable[[str], str]]


class Anonymizer:
    """Derive from it and write anonymize(): `data` is plain JSON, what it returns is logged."""

    def anonymize(self, data: Data, **kwargs: Any) -> Data:
        raise NotImplementedError


class RecursiveAnonymizer(Anonymizer):
    """Derive from it and write anonymize_text(): it gets every string of the data that is no key."""

    def __init__(self, max_depth: int = 10) -> None:
        self.max_depth = max_depth

    def anonymize_text(self, data: str, **kwargs: Any) -> str:
        raise NotImplementedError

    def anonymize(self, data: Data, **kwargs: Any) -> Data:
        return self._walk(data, 0, kwargs)

    def _walk(self, data: Any, depth: int, kwargs: Dict[str, Any]) -> Any:
        if isinstance(data, str):
            return self.anonymize_text(data, **kwargs)
        if depth >= self.max_depth:
            # Deeper than it may look: what is there must not be logged as it is.
            return "(left out: deeper than the anonymizer looks)" if isinstance(data, (dict, list)) and data else data
        if isinstance(data, dict):
            return {key: self._walk(value, depth + 1, kwargs) for key, value in data.items()}
        if isinstance(data, list):
            return [self._walk(value, depth + 1, kwargs) for value in data]
        return data


class _Rules(RecursiveAnonymizer):
    def __init__(self, rules: List[Callable[[str], str]], max_depth: int) -> None:
        super().__init__(max_depth)
        self._rules = rules

    def anonymize_text(self, data: str, **kwargs: Any) -> str:
        for rule in self._rules:
            data = rule(data)
        return data


def _rule(given: Rule) -> Callable[[str], str]:
    if callable(given):
        return given
    if isinstance(given, dict) and "regex" in given and "replace" in given:
        pattern, replacement = given["regex"], given["replace"]
    elif isinstance(given, tuple) and len(given) == 2:
        pattern, replacement = given
    else:
        raise ValueError(f"an anonymizer's rule is a callable, (regex, replacement) or {{'regex', 'replace'}}, found {given!r}")
    compiled = re.compile(pattern)
    return lambda text: compiled.sub(replacement, text)


def create_anonymizer(anonymizer_rules: Union[Rule, List[Rule]], max_depth: int = 10) -> Anonymizer:
    rules: Optional[List[Rule]] = anonymizer_rules if isinstance(anonymizer_rules, list) else [anonymizer_rules]
    return _Rules([_rule(rule) for rule in rules or []], max_depth)
