import opik

# Using the @track decorator
@opik.track
def my_llm_call(prompt: str) -> str:
    response = call_llm(prompt)
    return response

# Using context managers
with opik.start_as_current_span(name="my_span") as span:
    result = call_llm("Hello")
