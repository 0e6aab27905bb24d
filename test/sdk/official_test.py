"""Goal: the model of the official server loses what the official server loses, and nothing else; else the SDK's tests against it would
show nothing.
Method: the rows of the table of arrival orders, played against the model by hand; and the faults, each seen from a plain client."""
import http.client
import json

import pytest

from sdk.faults import Fault, Faults, Forward, Rates
from sdk.official import EPOCH, Official
from support.ids import instant, now_us, uuid7

BATCH, TRACES = "/v1/private/traces/batch", "/v1/private/traces"


def create(id, stamp_us=None, **fields):
    item = {"id": id, "name": "n", "start_time": instant(now_us()), "project_name": "p", "input": {"a": 1}, **fields}
    if stamp_us is not None:
        item["last_updated_at"] = instant(stamp_us)
    return item


def post_batch(model, *items):
    return model.handle("POST", BATCH, {"traces": list(items)})[0]


def patch(model, id, **fields):
    return model.handle("PATCH", f"{TRACES}/{id}", {"project_name": "p", **fields})[0]


@pytest.fixture
def model():
    return Official()


def test_create_then_update_is_whole(model):
    id = uuid7()
    assert post_batch(model, create(id, now_us())) == 204 and patch(model, id, output={"b": 2}) == 204
    row = model.row("traces", id)
    assert row["name"] == "n" and row["input"] == {"a": 1} and row["output"] == {"b": 2}


def test_update_then_stamped_create_loses_the_create(model):
    id, stamp = uuid7(), now_us()
    patch(model, id, output={"b": 2})
    assert post_batch(model, create(id, stamp)) == 204
    row = model.row("traces", id)
    assert row["output"] == {"b": 2} and row["start_time"] == EPOCH and "name" not in row


def test_update_then_unstamped_create_loses_the_update(model):
    id = uuid7()
    patch(model, id, output={"b": 2})
    post_batch(model, create(id))
    assert "output" not in model.row("traces", id)


def test_update_then_single_create_is_whole(model):
    id = uuid7()
    patch(model, id, output={"b": 2})
    assert model.handle("POST", TRACES, create(id))[0] == 201
    row = model.row("traces", id)
    assert row["name"] == "n" and row["output"] == {"b": 2} and row["start_time"] != EPOCH


def test_a_clock_ahead_loses_the_update(model):
    id = uuid7()
    post_batch(model, create(id, now_us() + 3_600_000_000))
    patch(model, id, output={"b": 2})
    assert "output" not in model.row("traces", id)


def test_the_newest_snapshot_wins_whole_in_any_order(model):
    for older_first in (True, False):
        id, stamp = uuid7(), now_us()
        both = [create(id, stamp, metadata={"m": 1}), create(id, stamp + 1, output={"b": 2})]
        for item in both if older_first else reversed(both):
            post_batch(model, item)
        row = model.row("traces", id)
        assert row["output"] == {"b": 2} and "metadata" not in row


def test_a_span_with_another_parent_is_a_second_row(model):
    id, trace = uuid7(), uuid7()
    span = {**create(id, now_us()), "trace_id": trace}
    model.handle("POST", "/v1/private/spans/batch", {"spans": [span]})
    model.handle("POST", "/v1/private/spans/batch", {"spans": [{**span, "parent_span_id": uuid7()}]})
    assert len(model.rows("spans")[id]) == 2


def test_mismatches_are_conflicts(model):
    id = uuid7()
    post_batch(model, create(id, now_us()))
    assert model.handle("PATCH", f"{TRACES}/{id}", {"project_name": "other", "output": 1})[0] == 409
    assert model.handle("POST", TRACES, create(id))[0] == 409


@pytest.mark.parametrize("broken", [{"id": "not an id"}, {"id": "0190babc-62a0-41d2-832a-0feffa4676eb"}, {"start_time": None}, {"start_time": "yesterday"}, {"usage": {"x": 2**31}}])
def test_one_bad_item_refuses_the_batch(model, broken):
    good = create(uuid7(), now_us())
    assert post_batch(model, good, {**create(uuid7(), now_us()), **broken}) in (400, 422)
    assert model.row("traces", good["id"]) is None


def test_batch_sizes(model):
    assert post_batch(model) == 422
    assert post_batch(model, *[create(uuid7()) for _ in range(1001)]) == 422


def test_scores_are_kept_by_id_and_name(model):
    id = uuid7()
    score = {"id": id, "name": "s", "value": 1, "project_name": "p"}
    assert model.handle("PUT", "/v1/private/traces/feedback-scores", {"scores": [score]})[0] == 204
    assert model.handle("PUT", "/v1/private/traces/feedback-scores", {"scores": [{**score, "value": 2}]})[0] == 204
    assert model.scores["traces"][id, "s"]["value"] == 2
    assert model.handle("PUT", "/v1/private/traces/feedback-scores", {"scores": [{**score, "name": " "}]})[0] == 422


class Client:
    def __init__(self, port):
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)

    def batch(self, *items):
        self.connection.request("POST", "/api" + BATCH, json.dumps({"traces": list(items)}), {"Content-Type": "application/json"})
        answer = self.connection.getresponse()
        return answer.status, dict(answer.getheaders()), answer.read()


def faulty(fault):
    return Faults(Official(), lambda *_: fault)


def test_a_status_instead_of_applying():
    with faulty(Fault(status=429, headers=(("RateLimit-Reset", "3"),))) as server:
        status, headers, _ = Client(server.port).batch(create(uuid7()))
        assert status == 429 and headers["RateLimit-Reset"] == "3" and server.backend.writes == 0


def test_a_status_although_applied():
    with faulty(Fault(applied_but=500)) as server:
        assert Client(server.port).batch(create(uuid7()))[0] == 500 and server.backend.writes == 1


@pytest.mark.parametrize("reset,written", [("head", 0), ("body", 0), ("answer", 2), ("half", 1)])
def test_resets(reset, written):
    with faulty(Fault(reset=reset)) as server:
        with pytest.raises((ConnectionError, http.client.HTTPException)):
            Client(server.port).batch(create(uuid7()), create(uuid7()))
        assert server.backend.writes == written


def test_a_slow_answer_is_whole():
    with faulty(Fault(reset="drip")) as server:
        assert Client(server.port).batch(create(uuid7()))[0] == 204


def test_down_and_up_again():
    with faulty(Fault()) as server:
        client = Client(server.port)
        assert client.batch(create(uuid7()))[0] == 204
        server.stop()
        with pytest.raises((ConnectionError, http.client.HTTPException)):
            client.batch(create(uuid7()))
        with pytest.raises(ConnectionError):
            Client(server.port).batch(create(uuid7()))
        server.start()
        assert Client(server.port).batch(create(uuid7()))[0] == 204


def test_rates_come_as_often_as_they_say():
    rates = Rates(1, error500=0.25, reset_answer=0.25, error_after=0.25)
    faults = [rates("POST", "/", 0) for _ in range(4000)]
    assert sum(f.applied_but == 500 for f in faults) == rates.counts["error_after"] > 900
    assert 900 < rates.counts["error500"] < 1100 and 900 < rates.counts["reset_answer"] < 1100


def test_forwarding_to_opikd(server):
    with Faults(Forward(server.url)) as front:
        id = uuid7()
        assert Client(front.port).batch(create(id))[0] == 204
        assert server.api.get(f"/v1/private/traces/{id}").json["name"] == "n"
        assert front.requests == [("POST", "/api" + BATCH, 204)]
