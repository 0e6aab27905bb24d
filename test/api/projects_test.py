"""Goal: projects are made, found, changed and deleted as Opik's API says; a name is the same in any case.
Method: every operation on projects, then what is read back."""
import pytest

from api.shapes import trace
from support.ids import uuid7


def create(api, name, **more):
    answer = api.post("/v1/private/projects", {"name": name, **more})
    assert answer.status == 201, answer
    return answer.headers["location"].rsplit("/", 1)[1]


def test_create_and_read(api):
    id = create(api, "made", description="for a test")
    answer = api.get(f"/v1/private/projects/{id}")
    assert answer.status == 200
    seen = answer.json
    assert (seen["id"], seen["name"], seen["description"], seen["visibility"], seen["created_by"]) == (id, "made", "for a test", "private", "admin")
    assert api.post("/v1/private/projects/retrieve", {"name": "MADE"}).json["id"] == id


def test_name_taken(api):
    create(api, "Taken")
    for name in ("Taken", "TAKEN"):
        answer = api.post("/v1/private/projects", {"name": name})
        assert answer.status == 409 and "already exists" in answer.text, answer


def test_a_trace_makes_its_project(api):
    one, other = trace(project_name="Made By Trace"), trace(project_name="made by trace")
    for entity in (one, other):
        assert api.post("/v1/private/traces", entity).status == 201
    ids = {api.get(f"/v1/private/traces/{e['id']}").json["project_id"] for e in (one, other)}
    project = api.post("/v1/private/projects/retrieve", {"name": "MADE BY TRACE"}).json
    assert ids == {project["id"]} and project["name"] == "Made By Trace"
    assert project["last_updated_trace_at"]


def test_default_project(api):
    assert api.post("/v1/private/traces", trace()).status == 201
    assert api.post("/v1/private/projects/retrieve", {"name": "Default Project"}).status == 200


def test_update(api):
    id = create(api, "before", description="d")
    assert api.patch(f"/v1/private/projects/{id}", {"name": "after", "visibility": "public"}).status == 204
    seen = api.get(f"/v1/private/projects/{id}").json
    assert (seen["name"], seen["description"], seen["visibility"]) == ("after", "d", "public")
    create(api, "in the way")
    assert api.patch(f"/v1/private/projects/{id}", {"name": "In The Way"}).status == 409
    assert api.get(f"/v1/private/projects/{id}").json["name"] == "after"


def test_list(api):
    made = [create(api, f"listed {i:02}") for i in range(12)]
    page = api.get("/v1/private/projects", query={"name": "LISTED", "size": 5}).json
    assert (page["page"], page["size"], page["total"]) == (1, 5, 12) and [p["id"] for p in page["content"]] == made[::-1][:5]
    last = api.get("/v1/private/projects", query={"name": "listed", "size": 5, "page": 3}).json
    assert [p["id"] for p in last["content"]] == made[::-1][10:]
    by_name = api.get("/v1/private/projects", query={"name": "listed", "size": 100, "sorting": '[{"field":"name","direction":"ASC"}]'}).json
    assert [p["name"] for p in by_name["content"]] == [f"listed {i:02}" for i in range(12)]
    assert api.get("/v1/private/projects", query={"name": "100%"}).json["total"] == 0


def test_delete(api):
    one, other = create(api, "goes 1"), create(api, "goes 2")
    for _ in range(2):
        assert api.delete(f"/v1/private/projects/{one}").status == 204
        assert api.get(f"/v1/private/projects/{one}").status == 404
    assert api.post("/v1/private/projects/delete", {"ids": [other, uuid7()]}).status == 204
    assert api.post("/v1/private/projects/retrieve", {"name": "goes 2"}).status == 404
    create(api, "goes 1")


def test_traces_outlive_their_project(api):
    entity = trace(project_name="short-lived")
    assert api.post("/v1/private/traces", entity).status == 201
    id = api.post("/v1/private/projects/retrieve", {"name": "short-lived"}).json["id"]
    assert api.delete(f"/v1/private/projects/{id}").status == 204
    assert api.get(f"/v1/private/traces/{entity['id']}").status == 200
    assert api.get("/v1/private/traces", query={"project_name": "short-lived"}).status == 404


@pytest.mark.parametrize("name", ["ünï 日本", "a/b?c=d&e", "quote\"'", "x" * 150])
def test_names(api, name):
    id = create(api, name)
    assert api.post("/v1/private/projects/retrieve", {"name": name}).json["id"] == id
    assert api.post("/v1/private/traces", trace(project_name=name)).status == 201
    assert api.get("/v1/private/traces", query={"project_name": name}).json["total"] == 1
