"""Goal: feedback scores are kept exactly, one per name, replaced by a later one, and shown on what they are about.
Method: every scoring operation of traces and spans, then what is read back."""
import pytest

from api.shapes import KINDS, one, span, trace
from support.ids import uuid7


def scores(api, kind, id):
    return {s["name"]: s for s in api.get(f"/v1/private/{kind}/{id}").json.get("feedback_scores", [])}


def score(id, name="quality", value=0.5, **more):
    return {"id": id, "name": name, "value": value, "source": "sdk", **more}


@pytest.mark.parametrize("kind", KINDS)
def test_batch(api, kind):
    entity = one(kind)
    assert api.post(f"/v1/private/{kind}", entity).status == 201
    answer = api.put(f"/v1/private/{kind}/feedback-scores",
                     {"scores": [score(entity["id"], reason="because", category_name="fine"), score(entity["id"], "other", -3, source="ui")]})
    assert answer.status == 204 and answer.body == b"", answer
    seen = scores(api, kind, entity["id"])
    assert set(seen) == {"quality", "other"}
    assert {k: seen["quality"][k] for k in ("value", "reason", "category_name", "source", "created_by", "last_updated_by")} == {
        "value": 0.5, "reason": "because", "category_name": "fine", "source": "sdk", "created_by": "admin", "last_updated_by": "admin"}  # fmt: skip
    assert seen["quality"]["value_by_author"]["admin"]["value"] == 0.5 and seen["other"]["source"] == "ui"


@pytest.mark.parametrize("kind", KINDS)
def test_a_later_score_replaces(api, kind):
    entity = one(kind)
    api.post(f"/v1/private/{kind}", entity)
    for value in (1, 2):
        assert api.put(f"/v1/private/{kind}/{entity['id']}/feedback-scores", {"name": "quality", "value": value, "source": "sdk"}).status == 204
    assert scores(api, kind, entity["id"])["quality"]["value"] == 2


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("text", ["0.000000001", "999999999.999999999", "-999999999.999999999", "123456789.123456789", "0.1", "1e2", "3"])
def test_nine_digits_are_exact(api, kind, text):
    entity = one(kind)
    api.post(f"/v1/private/{kind}", entity)
    body = f'{{"scores":[{{"id":"{entity["id"]}","name":"n","value":{text},"source":"sdk"}}]}}'
    assert api.request("PUT", f"/v1/private/{kind}/feedback-scores", body=body.encode(), headers={"Content-Type": "application/json"}).status == 204
    import decimal
    import json

    seen = json.loads(api.get(f"/v1/private/{kind}/{entity['id']}").text, parse_float=decimal.Decimal, parse_int=decimal.Decimal)
    assert seen["feedback_scores"][0]["value"] == decimal.Decimal(text)


@pytest.mark.parametrize("kind", KINDS)
def test_score_before_the_entity(api, kind):
    entity = one(kind)
    assert api.put(f"/v1/private/{kind}/feedback-scores", {"scores": [score(entity["id"])]}).status == 204
    assert api.get(f"/v1/private/{kind}/{entity['id']}").status == 404
    assert api.post(f"/v1/private/{kind}", entity).status == 201
    assert scores(api, kind, entity["id"])["quality"]["value"] == 0.5


@pytest.mark.parametrize("kind", KINDS)
def test_delete(api, kind):
    entity = one(kind)
    api.post(f"/v1/private/{kind}", entity)
    api.put(f"/v1/private/{kind}/feedback-scores", {"scores": [score(entity["id"]), score(entity["id"], "stays")]})
    for _ in range(2):
        assert api.post(f"/v1/private/{kind}/{entity['id']}/feedback-scores/delete", {"name": "quality"}).status == 204
        assert set(scores(api, kind, entity["id"])) == {"stays"}
    assert api.post(f"/v1/private/{kind}/{uuid7()}/feedback-scores/delete", {"name": "quality"}).status == 204


@pytest.mark.parametrize("kind", KINDS)
def test_an_overwrite_keeps_scores(api, kind):
    entity = one(kind)
    api.post(f"/v1/private/{kind}", entity)
    api.put(f"/v1/private/{kind}/feedback-scores", {"scores": [score(entity["id"])]})
    assert api.post(f"/v1/private/{kind}/batch", {kind: [{**entity, "name": "again"}]}).status == 204
    assert "quality" in scores(api, kind, entity["id"])


@pytest.mark.parametrize("kind", KINDS)
def test_one_bad_score_does_not_cost_the_others(api, kind):
    entity = one(kind)
    api.post(f"/v1/private/{kind}", entity)
    answer = api.put(f"/v1/private/{kind}/feedback-scores", {"scores": [score(entity["id"], "good"), score(entity["id"], "bad", 1e10), score(entity["id"], " ")]})
    assert answer.status == 422 and answer.json["stored"] == 1, answer
    assert [r["index"] for r in answer.json["rejected"]] == [1, 2]
    assert set(scores(api, kind, entity["id"])) == {"good"}


def test_scores_of_spans_show_on_their_trace(api):
    parent = trace()
    child = span(trace_id=parent["id"])
    api.post("/v1/private/traces", parent)
    api.post("/v1/private/spans", child)
    api.put("/v1/private/spans/feedback-scores", {"scores": [score(child["id"], "speed", 2)]})
    seen = api.get(f"/v1/private/traces/{parent['id']}").json
    assert [(s["name"], s["value"]) for s in seen["span_feedback_scores"]] == [("speed", 2)]
    assert not seen.get("feedback_scores")


def test_deleting_a_trace_deletes_its_scores(api):
    parent = trace()
    api.post("/v1/private/traces", parent)
    api.put("/v1/private/traces/feedback-scores", {"scores": [score(parent["id"])]})
    api.delete(f"/v1/private/traces/{parent['id']}")
    api.post("/v1/private/traces", {**parent, "name": "again"})
    assert not scores(api, "traces", parent["id"])
