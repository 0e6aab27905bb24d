"""A test of a traced program, without a look at the server. Works in any test framework.

python examples/python/testing.py
"""
import opik_cpp as opik


@opik.track
def answer(question: str) -> str:
    return "42"


def test_answer():
    with opik.record_traces_locally() as recorded:
        answer("What is six times seven?")
    (trace,) = recorded.trace_trees
    (span,) = trace.spans
    assert (span.name, span.input, span.output) == ("answer", {"question": "What is six times seven?"}, {"output": "42"})


test_answer()
opik.flush_tracker()
print("1 test passed")
