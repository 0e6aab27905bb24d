"""Goal: the four programs of the brief lose no field, against a server that loses updates to order (the model of the official one) and
against opikd, whatever the network does with the requests.
Method: many schedules of the programs at once over clients with different batching, through a server that delays, repeats, refuses and
resets; everything that the programs meant is compared with what the server holds. OPIK_LONG=1: 10,002 schedules a server."""
import pytest

from sdk.faults import Faults, Forward, Rates
from sdk.official import Official
from sdk.program import Program, missing, read_model, read_opikd
from support.server import LONG, SANITIZED

SCHEDULES = 10_002 if LONG else 120 if SANITIZED else 999
THREADS = 32
CLIENTS = 8
PAUSE_US = 30_000  # several times the clients' batching intervals

NETWORKS = {
    "slow": dict(delay_s=0.04),
    "faulty": dict(delay_s=0.02, error500=0.05, error503=0.05, error_after=0.05, limited=0.03, limited_silent=0.02, reset_answer=0.05, reset_half=0.05, reset_head=0.03, reset_body=0.03),
}
HOUR_US = 3_600_000_000


def check(run, read, schedules=SCHEDULES):
    assert len(run.expected) >= schedules * 2
    assert missing(run.expected, read)[:5] == []
    assert run.stats_add_up()
    for end in run.ends:
        assert end["flush"]["ok"], end
        assert end["stats"]["pending"] == end["stats"]["rejected"] == end["stats"]["spooled"] == 0, end


@pytest.mark.parametrize("network", NETWORKS)
@pytest.mark.parametrize("skew_us", [0, HOUR_US, -HOUR_US], ids=["clocks right", "server an hour ahead", "server an hour behind"])
def test_on_the_official_rule(network, skew_us):
    if skew_us and network == "faulty" and not LONG:
        pytest.skip("in the long form")
    rates = Rates(5, **NETWORKS[network])
    with Faults(Official(skew_us), rates) as server:
        schedules = SCHEDULES if skew_us == 0 or LONG else SCHEDULES // 3
        run = Program(server.url).run("brief", schedules, THREADS, CLIENTS, 11, PAUSE_US)
        check(run, read_model(server.backend), schedules)
        assert not [r for r in server.requests if r[0] == "PATCH"], "no update needs a PATCH: all ids are this process's"
        if network == "faulty":
            assert sum(rates.counts.values()) - rates.counts["good"] > 5, rates.counts


@pytest.mark.parametrize("network", NETWORKS)
def test_on_opikd(fresh_server, network):
    with Faults(Forward(fresh_server.url), Rates(6, **NETWORKS[network])) as server:
        run = Program(server.url).run("brief", SCHEDULES, THREADS, CLIENTS, 12, PAUSE_US)
        check(run, read_opikd(fresh_server.api))


def test_this_test_can_fail():
    """Against a server that loses what it confirmed, the comparison finds it."""
    model = Official()
    with Faults(model) as server:
        run = Program(server.url).run("brief", 30, 4, 2, 1, 1000)
    read = read_model(model)
    assert missing(run.expected, read) == []
    broken = lambda kind, id: {k: v for k, v in read(kind, id).items() if k != "output"}  # noqa: E731
    assert len(missing(run.expected, broken)) == len(run.expected)
