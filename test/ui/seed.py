"""Data as an application would log it, through the HTTP API: for tests of the UI and for its screenshots.

    project_id = seed.project(api, "Checkout assistant", traces=60)
"""
import datetime
import json
import math
import random
import uuid

MODELS = [("gpt-4o-mini", "openai"), ("claude-3-5-haiku-latest", "anthropic")]
QUESTIONS = [
    "Where is my order 4711?",
    "Can I return the shoes after 30 days?",
    "The discount code SPRING does not work, why?",
    "Which of the two backpacks is lighter?",
    "Cancel my subscription, please.",
    "Is the lamp available in green?",
]
ANSWERS = [
    "Your order left our warehouse this morning and should arrive on **Thursday**.",
    "Yes. Unworn shoes can be sent back within 60 days; the label is in your account.",
    "SPRING ended on 31 May. I have added *SUMMER10* to your basket instead.",
    "The *Trail 28* weighs 940 g, the *City 25* 1,120 g.",
    "Done. You keep access until the end of the month.",
    "Green is back in stock next week. Shall I reserve one?",
]


def uuid7(at, rand):
    ms = int(at.timestamp() * 1000)
    return str(uuid.UUID(int=(ms << 80) | (7 << 76) | (rand.getrandbits(12) << 64) | (2 << 62) | rand.getrandbits(62)))


def iso(at):
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def project(api, name, *, traces=40, errors=0.06, seed=1, now=None, hours=48, description=None):
    """A project with agents' traces: an LLM call, a tool, an answer; some fail. Returns its id."""
    rand = random.Random(seed)
    now = now or datetime.datetime.now(datetime.timezone.utc)
    body = {"name": name, **({"description": description} if description else {})}
    assert api.post("/v1/private/projects", body).status in (201, 409)
    trace_list, span_list, scores = [], [], []
    for index in range(traces):
        begin = now - datetime.timedelta(hours=hours * (1 - (index + 1) / (traces + 1)) ** 2, seconds=rand.random() * 60)
        length = 0.4 + rand.lognormvariate(0, 0.6)
        end = begin + datetime.timedelta(seconds=length)
        which = rand.randrange(len(QUESTIONS))
        failed = rand.random() < errors
        trace_id = uuid7(begin, rand)
        trace = {
            "id": trace_id, "project_name": name, "name": "answer", "start_time": iso(begin), "end_time": iso(end),
            "input": {"question": QUESTIONS[which]}, "tags": ["production"] + (["returns"] if which == 1 else []),
            "thread_id": f"chat-{index // 4:03}", "metadata": {"region": "eu-central-1", "release": "2026.11.3"},
        }
        if failed:
            trace["error_info"] = {
                "exception_type": "TimeoutError", "message": "the order service did not answer within 5 s",
                "traceback": 'Traceback (most recent call last):\n  File "agent.py", line 42, in lookup\nTimeoutError: the order service did not answer within 5 s',
            }
        else:
            trace["output"] = {"answer": ANSWERS[which]}
            scores.append({"id": trace_id, "project_name": name, "name": "helpful", "value": round(0.6 + 0.4 * rand.random(), 2), "source": "sdk"})
        trace_list.append(trace)
        model, provider = MODELS[index % 2]
        steps = [("plan", "llm", 0.0, 0.35), ("lookup_order", "tool", 0.36, 0.5), ("write_answer", "llm", 0.52, 0.97)]
        for step, kind, first, last in steps:
            span = {
                "id": uuid7(begin + datetime.timedelta(seconds=length * first), rand), "trace_id": trace_id, "project_name": name,
                "name": step, "type": kind, "start_time": iso(begin + datetime.timedelta(seconds=length * first)),
                "end_time": iso(begin + datetime.timedelta(seconds=length * last)), "input": {"question": QUESTIONS[which]},
            }
            if kind == "llm":
                prompt, answer = rand.randrange(200, 4000), rand.randrange(20, 600)
                span |= {
                    "model": model, "provider": provider, "output": {"answer": ANSWERS[which]}, "total_estimated_cost": round((prompt * 0.15 + answer * 0.6) / 1e6, 7),
                    "usage": {"prompt_tokens": prompt, "completion_tokens": answer, "total_tokens": prompt + answer},
                }
            elif failed:
                span["error_info"] = trace["error_info"]
            else:
                span["output"] = {"order": 4711, "state": "shipped", "items": [{"sku": "TR-28", "count": 1}]}
            span_list.append(span)
    _batches(api, "/v1/private/traces/batch", "traces", trace_list)
    _batches(api, "/v1/private/spans/batch", "spans", span_list)
    if scores:
        assert api.put("/v1/private/traces/feedback-scores", {"scores": scores[:1000]}).status == 204
    return api.post("/v1/private/projects/retrieve", {"name": name}).json["id"]


def log(api, project_name, name):
    """One trace that ends now."""
    now = datetime.datetime.now(datetime.timezone.utc)
    trace = {"id": uuid7(now, random.Random()), "project_name": project_name, "name": name, "start_time": iso(now), "end_time": iso(now)}
    assert api.post("/v1/private/traces", trace).status == 201


def _batches(api, path, key, items, size=500):
    for at in range(0, len(items), size):
        answer = api.post(path, {key: items[at : at + size]})
        assert answer.status in (201, 204), answer


def demo(api):
    """Several projects of different sizes. Returns the id of the first."""
    first = project(api, "Checkout assistant", traces=240, seed=3, description="Answers questions about orders in the shop")
    project(api, "RAG over the handbook", traces=90, errors=0, seed=4, hours=30)
    project(api, "nightly-summaries", traces=24, errors=0.25, seed=5, hours=400)
    project(api, "Default Project", traces=3, errors=0, seed=6, hours=1200)
    assert api.post("/v1/private/projects", {"name": "Sandbox"}).status == 201
    return first
