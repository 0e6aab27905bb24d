"""A process that writes traces and spans to the server without pause and remembers, in a file, what was answered 2xx.

    python load.py URL SEED JOURNAL [PAUSE_S]

The journal has two lines a request: before it is sent, {"asked": [[kind, id, fields], ...], "full": bool}, where a create
("full") says everything about the ids and an update something; and when it was answered 2xx, {"answered": true}. It ends when the
server goes away. Each id belongs to one process and its messages are sent one after the other, so what must be read back is known,
but for the one request that was under way.
"""
import http.client
import json
import pathlib
import random
import sys
import time
import urllib.parse

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))

from support.ids import instant, now_us, uuid7  # noqa: E402


def words(rng, n):
    return " ".join(rng.choice(("alpha", "beta", "gamma", "delta", "epsilon")) + str(rng.randrange(100)) for _ in range(n))


def new_item(rng, kind, trace_id):
    fields = {
        "name": words(rng, 2), "start_time": "2024-05-01T10:00:00Z", "input": {"messages": [words(rng, rng.randrange(5, 200))]},
        "metadata": {"n": rng.randrange(10**9)}, "tags": [words(rng, 1)],
    }  # fmt: skip
    if kind == "spans":
        fields |= {"trace_id": trace_id, "type": rng.choice(("llm", "tool")), "usage": {"total_tokens": rng.randrange(1000)}}
    return fields


def main(url, seed, journal_path, pause_s=0.0):
    rng = random.Random(int(seed))
    parts = urllib.parse.urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=30)
    project = f"load {seed}"
    written = {"traces": [], "spans": []}
    trace_id = uuid7()
    with open(journal_path, "a") as journal:

        def send(method, path, body, items, full):
            journal.write(json.dumps({"asked": items, "full": full}) + "\n")
            connection.request(method, path, json.dumps(body), {"Content-Type": "application/json"})
            response = connection.getresponse()
            answer = response.read()
            if response.status >= 300:
                if response.status in (429, 503, 507):
                    time.sleep(0.05)
                    return
                raise SystemExit(f"{method} {path}: {response.status} {answer[:500]!r}")
            journal.write('{"answered": true}\n')
            journal.flush()

        while True:
            kind = rng.choice(("traces", "spans", "spans"))
            what = rng.random()
            if what < 0.6 or not written[kind]:
                items = [(uuid7(), new_item(rng, kind, trace_id)) for _ in range(rng.choice((1, 20, 200)))]
                stamp = {"last_updated_at": instant(now_us())} if rng.random() < 0.7 else {}
                body = {kind: [{"id": id, "project_name": project, **fields, **stamp} for id, fields in items]}
                send("POST", f"/v1/private/{kind}/batch", body, [[kind, id, fields] for id, fields in items], True)
                written[kind] += [id for id, _ in items][:50]
            elif what < 0.65:
                id, fields = uuid7(), new_item(rng, kind, trace_id)
                send("POST", f"/v1/private/{kind}", {"id": id, "project_name": project, **fields}, [[kind, id, fields]], True)
                written[kind].append(id)
            elif what < 0.9:
                id = rng.choice(written[kind])
                fields = {"output": {"answer": words(rng, 20), "n": rng.randrange(10**9)}, "end_time": "2024-05-01T10:00:01Z"}
                place = {"project_name": project, **({"trace_id": trace_id} if kind == "spans" else {})}
                send("PATCH", f"/v1/private/{kind}/{id}", {**place, **fields}, [[kind, id, fields]], False)
            else:
                ids = rng.sample(written[kind], min(len(written[kind]), 30))
                fields = {"tags": [words(rng, 1), words(rng, 1)]}
                place = {"project_name": project, **({"trace_id": trace_id} if kind == "spans" else {})}
                send("PATCH", f"/v1/private/{kind}/batch", {"ids": ids, "update": {**place, **fields}}, [[kind, id, fields] for id in ids], False)
            if float(pause_s):
                time.sleep(float(pause_s))


if __name__ == "__main__":
    try:
        main(*sys.argv[1:])
    except (http.client.HTTPException, OSError):
        pass  # the server is gone: that is how it ends (and leaving main() wrote the last question to the journal)
