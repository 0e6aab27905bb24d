"""Goal: whatever the order in which the official SDK's creates and updates arrive, however often, with whatever clock: every updated
field holds the latest update, every other field the create's value.
Method: the SDK runs through a proxy that keeps its messages and delivers them by a random schedule for each id: shuffled, repeated,
with the client's clock up to a day off. Then every field of every id is compared. OPIK_LONG=1: more than 1,000 schedules."""
import concurrent.futures
import json
import os
import random

import pytest

from compat import sdk
from race.proxy import Post, Schedule, shifted
from support.compare import PLACE, differences
from support.http import Api
from support.server import LONG
from support.stand_in import StandIn

HERE = sdk.HERE.parent / "race"
SEED = int(os.environ.get("OPIK_SEED", "0")) or random.randrange(1, 1_000_000)
TRACES = 450 if LONG else 40  # and as many spans; the SDK of 2.0.2 loses what it makes while it flushes, every 2 s


def collect(python, upstream, traces, seed):
    """What the SDK sends when it runs the program, and what the program expects."""
    with Post(upstream) as proxy:
        out = sdk.run([python, HERE / "sdk_client.py", f"{proxy.url}/api/", traces, seed], sdk.environment(proxy.url))
        return proxy.by_id(), json.loads(out)


def deliver(upstream, schedules, seed):
    """Round after round, the next step of every id: creates in batches of random sizes, updates alone, all at once."""
    rng = random.Random(seed)
    proxy = Post(upstream)
    with concurrent.futures.ThreadPoolExecutor(12) as pool:
        for round in range(max(len(s.steps) for s in schedules.values())):
            requests, creates = [], {"traces": [], "spans": []}
            for schedule in schedules.values():
                if round >= len(schedule.steps):
                    continue
                message = schedule.steps[round]
                if message.form == "update":
                    requests.append(("PATCH", f"/v1/private/{message.kind}/{message.id}", message.fields))
                else:
                    creates[message.kind] += shifted([message.fields], schedule.skew_us)
            for kind, items in creates.items():
                rng.shuffle(items)
                while items:
                    size = rng.choice([1, 10, 100])
                    requests.append(("POST", f"/api/v1/private/{kind}/batch", {kind: items[:size]}))
                    items = items[size:]
            rng.shuffle(requests)
            list(pool.map(lambda request: proxy.forward(*request, compress=True), requests))
    assert not proxy.failures, proxy.failures[:5]


def wanted(schedule):
    """The law in its plain form: the create's fields under the updates', the later delivered on top."""
    creates = [m.fields for m in schedule.steps if m.form == "create"]
    assert all(c == creates[0] for c in creates)
    fields = {k: v for k, v in creates[0].items() if v is not None}
    for message in schedule.steps:
        if message.form == "update":
            fields.update({k: v for k, v in message.fields.items() if v is not None and k not in PLACE})
    return fields


def losses(upstream, schedules, expected):
    api = Api(upstream)
    lost = []
    for id, schedule in schedules.items():
        kind = schedule.steps[0].kind
        answer = api.get(f"/v1/private/{kind}/{id}")
        wrong = differences(wanted(schedule), answer.json) if answer.status == 200 else [f"GET: {answer}"]
        if answer.status == 200:  # once more by what the program meant, not by what was on the wire
            wrong += [f"{k}: meant {v!r}, read {answer.json.get(k)!r}" for k, v in expected[id].items() if sdk.check({k: v}, answer.json)]
        if wrong:
            lost.append(f"{kind} {id}, {schedule}\n    " + "\n    ".join(wrong))
    return lost


def race(python, upstream, traces, seed):
    """How many ids were tried, and what was lost."""
    messages, expected = collect(python, upstream, traces, seed)
    whole = {id: m for id, m in messages.items() if any(x.form == "create" for x in m)}
    assert len(whole) == 2 * traces, f"the SDK sent only {len(whole)} of {2 * traces} creates"
    schedules = {id: Schedule(f"{seed} {n}", m) for n, (id, m) in enumerate(sorted(whole.items()))}
    deliver(upstream, schedules, seed)
    return len(schedules), losses(upstream, schedules, expected)


@pytest.mark.parametrize("name", sorted(sdk.PYTHONS))
def test_no_field_is_lost_in_random_schedules(server, name):
    rounds = 3 if LONG else 1
    tried = 0
    for n in range(rounds):
        count, lost = race(sdk.PYTHONS[name], server.url, TRACES, SEED + n)
        tried += count
        assert not lost, f"OPIK_SEED={SEED + n}: {len(lost)} of {count} ids lost something:\n" + "\n".join(lost[:10])
    print(f"race: {tried} random schedules of {name}'s traffic, 0 fields lost (OPIK_SEED={SEED})")


def test_the_check_finds_what_opik_loses():
    """Against a stand-in that keeps what it is sent as Opik does, the same schedules must lose; by the law, nothing."""
    python = sdk.PYTHONS["opik-2.0.2"]
    with StandIn("official") as server:
        count, lost = race(python, server.url, 40, SEED)
        assert len(lost) > count / 4, f"only {len(lost)} of {count}"
    with StandIn("law") as server:
        count, lost = race(python, server.url, 40, SEED)
        assert not lost, "\n".join(lost[:10])
