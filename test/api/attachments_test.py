"""Goal: files of traces and spans go up, are listed, come down byte for byte, and go when they or their owner are deleted; a bad request, a client
that hangs up, a full disk or a killed server leaves neither half a file nor a row without one.
Method: plain HTTP as the SDKs and the web UI send it, raw sockets where a client misbehaves, and a look into the data directory."""
import base64
import concurrent.futures
import hashlib
import json
import os
import pathlib
import socket
import time
import urllib.parse

import pytest

from api.shapes import code_message, errors, one, span, trace
from support.ids import uuid7
from support.server import LONG, Opikd

ATTACHMENT = "/v1/private/attachment"
BASE = "http://opik.example/api"


def path_of(url=BASE):
    return base64.urlsafe_b64encode(url.encode()).decode()


def start(api, entity_id, name="a.png", kind="trace", **more):
    return api.post(f"{ATTACHMENT}/upload-start", {"file_name": name, "num_of_file_parts": 1, "entity_type": kind, "entity_id": entity_id,
                                                   "path": path_of(api.url + "/api/"), **more})


def put(api, url, data, headers=None):
    """The file to the address that upload-start gave."""
    assert url.startswith(api.url + "/api/v1/private/attachment/upload?"), url
    return api.put(url[len(api.url):], body=data, headers=headers)


def upload(api, entity_id, data, name="a.png", kind="trace", **more):
    answer = start(api, entity_id, name, kind, **more)
    assert answer.status == 200 and answer.json["upload_id"] == "BEMinIO", answer
    (url,) = answer.json["pre_sign_urls"]
    assert put(api, url, data).status == 204
    return url


def project_id(api, name="Default Project"):
    return api.post("/v1/private/projects/retrieve", {"name": name}).json["id"]


def listing(api, entity_id, kind="trace", project="Default Project", **more):
    answer = api.get(f"{ATTACHMENT}/list", query={"project_id": project_id(api, project), "entity_type": kind, "entity_id": entity_id,
                                                  "path": path_of(), **more})
    assert answer.status == 200, answer
    return answer.json


def names(api, entity_id, **more):
    return [a["file_name"] for a in listing(api, entity_id, **more)["content"]]


def download(api, link, **more):
    assert link.startswith(BASE + "/v1/"), link
    return api.get(link[len(BASE):], **more)


def files_of(server):
    return sorted(f for f in (pathlib.Path(server.data) / "attachments").rglob("*") if f.is_file())


def eventually(condition, timeout_s=60):
    """Files go after the answer, on a thread of their own."""
    end = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < end, "it never came to that"
        time.sleep(0.02)


# --- up, listed, down


@pytest.mark.parametrize("kind", ["trace", "span"])
@pytest.mark.parametrize("size", [0, 1, 300_000, 12_000_001])
def test_there_and_back(api, kind, size):
    entity = one(kind + "s", project_name="files")
    api.post(f"/v1/private/{kind}s", entity)
    data = os.urandom(size)
    upload(api, entity["id"], data, "plot.png", kind, mime_type="image/png", project_name="files")
    page = listing(api, entity["id"], kind, "files")
    assert {k: page[k] for k in ("page", "size", "total", "sortableBy")} == {"page": 1, "size": 1, "total": 1, "sortableBy": []}
    (entry,) = page["content"]
    assert (entry["file_name"], entry["file_size"], entry["mime_type"]) == ("plot.png", size, "image/png")
    answer = download(api, entry["link"])
    assert answer.status == 200 and answer.body == data
    assert answer.headers["content-type"] == "image/png" and answer.headers["content-length"] == str(size)
    assert listing(api, uuid7(), kind, "files")["content"] == []


def test_chunked_as_python_sends_it(api):
    entity_id = uuid7()
    (url,) = start(api, entity_id).json["pre_sign_urls"]
    pieces = [os.urandom(70_000) for _ in range(20)]
    answer = api.put(url[len(api.url):], body=iter(pieces))
    assert answer.status == 204
    assert download(api, listing(api, entity_id)["content"][0]["link"]).body == b"".join(pieces)


