"""Goal: the logs page shows what the server has, and every way to narrow, order, choose and change rows does what it says.
Method: a seeded project in a real browser; what is on the page is held against the API's answer to the same question."""
import csv
import io
import json
import re
import urllib.parse

import pytest
from playwright.sync_api import expect

from ui import seed

TRACES = 240


@pytest.fixture(scope="module")
def project(server):
    return seed.project(server.api, "Logs", traces=TRACES, seed=7, errors=0.1)


@pytest.fixture
def logs(ui, project):
    def open_logs(search=""):
        page = ui.open(f"/projects/{project}/logs{search}")
        expect(page.get_by_role("tab").or_(page.get_by_role("link", name="Traces"))).to_be_visible()
        return page

    return open_logs


def ask(server, project, what="traces", **query):
    answer = server.api.get(f"/v1/private/{what}", query={"project_id": project, "size": 1000, **query})
    assert answer.status == 200, answer
    return answer.json


def rows(page):
    return page.get_by_role("grid").locator("[role=row][aria-rowindex]:not([aria-rowindex='1'])")


def expect_total(page, total):
    expect(page.get_by_role("grid")).to_have_attribute("aria-rowcount", str(total + 1))


def figure(page, title):
    return page.locator(".kpi").filter(has=page.get_by_text(title, exact=True)).locator("dd")


@pytest.mark.ui_short
def test_filters_are_chosen_and_written(ui, server, project, logs):
    failed = ask(server, project, filters="error_info is_not_empty")["total"]
    slow_failed = ask(server, project, filters="error_info is_not_empty and duration > 1000")["total"]
    assert 0 < slow_failed < failed < TRACES
    page = logs()
    expect_total(page, TRACES)

    page.get_by_role("button", name="Add a filter").click()
    page.get_by_label("Field").select_option("Error")
    page.get_by_role("button", name="Apply").click()
    expect_total(page, failed)
    expect(page).to_have_url(re.compile(r"filter=error_info"))
    expect(figure(page, "Errors")).to_contain_text("100 %")

    page.get_by_role("button", name="Add a filter").click()
    page.get_by_label("Field").select_option("Duration (ms)")
    page.get_by_label("Value").fill("1000")
    page.keyboard.press("Enter")
    expect_total(page, slow_failed)
    ui.check_axe()

    # The same filter as text, completed and changed by keyboard alone.
    page.get_by_role("button", name="OQL").click()
    box = page.get_by_role("combobox", name="Filter in OQL")
    expect(box).to_have_value("error_info is_not_empty and duration > 1000")
    box.fill("")
    box.press_sequentially("error_i")
    expect(page.get_by_role("option").first).to_contain_text("error_info")
    box.press("Tab")
    box.press_sequentially("is_n")
    box.press("Tab")
    ui.check_axe()
    box.press("Enter")
    expect(box).to_have_value(re.compile("^error_info is_not_empty ?$"))
    expect_total(page, failed)
    page.go_back()
    expect_total(page, slow_failed)
    page.go_back()
    expect_total(page, failed)


@pytest.mark.ui_short
def test_errors_of_a_filter_are_shown_where_they_are(ui, logs):
    ui.allowed.append("status of 400")
    page = logs("?filter=" + 'name = "ä" and nonsense > 3')
    box = page.get_by_role("combobox", name="Filter in OQL")
    expect(box).to_have_attribute("aria-invalid", "true")
    expect(page.locator(".oql-mirror mark")).to_have_text("nonsense")  # from the server, whose place is in bytes
    expect(page.locator(".oql-wrong")).to_contain_text("At character 16")
    ui.check_axe()
    box.fill('name ~ "x"')
    expect(page.locator(".oql-mirror mark")).to_have_text("~")
    expect(page.locator(".oql-wrong")).to_contain_text("expected an operator")
    box.fill('name = "answer"')
    box.press("Enter")
    expect_total(page, TRACES)


