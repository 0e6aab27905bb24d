"""Goal: somebody with nothing logged gets to a first trace, or to the example, and a server with data never shows that.
Method: a fresh server in a real browser."""
import re

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.ui_short


@pytest.fixture
def new_ui(browser, fresh_server):
    from ui.conftest import Ui

    page = Ui(browser, fresh_server.url)
    yield page
    page.close()


def test_the_first_trace_opens_by_itself(new_ui, fresh_server):
    page = new_ui.open("/")
    expect(page.get_by_role("heading", name="Log your first trace")).to_be_visible()
    expect(page.get_by_label("the program", exact=True)).to_contain_text(f'os.environ["OPIK_URL_OVERRIDE"] = "{fresh_server.url}/api/"')
    for language, text in [("TypeScript", f'apiUrl: "{fresh_server.url}/api"'), ("C++", "#include <opik/opik.h>"), ("OpenTelemetry", f"{fresh_server.url}/api/v1/private/otel"), ("curl", f"curl {fresh_server.url}/api/v1/private/traces")]:
        page.get_by_role("button", name=language, exact=True).click()
        expect(page.get_by_label("the program", exact=True)).to_contain_text(text)
    new_ui.check_axe()
    # What the page says for curl is what a shell would run.
    import subprocess

    done = subprocess.run(["sh", "-c", page.get_by_label("the program", exact=True).inner_text() + " -sS -o /dev/null -w '%{http_code}'"], capture_output=True, text=True, timeout=30)
    assert done.stdout == "201", done
    expect(page).to_have_url(re.compile("/projects/.*/logs"))
    expect(page.locator("main")).to_contain_text("answer")


def test_example_data(new_ui, fresh_server):
    page = new_ui.open("/projects")
    page.get_by_role("button", name="Load example data").click()
    expect(page).to_have_url(re.compile("/projects/.*/logs"))
    expect(page.locator("main")).to_contain_text("support request")
    project = fresh_server.api.post("/v1/private/projects/retrieve", {"name": "Example: support desk"}).json["id"]
    stats = {one["name"]: one["value"] for one in fresh_server.api.get("/v1/private/traces/stats", query={"project_id": project}).json["stats"]}
    assert stats["trace_count"] > 80 and stats["error_count"] > 0 and stats["total_estimated_cost_sum"] > 0
    page.goto("/projects")
    expect(page.get_by_role("rowheader", name="Example: support desk")).to_be_visible()
    expect(page.get_by_role("heading", name="Log your first trace")).to_have_count(0)
