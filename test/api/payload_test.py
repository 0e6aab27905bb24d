"""Goal: input, output and metadata come back value for value: numbers beyond double precision, the order of keys, unicode, repeated keys' JSON validity.
Method: hand-written JSON text is sent, and the text that comes back is compared as text."""
import json
import random

import pytest

from api.shapes import KINDS, one

JSON = {"Content-Type": "application/json"}

VALUES = [
    '{"z":1,"a":2,"m":{"y":1,"b":2}}',
    "12345678901234567890123456789",
    "0.1000000000000000055511151231257827021181583404541015625",
    "-0.0", "1e400", "1E-7", "1.50", "0", "-1",
    '"a string"', '""', "true", "false", "[]", "{}", "[[],{},[{}]]", "[1,2.5,null,true,\"x\"]",
    '"\\u0000 \\u001f \\" \\\\ \\/ \\b\\f\\n\\r\\t \\ud83d\\ude00"',
    '"ünï 日本 \U0001f600"',
    '{"":"empty key","ключ":"значение"}',
    '{"a b":{"c\\"d":[1]}}',
]  # fmt: skip


def member_text(text, name):
    """The text of a member of an object as it stands in the object's own text (at the top)."""
    decoder = json.JSONDecoder()
    at = text.index(f'"{name}":') + len(name) + 3
    while text[at] == " ":
        at += 1
    _, end = decoder.raw_decode(text, at)
    return text[at:end]


def send(api, kind, **members):
    entity = one(kind)
    body = json.dumps(entity)[:-1] + "".join(f',"{name}":{text}' for name, text in members.items()) + "}"
    answer = api.request("POST", f"/v1/private/{kind}", body=body.encode(), headers=JSON)
    assert answer.status == 201, answer
    return api.get(f"/v1/private/{kind}/{entity['id']}").text


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("text", VALUES)
def test_value_for_value(api, kind, text):
    seen = send(api, kind, input=text, output=text, metadata=text)
    for name in ("input", "output", "metadata"):
        assert json.loads(member_text(seen, name), parse_float=str, parse_int=str) == json.loads(text, parse_float=str, parse_int=str), name
    if text.startswith("{"):
        assert list(json.loads(member_text(seen, "input"))) == list(json.loads(text)), "the order of keys"


@pytest.mark.parametrize("kind", KINDS)
def test_nan_as_python_prints_it(api, kind):
    seen = json.loads(send(api, kind, input='{"a":NaN,"b":[Infinity,-Infinity]}'))
    assert seen["input"] == {"a": "NaN", "b": ["Infinity", "-Infinity"]}


@pytest.mark.parametrize("kind", KINDS)
def test_white_space_and_order_of_members(api, kind):
    entity = one(kind)
    body = json.dumps({"input": {"a": [1, 2]}, **entity}, indent=3).replace("\n", "\r\n\t ")
    assert api.request("POST", f"/v1/private/{kind}", body=body.encode(), headers=JSON).status == 201
    assert api.get(f"/v1/private/{kind}/{entity['id']}").json["input"] == {"a": [1, 2]}


@pytest.mark.parametrize("kind", KINDS)
def test_large_values(api, kind):
    entity = one(kind, input={"text": "päyload " * 500_000}, output=list(range(200_000)))
    assert api.post(f"/v1/private/{kind}", entity).status == 201
    seen = api.get(f"/v1/private/{kind}/{entity['id']}").json
    assert seen["input"] == entity["input"] and seen["output"] == entity["output"]


def test_random_values(api):
    """A thousand random documents, with the kinds of content that compress well, badly and not at all."""
    rng = random.Random(5)

    def value(depth):
        kind = rng.randrange(7 if depth else 5)
        if kind == 0:
            return rng.choice([None, True, False, 0, -1, 1.5, rng.randrange(10**18), rng.random()])
        if kind in (1, 2):
            return "".join(chr(rng.choice((rng.randrange(32, 127), rng.randrange(0x20, 0x2FFF), 0x1F600))) for _ in range(rng.randrange(60)))
        if kind == 3:
            return "You are a helpful assistant. " * rng.randrange(20)
        if kind == 4:
            return rng.randbytes(rng.randrange(300)).hex()
        if kind == 5:
            return [value(depth - 1) for _ in range(rng.randrange(5))]
        return {f"k{rng.randrange(100)}": value(depth - 1) for _ in range(rng.randrange(6))}

    spans = [one("spans", project_name="random values", input=value(5), output=value(3), metadata={"m": value(2)}) for _ in range(1000)]
    assert api.post("/v1/private/spans/batch", {"spans": spans}).status == 204
    found = {}
    last = None
    while page := api.post("/v1/private/spans/search", {"project_name": "random values", "limit": 300, **({"last_retrieved_id": last} if last else {})}).lines:
        found.update({e["id"]: e for e in page})
        last = page[-1]["id"]
    for sent in spans:
        for name in ("input", "output", "metadata"):
            assert found[sent["id"]].get(name) == sent[name]
