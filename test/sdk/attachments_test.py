"""Goal: what the C++ SDK attaches comes down from opikd byte for byte, under the name and type that were given.
Method: a program attaches files to a trace and a span; they are listed and downloaded over plain HTTP."""
import base64

from sdk.program import Program

BASE = "http://opik.example/api"


def file_bytes(n, size):
    """As the program makes them."""
    state, out = (n * 2654435761 + 1) & 0xFFFFFFFF, bytearray(size)
    for i in range(size):
        state = (state * 1664525 + 1013904223) & 0xFFFFFFFF
        out[i] = state >> 24
    return bytes(out)


def test_what_is_attached_comes_down(server):
    run = Program(server.url).run("attach", 10_500_000)
    assert run.ends[-1]["flush"]["ok"] and run.stats_add_up()
    attached = [line for line in run.lines if "attached" in line]
    assert len(attached) == 2
    project = server.api.post("/v1/private/projects/retrieve", {"name": "attached"}).json["id"]
    for line in attached:
        query = {"project_id": project, "entity_type": line["kind"], "entity_id": line["id"], "path": base64.b64encode(BASE.encode()).decode()}
        listed = {a["file_name"]: a for a in server.api.get("/v1/private/attachment/list", query=query).json["content"]}
        assert set(listed) == ({line["attached"]} if line["kind"] == "trace" else {"a.bin", "one.txt"})
        entry = listed[line["attached"]]
        assert (entry["mime_type"], entry["file_size"]) == (line["type"], line["bytes"])
        assert server.api.get(entry["link"][len(BASE):]).body == file_bytes(line["n"], line["bytes"])
