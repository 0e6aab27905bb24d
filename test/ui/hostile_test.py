"""Goal: what was logged is text, wherever it is shown, and no page lets a script in.
Method: a corpus of markup and scripts in every field that a client can fill; every page of a browser that would run them, and the headers."""
import datetime
import random
import re

import pytest
from playwright.sync_api import expect

from ui import seed

HOSTILE = [
    "<script>window.hit = 1</script>",
    "<img src=x onerror='window.hit = 1'>",
    "\"><svg onload=window.hit=1>",
    "javascript:window.hit=1",
    "[link](javascript:window.hit=1) ![p](javascript:window.hit=1)",
    "<a href='data:text/html,<script>window.hit=1</script>'>x</a>",
    "{{constructor.constructor('window.hit=1')()}} ${window.hit=1} #{window.hit=1}",
    "</textarea></title></style></script><script>window.hit=1</script>",
    "<iframe srcdoc='<script>parent.hit=1</script>'></iframe>",
    "![x](https://example.invalid/x.png) <style>*{display:none}</style>",
    "\u202ertl\u2066 \u0007 ﷽ Z͑ͫa̴l̷g̵o̶ 💥",
    "<math><mtext></p><mglyph><style><!--</style><img title='--&gt;&lt;img src=1 onerror=window.hit=1&gt;'>",
]


@pytest.fixture(scope="module")
def hostile(server):
    """One trace for each text, with that text everywhere; they share a thread whose name is hostile too."""
    api = server.api
    rand = random.Random(5)
    name = f"{HOSTILE[1]} project"
    thread = HOSTILE[0]
    begin = datetime.datetime(2026, 11, 3, tzinfo=datetime.timezone.utc)
    traces, spans, scores = [], [], []
    for n, text in enumerate(HOSTILE):
        at = begin + datetime.timedelta(seconds=n)
        trace, span = seed.uuid7(at, rand), seed.uuid7(at, rand)
        error = {"exception_type": text, "message": text, "traceback": text}
        fields = {
            "project_name": name, "name": text, "start_time": seed.iso(at), "end_time": seed.iso(at), "tags": [text], "metadata": {text: text}, "error_info": error,
            "input": {"messages": [{"role": text, "content": text}, {"role": "user", "content": [{"type": "image_url", "image_url": {"url": text}}, {"type": "text", "text": text}]}]},
            "output": {text: text, "choices": [{"message": {"role": "assistant", "content": text, "tool_calls": [{"function": {"name": text, "arguments": text}}]}}]},
        }
        traces.append({"id": trace, "thread_id": thread, **fields})
        spans.append({"id": span, "trace_id": trace, "type": "llm", "model": text, "provider": text, **fields})
        scores.append({"id": trace, "project_name": name, "name": text, "value": 1, "category_name": text, "reason": text, "source": "ui"})
    seed._batches(api, "/v1/private/traces/batch", "traces", traces)
    seed._batches(api, "/v1/private/spans/batch", "spans", spans)
    assert api.put("/v1/private/traces/feedback-scores", {"scores": scores}).status == 204
    for trace, text in zip(traces, HOSTILE):
        assert api.post(f"/v1/private/traces/{trace['id']}/comments", {"text": text}).status == 201
    return {"project": api.post("/v1/private/projects/retrieve", {"name": name}).json["id"], "thread": thread, "traces": traces, "spans": spans, "name": name}


def check(ui):
    ui.page.wait_for_load_state("networkidle")
    assert ui.page.evaluate("window.hit") is None
    assert ui.page.locator("main script, main iframe, main style, main img[src='x'], main [onerror], main [onload]").count() == 0
    assert ui.page.evaluate("[...document.querySelectorAll('a[href]')].filter(a => !/^(https?:|\\/)/.test(a.getAttribute('href'))).map(a => a.outerHTML)") in ([], ['<a class="skip-link" href="#main">Skip to content</a>'])


@pytest.mark.ui_short
def test_lists(ui, hostile):
    from urllib.parse import quote

    for path in ("/projects", f"/projects/{hostile['project']}/logs", f"/projects/{hostile['project']}/logs?tab=spans", f"/projects/{hostile['project']}/logs?tab=threads", f"/projects/{hostile['project']}/metrics", "/settings"):
        ui.open(path)
        expect(ui.page.locator("main")).not_to_be_empty()
        check(ui)
    ui.open(f"/projects/{hostile['project']}/thread?id={quote(hostile['thread'], safe='')}")
    expect(ui.page.get_by_role("heading", level=1)).to_have_text(hostile["thread"])
    check(ui)


@pytest.mark.parametrize("number", range(len(HOSTILE)))
def test_trace(ui, hostile, number):
    trace, span = hostile["traces"][number], hostile["spans"][number]
    page = ui.open(f"/projects/{hostile['project']}/traces/{trace['id']}")
    expect(page.get_by_role("heading", level=1)).to_have_text(re.compile(re.escape(HOSTILE[number].strip()[:12])))
    check(ui)
    ui.open(f"/projects/{hostile['project']}/traces/{trace['id']}?span={span['id']}")
    for view in ("Messages", "Pretty", "JSON", "Raw"):
        page.get_by_role("region", name="Input").get_by_role("button", name=view).click()
        check(ui)


@pytest.mark.ui_short
def test_policy_lets_no_script_in(server):
    policy = server.api.get("/projects", headers={"Accept": "text/html"}).headers["content-security-policy"]
    assert "default-src 'self'" in policy
    assert "unsafe" not in policy
    assert "script-src" not in policy or "script-src 'self'" in policy
