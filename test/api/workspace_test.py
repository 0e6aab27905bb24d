"""Goal: what a workspace sets is kept whole, what it cannot set is refused; permissions and links are there for who asks.
Method: over HTTP and through the official client; each refusal leaves what was set as it was."""
import base64

import opik
import pytest

from support.ids import uuid7
from support.server import Opikd

PATH = "/v1/private/workspaces/configurations"
WHOLE = {"timeout_to_mark_thread_as_inactive": "PT30M", "truncation_on_tables": False, "color_map": {"gpt-4": "#FF00aa", "ü": "#000000"}}


@pytest.fixture
def api(fresh_server):
    return fresh_server.api


def test_nothing_is_set_at_first(api):
    missing = {"errors": ["Workspace configuration not found"]}
    for answer in (api.get(PATH), api.delete(PATH)):
        assert (answer.status, answer.json) == (404, missing)


def test_set_replaced_and_deleted(api):
    for body in (WHOLE, {"truncation_on_tables": True}, {}):
        answer = api.put(PATH, body)
        assert (answer.status, answer.json) == (200, body)
        assert api.get(PATH).json == body
    assert api.delete(PATH).status == 204
    assert api.get(PATH).status == 404


@pytest.mark.parametrize("text, printed", [("P1D", "PT24H"), ("PT1H30M", "PT1H30M"), ("PT90M", "PT1H30M"), ("P7D", "PT168H"), ("PT1S", "PT1S")])
def test_timeouts(api, text, printed):
    assert api.put(PATH, {"timeout_to_mark_thread_as_inactive": text}).json == {"timeout_to_mark_thread_as_inactive": printed}


@pytest.mark.parametrize("body, status, words", [
    ({"timeout_to_mark_thread_as_inactive": "P7DT1S"}, 422, "max duration allowed"),
    ({"timeout_to_mark_thread_as_inactive": "PT0.5S"}, 422, "minimum precision supported is seconds"),
    ({"timeout_to_mark_thread_as_inactive": "PT0S"}, 422, "must be greater than 0"),
    ({"timeout_to_mark_thread_as_inactive": "-PT1H"}, 422, "must be greater than 0"),
    ({"timeout_to_mark_thread_as_inactive": "30m"}, 400, "ISO-8601 duration"),
    ({"truncation_on_tables": "perhaps"}, 400, "expected a boolean"),
    ({"color_map": []}, 400, "expected an object"),
    ({"color_map": {"a": "red"}}, 422, "#RRGGBB"),
    ({"color_map": {"a": 7}}, 422, "#RRGGBB"),
    ({"color_map": {str(i): "#000000" for i in range(10_001)}}, 422, "size must be between 0 and 10000"),
])  # fmt: skip
def test_refusals_change_nothing(api, body, status, words):
    api.put(PATH, WHOLE)
    answer = api.put(PATH, body)
    assert answer.status == status and words in answer.text, answer
    assert api.get(PATH).json == WHOLE


def test_ten_thousand_colors(api):
    colors = {str(i): f"#{i:06x}" for i in range(10_000)}
    assert api.put(PATH, {"color_map": colors}).json == {"color_map": colors}


def test_kept_over_a_restart(tmp_path):
    with Opikd(tmp_path / "data") as server:
        server.api.put(PATH, WHOLE)
    with Opikd(tmp_path / "data") as server:
        assert server.api.get(PATH).json == WHOLE


def test_through_the_official_client(fresh_server):
    client = opik.Opik(host=fresh_server.url, _use_batching=False).rest_client
    client.workspaces.upsert_workspace_configuration(timeout_to_mark_thread_as_inactive="PT5M", truncation_on_tables=True, color_map={"a": "#123456"})
    seen = client.workspaces.get_workspace_configuration()
    assert (seen.timeout_to_mark_thread_as_inactive, seen.truncation_on_tables, seen.color_map) == ("PT5M", True, {"a": "#123456"})
    mine = client.workspace_permissions.get_workspace_user_permissions()
    assert (mine.user_name, mine.workspace_name) == ("admin", "default")
    assert mine.permissions and all(p.permission_name and p.permission_value == "true" for p in mine.permissions)


def test_permissions(api):
    body = api.get("/v1/private/workspace-permissions").json
    assert (body["user_name"], body["workspace_name"]) == ("admin", "default")
    assert all(p["permission_name"] == p["permissionName"] for p in body["permissions"])


@pytest.mark.parametrize("what, names, page", [
    ("datasets", ("dataset_id",), "/default/datasets/{dataset_id}/items"),
    ("experiments", ("dataset_id", "experiment_id"), "/default/experiments/{dataset_id}/compare?experiments=%5B%22{experiment_id}%22%5D"),
    ("optimizations", ("dataset_id", "optimization_id"), "/default/optimizations/{dataset_id}/compare?optimizations=%5B%22{optimization_id}%22%5D"),
])  # fmt: skip
def test_links(api, what, names, page):
    ids = {name: uuid7() for name in names}
    query = {**ids, "path": base64.b64encode(b"http://opik.example/api/").decode()}
    path = f"/v1/session/redirect/{what}/"
    answer = api.get(path, query=query)
    assert (answer.status, answer.headers["location"]) == (303, "http://opik.example" + page.format(**ids))
    assert api.get(path, query={**query, "workspace_name": "other"}).status == 404
    assert api.get(path, query={**query, "path": "javascript:"}).status == 400
    for name in names:
        assert api.get(path, query={k: v for k, v in query.items() if k != name}).status == 400
        assert api.get(path, query={**query, name: "none"}).status == 404
