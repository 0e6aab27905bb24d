"""Traces and spans searched with filter strings, by the SDK's own search_traces and search_spans.

    python filters.py PROJECT

Prints what did not come back as it should, as JSON: {"asked": N, "wrong": [[kind, filter, expected names, found names]]}.
"""
import datetime
import json
import sys
import time

import opik

PROJECT = sys.argv[1]
START = datetime.datetime(2024, 5, 1, 10, 0, 0, tzinfo=datetime.timezone.utc)
ALL = list("abcdef")

client = opik.Opik(project_name=PROJECT)


def log(letter, i):
    """A trace of the name `letter` that took i seconds, with one span of the same."""
    took = dict(start_time=START + datetime.timedelta(hours=i), end_time=START + datetime.timedelta(hours=i, seconds=i))
    said = dict(name=f"Trace {letter}", input={"prompt": f'Tell me "{letter}" of Zürich', "list": [i, {"deep": letter}]}, output={"answer": f"answer {i}", "ok": i % 2 == 0},
                metadata={"user": f"user-{i % 3}", "temperature": i / 10, "plain id": letter, "nested": {"level": i}}, tags=["even" if i % 2 == 0 else "odd", f"tag {letter}"])  # fmt: skip
    trace = client.trace(**said, **took, thread_id=f"Thread-{i % 2}")
    span = trace.span(**{**said, "name": f"Span {letter}"}, **took, type=["llm", "tool", "general"][i % 3], model=f"gpt-{i}", provider="openai" if i < 3 else "anthropic",
                      usage={"prompt_tokens": i, "completion_tokens": 10 * i, "total_tokens": 11 * i}, total_cost=i / 4)  # fmt: skip
    if i != 5:
        client.log_traces_feedback_scores([{"id": trace.id, "name": "Quality", "value": i / 5}])
        client.log_spans_feedback_scores([{"id": span.id, "name": "Quality", "value": i / 5}])
    if i == 4:
        client.update_trace(trace_id=trace.id, project_name=PROJECT, error_info={"exception_type": "ValueError", "message": "m", "traceback": "t"})
        span.update(error_info={"exception_type": "ValueError", "message": "m", "traceback": "t"})
    return trace, span


logged = [log(letter, i) for i, letter in enumerate(ALL)]
assert client.flush(timeout=60)

