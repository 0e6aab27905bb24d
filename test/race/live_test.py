"""Goal: nothing is lost when the network delays the official SDK's batches until after its updates, or the reverse, or delivers twice,
with the client's clock right, an hour ahead and an hour behind.
Method: the SDK runs through a proxy that holds the requests themselves back, not just their content; everything is read back and compared
with what the program meant."""
import concurrent.futures
import json

import pytest

from compat import sdk
from race.proxy import HOUR_US, Live
from support.http import Api

HERE = sdk.HERE.parent / "race"
HOLD_S = 3  # longer than the SDK's 2 s between batches

CLOCKS = {"clock right": 0, "an hour ahead": HOUR_US, "an hour behind": -HOUR_US}
NETWORKS = {"batch late": ("creates", 1), "update late": ("updates", 1), "batch late and twice": ("creates", 2)}
CASES = [(network, clock) for network in NETWORKS for clock in CLOCKS]


def run_case(url, network, clock):
    """(what the program meant, what the proxy saw)."""
    hold, copies = NETWORKS[network]
    seed = CASES.index((network, clock))
    with Live(url, hold, HOLD_S, copies, CLOCKS[clock]) as proxy:
        out = sdk.run([sdk.PYTHONS["opik-2.0.2"], HERE / "sdk_client.py", f"{proxy.url}/api/", 5, seed], sdk.environment(proxy.url))
        assert not proxy.failures, proxy.failures[:5]
    return json.loads(out), proxy.seen


@pytest.fixture(scope="module")
def runs(server):
    """Every case once, all at the same time: they mostly wait."""
    with concurrent.futures.ThreadPoolExecutor(len(CASES)) as pool:
        return {case: pool.submit(run_case, server.url, *case) for case in CASES}


@pytest.mark.parametrize("network,clock", CASES)
def test_nothing_is_lost(server, runs, network, clock):
    expected, seen = runs[network, clock].result()
    assert {m.form for m in seen} == {"create", "update"} and len(expected) == 10
    api = Api(server.url)
    for id, fields in expected.items():
        kind = next(m.kind for m in seen if m.id == id)
        answer = api.get(f"/v1/private/{kind}/{id}")
        assert answer.status == 200, answer
        assert sdk.check(fields, answer.json) == [], f"{kind} {id}"