def test_finding_sorting_and_tabs_stand_in_the_address(ui, server, project, logs):
    page = logs()
    expect_total(page, TRACES)
    page.keyboard.press("/")
    page.keyboard.type("backpacks")
    found = ask(server, project, search="backpacks")["total"]
    expect_total(page, found)
    expect(page).to_have_url(re.compile("find=backpacks"))
    page.get_by_role("columnheader", name="Duration").get_by_role("button").click()
    expect(page.get_by_role("columnheader", name="Duration")).to_have_attribute("aria-sort", "descending")
    slowest = ask(server, project, search="backpacks", sorting='[{"field":"duration","direction":"DESC"}]')["content"][0]
    expect(rows(page).first.get_by_role("link").first).to_have_attribute("href", re.compile(slowest["id"]))
    page.reload()
    expect_total(page, found)
    expect(page.get_by_role("columnheader", name="Duration")).to_have_attribute("aria-sort", "descending")
    page.get_by_role("link", name="Spans").click()
    expect(page.get_by_role("grid", name="Spans")).to_have_attribute("aria-rowcount", str(ask(server, project, "spans", search="backpacks")["total"] + 1))
    page.get_by_role("searchbox").fill("nothing has this")
    expect(page.get_by_role("heading", name="No spans match")).to_be_visible()
    page.get_by_role("button", name="Show all spans").click()
    expect_total(page, 3 * TRACES)


@pytest.mark.ui_short
def test_figures_and_their_change(ui, server, project, logs):
    page = logs("?range=24h")
    stats = {one["name"]: one["value"] for one in server.api.get("/v1/private/traces/stats", query={"project_id": project}).json["stats"]}
    expect(figure(page, "Traces")).to_contain_text(re.compile(r"\d"))
    expect(figure(page, "Traces").locator(".figure-change")).to_contain_text("▲")  # the seed logs more of them the nearer to now
    figure(page, "Traces").locator(".figure-change").hover()
    expect(page.get_by_role("tooltip")).to_contain_text("in the period before")
    page.get_by_role("button", name=re.compile("Time range")).click()
    page.get_by_role("menuitemcheckbox", name="All time").click()
    expect_total(page, TRACES)
    expect(figure(page, "Traces")).to_have_text(str(TRACES))
    rate = stats["error_count"] / TRACES * 100
    expect(figure(page, "Errors")).to_have_text(f"{rate:.0f} %" if rate >= 9.95 else f"{rate:.1f} %")


@pytest.mark.ui_short
def test_brush_chooses_the_time_range(ui, server, project, logs):
    page = logs()
    chart = page.get_by_role("img", name=re.compile(rf"Traces over time: {TRACES}"))
    expect(chart.locator("canvas")).to_be_visible()
    box = chart.bounding_box()
    page.mouse.move(box["x"] + box["width"] * 0.5, box["y"] + 30)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.75, box["y"] + 30, steps=5)
    page.mouse.up()
    expect(page).to_have_url(re.compile(r"from=.*to="))
    search = urllib.parse.parse_qs(urllib.parse.urlsplit(page.url).query)
    times = {key: search[key][0].strip('"') for key in ("from", "to")}
    some = ask(server, project, from_time=times["from"], to_time=times["to"])["total"]
    assert 0 < some < TRACES
    expect_total(page, some)


@pytest.mark.ui_short
def test_rows_are_links(ui, project, logs):
    page = logs()
    link = rows(page).first.get_by_role("link").first
    with ui.context.expect_page() as opened:
        link.click(modifiers=["Control"])
    expect(opened.value).to_have_url(re.compile(f"/projects/{project}/traces/"))
    opened.value.close()
    expect(page).to_have_url(re.compile("/logs"))
    link.click()
    expect(page).to_have_url(re.compile("/traces/"))


def test_columns_by_keyboard(ui, logs):
    page = logs()
    expect_total(page, TRACES)
    heads = page.get_by_role("columnheader")
    name = page.get_by_role("columnheader", name="Name")
    before = name.bounding_box()["width"]
    at = heads.all_inner_texts().index("Name")
    name.get_by_role("button").focus()
    page.keyboard.press("Shift+ArrowRight")
    page.keyboard.press("Shift+ArrowRight")
    assert name.bounding_box()["width"] == before + 32
    page.keyboard.press("Alt+ArrowRight")
    assert heads.all_inner_texts().index("Name") == at + 1
    expect(name.get_by_role("button")).to_be_focused()
    page.reload()
    expect_total(page, TRACES)
    assert (heads.all_inner_texts().index("Name"), name.bounding_box()["width"]) == (at + 1, before + 32)