# Expected: the letters that are found, of traces and of spans alike.
BOTH = [
    ('name = "{kind} b"', "b"),
    ('name = "{kind} B"', "b"),  # a name's case does not matter
    ('name != "{kind} b"', "acdef"),
    ('name contains "E c"', "c"),  # only in "Trace c"; spans are asked below
    ('name starts_with "{kind}"', "abcdef"),
    ('name ends_with " f"', "f"),
    ('name > "{kind} c"', "def"),
    ('name < "{kind} c"', "ab"),
    ('start_time >= "2024-05-01T13:00:00Z"', "def"),
    ('start_time = "2024-05-01T14:00:00+02:00"', "c"),
    ('end_time < "2024-05-01T12:00:02Z"', "ab"),
    ('duration > 2000', "def"),
    ('duration <= 1000.5', "ab"),
    ('duration = 3000 and name != "x"', "d"),
    ('input contains "zürich"', "abcdef"),
    ("input contains \"list\" and output contains \"answer 4\"", "e"),
    ('output not_contains "answer 4"', "abcdf"),
    ('metadata.user = "USER-1"', "be"),
    ('metadata.user != "user-1"', "acdf"),
    ('metadata.temperature > 0.25', "def"),
    ('metadata.temperature < 0.25', "abc"),
    ('metadata."plain id" = "d"', "d"),
    ('metadata."nested.level" = 2', "c"),
    ('metadata.user contains "ser-2"', "cf"),
    ('metadata.nowhere not_contains "x"', "abcdef"),
    ('input_json.prompt starts_with "tell me"', "abcdef"),
    ('input_json."list[1].deep" = "e"', "e"),
    ('output_json.ok = "true"', "ace"),
    ('tags contains "TAG a"', "a"),
    ('tags = "odd"', "bdf"),
    ('tags != "odd"', "ace"),
    ("tags is_empty", ""),
    ("tags is_not_empty", "abcdef"),
    ("usage.total_tokens >= 33", "def"),
    ("usage.prompt_tokens < 1", "a"),
    ("usage.completion_tokens = 20", "c"),
    ("total_estimated_cost > 0.5", "def"),
    ("total_estimated_cost = 0", "a"),
    ("feedback_scores.Quality >= 0.6", "de"),
    ("feedback_scores.quality = 0.4", "c"),
    ("feedback_scores.Quality is_empty", "f"),
    ("feedback_scores.Quality is_not_empty", "abcde"),
    ("error_info is_not_empty", "e"),
    ("error_info is_empty", "abcdf"),
    ('metadata.user = "user-0" and tags contains "odd" and duration > 1000', "d"),
    ('name = "nobody"', ""),
]
TRACES = [
    ('thread_id = "Thread-1"', "bdf"),
    ('thread_id = "thread-1"', ""),  # a thread's does
    ('thread_id contains "read-0"', "ace"),
    (f'id = "{logged[2][0].id}"', "c"),
    ("llm_span_count = 1", "ad"),
    ("llm_span_count > 0", "ad"),
    ("span_feedback_scores.Quality > 0.6", "e"),
    ('guardrails = "failed"', ""),
    ('created_at > "2024-01-01T00:00:00Z"', "abcdef"),
    ('last_updated_at < "2024-01-01T00:00:00Z"', ""),
]
SPANS = [
    ('type = "llm"', "ad"),
    ('type != "llm"', "bcef"),
    ('model = "GPT-3"', "d"),
    ('model starts_with "gpt-"', "abcdef"),
    ('provider = "anthropic"', "def"),
    ('provider not_contains "open"', "def"),
    (f'trace_id = "{logged[3][0].id}"', "d"),
    (f'id != "{logged[0][1].id}"', "bcdef"),
]


def ask(kind, text, expected):
    search = client.search_traces if kind == "Trace" else client.search_spans
    names = [item.name for item in search(project_name=PROJECT, filter_string=text, max_results=100)]
    return [] if names == [f"{kind} {letter}" for letter in reversed(expected)] else [[kind, text, expected, names]]


search = client.search_spans(project_name=PROJECT, wait_for_at_least=len(ALL), wait_for_timeout=30)
deadline = time.time() + 30
while time.time() < deadline and not (client.search_traces(project_name=PROJECT, filter_string="feedback_scores.Quality >= 0.8 and error_info is_not_empty")
                                      and client.search_spans(project_name=PROJECT, filter_string="feedback_scores.Quality >= 0.8 and error_info is_not_empty")):  # fmt: skip
    time.sleep(0.1)
questions = [(kind, text.replace("{kind}", kind), expected) for kind in ("Trace", "Span") for text, expected in BOTH if kind == "Trace" or "E c" not in text]
questions += [("Trace", *q) for q in TRACES] + [("Span", *q) for q in SPANS]
wrong = [w for kind, text, expected in questions for w in ask(kind, text, expected)]

# What the SDK lets through and the server must refuse.
for text in ('created_by = "me"', 'metadata contains "x"', 'feedback_scores > 1', 'start_time > "yesterday"', 'name = ""'):
    try:
        wrong.append(["Trace", text, "refused", [item.name for item in client.search_traces(project_name=PROJECT, filter_string=text)]])
    except opik.rest_api.core.api_error.ApiError as error:
        if error.status_code != 400:
            wrong.append(["Trace", text, 400, error.status_code])
client.end()
print(json.dumps({"asked": len(questions) + 5, "wrong": wrong}))
