#!/usr/bin/env python3
"""Pictures of every page, light and dark, wide and narrow: docs/screenshots/<page>-<theme>-<width>.png

    .venv/ui/bin/python test/ui/screenshots.py [page ...]
"""
import os
import pathlib
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "test"))

from PIL import Image  # noqa: E402
from playwright.sync_api import sync_playwright  # noqa: E402

from support.server import Opikd  # noqa: E402
from ui.conftest import CHROMIUM, Ui  # noqa: E402
from ui.pages import PAGES, Page, fill, show  # noqa: E402

OUT = ROOT / "docs/screenshots"
SIZES = [(1440, 900), (390, 844)]
COLOURS = 256  # a third of the bytes, and nothing is seen of it


def reduce_colours(path):
    """The commonest colours stay as they are, so that no ground changes; the others become the nearest of them."""
    with Image.open(path) as picture:
        full = picture.convert("RGB")
    found = sorted(full.getcolors(full.width * full.height), reverse=True)
    palette = Image.new("P", (1, 1))
    palette.putpalette([part for _, colour in found[:COLOURS] for part in colour])
    full.quantize(palette=palette, dither=Image.Dither.NONE).save(path, optimize=True)


def take(browser, server, pages, names):
    for name, page in pages.items():
        for theme in ("light", "dark"):
            for width, height in SIZES:
                ui = Ui(browser, server.url, color_scheme=theme, reduced_motion="reduce")
                ui.page.set_viewport_size({"width": width, "height": height})
                show(ui, page, names)
                path = OUT / f"{name}-{theme}-{width}.png"
                ui.page.screenshot(path=path)
                ui.close()
                reduce_colours(path)


def main(wanted):
    OUT.mkdir(parents=True, exist_ok=True)
    environment = {**os.environ, "FONTCONFIG_FILE": str(ROOT / "test/ui/fonts.conf")}
    pages = {name: page for name, page in PAGES.items() if not wanted or name in wanted}
    with tempfile.TemporaryDirectory() as data, Opikd(data) as server, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"], env=environment)
        if not wanted or "empty" in wanted:
            take(browser, server, {"empty": Page("/projects", "Log your first trace")}, {})
        take(browser, server, pages, fill(browser, server))
        browser.close()
    print(f"screenshots: in {OUT.relative_to(ROOT)}")


if __name__ == "__main__":
    main(sys.argv[1:])
