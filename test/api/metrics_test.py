"""Goal: metrics and KPI cards say what the traces and spans say, in every interval and group, with and without columns in memory.
Method: few traces whose numbers one can work out by hand, asked for over HTTP; the same questions to a server with columns and to one
without; refusals with their messages."""
import datetime

import pytest

from api.shapes import code_message, errors
from support.ids import uuid7
from support.server import Opikd

UTC = datetime.timezone.utc
FIRST = datetime.datetime(2024, 5, 1, tzinfo=UTC)  # a Wednesday
NONE = None


def at(text):
    return datetime.datetime.fromisoformat(text).replace(tzinfo=UTC)


def iso(moment):
    return moment.isoformat().replace("+00:00", "Z")


def ended(moment, ms):
    return iso(moment + datetime.timedelta(milliseconds=ms))


def id_at(moment):
    return uuid7(int(moment.timestamp() * 1000))


def trace(moment, ms=None, **fields):
    body = {"id": id_at(moment), "project_name": "p", "start_time": iso(moment), **fields}
    return body if ms is None else {**body, "end_time": ended(moment, ms)}


def span(of, ms=None, **fields):
    moment = datetime.datetime.fromisoformat(of["start_time"].replace("Z", "+00:00"))
    body = {"id": id_at(moment), "trace_id": of["id"], "project_name": "p", "name": "s", "start_time": of["start_time"], **fields}
    return body if ms is None else {**body, "end_time": ended(moment, ms)}