@pytest.mark.ui_short
def test_picked_rows_are_tagged_scored_exported_deleted(ui, server, project):
    other = seed.project(server.api, "Picks", traces=12, seed=9, errors=0)
    page = ui.open(f"/projects/{other}/logs")
    expect_total(page, 12)
    grid = page.get_by_role("grid")
    grid.focus()
    page.keyboard.press("Space")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Shift+Space")
    expect(page.get_by_text("3 picked")).to_be_visible()
    ui.check_axe()
    newest = ask(server, other)["content"][:3]

    page.keyboard.press("t")
    page.get_by_label("Tags").fill("reviewed, <b>bold</b>")
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(rows(page).first).to_contain_text("reviewed")
    for trace in newest:
        tags = server.api.get(f"/v1/private/traces/{trace['id']}").json["tags"]
        assert {"production", "reviewed", "<b>bold</b>"} <= set(tags)

    page.get_by_role("button", name="Score", exact=True).click()
    page.get_by_label("Score", exact=True).fill("quality")
    page.get_by_label("Value").fill("0.75")
    page.get_by_label("Reason").fill("short")
    page.get_by_role("dialog").get_by_role("button", name="Score", exact=True).click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    for trace in newest:
        score = next(one for one in server.api.get(f"/v1/private/traces/{trace['id']}").json["feedback_scores"] if one["name"] == "quality")
        assert (score["value"], score["reason"], score["source"]) == (0.75, "short", "ui")

    for kind, check in (("JSON", lambda text: json.loads(text)), ("CSV", lambda text: list(csv.DictReader(io.StringIO(text))))):
        page.get_by_role("button", name="Export").click()
        with page.expect_download() as download:
            page.get_by_role("menuitem", name=f"As {kind}").click()
        saved = check(open(download.value.path(), encoding="utf-8", newline="").read())
        assert {one["id"] for one in saved} == {one["id"] for one in newest}
    assert saved[0]["feedback_scores.quality"] == "0.75"

    page.get_by_role("button", name="Delete").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect_total(page, 9)
    assert ask(server, other)["total"] == 9
    expect(page.locator(".log-bar")).not_to_contain_text("picked")


def test_whole_list_is_exported(ui, server, project, logs):
    page = logs("?filter=error_info is_not_empty")
    failed = ask(server, project, filters="error_info is_not_empty")["content"]
    page.get_by_role("button", name="Export").click()
    with page.expect_download() as download:
        page.get_by_role("menuitem", name="As JSON").click()
    saved = json.load(open(download.value.path(), encoding="utf-8"))
    assert [one["id"] for one in saved] == [one["id"] for one in failed]
    assert all(one["error_info"]["traceback"].startswith("Traceback") for one in saved)


def test_spans_of_several_traces_are_tagged(ui, server, project, logs):
    page = logs("?tab=spans&sort=-start_time")
    rows(page).nth(0).get_by_role("checkbox").click()
    rows(page).nth(5).get_by_role("checkbox").click(modifiers=["Shift"])
    expect(page.get_by_text("6 picked")).to_be_visible()
    page.keyboard.press("t")
    page.get_by_label("Tags").fill("looked at")
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog")).to_have_count(0)
    assert ask(server, project, "spans", filters='tags contains "looked at"')["total"] == 6


@pytest.mark.ui_short
def test_new_traces_appear_as_they_come(ui, server):
    other = seed.project(server.api, "Live", traces=60, seed=11)
    page = ui.open(f"/projects/{other}/logs")
    expect_total(page, 60)
    page.keyboard.press("l")
    expect(page).to_have_url(re.compile("live=true"))
    expect(page.locator(".live-open")).to_be_visible()
    seed.log(server.api, "Live", "just_now")
    expect(rows(page).first).to_contain_text("just_now")
    expect_total(page, 61)
    # Who reads further down is not pushed about, but told.
    page.get_by_role("grid").focus()
    page.keyboard.press("Control+End")
    expect(page.locator('[aria-rowindex="62"]')).to_be_visible()
    seed.log(server.api, "Live", "later")
    page.get_by_role("button", name="1 new").click()
    expect(rows(page).first).to_contain_text("later")
    ui.check_axe()
    page.get_by_role("button", name="Live", exact=True).click()
    expect(page).not_to_have_url(re.compile("live"))
