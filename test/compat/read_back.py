"""Reads all traces and spans of a project through the SDK and prints them as one JSON document.

    python read_back.py PROJECT TRACES SPANS     waits until there are at least that many of each

Each one is read twice, by search and by id; both must agree.
"""
import json
import sys

import opik


def plain(item):
    return json.loads(item.json())


def main(project, traces_min, spans_min):
    client = opik.Opik(project_name=project)
    found = {
        "traces": client.search_traces(project_name=project, truncate=False, wait_for_at_least=traces_min, wait_for_timeout=20, max_results=100000),
        "spans": client.search_spans(project_name=project, truncate=False, wait_for_at_least=spans_min, wait_for_timeout=20, max_results=100000),
    }
    out = {kind: [plain(item) for item in items] for kind, items in found.items()}
    for kind, get in (("traces", client.get_trace_content), ("spans", client.get_span_content)):
        for item in out[kind]:
            by_id = plain(get(item["id"]))
            for name in set(item) | set(by_id):
                if name in ("project_name", "visibility_mode"):
                    continue
                assert item.get(name) == by_id.get(name), f"{kind} {item['id']}: {name}: search says {item.get(name)!r}, by id {by_id.get(name)!r}"
    client.end()
    print(json.dumps(out))


main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
