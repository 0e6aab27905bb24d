"""Every page and state of the UI that is worth a look: what the tests open, light and dark, and what the screenshots show.

    for name, page in PAGES.items(): show(ui, page, fill(browser, server))
"""
import re
from typing import Callable, NamedTuple, Optional

from playwright.sync_api import expect

from ui import seed
from ui.conftest import Ui


class Page(NamedTuple):
    path: str  # with {names} of what fill() gives
    text: str  # stands in the page once it is ready
    act: Optional[Callable] = None  # what is done on it then


def _filter(page):
    page.get_by_role("button", name="OQL").click()
    page.get_by_role("combobox", name="Filter in OQL").press_sequentially("duration > 1000 and t")
    page.get_by_role("option").first.wait_for()


def _pick(page):
    for index in (3, 4, 6):
        page.locator(f'[aria-rowindex="{index}"]').get_by_role("checkbox").check()


def _keys(page):
    page.keyboard.press("?")
    page.get_by_role("dialog").wait_for()


def _new_project(page):
    page.get_by_role("button", name="New project").click()
    page.get_by_role("dialog").wait_for()


LOGS = "/projects/{project}/logs"
TRACE = "/projects/{project}/traces/"
PAGES = {
    "projects": Page("/projects", "Checkout assistant"),
    "project-new": Page("/projects", "Checkout assistant", _new_project),
    "keys": Page("/projects", "Checkout assistant", _keys),
    "traces": Page(LOGS, "support request"),
    "traces-picked": Page(LOGS, "support request", _pick),
    "traces-filter": Page(LOGS, "support request", _filter),
    "traces-none": Page(LOGS + "?find=nothing+has+this", "No traces match"),
    "spans": Page(LOGS + "?tab=spans", "write_answer"),
    "threads": Page(LOGS + "?tab=threads", "chat-"),
    "trace": Page(TRACE + "{trace}", "support_agent"),
    "trace-messages": Page(TRACE + "{trace}?span={answer}", "assistant"),
    "trace-error": Page(TRACE + "{failed}?span={failed_span}", "did not answer within 5 s"),
    "thread": Page("/projects/{project}/thread?id={thread}", "Great, that is all."),
    "metrics": Page("/projects/{project}/metrics", "helpful"),
    "metrics-by-model": Page("/projects/{project}/metrics?of=spans&by=model", "gpt-4o-mini"),
    "settings-server": Page("/settings", "/s"),
    "settings-connect": Page("/settings?tab=connect", "pip install opik"),
    "settings-scores": Page("/settings?tab=scores", "Tone"),
    "settings-workspace": Page("/settings?tab=workspace", "A thread is over after"),
    "settings-browser": Page("/settings?tab=browser", "Theme"),
}

SCALES = [
    {"name": "helpful", "type": "numerical", "details": {"min": 0, "max": 1}},
    {"name": "Tone", "type": "categorical", "details": {"categories": {"friendly": 1, "neutral": 0.5, "rude": 0}}},
    {"name": "Grounded", "type": "boolean", "details": {"true_label": "yes", "false_label": "no"}},
]


def fill(browser, server):
    """The example project, as the button of the empty state loads it, some others, and scales of scores. Gives the names for the paths."""
    ui = Ui(browser, server.url)
    ui.open("/projects").get_by_role("button", name="Load example data").click()
    expect(ui.page).to_have_url(re.compile("/projects/.*/logs"))
    ui.close()
    api = server.api
    project = api.post("/v1/private/projects/retrieve", {"name": "Example: support desk"}).json["id"]
    seed.demo(api)
    for scale in SCALES:
        assert api.post("/v1/private/feedback-definitions", scale).status == 201
    workspace = {"timeout_to_mark_thread_as_inactive": "PT30M", "truncation_on_tables": True}
    assert api.put("/v1/private/workspaces/configurations", workspace).status in (200, 204)

    def traces(filters):
        return api.get("/v1/private/traces", query={"project_id": project, "size": 100, "filters": filters}).json["content"]

    def span(trace, name):
        found = api.get("/v1/private/spans", query={"project_id": project, "trace_id": trace, "size": 100}).json["content"]
        return next(one["id"] for one in found if one["name"] == name)

    trace = traces('name = "support request" and error_info is_empty')[0]["id"]
    failed = traces('name = "support request" and error_info is_not_empty')[0]["id"]
    failed_spans = api.get("/v1/private/spans", query={"project_id": project, "trace_id": failed, "size": 100}).json["content"]
    thread = traces('input contains "Great, that is all."')[0]["thread_id"]
    return {
        "project": project,
        "trace": trace,
        "answer": span(trace, "write_answer"),
        "failed": failed,
        "failed_span": next(one["id"] for one in failed_spans if one.get("type") == "tool"),
        "thread": thread,
    }


def show(ui, page, names):
    ui.open(page.path.format(**names))
    ui.page.locator("main").get_by_text(page.text).first.wait_for()
    ui.page.wait_for_load_state("networkidle")
    if ui.page.locator(".histogram").count():
        ui.page.locator(".histogram canvas").wait_for()
    if page.act:
        page.act(ui.page)
