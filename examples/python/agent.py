"""An agent: nested spans, a stream, tools at once, an error, scores. Everything but the model is real.

python examples/python/agent.py
"""
import asyncio

import opik_cpp as opik
from opik_cpp import opik_context


@opik.track(type="tool")
async def weather(city: str) -> dict:
    await asyncio.sleep(0.01)
    if not city:
        raise ValueError("no city")
    return {"city": city, "sky": "blue"}


@opik.track(type="llm")
def model(prompt: str):
    """A generator is one span: its items, joined, are the output."""
    opik_context.update_current_span(model="gpt-4o-mini", provider="openai", usage={"prompt_tokens": 12, "completion_tokens": 4, "total_tokens": 16})
    yield from ("Because ", "of ", "Rayleigh ", "scattering.")


@opik.track
async def agent(question: str) -> str:
    found = await asyncio.gather(weather("Oslo"), weather("Rome"), weather(""), return_exceptions=True)
    opik_context.update_current_span(metadata={"tools_failed": sum(isinstance(x, Exception) for x in found)})
    opik_context.update_current_trace(thread_id="user-7", tags=["example"])
    return "".join(model(question))


async def main():
    with opik.start_as_current_trace("conversation", input={"question": "why is the sky blue?"}) as trace:
        trace.output = {"answer": await agent("why is the sky blue?")}
    client = opik.get_global_client()
    client.log_traces_feedback_scores([{"id": trace.id, "name": "useful", "value": 0.9, "reason": "it is short"}])
    assert client.flush(), client.last_flush
    print(f"delivered: 1 trace; {client.stats}")


asyncio.run(main())
