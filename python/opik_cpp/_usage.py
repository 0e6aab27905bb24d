"""Token counts as Opik keeps them: the three of its own names, and every whole number that was given under `original_usage.`."""
from __future__ import annotations

from typing import Any, Dict, Optional

# What providers call prompt, completion and total; the first family of which both counts are there is taken.
_FAMILIES = (
    ("prompt_tokens", "completion_tokens", "total_tokens"),
    ("input_tokens", "output_tokens", "total_tokens"),
    ("prompt_token_count", "candidates_token_count", "total_token_count"),
    ("inputTokens", "outputTokens", "totalTokens"),
)
_TOTAL_IS_NEEDED = "prompt_token_count"


def _whole(value: Any) -> Optional[int]:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    return int(value) if value == value and abs(value) != float("inf") and int(value) == value else None


def _flatten(prefix: str, usage: Any, out: Dict[str, int]) -> None:
    for key, value in usage.items():
        if isinstance(value, dict):
            _flatten(f"{prefix}{key}.", value, out)
        elif isinstance(value, int) and not isinstance(value, bool):
            out[f"{prefix}{key}"] = value


def normalized(usage: Any) -> Optional[Dict[str, int]]:
    """`usage` of any provider as the server wants it; nothing if it is no mapping."""
    if not isinstance(usage, dict):
        usage = getattr(usage, "__dict__", None)  # a provider's object
        if not isinstance(usage, dict):
            return None
    out: Dict[str, int] = {}
    for prompt_name, completion_name, total_name in _FAMILIES:
        prompt, completion, total = (_whole(usage.get(name)) for name in (prompt_name, completion_name, total_name))
        if prompt is None or completion is None or (total is None and prompt_name == _TOTAL_IS_NEEDED):
            continue
        if prompt_name == "input_tokens":  # Anthropic counts what came from its cache apart
            prompt += sum(_whole(usage.get(name)) or 0 for name in ("cache_creation_input_tokens", "cache_read_input_tokens"))
        out = {"completion_tokens": completion, "prompt_tokens": prompt, "total_tokens": prompt + completion if total is None else total}
        break
    else:
        for name in _FAMILIES[0]:
            count = _whole(usage.get(name))
            if count is not None:
                out[name] = count
    _flatten("original_usage.", usage, out)
    return out