def fill(api):
    error = {"exception_type": "Timeout", "message": "took too long", "traceback": "t"}
    a = trace(at("2024-05-01T10:00"), 1000, name="chat", tags=["x"], thread_id="t1", metadata={"env": {"name": "prod"}})
    b = trace(at("2024-05-01T10:30"), 3000, name="chat", tags=["x", "y"], thread_id="t1", error_info=error)
    c = trace(at("2024-05-02T00:00"), 2000, name="search", thread_id="t2", metadata={"env": {"name": "test"}})
    d = trace(at("2024-05-03T12:00"), name="open")
    e = trace(at("2024-05-06T09:00"), 500, name="chat")  # the Monday after
    of_a = span(a, 800, type="llm", model="gpt-4o", provider="openai", total_estimated_cost=0.25,
                usage={"prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 15})
    tool = span(a, 100, type="tool")
    of_b = span(b, 2000, type="llm", model="gpt-4o", provider="openai", total_estimated_cost=0.5, usage={"total_tokens": 100},
                error_info=error)
    of_c = span(c, 1500, type="llm", model="claude", provider="anthropic", total_estimated_cost=1.0, usage={"total_tokens": 7})
    other = {**trace(at("2024-05-01T11:00"), 9000), "project_name": "another"}
    assert api.post("/v1/private/traces/batch", {"traces": [a, b, c, d, e, other]}).status == 204
    assert api.post("/v1/private/spans/batch", {"spans": [of_a, tool, of_b, of_c]}).status == 204
    scores = [{"id": a["id"], "name": "good", "value": 0.5}, {"id": b["id"], "name": "good", "value": 1.0},
              {"id": c["id"], "name": "fast", "value": 3}]
    for kind, given in (("traces", scores), ("spans", [{"id": of_a["id"], "name": "exact", "value": 0.75}])):
        body = {"scores": [{**score, "project_name": "p", "source": "sdk"} for score in given]}
        assert api.put(f"/v1/private/{kind}/feedback-scores", body).status == 204
    checks = [{"entity_id": of["id"], "secondary_id": uuid7(), "name": "PII", "result": result, "config": {}, "details": {}}
              for of, result in ((a, "failed"), (b, "failed"), (b, "failed"), (b, "passed"), (c, "passed"))]
    assert api.post("/v1/private/guardrails", {"guardrails": checks}).status == 204
    return api.post("/v1/private/projects/retrieve", {"name": "p"}).json["id"]


@pytest.fixture(scope="module", params=["columns", "sql"])
def project(request, tmp_path_factory):
    args = [] if request.param == "columns" else ["--columns-bytes", "0"]
    with Opikd(tmp_path_factory.mktemp("data"), args=args) as server:
        yield server.api, f"/v1/private/projects/{fill(server.api)}"


def ask(project, metric_type, interval="DAILY", start="2024-05-01T00:00", end="2024-05-04T00:00", **more):
    api, path = project
    body = {"metric_type": metric_type, "interval": interval, "interval_start": iso(at(start)), "interval_end": iso(at(end)), **more}
    answer = api.post(path + "/metrics", body)
    assert answer.status == 200, answer
    assert (answer.json["metric_type"], answer.json["interval"]) == (metric_type, interval) and path.endswith(answer.json["project_id"])
    return answer.json["results"]


def values(*question, **more):
    return {result["name"]: [point["value"] for point in result["data"]] for result in ask(*question, **more)}


DAYS = [  # Wednesday, Thursday, Friday
    ("TRACE_COUNT", {"traces": [2, 1, 1]}),
    ("SPAN_COUNT", {"spans": [3, 1, NONE]}),
    ("THREAD_COUNT", {"threads": [1, 1, NONE]}),
    ("DURATION", {"duration.p50": [2000, 2000, NONE], "duration.p90": [2800, 2000, NONE], "duration.p99": [2980, 2000, NONE]}),
    ("SPAN_DURATION", {"duration.p50": [800, 1500, NONE], "duration.p90": [1760, 1500, NONE], "duration.p99": [1976, 1500, NONE]}),
    ("THREAD_DURATION", {"duration.p50": [1803000, 2000, NONE], "duration.p90": [1803000, 2000, NONE],
                         "duration.p99": [1803000, 2000, NONE]}),
    ("TRACE_AVERAGE_DURATION", {"trace_average_duration": [2000, 2000, NONE]}),
    ("SPAN_AVERAGE_DURATION", {"span_average_duration": [2900 / 3, 1500, NONE]}),
    ("THREAD_AVERAGE_DURATION", {"thread_average_duration": [1803000, 2000, NONE]}),
    ("TRACE_ERROR_RATE", {"trace_error_rate": [50, 0, 0]}),
    ("SPAN_ERROR_RATE", {"span_error_rate": [100 / 3, 0, NONE]}),
    ("COST", {"cost": [0.75, 1, 0]}),
    ("SPAN_COST", {"span_cost": [0.75, 1, NONE]}),
    ("THREAD_COST", {"thread_cost": [0.75, 1, NONE]}),
    ("TOKEN_USAGE", {"prompt_tokens": [10, NONE, NONE], "completion_tokens": [5, NONE, NONE], "total_tokens": [115, 7, NONE]}),
    ("SPAN_TOKEN_USAGE", {"prompt_tokens": [10, NONE, NONE], "completion_tokens": [5, NONE, NONE], "total_tokens": [115, 7, NONE]}),
    ("FEEDBACK_SCORES", {"good": [0.75, NONE, NONE], "fast": [NONE, 3, NONE]}),
    ("SPAN_FEEDBACK_SCORES", {"exact": [0.75, NONE, NONE]}),
    ("THREAD_FEEDBACK_SCORES", {}),
    ("GUARDRAILS_FAILED_COUNT", {"failed": [3, NONE, NONE]}),
]


@pytest.mark.parametrize("metric_type, expected", DAYS, ids=[name for name, _ in DAYS])
def test_by_day(project, metric_type, expected):
    assert values(project, metric_type) == {name: pytest.approx(numbers) for name, numbers in expected.items()}


def test_times_are_those_at_which_intervals_begin(project):
    def times(*question):
        return [point["time"] for point in ask(project, "TRACE_COUNT", *question)[0]["data"]]
    assert times("DAILY") == ["2024-05-01T00:00:00Z", "2024-05-02T00:00:00Z", "2024-05-03T00:00:00Z"]
    assert times("HOURLY", "2024-05-01T09:30", "2024-05-01T11:30") == [f"2024-05-01T{hour:02}:00:00Z" for hour in (9, 10, 11)]
    assert times("WEEKLY", "2024-05-01T00:00", "2024-05-07T00:00") == ["2024-04-29T00:00:00Z", "2024-05-06T00:00:00Z"]
    assert times("TOTAL", "2024-05-01T03:00", "2024-05-07T00:00") == ["2024-05-01T03:00:00Z"]


def test_hours_weeks_and_all(project):
    assert values(project, "TRACE_COUNT", "HOURLY", "2024-05-01T09:30", "2024-05-01T11:30") == {"traces": [NONE, 2, NONE]}
    assert values(project, "TRACE_COUNT", "WEEKLY", "2024-05-01T00:00", "2024-05-07T00:00") == {"traces": [4, 1]}
    assert values(project, "COST", "TOTAL", "2024-05-01T00:00", "2024-05-07T00:00") == {"cost": [1.75]}
    # Both ends belong to it, though no interval begins for the last.
    assert values(project, "TRACE_COUNT", "TOTAL", "2024-05-01T10:30", "2024-05-02T00:00") == {"traces": [2]}
    assert values(project, "TRACE_COUNT", "DAILY", "2024-05-01T10:30", "2024-05-02T00:00") == {"traces": [1, 1]}


def test_without_an_end_until_now(project):
    api, path = project
    body = {"metric_type": "TRACE_COUNT", "interval": "TOTAL", "interval_start": "2024-05-01T00:00:00Z"}
    assert api.post(path + "/metrics", body).json["results"][0]["data"] == [{"time": "2024-05-01T00:00:00Z", "value": 5}]


GROUPS = [
    ("TRACE_COUNT", {"field": "name"}, {"chat": [2, NONE, NONE], "search": [NONE, 1, NONE], "open": [NONE, NONE, 1]}),
    ("TRACE_COUNT", {"field": "tags"}, {"x": [2, NONE, NONE], "y": [1, NONE, NONE], "Unknown": [NONE, 1, 1]}),
    ("TRACE_COUNT", {"field": "none"}, {"traces": [2, 1, 1]}),
    ("TRACE_COUNT", {"field": "error_type"}, {"Timeout": [1, NONE, NONE], "Unknown": [1, 1, 1]}),
    ("TRACE_COUNT", {"field": "error_info"}, {"took too long": [1, NONE, NONE], "Unknown": [1, 1, 1]}),
    ("TRACE_COUNT", {"field": "metadata", "metadata_key": "env.name"},
     {"prod": [1, NONE, NONE], "test": [NONE, 1, NONE], "Unknown": [1, NONE, 1]}),
    ("SPAN_COUNT", {"field": "model"}, {"gpt-4o": [2, NONE, NONE], "claude": [NONE, 1, NONE], "Unknown": [1, NONE, NONE]}),
    ("SPAN_COST", {"field": "provider"}, {"openai": [0.75, NONE, NONE], "anthropic": [NONE, 1, NONE], "Unknown": [0, NONE, NONE]}),
    ("SPAN_DURATION", {"field": "type", "sub_metric": "p90"}, {"llm": [1880, 1500, NONE], "tool": [100, NONE, NONE]}),
    ("SPAN_DURATION", {"field": "type"}, {"llm": [1400, 1500, NONE], "tool": [100, NONE, NONE]}),
    ("SPAN_TOKEN_USAGE", {"field": "model"}, {"gpt-4o": [115, NONE, NONE], "claude": [NONE, 7, NONE]}),
    ("SPAN_TOKEN_USAGE", {"field": "model", "sub_metric": "prompt_tokens"}, {"gpt-4o": [10, NONE, NONE]}),
    ("FEEDBACK_SCORES", {"field": "name", "sub_metric": "good"}, {"chat": [0.75, NONE, NONE]}),
    ("THREAD_COUNT", {"field": "tags"}, {"Unknown": [1, 1, NONE]}),
]


@pytest.mark.parametrize("metric_type, breakdown, expected", GROUPS, ids=[f"{name}-{by['field']}-{by.get('sub_metric', '')}" for name, by, _ in GROUPS])
def test_by_group(project, metric_type, breakdown, expected):
    assert values(project, metric_type, breakdown=breakdown) == {name: pytest.approx(numbers) for name, numbers in expected.items()}


def test_of_many_groups_the_smaller_are_one(fresh_server):
    api = fresh_server.api
    moments = [at("2024-05-01T10:00") + datetime.timedelta(seconds=n) for n in range(30)]
    traces = [trace(moment, 10, name=f"name {min(n, 14):02}") for n, moment in enumerate(moments)]
    assert api.post("/v1/private/traces/batch", {"traces": traces}).status == 204
    project = api, "/v1/private/projects/" + api.post("/v1/private/projects/retrieve", {"name": "p"}).json["id"]
    shown = values(project, "TRACE_COUNT", "TOTAL", breakdown={"field": "name"})
    assert shown == {"name 14": [16], **{f"name {n:02}": [1] for n in range(9)}, "Others": [5]}


def test_filters_are_those_of_what_is_measured(project):
    chats = {"trace_filters": [{"field": "name", "operator": "=", "value": "chat"}]}
    assert values(project, "TRACE_COUNT", **chats) == {"traces": [2, NONE, NONE]}
    assert values(project, "SPAN_COUNT", **chats) == {"spans": [3, 1, NONE]}
    llms = {"span_filters": [{"field": "type", "operator": "=", "value": "llm"}, {"field": "duration", "operator": ">", "value": "1000"}]}
    assert values(project, "SPAN_COUNT", **llms) == {"spans": [1, 1, NONE]}
    inside = {"trace_filters": [{"field": "metadata", "key": "env.name", "operator": "=", "value": "prod"}]}
    assert values(project, "COST", **inside) == {"cost": [0.25, NONE, NONE]}
    dear = {"trace_filters": [{"field": "total_estimated_cost", "operator": ">=", "value": "0.5"}]}
    assert values(project, "TRACE_COUNT", **dear) == {"traces": [1, 1, NONE]}
    scored = {"trace_filters": [{"field": "feedback_scores", "key": "good", "operator": ">", "value": "0.6"}]}
    assert values(project, "FEEDBACK_SCORES", **scored) == {"good": [1, NONE, NONE]}


def test_sees_what_was_changed(fresh_server):
    api = fresh_server.api
    project = api, f"/v1/private/projects/{fill(api)}"
    assert values(project, "TRACE_COUNT") == {"traces": [2, 1, 1]}
    more = trace(at("2024-05-03T15:00"), 100)
    assert api.post("/v1/private/traces", more).status == 201
    assert values(project, "TRACE_COUNT") == {"traces": [2, 1, 2]}
    update = {"project_name": "p", "error_info": {"exception_type": "E", "traceback": "t"}}
    assert api.patch(f"/v1/private/traces/{more['id']}", update).status == 204
    assert values(project, "TRACE_ERROR_RATE") == {"trace_error_rate": [50, 0, 50]}
    assert api.put(f"/v1/private/traces/{more['id']}/feedback-scores", {"name": "good", "value": 1, "source": "sdk"}).status == 204
    assert values(project, "FEEDBACK_SCORES")["good"] == [0.75, NONE, 1]
    check = {"entity_id": more["id"], "secondary_id": uuid7(), "name": "PII", "result": "failed", "config": {}, "details": {}}
    assert api.post("/v1/private/guardrails", {"guardrails": [check]}).status == 204
    assert values(project, "GUARDRAILS_FAILED_COUNT") == {"failed": [3, NONE, 1]}
    assert api.post("/v1/private/traces/delete", {"ids": [more["id"]]}).status == 204
    assert values(project, "TRACE_COUNT") == {"traces": [2, 1, 1]}
    assert values(project, "FEEDBACK_SCORES")["good"] == [0.75, NONE, NONE]


KPIS = [  # Thursday and Friday against Tuesday and Wednesday
    ("traces", "", {"count": (2, 2), "errors": (0, 1), "avg_duration": (2000, 2000), "total_cost": (1, 0.75)}),
    ("spans", "", {"count": (1, 3), "errors": (0, 1), "avg_duration": (1500, 2900 / 3), "total_cost": (1, 0.75)}),
    ("threads", "", {"count": (1, 1), "errors": (0, 1), "avg_duration": (2000, 1803000), "total_cost": (1, 0.75)}),
    ("spans", 'type = "tool"', {"count": (0, 1), "errors": (0, 0), "avg_duration": (None, 100), "total_cost": (0, 0)}),
    ("traces", '[{"field":"name","operator":"contains","value":"cha"}]',
     {"count": (0, 2), "errors": (0, 1), "avg_duration": (None, 2000), "total_cost": (0, 0.75)}),
]


@pytest.mark.parametrize("entity_type, filters, expected", KPIS, ids=["traces", "spans", "threads", "spans-oql", "traces-json"])
def test_kpi_cards(project, entity_type, filters, expected):
    api, path = project
    answer = api.post(path + "/kpi-cards", {"entity_type": entity_type, "filters": filters, "interval_start": "2024-05-02T00:00:00Z",
                                            "interval_end": "2024-05-04T00:00:00Z"})
    assert answer.status == 200, answer
    assert [card["type"] for card in answer.json["stats"]] == ["count", "errors", "avg_duration", "total_cost"]
    seen = {card["type"]: (card["current_value"], card["previous_value"]) for card in answer.json["stats"]}
    assert seen == {name: pytest.approx(pair) for name, pair in expected.items()}


def test_a_project_with_nothing_in_it(fresh_server):
    api = fresh_server.api
    assert api.post("/v1/private/projects", {"name": "empty"}).status == 201
    project = api, "/v1/private/projects/" + api.post("/v1/private/projects/retrieve", {"name": "empty"}).json["id"]
    assert values(project, "TRACE_COUNT") == {"traces": [NONE] * 3}
    assert values(project, "FEEDBACK_SCORES") == {}


DAY = {"metric_type": "COST", "interval": "DAILY", "interval_start": "2024-05-01T00:00:00Z", "interval_end": "2024-05-04T00:00:00Z"}
REFUSED = [
    ({"metric_type": "LUCK"}, r"Invalid metric_type 'LUCK': expected one of FEEDBACK_SCORES, TRACE_COUNT, "),
    ({"interval": "YEARLY"}, r"Invalid interval 'YEARLY': expected one of HOURLY, DAILY, WEEKLY, TOTAL"),
    ({"interval_end": "2024-05-01T00:00:00Z"}, r"'interval_start' must be before 'interval_end'"),
    ({"interval": "HOURLY", "interval_start": "1990-01-01T00:00:00Z"}, r"Invalid interval HOURLY: \d+ of them .* at most 20000"),
    ({"interval_start": "2024-05-01T00:00:00"}, r"interval_start"),
    ({"breakdown": {"field": "mood"}}, r"Invalid breakdown field 'mood': expected one of none, tags, "),
    ({"breakdown": {"field": "model"}}, r"Invalid breakdown field 'model' for metric_type COST: a trace has no model"),
    ({"breakdown": {"field": "metadata"}}, r"field 'metadata' needs a metadata_key"),
    ({"breakdown": {"field": "metadata", "metadata_key": "$["}}, r"metadata_key '\$\[' is no path inside JSON"),
    ({"metric_type": "DURATION", "breakdown": {"field": "name", "sub_metric": "p42"}}, r"sub_metric 'p42': expected p50, p90 or p99"),
    ({"trace_filters": [{"field": "mood", "operator": "=", "value": "x"}]}, r"mood"),
    ({"span_filters": [{"field": "type", "operator": ">", "value": "llm"}]}, r"Invalid operator '>'"),
    ({"thread_filters": [{"field": "mood", "operator": "=", "value": "x"}]}, r"mood"),
    ({"thread_filters": [{"field": "id", "operator": "=", "value": "x"}]}, r"metrics do not know them yet"),
]


@pytest.mark.parametrize("change, message", REFUSED, ids=[f"{n}" for n in range(len(REFUSED))])
def test_refused(project, change, message):
    api, path = project
    code_message(api.post(path + "/metrics", {**DAY, **change}), 400, message)


def test_what_is_missing(project):
    api, path = project
    errors(api.post(path + "/metrics", {}), 422, "metricType must not be null")
    errors(api.post(path + "/kpi-cards", {"entity_type": "traces"}), 422, "intervalStart must not be null")
    kpi = {"entity_type": "datasets", "interval_start": "2024-05-02T00:00:00Z"}
    code_message(api.post(path + "/kpi-cards", kpi), 400, "Invalid entity_type 'datasets': expected one of traces, spans, threads")
    code_message(api.post(path + "/kpi-cards", {**kpi, "entity_type": "spans", "filters": "mood = 1"}), 400, "mood")
    unknown = f"/v1/private/projects/{uuid7()}"
    code_message(api.post(unknown + "/metrics", DAY), 404, "not found")
    code_message(api.post(unknown + "/kpi-cards", {**kpi, "entity_type": "spans"}), 404, "not found")