def test_the_same_name_again_replaces(api):
    entity_id = uuid7()
    upload(api, entity_id, b"one")
    upload(api, entity_id, b"second")
    (entry,) = listing(api, entity_id)["content"]
    assert entry["file_size"] == 6 and download(api, entry["link"]).body == b"second"


def test_pages(api):
    entity_id = uuid7()
    for i in range(5):
        upload(api, entity_id, str(i).encode(), f"{i}.txt")
    page = listing(api, entity_id, page=2, size=2)
    assert [a["file_name"] for a in page["content"]] == ["2.txt", "3.txt"]
    assert (page["page"], page["size"], page["total"]) == (2, 2, 5)
    assert len(listing(api, entity_id)["content"]) == 5


@pytest.mark.parametrize("said, name, data, shown", [
    ("image/png", "x.bin", b"", "image/png"), (None, "x.PDF", b"", "application/pdf"), (None, "x", b"\x89PNG\r\n\x1a\n....", "image/png"),
    (None, "x.unknown", b"what is it", "application/octet-stream"), (None, "notes.md", b"# x", "text/markdown"),
])
def test_types(api, said, name, data, shown):
    entity_id = uuid7()
    upload(api, entity_id, data, name, **({"mime_type": said} if said else {}))
    assert listing(api, entity_id)["content"][0]["mime_type"] == shown


def test_an_upload_finds_its_owner_whatever_project_it_names(api):
    """Found by the project it was put into, and by the one its owner stands in."""
    entity = trace(project_name="home of the trace")
    upload(api, entity["id"], b"early")
    api.post("/v1/private/traces", entity)
    for project in ("Default Project", "home of the trace"):
        (entry,) = listing(api, entity["id"], project=project)["content"]
        assert download(api, entry["link"]).body == b"early"
    api.post("/v1/private/projects", {"name": "elsewhere"})
    assert names(api, entity["id"], project="elsewhere") == []
    later = trace(project_name="home of the trace")
    api.post("/v1/private/traces", later)
    upload(api, later["id"], b"x")
    assert names(api, later["id"], project="Default Project") == [] and names(api, later["id"], project="home of the trace") == ["a.png"]


NAMES = ["../../../etc/passwd", "/etc/passwd", "..", "C:\\x\\y.png", "a/b/c.txt", "ünï☃😀.png", 'quo"te;%00.txt', "x" * 1024, " spaces .txt", "a&b=c?d#e+f.png", "'`$(x)"]


@pytest.mark.parametrize("name", NAMES, ids=range(len(NAMES)))
def test_a_name_is_only_a_name(server, api, name):
    entity_id = uuid7()
    data = name.encode()
    upload(api, entity_id, data, name)
    (entry,) = listing(api, entity_id)["content"]
    assert entry["file_name"] == name
    answer = download(api, entry["link"])
    assert answer.body == data
    disposition = answer.headers["content-disposition"]
    assert disposition.startswith('attachment; filename="') and disposition.isascii()
    plain, extended = disposition.removeprefix('attachment; filename="').split("\"; filename*=UTF-8''")
    safe = name.replace("/", "_").replace("\\", "_")
    assert urllib.parse.unquote(extended) == safe and not set(plain) & set('/\\"')
    assert api.post(f"{ATTACHMENT}/delete", {"file_names": [name], "entity_type": "trace", "entity_id": entity_id}).status == 204
    assert names(api, entity_id) == []
    assert all(len(f.name) == 62 and len(f.parent.name) == 2 for f in files_of(server)), "files are named by their content alone"


def test_what_browsers_do_with_it(api):
    entity_id = uuid7()
    upload(api, entity_id, b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>", "x.svg", mime_type="image/svg+xml")
    link = listing(api, entity_id)["content"][0]["link"]
    answer = download(api, link)
    assert answer.headers["content-type"] == "image/svg+xml" and answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["content-security-policy"].startswith("sandbox;") and answer.headers["content-disposition"].startswith("attachment;")
    # The address says another type: what was uploaded counts.
    assert download(api, link.replace("image%2Fsvg%2Bxml", "text%2Fhtml")).headers["content-type"] == "image/svg+xml"
    query = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(link).query))
    assert query["workspace_name"] == "default" and query["container_id"] == project_id(api)
    code_message(download(api, link.replace("workspace_name=default", "workspace_name=other")), 404, "Workspace not found")


