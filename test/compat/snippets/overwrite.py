import datetime
import opik

client = opik.Opik()

# First call — creates the trace (batched)
trace = client.trace(
    name="my_trace",
    input={"prompt": "Hello"},
)

# ... do work ...

# Second call with the same ID — overwrites the trace with full data
client.trace(
    id=trace.id,
    name="my_trace",
    input={"prompt": "Hello"},
    output={"response": "Hi there"},
    end_time=datetime.datetime.now(datetime.timezone.utc),
)
