"""A search of threads that takes the SDK more than two requests, of 2000 threads each. Half of the threads have ids that look like UUIDs.

    python many_threads.py PROJECT

Prints {"found": how many threads, "wrong": up to ten that were not found, or found twice}.
"""
import collections
import datetime
import json
import sys
import uuid

import opik

PROJECT, COUNT, BATCH = sys.argv[1], 4100, 1000
client = opik.Opik(project_name=PROJECT)
threads = [str(uuid.uuid4()) if i % 2 else f"thread {i}" for i in range(COUNT)]
start_time = datetime.datetime.now(datetime.timezone.utc)
for first in range(0, COUNT, BATCH):
    client.rest_client.traces.create_traces(
        traces=[{"project_name": PROJECT, "start_time": start_time, "thread_id": id} for id in threads[first : first + BATCH]])

found = collections.Counter(thread.id for thread in client.get_threads_client().search_threads(project_name=PROJECT, max_results=10_000))
wrong = [id for id in {*threads, *found} if found[id] != 1]
client.end()
print(json.dumps({"found": len(found), "wrong": wrong[:10]}))
