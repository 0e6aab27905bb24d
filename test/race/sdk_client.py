"""A program with the official SDK that updates right after it creates, in every way: the traffic of the race.

    python sdk_client.py HOST COUNT SEED      HOST is the proxy's URL

COUNT traces with one span each, made and updated at once with batching on; then flushed. Prints what a user expects to find,
as JSON: {id: {field: value}}.
"""
import json
import random
import sys

import opik

host, count, seed = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
rng = random.Random(seed)
client = opik.Opik(host=host, project_name=f"race {seed}", batching=True)
expected = {}


def maybe(chance, **fields):
    return fields if rng.random() < chance else {}


def first_fields(i):
    return {"name": f"n{i}", "input": {"prompt": f"p{i}", "i": i}, **maybe(0.5, tags=[f"t{i}", "all"]), **maybe(0.5, metadata={"m": i, "deep": {"x": [i]}})}


def later_fields(i, n):
    """What the n-th update says: its own part of the fields, or (if n is None) the same fields as the others."""
    fields = {}
    if n in (None, 0):
        fields["output"] = {"response": f"o{i}", "n": n}
    if n in (None, 1):
        fields["metadata"] = {"updated": i}
    if n in (None, 2):
        fields["tags"] = [f"u{i}"]
    return fields


def update(entity, how, fields):
    if how == "end":
        entity.end(**fields)
    elif how == "update":
        entity.update(**fields)
    elif hasattr(entity, "trace_id"):
        client.update_span(id=entity.id, trace_id=entity.trace_id, parent_span_id=None, project_name=client.project_name, **fields)
    else:
        client.update_trace(trace_id=entity.id, project_name=client.project_name, **fields)


for i in range(count):
    own = first_fields(i)
    trace = client.trace(**own, **maybe(0.3, thread_id=f"thread{i}"))
    span_own = first_fields(i)
    span = trace.span(**span_own, type=rng.choice(["llm", "tool", "general"]), **maybe(0.3, model="gpt-4o", provider="openai"))
    for entity, said in ((trace, own), (span, span_own)):
        want = dict(said)
        shape = rng.randrange(3)
        if shape == 0:  # one update, mostly .end()
            fields = later_fields(i, 0)
            update(entity, rng.choice(["end", "end", "update", "by id"]), fields)
            want.update(fields)
        elif shape == 1:  # several updates, each of fields of its own
            for n in rng.sample(range(3), 2):
                fields = later_fields(i, n)
                update(entity, rng.choice(["update", "by id"]), fields)
                want.update(fields)
        else:  # two updates of the same fields: the later delivered is the latest, so only the fields of the create are known here
            fields = later_fields(i, None)
            update(entity, "update", fields)
            update(entity, "end", {**fields, "output": {"response": f"second {i}"}})
            want = {k: v for k, v in want.items() if k not in fields}
        expected[entity.id] = want

assert client.flush(timeout=120), "flush: timed out"
client.end()
print(json.dumps(expected))
