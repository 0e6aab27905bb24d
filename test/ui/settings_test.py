"""Goal: settings show how the server does and change what can be changed; what is refused is told where it was asked.
Method: a real browser on a server of its own; every change is read back over the API."""
import re

import pytest
from playwright.sync_api import expect

from ui import seed

pytestmark = pytest.mark.ui_short
SCALES = "/v1/private/feedback-definitions"
WORKSPACE = "/v1/private/workspaces/configurations"


def row(page, title):
    return page.locator("dl.settings dt").filter(has_text=re.compile(f"^{title}$")).locator("xpath=following-sibling::dd[1]")


def test_server_health(ui, server):
    seed.project(server.api, "Health", traces=20, seed=2)
    page = ui.open("/settings")
    figures = dict(line.rsplit(" ", 1) for line in server.api.get("/metrics").text.splitlines() if not line.startswith("#"))
    expect(row(page, "Version")).to_contain_text(re.search(r'opikd_build_info\{version="([^"]+)"', "\n".join(figures)).group(1))
    expect(row(page, "Version")).to_contain_text(server.api.get("/is-alive/ver").json["version"])
    expect(row(page, "Address of the API")).to_have_text(f"{server.url}/api")
    traces = int(figures['opikd_store_rows{of="traces"}'])
    assert 20 <= traces < 1000
    expect(row(page, "Stored")).to_contain_text(f"{traces} traces")
    expect(row(page, "Disk")).to_contain_text(re.compile(r"iB used, .*iB free"))
    expect(page.locator(".kpi").filter(has_text="Ingest").locator("dd")).to_have_text(re.compile(r"^[\d.]+k?/s$"))
    expect(page.get_by_role("img", name=re.compile("Stored per second")).locator("canvas")).to_be_visible()
    ui.check_axe()


def test_snippets_name_this_server(ui, server):
    page = ui.open("/settings?tab=connect")
    section = page.get_by_role("region", name="Connect your app")
    for language in ("Python", "TypeScript", "C++", "OpenTelemetry", "curl"):
        section.get_by_role("button", name=language, exact=True).click()
        expect(section).to_contain_text(f"{server.url}/api")
    ui.check_axe()


def test_scales_are_made_changed_deleted(ui, server):
    page = ui.open("/settings?tab=scores")
    expect(page.get_by_role("button", name="New scale")).to_be_visible()
    before = {one["name"] for one in server.api.get(SCALES).json["content"]}
    page.keyboard.press("n")
    page.get_by_label("Name").fill("quality")
    page.get_by_label("From").fill("2")
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog").get_by_role("alert")).to_contain_text("min")  # from 2 to 1
    ui.allowed.append("status of 422")
    page.get_by_label("From").fill("0")
    page.keyboard.press("Enter")
    expect(page.get_by_role("row").filter(has_text="quality")).to_contain_text("0 to 1")

    page.get_by_role("button", name="New scale").click()
    page.get_by_label("Name").fill("verdict")
    page.get_by_label("Type").select_option("Categories")
    page.get_by_label("Category 1", exact=True).fill("fine")
    ui.check_axe()
    page.keyboard.press("Enter")
    expect(page.get_by_role("row").filter(has_text="verdict")).to_contain_text("fine (1), bad (0)")
    page.get_by_role("button", name="New scale").click()
    page.get_by_label("Name").fill("right")
    page.get_by_label("Type").select_option("Yes or no")
    page.keyboard.press("Enter")
    expect(page.get_by_role("row").filter(has_text="right")).to_contain_text("yes (1), no (0)")
    made = {one["name"]: one["details"] for one in server.api.get(SCALES).json["content"]}
    assert (made["quality"], made["verdict"]["categories"], made["right"]["true_label"]) == ({"min": 0, "max": 1}, {"fine": 1, "bad": 0}, "yes")
    ui.check_axe()

    page.get_by_role("button", name="Actions for quality").click()
    page.get_by_role("menuitem", name="Change…").click()
    page.get_by_label("To").fill("5")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("row").filter(has_text="quality")).to_contain_text("0 to 5")
    page.get_by_role("button", name="Actions for quality").click()
    page.get_by_role("menuitem", name="Delete…").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(page.get_by_role("row").filter(has_text="quality")).to_have_count(0)
    assert {one["name"] for one in server.api.get(SCALES).json["content"]} == before | {"verdict", "right"}


def test_scales_are_offered_where_rows_are_scored(ui, server):
    server.api.post(SCALES, {"name": "mood", "type": "categorical", "details": {"categories": {"glad": 1, "sad": 0}}})
    project = seed.project(server.api, "Moods", traces=3, seed=2)
    page = ui.open(f"/projects/{project}/logs")
    page.get_by_role("checkbox").first.click()
    page.keyboard.press("s")
    page.get_by_label("Score", exact=True).fill("mood")
    page.get_by_label("Value").select_option("sad (0)")
    page.get_by_role("dialog").get_by_role("button", name="Score").click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    found = server.api.get("/v1/private/traces", query={"project_id": project, "filters": "feedback_scores.mood = 0"}).json["content"]
    assert [score["category_name"] for one in found for score in one["feedback_scores"] if score["name"] == "mood"] == ["sad"]


def test_workspace_is_set_and_reset(ui, server):
    ui.allowed.append("status of 404")  # nothing is set at first
    page = ui.open("/settings?tab=workspace")
    expect(page.get_by_label("A thread is over after")).to_have_value("15")
    ui.check_axe()
    page.get_by_label("A thread is over after").fill("90")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("button", name="Reset")).to_be_visible()
    assert server.api.get(WORKSPACE).json["timeout_to_mark_thread_as_inactive"] == "PT1H30M"
    page.reload()
    expect(page.get_by_label("A thread is over after")).to_have_value("90")
    page.get_by_role("button", name="Reset").click()
    expect(page.get_by_label("A thread is over after")).to_have_value("15")
    assert server.api.get(WORKSPACE).status == 404


def test_theme_of_this_browser(ui, server):
    page = ui.open("/settings?tab=browser")
    page.get_by_label("Theme").select_option("Dark")
    assert page.evaluate("getComputedStyle(document.body).colorScheme") == "dark"
    ui.check_axe()