def test_parts_of_a_file(api):
    entity_id = uuid7()
    data = os.urandom(700_000)
    upload(api, entity_id, data)
    link = listing(api, entity_id)["content"][0]["link"]
    whole = download(api, link)
    tag = whole.headers["etag"]
    assert tag == f'"{hashlib.sha256(data).hexdigest()}"' and whole.headers["accept-ranges"] == "bytes"
    for header, expected in [("bytes=0-9", data[:10]), ("bytes=699990-", data[-10:]), ("bytes=-600000", data[-600_000:])]:
        answer = download(api, link, headers={"Range": header})
        begin = data.find(expected)
        assert answer.status == 206 and answer.body == expected
        assert answer.headers["content-range"] == f"bytes {begin}-{begin + len(expected) - 1}/{len(data)}"
    assert download(api, link, headers={"Range": "bytes=0-9", "If-Range": tag}).status == 206
    assert download(api, link, headers={"Range": "bytes=0-9", "If-Range": '"other"'}).body == data
    out = download(api, link, headers={"Range": "bytes=700000-"})
    assert out.status == 416 and out.headers["content-range"] == "bytes */700000"
    same = download(api, link, headers={"If-None-Match": tag})
    assert same.status == 304 and same.body == b""
    head = api.request("HEAD", link[len(BASE):])
    assert head.status == 200 and head.headers["content-length"] == "700000"


# --- refused


@pytest.mark.parametrize("change, message", [
    ({"file_name": None}, "fileName must not be null"), ({"file_name": " "}, "fileName must not be blank"),
    ({"file_name": "x" * 1025}, "fileName size must be between 1 and 1024"), ({"file_name": "a\nb"}, "control characters"),
    ({"file_name": "a\0b"}, "control characters"), ({"entity_type": None}, "entityType must not be null"),
    ({"entity_id": None}, "entityId must not be null"), ({"num_of_file_parts": None}, "numOfFileParts must not be null"), ({"path": None}, "path must not be null"),
    ({"mime_type": "nonsense"}, "mimeType must be like"), ({"mime_type": "text/x\r\nX-Evil: 1"}, "mimeType must be like"), ({"project_name": " "}, "projectName must not be blank"),
])
def test_start_refuses(api, change, message):
    body = {"file_name": "a", "num_of_file_parts": 1, "entity_type": "trace", "entity_id": uuid7(), "path": path_of(), **change}
    errors(api.post(f"{ATTACHMENT}/upload-start", {k: v for k, v in body.items() if v is not None}), 422, message)


@pytest.mark.parametrize("change, message", [
    ({"path": "%%%"}, "Invalid base URL format"), ({"path": path_of("javascript:alert(1)")}, "Invalid base URL format"),
    ({"path": path_of('http://x/"><script>')}, "Invalid base URL format"), ({"entity_id": "x"}, "entity_id"), ({"entity_type": "thread"}, "entity_type"),
])
def test_start_does_not_understand(api, change, message):
    body = {"file_name": "a", "num_of_file_parts": 1, "entity_type": "trace", "entity_id": uuid7(), "path": path_of(), **change}
    code_message(api.post(f"{ATTACHMENT}/upload-start", body), 400, message)


def test_no_body(api):
    for operation in ("upload-start", "upload-complete", "delete"):
        errors(api.post(f"{ATTACHMENT}/{operation}", body=b"", headers={"Content-Type": "application/json"}), 422, "The request body must not be null")
        code_message(api.post(f"{ATTACHMENT}/{operation}", body=b"{", headers={"Content-Type": "application/json"}), 400, "Unable to process JSON")


