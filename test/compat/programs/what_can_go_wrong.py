"""What Opik's page warns of: with batching on, .end() and .update() right after the create, by every low-level call there is.

Prints what must be read back, as JSON: [{"kind", "id", "fields"}].
"""
import json

import opik

ROUNDS = 40

client = opik.Opik(batching=True)
expected = []


def expect(kind, entity, **fields):
    expected.append({"kind": kind, "id": entity.id, "fields": fields})


for i in range(ROUNDS):
    # .end() at once
    trace = client.trace(name=f"end-{i}", input={"prompt": "Hello", "i": i}, tags=["a", "b"], metadata={"m": i})
    span = trace.span(name=f"end-span-{i}", type="llm", input={"prompt": "Hello"}, metadata={"k": "v"})
    span.end(output={"response": f"Hi {i}"})
    trace.end(output={"response": f"Hi there {i}"})
    expect("trace", trace, name=f"end-{i}", input={"prompt": "Hello", "i": i}, tags=["a", "b"], metadata={"m": i}, output={"response": f"Hi there {i}"}, ended=True)
    expect("span", span, name=f"end-span-{i}", type="llm", input={"prompt": "Hello"}, metadata={"k": "v"}, output={"response": f"Hi {i}"}, ended=True,
           trace_id=trace.id)

    # .update() at once, of fields that the create had and of others
    trace = client.trace(name=f"update-{i}", input={"prompt": "old"}, tags=["old"])
    span = trace.span(name=f"update-span-{i}", type="tool", input={"q": 1})
    child = span.span(name=f"child-{i}", input={"deep": [1, {"x": None}]})
    child.update(output={"nested": {"α": "β"}})
    span.update(output={"a": 2}, model="gpt-4o", provider="openai", usage={"prompt_tokens": 3, "completion_tokens": 4, "total_tokens": 7}, total_cost=0.125)
    trace.update(input={"prompt": "new"}, tags=["new"], metadata={"later": True}, thread_id=f"thread-{i}")
    expect("trace", trace, name=f"update-{i}", input={"prompt": "new"}, tags=["new"], metadata={"later": True}, thread_id=f"thread-{i}")
    expect("span", span, name=f"update-span-{i}", type="tool", input={"q": 1}, output={"a": 2}, model="gpt-4o", provider="openai",
           usage={"prompt_tokens": 3, "completion_tokens": 4, "total_tokens": 7}, total_estimated_cost=0.125)
    expect("span", child, name=f"child-{i}", input={"deep": [1, {"x": None}]}, output={"nested": {"α": "β"}}, parent_span_id=span.id)

    # client.update_trace() and client.update_span(), as another part of the program would
    trace = client.trace(name=f"by-id-{i}", input={"n": i})
    span = trace.span(name=f"by-id-span-{i}", input={"n": i})
    client.update_trace(trace_id=trace.id, project_name=client.project_name, output={"done": i},
                        error_info={"exception_type": "E", "message": "m", "traceback": "t"})
    client.update_span(id=span.id, trace_id=trace.id, parent_span_id=None, project_name=client.project_name, output={"done": -i}, tags=["late"])
    expect("trace", trace, name=f"by-id-{i}", input={"n": i}, output={"done": i}, error_info={"exception_type": "E", "message": "m", "traceback": "t"})
    expect("span", span, name=f"by-id-span-{i}", input={"n": i}, output={"done": -i}, tags=["late"])

assert client.flush(timeout=60), "flush: timed out"
client.end()
print(json.dumps(expected))
