"""The programs of Opik's page on batching and updates, all with batching on: none of them can lose anything here.

python examples/python/brief.py
"""
import datetime

import opik_cpp as opik


def call_llm(prompt):
    return f"answer to {prompt}"


# Using the @track decorator
@opik.track
def my_llm_call(prompt: str) -> str:
    response = call_llm(prompt)
    return response


my_llm_call("Hello")

# Using context managers
with opik.start_as_current_span(name="my_span") as span:
    result = call_llm("Hello")
    span.output = {"result": result}

client = opik.Opik()

# Re-send the full payload under the same id
trace = client.trace(name="my_trace", input={"prompt": "Hello"})
client.trace(
    id=trace.id,
    name="my_trace",
    input={"prompt": "Hello"},
    output={"response": "Hi there"},
    end_time=datetime.datetime.now(datetime.timezone.utc),
)

# Create and end at once: what the page warns of
trace = client.trace(name="my_trace", input={"prompt": "Hello"})
span = trace.span(name="llm_call", input={"prompt": "Hello"})
span.end(output={"response": "Hi there"})
trace.end(output={"response": "Hi there"})

assert client.flush(), client.last_flush
print(f"delivered: 4 traces, 3 spans; {client.stats}")