@pytest.mark.parametrize("operation", ["upload", "list", "download"])
@pytest.mark.parametrize("change, status, message", [
    ({"entity_type": None}, 400, "entity_type must not be null"), ({"entity_type": "thread"}, 400, r"entity_type must be one of \[trace, span\]"),
    ({"entity_id": None}, 400, "entity_id must not be null"), ({"entity_id": "nobody"}, 404, "HTTP 404 Not Found"),
])
def test_addresses_refuse(api, operation, change, status, message):
    query = {"file_name": "a", "mime_type": "a/b", "entity_type": "trace", "entity_id": uuid7(), "project_id": project_id(api),
             "container_id": project_id(api), "path": path_of(), **change}
    method = "PUT" if operation == "upload" else "GET"
    answer = api.request(method, f"{ATTACHMENT}/{operation}", query={k: v for k, v in query.items() if v is not None}, body=b"x" if method == "PUT" else None)
    (errors if status == 400 else code_message)(answer, status, message)


@pytest.mark.parametrize("change, message", [({"file_name": None}, "must not be null"), ({"file_name": ""}, "must not be blank"),
                                             ({"file_name": "a\0"}, "control characters"), ({"file_name": "x" * 1025}, "between 1 and 1024"),
                                             ({"mime_type": "x"}, "must be like")])
def test_upload_refuses(server, api, change, message):
    before = files_of(server)
    query = {"file_name": "a", "entity_type": "trace", "entity_id": uuid7(), **change}
    answer = api.put(f"{ATTACHMENT}/upload", query={k: v for k, v in query.items() if v is not None}, body=b"x" * 100_000)
    errors(answer, 400, message)
    assert files_of(server) == before


def test_what_is_not_there(api):
    query = {"entity_type": "trace", "entity_id": uuid7(), "file_name": "a", "mime_type": "a/b", "container_id": project_id(api)}
    code_message(api.get(f"{ATTACHMENT}/download", query=query), 404, "Attachment a not found")
    code_message(api.get(f"{ATTACHMENT}/download", query={**query, "container_id": uuid7()}), 404, "Attachment a not found")
    page = api.get(f"{ATTACHMENT}/list", query={"project_id": uuid7(), "entity_type": "trace", "entity_id": uuid7(), "path": path_of()})
    assert page.status == 200 and page.json["content"] == [] and page.json["total"] == 0
    for page_of in ({"page": 0}, {"size": 0}):
        answer = api.get(f"{ATTACHMENT}/list", query={"project_id": uuid7(), "entity_type": "trace", "entity_id": uuid7(), "path": path_of(), **page_of})
        errors(answer, 400, "must be greater than or equal to 1")


def test_complete_has_nothing_to_do(api):
    body = {"file_name": "a", "entity_type": "trace", "entity_id": uuid7(), "file_size": 1, "upload_id": "BEMinIO",
            "uploaded_file_parts": [{"e_tag": "x", "part_number": 1}]}
    assert api.post(f"{ATTACHMENT}/upload-complete", body).status == 204
    errors(api.post(f"{ATTACHMENT}/upload-complete", {**body, "upload_id": None}), 422, "uploadId must not be null")


def test_too_large(tmp_path):
    with Opikd(tmp_path, args=["--attachment-bytes-max", "100000"]) as server:
        entity_id = uuid7()
        upload(server.api, entity_id, b"x" * 100_000)
        for kind in ({"body": b"x" * 100_001}, {"body": iter([b"x" * 50_000] * 3)}):
            (url,) = start(server.api, entity_id, "large").json["pre_sign_urls"]
            code_message(server.api.put(url[len(server.api.url):], **kind), 413, "found more than 100000 bytes")
        assert names(server.api, entity_id) == ["a.png"] and len(files_of(server)) == 1


# --- broken off


def begin_upload(server, entity_id, length, sent):
    """A connection on which an upload of `length` bytes has begun."""
    query = urllib.parse.urlencode({"file_name": "a", "entity_type": "trace", "entity_id": entity_id})
    connection = socket.create_connection(("127.0.0.1", server.port))
    head = f"PUT {ATTACHMENT}/upload?{query} HTTP/1.1\r\nHost: x\r\nContent-Length: {length}\r\n\r\n"
    connection.sendall(head.encode() + sent)
    eventually(lambda: any(f.parent.name == "incoming" and f.stat().st_size == len(sent) for f in files_of(server)))
    return connection


