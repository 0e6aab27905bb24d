"""Goal: feedback definitions are kept as they were said, names are taken once, and what makes no scale is refused.
Method: every operation over HTTP and through the official client, whole objects compared where the server sets nothing."""
import opik
import pytest

from support.ids import uuid7
from support.server import Opikd

PATH = "/v1/private/feedback-definitions"
USER_FEEDBACK = "0190babc-62a0-71d2-832a-0feffa4676eb"

NUMERICAL = {"name": "quality", "type": "numerical", "details": {"min": 0, "max": 1.5}}
CATEGORICAL = {"name": "verdict", "type": "categorical", "details": {"categories": {"zwölf \"gut\"": 1, "bad": -0.5, "a": 3}}}
BOOLEAN = {"name": "right", "type": "boolean", "details": {"true_label": "yes", "false_label": "no"}}


@pytest.fixture
def api(fresh_server):
    return fresh_server.api


def create(api, body):
    answer = api.post(PATH, body)
    assert answer.status == 201 and answer.body == b"", answer
    return answer.headers["location"].rsplit("/", 1)[1]


def names(api, **query):
    return [d["name"] for d in api.get(PATH, query=query).json["content"]]


def test_there_is_one_at_first(api):
    page = api.get(PATH).json
    assert {k: page[k] for k in ("page", "size", "total")} == {"page": 1, "size": 1, "total": 1}
    (one,) = page["content"]
    assert (one["id"], one["name"], one["type"], one["created_by"]) == (USER_FEEDBACK, "User feedback", "categorical", "admin")
    assert one["details"] == {"categories": {"👍": 1, "👎": 0}}
    assert api.get(f"{PATH}/{USER_FEEDBACK}").json == one


@pytest.mark.parametrize("body", [NUMERICAL, CATEGORICAL, {**BOOLEAN, "description": "d"}])
def test_is_kept(api, body):
    id = create(api, body)
    seen = api.get(f"{PATH}/{id}").json
    if body["type"] == "boolean":  # as the generated clients spell them
        assert (seen["details"].pop("trueLabel"), seen["details"].pop("falseLabel")) == ("yes", "no")
    assert {k: seen.get(k) for k in body} == body
    assert seen["id"] == id and seen["created_at"] == seen["last_updated_at"] and seen["last_updated_by"] == "admin"


def test_categories_keep_their_order(api):
    id = create(api, CATEGORICAL)
    assert list(api.get(f"{PATH}/{id}").json["details"]["categories"]) == ['zwölf "gut"', "bad", "a"]


def test_listed_the_newest_first_by_name_type_and_page(api):
    for body in (NUMERICAL, CATEGORICAL, BOOLEAN):
        create(api, body)
    assert names(api) == ["right", "verdict", "quality", "User feedback"]
    assert names(api, name="E") == ["verdict", "User feedback"] and names(api, name="QUAL") == ["quality"]
    assert names(api, name="%") == []
    assert names(api, type="categorical") == ["verdict", "User feedback"]
    page = api.get(PATH, query={"page": 2, "size": 3}).json
    assert ([d["name"] for d in page["content"]], page["total"], page["size"], page["page"]) == (["User feedback"], 4, 1, 2)


def test_replaced(api):
    id = create(api, NUMERICAL)
    before = api.get(f"{PATH}/{id}").json
    assert api.put(f"{PATH}/{id}", {"name": "QUALITY", "type": "numerical", "details": {"min": -1, "max": 1}, "description": "new"}).status == 204
    after = api.get(f"{PATH}/{id}").json
    assert (after["name"], after["details"], after["description"]) == ("QUALITY", {"min": -1, "max": 1}, "new")
    assert after["created_at"] == before["created_at"] and after["last_updated_at"] > before["last_updated_at"]
    assert api.put(f"{PATH}/{id}", {**NUMERICAL, "name": "quality"}).status == 204
    assert "description" not in api.get(f"{PATH}/{id}").json


def test_names_are_taken_once_whatever_their_case(api):
    id = create(api, NUMERICAL)
    taken = {"errors": ["Feedback already exists"]}
    answer = api.post(PATH, {**BOOLEAN, "name": "QUALITY"})
    assert (answer.status, answer.json) == (409, taken)
    answer = api.put(f"{PATH}/{id}", {**NUMERICAL, "name": "user FEEDBACK"})
    assert (answer.status, answer.json) == (409, taken)
    assert api.delete(f"{PATH}/{id}").status == 204
    create(api, {**BOOLEAN, "name": "QUALITY"})


