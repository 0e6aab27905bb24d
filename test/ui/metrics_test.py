"""Goal: the metrics page shows what the server counts, over time and by group, and its charts choose the time range.
Method: a seeded project in a real browser; legends are held against the API's totals."""
import datetime
import re

import pytest
from playwright.sync_api import expect

from ui import seed

pytestmark = pytest.mark.ui_short


@pytest.fixture(scope="module")
def project(server):
    return seed.project(server.api, "Metrics", traces=120, seed=13, errors=0.1)


def totals(server, project, metric, **breakdown):
    now = datetime.datetime.now(datetime.timezone.utc)
    body = {"metric_type": metric, "interval": "TOTAL", "interval_start": seed.iso(now - datetime.timedelta(days=30)), "interval_end": seed.iso(now)}
    answer = server.api.post(f"/v1/private/projects/{project}/metrics", {**body, **({"breakdown": breakdown} if breakdown else {})})
    assert answer.status == 200, answer
    return {one["name"]: one["data"][0]["value"] for one in answer.json["results"]}


def panel(page, title):
    return page.get_by_role("region", name=title, exact=True)


def legend(page, title):
    """{name: figure as it is shown}"""
    ones = panel(page, title).locator(".legend-one")
    return dict(zip(ones.locator("span").all_inner_texts(), ones.locator("b").all_inner_texts()))


def test_charts_of_traces(ui, server, project):
    page = ui.open(f"/projects/{project}/metrics")
    for title in ("Traces", "Error rate", "Duration", "Tokens", "Cost", "Scores"):
        expect(panel(page, title).get_by_role("img", name=f"{title} over time").locator("canvas")).to_be_visible()
    expect(panel(page, "Traces")).to_contain_text("In all120")
    rate = totals(server, project, "TRACE_ERROR_RATE")["trace_error_rate"]
    expect(panel(page, "Error rate")).to_contain_text(f"{rate:.0f} %" if rate >= 9.95 else f"{rate:.1f} %")
    assert list(legend(page, "Duration")) == ["p50", "p90", "p99"]
    assert list(legend(page, "Tokens")) == ["total_tokens", "prompt_tokens", "completion_tokens"]
    expect(panel(page, "Scores")).to_contain_text(f"helpful{totals(server, project, 'FEEDBACK_SCORES')['helpful']:.3f}".rstrip("0"))
    ui.check_axe()


def test_spans_by_model(ui, server, project):
    page = ui.open(f"/projects/{project}/metrics")
    page.get_by_role("link", name="Spans").click()
    page.get_by_label("By", exact=True).select_option("Model")
    expect(page).to_have_url(re.compile("of=spans.*by=model|by=model.*of=spans"))
    expect(panel(page, "Spans")).to_contain_text("gpt-4o-mini")
    counts = totals(server, project, "SPAN_COUNT", field="model")
    assert {name: int(value) for name, value in legend(page, "Spans").items()} == counts
    page.get_by_label("Duration", exact=True).select_option("p99")
    expect(panel(page, "Duration p99").get_by_role("img")).to_be_visible()
    assert set(legend(page, "Duration p99")) == set(counts)
    ui.check_axe()
    page.go_back()
    expect(panel(page, "Duration p50")).to_be_visible()


def test_brush_chooses_the_time_range(ui, project):
    page = ui.open(f"/projects/{project}/metrics")
    chart = panel(page, "Cost").get_by_role("img")
    expect(chart.locator("canvas")).to_be_visible()
    box = chart.bounding_box()
    page.mouse.move(box["x"] + box["width"] * 0.4, box["y"] + 60)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.7, box["y"] + 60, steps=5)
    page.mouse.up()
    expect(page).to_have_url(re.compile(r"from=.*to="))
    expect(panel(page, "Traces")).not_to_contain_text("In all120")
    page.go_back()
    expect(panel(page, "Traces")).to_contain_text("In all120")


def test_project_without_traces(ui, server):
    server.api.post("/v1/private/projects", {"name": "Nothing in it"})
    empty = server.api.post("/v1/private/projects/retrieve", {"name": "Nothing in it"}).json["id"]
    page = ui.open(f"/projects/{empty}/metrics")
    expect(page.get_by_role("heading", name="Nothing to measure yet")).to_be_visible()
    ui.check_axe()