def test_a_client_that_hangs_up_leaves_nothing(fresh_server):
    entity_id = uuid7()
    with begin_upload(fresh_server, entity_id, 1_000_000, b"x" * 200_000):
        pass
    eventually(lambda: files_of(fresh_server) == [])
    assert names(fresh_server.api, entity_id) == []


def test_killed_in_the_middle(fresh_server):
    """What was answered is there, what was on its way is not, and no file is left that no row names."""
    kept, torn = uuid7(), uuid7()
    upload(fresh_server.api, kept, b"kept")
    connection = begin_upload(fresh_server, torn, 1_000_000, b"x" * 200_000)
    fresh_server.kill()
    connection.close()
    folder = pathlib.Path(fresh_server.data) / "attachments"
    stray = folder / "ab" / ("0" * 62)  # as after a kill between the file's rename and its row's commit
    stray.write_bytes(b"nobody's")
    (folder / "ab" / "README").write_bytes(b"not ours")
    fresh_server.start()
    eventually(lambda: not stray.exists())
    assert [f.parent.name for f in files_of(fresh_server)] == sorted([hashlib.sha256(b"kept").hexdigest()[:2], "ab"])
    assert download(fresh_server.api, listing(fresh_server.api, kept)["content"][0]["link"]).body == b"kept"
    assert names(fresh_server.api, torn) == []


def test_killed_under_load(tmp_path):
    """Never a row without its file, however the kill fell."""
    server = Opikd(tmp_path / "data")
    answered, rounds = {}, 6 if LONG else 2
    for _ in range(rounds):
        def work(n, running=server):
            try:
                for i in range(200):
                    entity_id, data = uuid7(), os.urandom(1000 + n)
                    upload(running.api, entity_id, data)
                    answered[entity_id] = data
            except Exception:  # the server is gone
                pass
        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            futures = [pool.submit(work, n) for n in range(4)]
            eventually(lambda count=len(answered): len(answered) > count + 20)
            server.kill()
            for future in futures:
                future.result()
        server.start()
    for entity_id, data in answered.items():
        assert download(server.api, listing(server.api, entity_id)["content"][0]["link"]).body == data
    assert server.stop() == 0
    import sqlite3
    rows = sqlite3.connect(tmp_path / "data/opik.db").execute("SELECT hex(content), bytes FROM attachments").fetchall()
    for content, size in rows:
        file = tmp_path / "data/attachments" / content[:2].lower() / content[2:].lower()
        assert file.stat().st_size == size and hashlib.sha256(file.read_bytes()).hexdigest() == content.lower()
    assert len(rows) >= len(answered)


def test_full_disk(tmp_path):
    """A limit on file sizes stands for it. The upload is refused, and the server goes on."""
    with Opikd(tmp_path, wrapper=["prlimit", "--fsize=2000000"]) as server:
        entity_id = uuid7()
        (url,) = start(server.api, entity_id).json["pre_sign_urls"]
        code_message(put(server.api, url, b"x" * 3_000_000), 503, "storing an attachment: File too large")
        assert names(server.api, entity_id) == []
        eventually(lambda: files_of(server) == [])
        upload(server.api, entity_id, b"x" * 1_000_000)
        assert names(server.api, entity_id) == ["a.png"]


# --- deleted


def test_one_file_for_one_content(fresh_server):
    api = fresh_server.api
    data = os.urandom(50_000)
    first, second = uuid7(), uuid7()
    for entity_id, name in [(first, "a"), (first, "b"), (second, "c")]:
        upload(api, entity_id, data, name)
    (file,) = files_of(fresh_server)
    digest = hashlib.sha256(data).hexdigest()
    assert (file.parent.name, file.name) == (digest[:2], digest[2:])
    body = {"file_names": ["a", "no such file"], "entity_type": "trace", "entity_id": first, "container_id": project_id(api)}
    assert api.post(f"{ATTACHMENT}/delete", body).status == 204
    assert names(api, first) == ["b"]
    assert api.post(f"{ATTACHMENT}/delete", {**body, "file_names": ["b"], "container_id": uuid7()}).status == 204
    assert names(api, first) == ["b"], "of another project"
    assert api.post(f"{ATTACHMENT}/delete", {"file_name": "b", "entity_type": "trace", "entity_id": first}).status == 204
    assert names(api, first) == [] and names(api, second) == ["c"] and file.exists()
    assert api.post(f"{ATTACHMENT}/delete", {**body, "entity_id": second, "file_names": ["c"]}).status == 204
    eventually(lambda: not file.exists())
    upload(api, first, data)
    assert file.exists() and download(api, listing(api, first)["content"][0]["link"]).body == data


