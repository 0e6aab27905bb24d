"""Goal: every page opens with its data, without a violation that matters, on a wide and on a narrow screen; links end where they should.
Method: a server with the example project; each page in both themes and widths, and the link that SDKs print."""
import base64
import re

import pytest
from playwright.sync_api import expect

from support.server import Opikd
from ui import seed
from ui.conftest import Ui
from ui.pages import PAGES, fill, show


@pytest.fixture(scope="module")
def seeded(server):
    project = seed.project(server.api, "Checkout assistant", traces=240, seed=3)
    trace = server.api.get("/v1/private/traces", query={"project_id": project, "size": 1}).json["content"][0]["id"]
    return {"project": project, "trace": trace}


@pytest.fixture(scope="module")
def filled(browser, tmp_path_factory):
    with Opikd(tmp_path_factory.mktemp("pages")) as server:
        yield server, fill(browser, server)


@pytest.mark.parametrize("width", [1440, 390])
@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("name", PAGES)
def test_opens(browser, filled, name, theme, width):
    server, names = filled
    ui = Ui(browser, server.url, color_scheme=theme)
    ui.page.set_viewport_size({"width": width, "height": 844})
    show(ui, PAGES[name], names)
    ui.check_axe()
    assert ui.page.evaluate("document.documentElement.scrollWidth") <= width, "the page is wider than the screen"
    ui.close()


@pytest.mark.ui_short
def test_links_of_sdks_end_at_the_trace(ui, server, seeded):
    path = base64.b64encode(f"{server.url}/api/".encode()).decode()
    page = ui.open(f"/api/v1/session/redirect/projects/?trace_id={seeded['trace']}&path={path}")
    expect(page).to_have_url(re.compile(f"/projects/{seeded['project']}/traces/{seeded['trace']}$"))
    expect(page.get_by_role("heading", name="answer", level=1)).to_be_visible()


@pytest.mark.ui_short
def test_grid_by_keyboard(ui, seeded):
    page = ui.open(f"/projects/{seeded['project']}/logs")
    grid = page.get_by_role("grid", name="Traces")
    expect(grid).to_have_attribute("aria-rowcount", "241")
    grid.focus()
    page.keyboard.press("Control+End")
    expect(page.locator('[aria-rowindex="241"]')).to_be_visible()
    expect(page.locator('[aria-rowindex="241"]')).to_contain_text("answer")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("/traces/"))
    page.go_back()
    expect(grid).to_be_visible()


def test_columns_are_chosen_and_kept(ui, seeded):
    page = ui.open(f"/projects/{seeded['project']}/logs")
    page.get_by_role("button", name="Columns").click()
    page.get_by_role("menuitemcheckbox", name="Thread").click()
    page.keyboard.press("Escape")
    expect(page.get_by_role("columnheader", name="Thread")).to_be_visible()
    page.reload()
    expect(page.get_by_role("columnheader", name="Thread")).to_be_visible()


def test_unknown_things_say_so(ui, seeded):
    ui.allowed += ["status of 404", "status of 400"]
    for path, text in [("/nowhere", "no such page"), (f"/projects/{seeded['project']}/traces/01900000-0000-7000-8000-000000000000", "no such trace")]:
        page = ui.open(path)
        expect(page.get_by_role("heading", name=re.compile(text))).to_be_visible()
