"""Goal: what the server holds after a program of more than forty tracing calls is the same, field by field, whether it ran with the
official package or with ours; only what docs/python.md lists as different differs.
Method: the same file, run by both against one server in projects of their own; rows are matched by their place in the tree of names, ids and
times of the clock left out."""
import re

import pytest

from compat import sdk
from python import ours

PROGRAM = ours.PROGRAMS / "side_by_side.py"
OURS_ALONE = {"id", "project_id", "trace_id", "parent_span_id", "created_at", "last_updated_at", "duration", "created_by", "last_updated_by"}
GIVEN_TIMES = "2026-01-02T03:04:0"  # the program's own; all others are of the clock


def place(row, by_id, traces):
    """Its name below the names above it."""
    above = by_id.get(row.get("parent_span_id")) or traces.get(row.get("trace_id"))
    return (place(above, by_id, traces) if above else "") + "/" + str(row.get("name"))


def comparable(row):
    out = {}
    for name, value in row.items():
        if name in OURS_ALONE or value is None or value == [] or value == {}:
            continue
        if name in ("start_time", "end_time") and not value.startswith(GIVEN_TIMES):
            value = "of the clock"
        elif name == "error_info":
            value = {k: v for k, v in value.items() if k != "traceback"} | {"traceback": bool(value.get("traceback"))}
        elif name == "tags":
            value = sorted(value)
        elif name == "span_feedback_scores":
            value = sorted((s["name"], float(s["value"]), len(s["value_by_author"])) for s in value)
        elif name == "feedback_scores":
            value = sorted((s["name"], float(s["value"]), s.get("category_name"), s.get("reason"), s["source"]) for s in value)
        out[name] = value
    return out


def read(api, project):
    """{place: rows}, in an order that does not depend on ids."""
    traces = {row["id"]: row for row in ours.rows(api, "traces", project)}
    spans = {row["id"]: row for row in ours.rows(api, "spans", project)}
    found = {}
    for kind, rows in (("trace", traces), ("span", spans)):
        for row in rows.values():
            found.setdefault(f"{kind} {place(row, spans, traces)}", []).append(comparable(row))
    return {key: sorted(rows, key=repr) for key, rows in found.items()}


# Place: (field, what the official package's row holds, what ours holds). Reasons: docs/python.md, "Differences".
USAGE = {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2}
KNOWN = {
    ("span /with spans/llm/grandchild", "provider"): ("openai", None),
    ("span /with spans/llm/grandchild", "metadata"): ({"provider": "openai"}, None),
    ("span /block updated/renamed block", "tags"): (["z"], ["y", "z"]),
    ("span /block updated/renamed block", "metadata"): ({"provider": "openai", "k": 1, "usage": USAGE}, {"provider": "openai", "a": 1, "k": 1, "usage": USAGE}),
    ("trace /block updated", "tags"): (["z"], ["y", "z"]),
    ("trace /block updated", "metadata"): ({"providers": ["openai"], "k": 1}, {"providers": ["openai"], "a": 1, "k": 1}),
}


def differences(theirs, mine):
    found = []
    for key in sorted(set(theirs) | set(mine)):
        a, b = theirs.get(key, []), mine.get(key, [])
        if len(a) != len(b):
            found.append((key, "rows", len(a), len(b)))
            continue
        for one, other in zip(a, b):
            for name in sorted(set(one) | set(other)):
                if one.get(name) != other.get(name):
                    found.append((key, name, one.get(name), other.get(name)))
    return found


@pytest.mark.parametrize("official", ["opik-2.0.2"])
def test_side_by_side(server, official):
    sdk.run([sdk.PYTHONS[official], PROGRAM, "theirs", "theirs, other"], sdk.environment(server.url, "theirs"))
    _, errors = ours.run(PROGRAM, "mine", "mine, other", env=ours.environment(f"{server.url}/api/", "mine"), alias=True)
    assert errors == "", errors
    calls = len(re.findall(r"^(?:client|[ts])\b.*|^\w+\(.*\)$", PROGRAM.read_text(), re.MULTILINE))
    assert calls >= 40, calls
    found = []
    for suffix in ("", ", other"):
        theirs, mine = read(server.api, "theirs" + suffix), read(server.api, "mine" + suffix)
        assert sum(map(len, mine.values())) > (60 if not suffix else 3)
        found += differences(theirs, mine)
    unexpected = [d for d in found if KNOWN.get((d[0], d[1])) != d[2:]]
    assert not unexpected, "\n".join(f"{key}: {name}\n  official {a!r}\n  ours     {b!r}" for key, name, a, b in unexpected)
    assert {(key, name) for key, name, *_ in found} == set(KNOWN), "a difference that is documented is gone"
