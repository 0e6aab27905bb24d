import opik

client = opik.Opik(batching=False)

trace = client.trace(name="my_trace", input={"prompt": "Hello"})
span = trace.span(name="llm_call", input={"prompt": "Hello"})

# Safe to call .end() because the create was sent immediately
span.end(output={"response": "Hi there"})
trace.end(output={"response": "Hi there"})
