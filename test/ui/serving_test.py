"""Goal: the files of the UI come small, cached and guarded; the API's paths stay the API's; a folder can stand in for them.
Method: plain HTTP requests; the sizes of what the first page loads, as the build's manifest names it."""
import gzip
import re

import pytest

from support.server import DidNotStart, Opikd

pytestmark = pytest.mark.ui_short

FIRST_LOAD_BYTES_MAX = 200_000
BROWSER = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8", "Accept-Encoding": "gzip, deflate"}


def first_files(api):
    """Scripts and styles of the projects page, which is what "/" shows: those of index.html, and the page's own."""
    manifest = api.get("/manifest.json").json
    wanted, todo = set(), ["index.html", "src/pages/projects.tsx"]
    while todo:
        chunk = manifest[todo.pop()]
        wanted |= {chunk["file"], *chunk.get("css", [])}
        todo += [name for name in chunk.get("imports", []) if manifest[name]["file"] not in wanted]
    return wanted | {"theme.js"}


def test_first_load_is_small(api):
    sizes = {}
    for name in first_files(api):
        answer = api.get("/" + name, headers={"Accept-Encoding": "gzip"})
        assert answer.status == 200, name
        sizes[name] = len(answer.body) if answer.headers.get("content-encoding") == "gzip" else len(gzip.compress(answer.body))
    total = sum(sizes.values())
    print(f"first load: {total} bytes gzip")
    assert total <= FIRST_LOAD_BYTES_MAX, sizes


def test_page_is_guarded_and_never_stale(api):
    for path in ("/", "/projects", "/projects/x/logs?tab=spans"):
        answer = api.get(path, headers=BROWSER)
        assert (answer.status, answer.headers["content-type"]) == (200, "text/html; charset=utf-8")
        assert answer.headers["cache-control"] == "no-cache"
        policy = answer.headers["content-security-policy"]
        assert "default-src 'self'" in policy and "unsafe" not in policy
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert "<script>" not in answer.text and " style=" not in answer.text
    again = api.get("/", headers={**BROWSER, "If-None-Match": answer.headers["etag"]})
    assert (again.status, again.body) == (304, b"")


def test_assets_are_packed_and_kept_for_ever(api):
    name = re.search(r'src="(/assets/[^"]+\.js)"', api.get("/", headers=BROWSER).text).group(1)
    for accepted, coding in (("gzip", "gzip"), ("gzip, br", "br"), ("identity", None)):
        answer = api.get(name, headers={"Accept-Encoding": accepted})
        assert answer.headers.get("content-encoding") == coding
        assert "immutable" in answer.headers["cache-control"]
        assert answer.headers["vary"] == "Accept-Encoding"
    head = api.request("HEAD", name)
    assert head.status == 200 and head.body == b""


def test_paths_of_the_api_stay_the_api(api):
    for path in ("/api/v1/nothing", "/v1/nothing", "/api/projects", "/v1/private/nothing"):
        answer = api.get(path, headers=BROWSER)
        assert (answer.status, answer.json["code"]) == (404, 404), path
    assert api.get("/nothing").status == 404  # not a browser
    assert api.post("/projects", {}).status == 404
    assert api.get("/is-alive/ping", headers=BROWSER).json["healthy"] is True


def test_folder_instead(tmp_path):
    folder = tmp_path / "ui"
    (folder / "assets").mkdir(parents=True)
    (folder / "index.html").write_text("<h1>another</h1>")
    (folder / "assets/a.js").write_text("let a")
    (tmp_path / "secret").write_text("secret")
    (folder / "link").symlink_to(tmp_path / "secret")
    with Opikd(tmp_path / "data", args=["--ui-dir", folder]) as server:
        assert server.api.get("/", headers=BROWSER).text == "<h1>another</h1>"
        assert server.api.get("/default/projects", headers=BROWSER).text == "<h1>another</h1>"
        assert server.api.get("/assets/a.js").text == "let a"
        for path in ("/link", "/../secret", "/assets/../../secret", "/%2e%2e/secret", "/..%2fsecret"):
            answer = server.api.get(path)
            assert answer.status in (400, 404) and b"secret" not in answer.body, path
    with pytest.raises(DidNotStart, match="expected a folder"):
        Opikd(tmp_path / "data", args=["--ui-dir", tmp_path / "gone"])