def test_deleted(api):
    first, second, third = (create(api, body) for body in (NUMERICAL, CATEGORICAL, BOOLEAN))
    for _ in range(2):
        assert api.delete(f"{PATH}/{first}").status == 204
    assert api.post(f"{PATH}/delete", {"ids": [second, third, uuid7()]}).status == 204
    assert names(api) == ["User feedback"]
    answer = api.get(f"{PATH}/{first}")
    assert (answer.status, answer.json) == (404, {"errors": ["Feedback definition not found"]})
    answer = api.put(f"{PATH}/{first}", NUMERICAL)
    assert (answer.status, answer.json) == (404, {"errors": ["Feedback definition not found"]})


@pytest.mark.parametrize("change, status, words", [
    ({"name": None}, 422, "name must not be blank"),
    ({"name": "  "}, 422, "name must not be blank"),
    ({"name": "x" * 151}, 422, "name size must be between 0 and 150"),
    ({"description": "x" * 256}, 422, "description size must be between 0 and 255"),
    ({"type": None}, 400, "Missing type id"),
    ({"type": "stars"}, 400, "[numerical, categorical, boolean]"),
    ({"details": None}, 422, "details must not be null"),
    ({"details": 7}, 400, "expected an object"),
    ({"details": {"min": 1}}, 422, "details.max must not be null"),
    ({"details": {"max": 1}}, 422, "details.min must not be null"),
    ({"details": {"min": 1, "max": 1}}, 422, "details.min has to be smaller than details.max"),
    ({"details": {"min": "0", "max": 1}}, 400, "details.min from String"),
    ({"type": "categorical", "details": {}}, 422, "details.categories must not be null"),
    ({"type": "categorical", "details": {"categories": {"one": 1}}}, 422, "details.categories size must be between 2"),
    ({"type": "categorical", "details": {"categories": {"one": 1, "two": "x"}}}, 400, "details.categories.two"),
    ({"type": "boolean", "details": {"true_label": "yes"}}, 422, "details.falseLabel must not be blank"),
    ({"type": "boolean", "details": {"true_label": " ", "false_label": "no"}}, 422, "details.trueLabel must not be blank"),
])  # fmt: skip
def test_what_makes_no_scale_is_refused(api, change, status, words):
    answer = api.post(PATH, {**NUMERICAL, **change})
    message = answer.json["message"] if status == 400 else answer.json["errors"][0]
    assert answer.status == status and words in message, answer
    assert names(api) == ["User feedback"]


def test_the_type_stays(api):
    id = create(api, NUMERICAL)
    answer = api.put(f"{PATH}/{id}", BOOLEAN)
    assert (answer.status, answer.json) == (422, {"errors": ["type must not change: it is numerical"]})
    assert api.get(f"{PATH}/{id}").json["name"] == "quality"


def test_bad_requests(api):
    assert api.post(PATH).status == 422
    assert api.get(f"{PATH}/not-an-id").status == 404
    assert api.get(PATH, query={"type": "stars"}).status == 400
    assert api.get(PATH, query={"size": 0}).status == 400
    assert api.post(f"{PATH}/delete", {"ids": []}).status == 422


def test_kept_over_a_restart(tmp_path):
    with Opikd(tmp_path / "data") as server:
        id = create(server.api, NUMERICAL)
        before = server.api.get(f"{PATH}/{id}").json
    with Opikd(tmp_path / "data") as server:
        assert server.api.get(f"{PATH}/{id}").json == before
        assert server.api.delete(f"{PATH}/{USER_FEEDBACK}").status == 204
    with Opikd(tmp_path / "data") as server:
        assert names(server.api) == ["quality"]  # what was deleted is not seeded again


def test_through_the_official_client(fresh_server):
    client = opik.Opik(host=fresh_server.url, _use_batching=False).rest_client.feedback_definitions
    for body in (NUMERICAL, CATEGORICAL, BOOLEAN):
        create(fresh_server.api, body)
    page = client.find_feedback_definitions(name="i")
    assert [(d.type, d.name) for d in page.content] == [("boolean", "right"), ("categorical", "verdict"), ("numerical", "quality")]
    assert (page.content[0].details.true_label, page.content[2].details.max) == ("yes", 1.5)
    client.delete_feedback_definition_by_id(page.content[0].id)
    assert client.find_feedback_definitions(type="boolean").total == 0
