"""What every test of the UI shares: Debian's Chromium, a page that watches itself, and the accessibility check.

    @pytest.mark.ui_short                    # also part of `make test`
    def test_projects(ui): ui.open("/projects"); expect(ui.page.get_by_role(…))

The page fails its test when it asks any host but its server for anything, writes an error to the console, or breaks its policy.
"""
import os
import pathlib
import urllib.parse

import pytest
from playwright.sync_api import sync_playwright

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
AXE = ROOT / "web/node_modules/axe-core/axe.min.js"
WAIT_MS = 30_000  # the machine may be busy


@pytest.fixture(scope="session")
def browser():
    if not pathlib.Path(CHROMIUM).exists():
        pytest.exit(f"no browser at {CHROMIUM}: run scripts/setup.sh test, or set CHROMIUM", returncode=2)
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu", "--font-render-hinting=none"])
        yield running
        running.close()


class Ui:
    """A page of its own context, and what went wrong on it."""

    def __init__(self, browser, url, **context):
        self.url = url
        self.context = browser.new_context(base_url=url, viewport={"width": 1440, "height": 900}, **context)
        self.context.set_default_timeout(WAIT_MS)
        self.wrong = []
        self.allowed = []  # parts of messages that a test expects: "status of 404"
        host = urllib.parse.urlsplit(url).netloc

        def on_request(request):
            parts = urllib.parse.urlsplit(request.url)
            if parts.scheme in ("http", "https", "ws", "wss") and parts.netloc != host:
                self.wrong.append(f"asked another host: {request.url}")

        self.context.on("request", on_request)
        self.page = self.context.new_page()
        self.page.on("console", lambda message: message.type == "error" and self.wrong.append(f"console: {message.text}"))
        self.page.on("pageerror", lambda error: self.wrong.append(f"exception: {error}"))

    def open(self, path):
        self.page.goto(path)
        return self.page

    def check_axe(self):
        """No violation that axe calls serious or critical. Its script is put in by the browser, past the policy of the page."""
        self.page.evaluate(AXE.read_text() + "; 0")
        found = self.page.evaluate("axe.run(document, {resultTypes: ['violations']})")
        bad = [
            f"{one['id']} ({one['impact']}): {one['help']}: {[node['html'][:160] for node in one['nodes'][:3]]}"
            for one in found["violations"]
            if one["impact"] in ("serious", "critical")
        ]
        assert not bad, "\n".join(bad)

    def close(self):
        self.context.close()
        wrong = [line for line in self.wrong if not any(part in line for part in self.allowed)]
        assert not wrong, "\n".join(wrong)


@pytest.fixture
def ui(browser, server):
    page = Ui(browser, server.url)
    yield page
    page.close()
