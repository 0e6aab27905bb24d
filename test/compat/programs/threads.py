"""Threads through the SDK's own threads client: searched with filter strings, scored, closed.

    python threads.py PROJECT

Prints what did not come back as it should, as JSON: {"asked": N, "wrong": [[filter, expected ids, found ids]], "threads": [...]}.
"""
import datetime
import json
import sys
import time
import warnings

import opik

PROJECT = sys.argv[1]
START = datetime.datetime(2024, 5, 1, 10, 0, 0, tzinfo=datetime.timezone.utc)

client = opik.Opik(project_name=PROJECT)
threads = client.get_threads_client()


def log(thread_id, hour, turns):
    for turn in range(turns):
        start = START + datetime.timedelta(hours=hour, seconds=10 * turn)
        trace = client.trace(name="turn", thread_id=thread_id, start_time=start, input={"question": f"{thread_id} {turn}"})
        trace.span(name="call", type="llm", start_time=start, end_time=start, usage={"prompt_tokens": 2, "completion_tokens": 3, "total_tokens": 5}, total_cost=0.25)
        trace.end(end_time=start + datetime.timedelta(seconds=2), output={"answer": f"{thread_id} {turn}"})


log("a", 0, 1)
log("b", 1, 2)
log("c", 2, 3)
assert client.flush(timeout=60)
threads.log_threads_feedback_scores([{"id": "a", "name": "Quality", "value": 0.25, "reason": "so so"}, {"id": "b", "name": "Quality", "value": 0.75}], project_name=PROJECT)
assert client.flush(timeout=60)
with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)
    threads.close_thread("c", PROJECT)
tagged = threads.search_threads(project_name=PROJECT, filter_string='id = "b"')
client.rest_client.traces.update_thread(tagged[0].thread_model_id, tags=["important"])

FILTERS = [
    ("", "abc"),
    ('id = "b"', "b"),
    ('id != "b"', "ac"),
    ('id > "a"', "bc"),
    ('first_message contains "B 0"', "b"),
    ('last_message contains "c 2"', "c"),
    ('last_message not_contains "c 2"', "ab"),
    ('first_message starts_with "{"', "abc"),
    ('status = "active"', "ab"),
    ('status != "active"', "c"),
    ("number_of_messages >= 4", "bc"),
    ("number_of_messages = 2", "a"),
    ("duration > 2000", "bc"),
    ("duration <= 12000", "ab"),
    ('start_time >= "2024-05-01T11:00:00Z"', "bc"),
    ('end_time < "2024-05-01T11:00:00Z"', "a"),
    ('created_at > "2024-06-01T00:00:00Z"', "abc"),
    ('last_updated_at < "2024-06-01T00:00:00Z"', ""),
    ("feedback_scores.Quality > 0.5", "b"),
    ("feedback_scores.quality is_empty", "c"),
    ("feedback_scores.Quality is_not_empty", "ab"),
    ('tags contains "IMPORT"', "b"),
    ('tags = "important" and number_of_messages = 4', "b"),
    ("tags is_empty", "ac"),
    ("annotation_queue_ids is_empty", "abc"),
    ('status = "active" and id = "c"', ""),
]
wrong = []
for text, expected in FILTERS:
    found = "".join(sorted(thread.id for thread in threads.search_threads(project_name=PROJECT, filter_string=text or None)))
    if found != expected:
        wrong.append([text, expected, found])
most = [thread.id for thread in threads.search_threads(project_name=PROJECT, max_results=2)]
if len(most) != 2 or len({*most}) != 2:
    wrong.append(["max_results=2", "two threads", most])
seen = [json.loads(thread.json() if not hasattr(thread, "model_dump_json") else thread.model_dump_json()) for thread in threads.search_threads(project_name=PROJECT)]
json.dump({"asked": len(FILTERS), "wrong": wrong, "threads": sorted(seen, key=lambda thread: thread["id"])}, sys.stdout)
