"""Goal: the logs come at once and scroll without a hitch, whatever the length of the project.
Method: the page's own performance entries: the mark that it sets when rows are first drawn, and the frames that took long while a script
scrolls through all rows. `make test` does it with some thousand rows and asks little of a busy machine; OPIK_LONG=1 with a million spans, of
which the project has 100,000, and asks for the targets."""
import json
import os
import subprocess

import pytest
from playwright.sync_api import expect

from support.server import LONG, ROOT, Opikd
from ui import seed
from ui.conftest import Ui

LOAD = ROOT / "build/release/bin/opik-load"
SPANS = int(os.environ.get("OPIK_UI_SPANS", "1000000"))
# Milliseconds.
FIRST_ROWS_MAX = 1500 if LONG else 20_000
FRAME_MAX = 100 if LONG else 2000

# Scrolls by `step` a frame to the end or for `frames`; tells what the browser says of long frames, and the time between frames.
SCROLL = """async ({step, frames}) => {
  const box = document.querySelector('[role=grid]');
  const long = [];
  const observer = new PerformanceObserver((list) => long.push(...list.getEntries().map((entry) => entry.duration)));
  observer.observe({type: 'long-animation-frame'});
  const frame = () => new Promise(requestAnimationFrame);
  let last = await frame(), slowest = 0, drawn = 0;
  const begin = last;
  while (drawn < frames && box.scrollTop + box.clientHeight < box.scrollHeight - 1) {
    box.scrollTop += step;
    const now = await frame();
    slowest = Math.max(slowest, now - last);
    last = now;
    ++drawn;
  }
  await frame();
  observer.disconnect();
  return {drawn, longest_frame_ms: Math.round(Math.max(0, ...long)), frames_over_50_ms: long.length, slowest_between_frames_ms: Math.round(slowest),
          frames_a_second: Math.round(drawn / (last - begin) * 1000), end: box.scrollTop};
}"""


@pytest.fixture(scope="module")
def filled(tmp_path_factory):
    with Opikd(tmp_path_factory.mktemp("speed")) as server:
        if LONG:
            port = server.url.rsplit(":", 1)[1]
            for what in ("write", "write-rest"):
                subprocess.run([LOAD, what, "--port", port, "--spans", str(SPANS)], check=True, stdout=subprocess.DEVNULL)
            project = server.api.post("/v1/private/projects/retrieve", {"name": "project 1"}).json["id"]
        else:
            project = seed.project(server.api, "Speed", traces=1500, seed=1, errors=0.02)
        yield server, project


@pytest.mark.ui_short
def test_rows_come_at_once_and_scroll_smoothly(browser, filled):
    server, project = filled
    figures = {}
    for tab in ("traces", "spans"):
        ui = Ui(browser, server.url)  # a browser that has nothing yet
        page = ui.open(f"/projects/{project}/logs?tab={tab}")
        expect(page.locator('[aria-rowindex="2"]')).to_be_visible()
        figures[f"{tab}: first rows, ms"] = round(page.evaluate("performance.getEntriesByName('opik:logs')[0].startTime"))
        figures[f"{tab}: first paint, ms"] = round(page.evaluate("performance.getEntriesByName('first-contentful-paint')[0].startTime"))
        ui.close()
    ui = Ui(browser, server.url)
    page = ui.open(f"/projects/{project}/logs?tab=spans")
    expect(page.locator('[aria-rowindex="2"]')).to_be_visible()
    page.wait_for_load_state("networkidle")
    rows = int(page.get_by_role("grid").get_attribute("aria-rowcount")) - 1
    figures["rows"] = rows
    figures["slowly"] = page.evaluate(SCROLL, {"step": 120, "frames": 200})
    figures["to the end"] = page.evaluate(SCROLL, {"step": max(400, rows * 32 // 600), "frames": 2000})
    print(json.dumps(figures, indent=1))
    assert figures["to the end"]["end"] > (rows - 60) * 32
    last = page.locator(f'[aria-rowindex="{rows + 1}"]')
    expect(last).not_to_contain_text("…", timeout=30_000)
    ui.close()
    assert max(figures["traces: first rows, ms"], figures["spans: first rows, ms"]) < FIRST_ROWS_MAX, figures
    assert max(figures["slowly"]["longest_frame_ms"], figures["to the end"]["longest_frame_ms"]) <= FRAME_MAX, figures
