"""The official Python SDK's side of `make bench-sdk` (bench/sdk.py): spans with 200 B in and 200 B out into a server that only answers 204.

    python bench/sdk_python.py URL end|whole SPANS      prints one JSON object
"""
import datetime
import json
import logging
import os
import sys
import time

url, way, spans = sys.argv[1], sys.argv[2], int(sys.argv[3])
os.environ.update(OPIK_URL_OVERRIDE=url, OPIK_CONFIG_PATH=os.devnull, OPIK_SENTRY_ENABLE="false", OPIK_SUPPRESS_BATCHING_UPDATE_WARNING="true")
import opik  # noqa: E402

logging.getLogger("opik").setLevel(logging.ERROR)
IN, OUT = {"text": "i" * 189}, {"text": "o" * 189}  # 200 bytes as JSON

client = opik.Opik(_use_batching=True, _show_misconfiguration_message=False)
trace = client.trace(name="bench")
client.flush()
cpu = time.process_time()
begin = time.perf_counter()
for _ in range(spans):
    if way == "end":
        trace.span(name="step", input=IN).end(output=OUT)
    else:
        now = datetime.datetime.now(datetime.timezone.utc)
        trace.span(name="step", input=IN, output=OUT, start_time=now, end_time=now)
called = time.perf_counter() - begin
delivered = client.flush()
seconds = time.perf_counter() - begin
print(json.dumps({"spans": spans, "seconds": seconds, "call_seconds": called, "cpu_seconds": time.process_time() - cpu, "delivered": bool(delivered)}))
client.end()