def test_files_go_with_their_trace(fresh_server):
    api = fresh_server.api
    t, other = trace(), trace()
    s = span(trace_id=t["id"])
    for path, entity in (("traces", t), ("traces", other), ("spans", s)):
        api.post(f"/v1/private/{path}", entity)
    upload(api, t["id"], b"of the trace")
    upload(api, s["id"], b"of the span", kind="span")
    upload(api, other["id"], b"of another")
    unknown = uuid7()
    upload(api, unknown, b"of a trace that never came")
    assert len(files_of(fresh_server)) == 4
    assert api.delete(f"/v1/private/traces/{t['id']}").status == 204
    assert api.post("/v1/private/traces/delete", {"ids": [unknown]}).status == 204
    assert names(api, t["id"]) == names(api, s["id"], kind="span") == names(api, unknown) == []
    eventually(lambda: len(files_of(fresh_server)) == 1)
    assert names(api, other["id"]) == ["a.png"]


# --- inside of payloads


def png(size, seed=0):
    return b"\x89PNG\r\n\x1a\n" + hashlib.shake_256(str(seed).encode()).digest(size - 8)


def b64(data):
    return base64.b64encode(data).decode()


BIG = 200_000


def get(api, kind, entity_id, **query):
    answer = api.get(f"/v1/private/{kind}/{entity_id}", query=query)
    assert answer.status == 200, answer
    return answer.json


@pytest.mark.parametrize("kind", ["traces", "spans"])
def test_files_in_payloads_are_taken_out_and_put_back(server, api, kind):
    image, other, sound = png(BIG), png(BIG + 1, 1), b"ID3" + os.urandom(BIG)
    entity = one(kind, project_name=f"payloads of {kind}", input={"messages": [{"content": "data:image/png;base64," + b64(image)}, b64(other)], "n": 1},
                 output=[b64(sound)], metadata={"x": b64(image), "small": b64(png(1000))})
    assert api.post(f"/v1/private/{kind}/batch", {kind: [entity]}).status == 204
    read = get(api, kind, entity["id"])
    assert [read[f] for f in ("input", "output", "metadata")] == [entity[f] for f in ("input", "output", "metadata")]
    stripped = get(api, kind, entity["id"], strip_attachments="true")
    text = json.dumps(stripped["input"])
    name = stripped["input"]["messages"][0]["content"].removeprefix("data:image/png;base64,")[1:-1]
    assert len(text) < 1000 and name.startswith("input-attachment-1-") and name.endswith(".png") and name[19:-4].isdigit()
    assert stripped["output"][0].startswith("[output-attachment-1-") and stripped["output"][0].endswith(".mp3]")
    assert stripped["metadata"]["small"] == entity["metadata"]["small"]
    project = project_id(api, entity["project_name"])
    page = listing(api, entity["id"], kind[:-1], entity["project_name"])
    assert [(a["file_size"], a["mime_type"]) for a in page["content"]] == [(BIG, "image/png"), (BIG + 1, "image/png"), (BIG, "image/png"), (BIG + 3, "audio/mpeg")]
    assert download(api, page["content"][0]["link"]).body == image
    for strip, wanted in ((None, entity["input"]), (False, entity["input"]), (True, stripped["input"])):
        more = {} if strip is None else {"strip_attachments": strip}
        listed = api.get(f"/v1/private/{kind}", query={"project_id": project, **{k: str(v).lower() for k, v in more.items()}}).json["content"]
        (found,) = api.post(f"/v1/private/{kind}/search", {"project_id": project, **more}).lines
        assert [i["input"] for i in listed] == [wanted] and found["input"] == wanted
    cut = api.get(f"/v1/private/{kind}", query={"project_id": project, "truncate": "true"}).json["content"][0]
    assert cut["input"] == stripped["input"]


