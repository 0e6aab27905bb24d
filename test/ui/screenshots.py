#!/usr/bin/env python3
"""Pictures of every page, light and dark, wide and narrow: docs/screenshots/<page>-<theme>-<width>.png

    .venv/ui/bin/python test/ui/screenshots.py [page ...]
"""
import pathlib
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "test"))

from playwright.sync_api import sync_playwright  # noqa: E402

from support.server import Opikd  # noqa: E402
from ui import seed  # noqa: E402
from ui.conftest import CHROMIUM, Ui  # noqa: E402
from ui.pages_test import PAGES  # noqa: E402

OUT = ROOT / "docs/screenshots"
SIZES = [(1440, 900), (390, 844)]


def main(wanted):
    OUT.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as data, Opikd(data) as server, sync_playwright() as playwright:
        project = seed.demo(server.api)
        trace = server.api.get("/v1/private/traces", query={"project_id": project, "size": 1}).json["content"][0]["id"]
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        for theme in ("light", "dark"):
            ui = Ui(browser, server.url, color_scheme=theme, reduced_motion="reduce")
            for name, (path, text) in PAGES.items():
                if wanted and name not in wanted:
                    continue
                for width, height in SIZES:
                    ui.page.set_viewport_size({"width": width, "height": height})
                    ui.open(path.format(project=project, trace=trace))
                    ui.page.locator("main").get_by_text(text).first.wait_for()
                    ui.page.wait_for_load_state("networkidle")
                    ui.page.screenshot(path=OUT / f"{name}-{theme}-{width}.png")
            ui.close()
        browser.close()
    print(f"screenshots: in {OUT.relative_to(ROOT)}")


if __name__ == "__main__":
    main(sys.argv[1:])
