"""Goal: the projects page shows what the server knows and does what it says, by mouse and by keyboard.
Method: seeded projects in a real browser; every check reads what is on the page, or asks the API after an act."""
import re

import pytest
from playwright.sync_api import expect

from ui import seed

pytestmark = pytest.mark.ui_short


@pytest.fixture(scope="module")
def projects(server):
    return {
        "shop": seed.project(server.api, "Shop", traces=20, errors=0, seed=1),
        "broken": seed.project(server.api, "Broken agent", traces=10, errors=1, seed=2),
    }


def names(page):
    return page.locator("tbody tr th").all_inner_texts()


def row(page, name):
    return page.get_by_role("row").filter(has=page.get_by_role("rowheader", name=name, exact=True))


def test_figures_come_from_the_server(ui, server, projects):
    page = ui.open("/")
    expect(page).to_have_url(re.compile(r"/projects$"))
    expect(page).to_have_title("Projects · Opik")
    expect(row(page, "Shop").get_by_role("cell").nth(0)).to_have_text("20")
    expect(row(page, "Shop").get_by_role("cell").nth(2)).to_have_text("0 %")
    expect(row(page, "Broken agent").get_by_role("cell").nth(2)).to_have_text("100 %")
    stats = {one["project_id"]: one for one in server.api.get("/v1/private/projects/stats").json["content"]}
    p50 = stats[projects["shop"]]["duration"]["p50"]
    shown = row(page, "Shop").get_by_role("cell").nth(3).inner_text()
    assert shown == (f"{p50 / 1000:.2f} s" if p50 >= 1000 else f"{p50:.0f} ms")
    ui.check_axe()


def test_dark_theme_is_kept_and_readable(ui, projects):
    page = ui.open("/projects")
    expect(row(page, "Shop")).to_be_visible()
    page.get_by_role("button", name="Light or dark").click()
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"
    ui.check_axe()
    page.reload()
    assert page.evaluate("getComputedStyle(document.body).colorScheme") == "dark"


def test_sorting_and_finding_stand_in_the_address(ui, projects):
    page = ui.open("/projects")
    page.get_by_role("button", name="Name").click()
    expect(page).to_have_url(re.compile(r"sort=name"))
    assert names(page) == sorted(names(page), key=str.lower)
    page.keyboard.press("/")
    page.keyboard.type("brok")
    expect(page.locator("tbody tr")).to_have_count(1)
    expect(page).to_have_url(re.compile(r"name=brok"))
    page.keyboard.press("Escape")
    expect(page.locator("tbody tr").nth(1)).to_be_visible()
    page.go_back()
    page.get_by_role("searchbox").fill("no such")
    expect(page.get_by_role("heading", name=re.compile("No project has"))).to_be_visible()


def test_make_rename_delete(ui, server, projects):
    page = ui.open("/projects")
    expect(row(page, "Shop")).to_be_visible()
    page.keyboard.press("n")
    expect(page.get_by_role("dialog")).to_be_visible()
    page.get_by_label("Name", exact=True).fill("Shop")
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog").get_by_role("alert")).to_have_text("Project already exists")
    ui.allowed.append("status of 409")
    page.get_by_label("Name", exact=True).fill("<b>Fresh</b>")
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(row(page, "<b>Fresh</b>")).to_be_visible()

    page.get_by_role("button", name="Actions for <b>Fresh</b>").click()
    page.get_by_role("menuitem", name=re.compile("Rename")).press("Enter")
    page.get_by_label("Name", exact=True).fill("Renamed")
    page.get_by_role("button", name="Rename").click()
    expect(row(page, "Renamed")).to_be_visible()

    page.get_by_role("button", name="Actions for Renamed").click()
    page.get_by_role("menuitem", name="Delete…").click()
    delete = page.get_by_role("dialog").get_by_role("button", name="Delete")
    expect(delete).to_be_disabled()
    page.get_by_label("Name of the project").fill("Renamed")
    delete.click()
    expect(row(page, "Renamed")).to_have_count(0)
    assert server.api.post("/v1/private/projects/retrieve", {"name": "Renamed"}).status == 404


def test_keys_and_escape(ui, projects):
    page = ui.open("/projects")
    expect(row(page, "Shop")).to_be_visible()
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keys")).to_contain_text("New project")
    ui.check_axe()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    page.keyboard.press("g")
    page.keyboard.press("s")
    expect(page).to_have_url(re.compile("/settings$"))
    page.go_back()
    expect(row(page, "Shop")).to_be_visible()


def test_server_that_is_gone(ui, projects):
    page = ui.open("/projects")
    expect(row(page, "Shop")).to_be_visible()
    ui.allowed.append("ERR_CONNECTION_REFUSED")
    page.route("**/api/**", lambda route: route.abort("connectionrefused"))
    page.get_by_role("searchbox").fill("x")
    expect(page.get_by_role("alert")).to_contain_text("cannot be reached")
    page.unroute("**/api/**")
    page.get_by_role("button", name="Try again").click()
    expect(page.get_by_role("heading", name="No project has “x” in its name")).to_be_visible()