def test_rewriting_replaces_them(server, api):
    """A create anew and an update take the place of what was taken out before; what a user uploaded stays."""
    entity = trace(project_name="rewriting", input=b64(png(BIG, 10)), output=b64(png(BIG, 11)))
    api.post("/v1/private/traces", entity)
    upload(api, entity["id"], b"mine", "mine.txt", project_name="rewriting")
    before = names(api, entity["id"], project="rewriting")
    assert len(before) == 3
    api.patch(f"/v1/private/traces/{entity['id']}", {"project_name": "rewriting", "output": {"y": b64(png(BIG, 12))}})
    after = names(api, entity["id"], project="rewriting")
    assert len(after) == 3 and before[0] == after[0] and before[2] != after[2] and "mine.txt" in after
    assert get(api, "traces", entity["id"])["output"] == {"y": b64(png(BIG, 12))}
    api.post("/v1/private/traces", {**entity, "output": None, "input": b64(png(BIG, 13))})
    assert len(names(api, entity["id"], project="rewriting")) == 2
    assert get(api, "traces", entity["id"])["input"] == b64(png(BIG, 13))
    api.post("/v1/private/traces", {**entity, "output": None, "input": "nothing more"})
    assert names(api, entity["id"], project="rewriting") == ["mine.txt"]
    gone = hashlib.sha256(png(BIG, 13)).hexdigest()
    eventually(lambda: not (pathlib.Path(server.data) / "attachments" / gone[:2] / gone[2:]).exists())


def test_a_retry_is_the_same_create(api):
    """Row 6 of docs/merge.md, with a file in it: create, update, the create again."""
    entity = trace(input=b64(png(BIG, 20)), output="of the create")
    for _ in range(2):
        assert api.post("/v1/private/traces/batch", {"traces": [entity]}).status == 204
        api.patch(f"/v1/private/traces/{entity['id']}", {"output": "of the update"})
        before = names(api, entity["id"])
    assert api.post("/v1/private/traces/batch", {"traces": [entity]}).status == 204
    read = get(api, "traces", entity["id"])
    assert read["output"] == "of the update" and read["input"] == entity["input"] and names(api, entity["id"]) == before


def test_the_order_of_messages_does_not_matter(api):
    """A stamped create and two stamped updates, each with a file, in every order and twice: one and the same trace, with the same files."""
    import itertools

    stamps = ["2026-01-01T00:00:00Z", "2026-01-01T00:00:01Z", "2026-01-01T00:00:02Z"]
    seen = set()
    for order in itertools.permutations(range(3)):
        entity = trace(input=b64(png(BIG, 30)), output=b64(png(BIG, 31)), last_updated_at=stamps[0])
        messages = [lambda e=entity: api.post("/v1/private/traces/batch", {"traces": [e]}),
                    lambda e=entity: api.patch(f"/v1/private/traces/{e['id']}", {"output": b64(png(BIG, 32)), "last_updated_at": stamps[1]}),
                    lambda e=entity: api.patch(f"/v1/private/traces/{e['id']}", {"output": b64(png(BIG, 33)), "last_updated_at": stamps[2]})]
        for which in order + order:
            assert messages[which]().status == 204
        read = get(api, "traces", entity["id"])
        assert read["input"] == entity["input"] and read["output"] == b64(png(BIG, 33))
        stripped = get(api, "traces", entity["id"], strip_attachments="true")
        seen.add(json.dumps([stripped["input"], stripped["output"], names(api, entity["id"])]))
    assert len(seen) == 1, seen


