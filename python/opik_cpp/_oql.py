"""Opik's query language as text, made into the list of filters that every Opik server takes.

    filters('name contains "x" and feedback_scores.accuracy >= 0.5')

    query     := condition ("and" condition)*
    condition := field operator value | field ("is_empty" | "is_not_empty")
    field     := name ["." key]*        the key may be "quoted"
    value     := "text" | 'text' | number | word | "(" value ("," value)* ")"

Whether a field has such an operator is for the server to say.
"""
from __future__ import annotations

import re
from typing import Any, Dict, List, Optional

from opik_cpp.exceptions import OpikException

_TOKEN = re.compile(
    r"""\s*(?:(?P<text>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')|(?P<sign>>=|<=|!=|[=<>(),.])|(?P<word>[^\s"'=<>!(),.]+(?:\.\d+)?))"""
)
_KEYED = ("metadata", "feedback_scores", "span_feedback_scores", "usage", "input_json", "output_json", "input", "output")
_OPERATORS = ("=", "!=", ">", ">=", "<", "<=", "contains", "not_contains", "starts_with", "ends_with", "in", "not_in", "is_empty", "is_not_empty")


class _Reader:
    def __init__(self, query: str) -> None:
        self.query = query
        self.tokens: List[Any] = []
        at = 0
        while query[at:].strip():
            found = _TOKEN.match(query, at)
            if not found:
                raise self.wrong(f"cannot be read from {query[at:].strip()[:40]!r} on")
            self.tokens.append((found.lastgroup, found.group(found.lastgroup or 0)))
            at = found.end()
        self.at = 0

    def wrong(self, what: str) -> OpikException:
        return OpikException(f"filter {self.query!r}: {what}")

    def peek(self) -> Any:
        return self.tokens[self.at] if self.at < len(self.tokens) else (None, None)

    def take(self, expected: str) -> Any:
        kind, text = self.peek()
        if kind is None:
            raise self.wrong(f"{expected} expected, found the end")
        self.at += 1
        return kind, text

    def condition(self) -> Dict[str, Any]:
        kind, name = self.take("a field")
        if kind != "word":
            raise self.wrong(f"a field expected, found {name}")
        keys: List[str] = []
        while self.peek() == ("sign", "."):
            self.at += 1
            kind, key = self.take("a key")
            keys.append(_unquoted(key) if kind == "text" else key)
        _, operator = self.take("an operator")
        operator = operator.lower()
        if operator not in _OPERATORS:
            raise self.wrong(f"an operator expected, one of {', '.join(_OPERATORS)}; found {operator}")
        out: Dict[str, Any] = {"field": name, "operator": operator}
        if keys and name == "usage":
            out["field"] = f"usage.{'.'.join(keys)}"
        elif keys:
            if name not in _KEYED:
                raise self.wrong(f"{name} has no keys")
            out["key"] = ".".join(keys)
        out["value"] = "" if operator in ("is_empty", "is_not_empty") else self.value()
        return out

    def value(self) -> str:
        kind, text = self.take("a value")
        if (kind, text) == ("sign", "("):
            values = [self.value()]
            while self.take("a comma or )")[1] == ",":
                values.append(self.value())
            return ",".join(values)
        if kind == "sign":
            raise self.wrong(f"a value expected, found {text}")
        if kind == "text":
            return _unquoted(text)
        if self.peek() == ("sign", ".") and text.lstrip("-").isdigit():  # 1.5e3
            self.at += 1
            text += "." + self.take("digits")[1]
        return text


def _unquoted(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text[1:-1])


def filters(query: Optional[str]) -> List[Dict[str, Any]]:
    """[] for nothing; OpikException with the place for what cannot be read."""
    if not query or not query.strip():
        return []
    reader = _Reader(query)
    out = [reader.condition()]
    while reader.peek()[0] is not None:
        _, word = reader.take("and")
        if word.lower() != "and":
            raise reader.wrong(f"and expected, found {word}" + (" (or is not offered)" if word.lower() == "or" else ""))
        out.append(reader.condition())
    return out
