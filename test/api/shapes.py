"""Bodies to send and small checks of what comes back."""
import re

from support.ids import uuid7

START = "2024-05-01T10:00:00Z"


def trace(**fields):
    return {"id": uuid7(), "name": "t", "start_time": START, **fields}


def span(**fields):
    return {"id": uuid7(), "trace_id": uuid7(), "name": "s", "type": "general", "start_time": START, **fields}


def one(kind, **fields):
    return trace(**fields) if kind == "traces" else span(**fields)


def place(kind, entity):
    """What an update must say of where the entity is."""
    return {k: entity[k] for k in ("project_name", "trace_id", "parent_span_id") if k in entity and (kind == "spans" or k == "project_name")}


def errors(answer, status, *patterns):
    """The shape of failed validation, {"errors": [...]}, with each pattern found in one of the messages."""
    assert answer.status == status, answer
    messages = answer.json["errors"]
    for pattern in patterns:
        assert any(re.search(pattern, message) for message in messages), f"no {pattern!r} in {messages}"
    return messages


def code_message(answer, status, pattern=""):
    """The shape of what the transport and the resources refuse: {"code": N, "message": "..."}."""
    assert answer.status == status, answer
    body = answer.json
    assert body["code"] == status and re.search(pattern, body["message"]), body


KINDS = ["traces", "spans"]