def test_what_is_hidden_may_be_seen_again(api):
    """An update hides the create's output; an earlier create lets a later one win over the update (docs/merge.md): its file must be there."""
    first = trace(name="first", output="old", last_updated_at="2026-01-01T00:00:00Z")
    second = {**first, "name": "second", "output": b64(png(BIG, 40)), "last_updated_at": "2026-01-02T00:00:00Z"}
    api.patch(f"/v1/private/traces/{first['id']}", {"output": b64(png(BIG, 41)), "last_updated_at": "2026-01-01T12:00:00Z"})
    api.post("/v1/private/traces/batch", {"traces": [second]})
    assert get(api, "traces", first["id"])["output"] == b64(png(BIG, 41)) and len(names(api, first["id"])) == 1
    api.post("/v1/private/traces/batch", {"traces": [first]})
    assert get(api, "traces", first["id"])["output"] == second["output"] and len(names(api, first["id"])) == 1


def test_an_update_before_its_create(api):
    entity = span(input="x")
    api.patch(f"/v1/private/spans/{entity['id']}", {"trace_id": entity["trace_id"], "output": b64(png(BIG, 50))})
    assert get(api, "spans", entity["id"])["output"] == b64(png(BIG, 50))
    api.post("/v1/private/spans/batch", {"spans": [{**entity, "project_name": "of the create"}]})
    assert get(api, "spans", entity["id"])["output"] == b64(png(BIG, 50))
    assert len(names(api, entity["id"], kind="span", project="of the create")) == 1


def test_placeholders_that_clients_write(api):
    """What is read without files may be written again; other people's names stand for nothing; a part of a payload is not overwritten."""
    entity = trace(input={"a": b64(png(BIG, 60))})
    api.post("/v1/private/traces", entity)
    stripped = get(api, "traces", entity["id"], strip_attachments="true")
    api.post("/v1/private/traces", {**entity, "input": stripped["input"], "name": "again"})
    assert get(api, "traces", entity["id"])["input"] == entity["input"]
    thief = trace(input=stripped["input"])
    api.post("/v1/private/traces", thief)
    assert get(api, "traces", thief["id"])["input"] == stripped["input"]
    name = stripped["input"]["a"][1:-1]
    (url,) = start(api, entity["id"], name).json["pre_sign_urls"]
    errors(put(api, url, b"something else"), 409, "is a part of")
    assert put(api, url, png(BIG, 60)).status == 204
    assert get(api, "traces", entity["id"])["input"] == entity["input"]
    many = {"many": [stripped["input"]["a"]] * 1000}
    api.post("/v1/private/traces", {**entity, "input": many})
    assert sum(len(text) > 1000 for text in get(api, "traces", entity["id"])["input"]["many"]) == 1, "a name is put back once"


def test_batch_of_updates(api):
    ids = [uuid7() for _ in range(3)]
    assert api.patch("/v1/private/traces/batch", {"ids": ids, "update": {"output": b64(png(BIG, 70))}}).status == 204
    for entity_id in ids:
        assert get(api, "traces", entity_id)["output"] == b64(png(BIG, 70)) and len(names(api, entity_id)) == 1


def test_files_in_payloads_after_a_kill(fresh_server):
    api = fresh_server.api
    entity = trace(input=b64(png(BIG, 80)))
    assert api.post("/v1/private/traces/batch", {"traces": [entity]}).status == 204
    fresh_server.kill()
    fresh_server.start()
    assert get(fresh_server.api, "traces", entity["id"])["input"] == entity["input"]


def test_images_when_truncated(api):
    image = "data:image/jpeg;base64," + b64(os.urandom(3000))
    entity = trace(project_name="images", input={"text": "look", "image": image}, output="long " + "x" * 20_000)
    api.post("/v1/private/traces", entity)
    query = {"project_name": "images"}
    (cut,) = api.get("/v1/private/traces", query={**query, "truncate": "true"}).json["content"]
    assert cut["input"] == {"text": "look", "image": "[image]"}
    assert cut["output"] == ('"' + entity["output"])[:10_001]
    (found,) = api.post("/v1/private/traces/search", {**query, "truncate": True}).lines
    assert found["input"] == cut["input"]
    assert api.get("/v1/private/traces", query=query).json["content"][0]["input"] == entity["input"]
