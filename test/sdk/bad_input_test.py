"""Goal: bad input costs at most itself, says why, and neither throws, blocks nor ends the program (docs/sdk.md, "Bad input").
Method: one program logs all of it beside a hundred good spans, against the model of the official server and opikd; what arrives, the
reasons and the counters are compared whole. Bad configuration: the environment and files of a run."""
import time

import pytest

from sdk.faults import Faults, Forward
from sdk.official import Official
from sdk.program import Program, missing, read_model, read_opikd
from support.server import SANITIZED


def innermost(value):
    levels = 0
    while isinstance(value, list) and value:
        value, levels = value[0], levels + 1
    return levels, value


def check(server, read):
    began = time.monotonic()
    run = Program(server.url).run("bad")
    took = time.monotonic() - began
    assert took < (60 if SANITIZED else 15), f"{took:.1f} s: something waited"
    assert missing(run.expected, read) == []
    assert run.stats_add_up()

    inputs = {line["case"]: read("spans", line["id"])["input"] for line in run.lines if "case" in line}
    assert inputs["invalid UTF-8"] == {"text": "a\ufffd\ufffd(\ufffdz"}
    assert inputs["not a number"] == {"nan": "NaN", "inf": "Infinity", "minus": "-Infinity"}
    assert inputs["100 MB"] == {"text": "(left out: more than 64 MiB)"}
    levels, rest = innermost(inputs["10,000 levels"])
    assert levels <= 256 and rest.startswith("(left out: nested deeper than")
    assert inputs["10,000 levels of text"] == "[" * 10_000 + "]" * 10_000
    assert inputs["malformed JSON"] == '{"a":'
    assert inputs[""] == {"name": "empty"}

    flush = run.ends[-1]["flush"]
    reasons = {reason["reason"]: reason["count"] for reason in flush["reasons"]}
    assert reasons.pop("attaching /no/such/file: No such file or directory") == 1
    assert reasons.pop("id is not a version 7 UUID") == 2
    assert reasons.pop("score without a name or a thread") == 1
    by_server = sorted(reasons)
    assert all(reason.startswith(("the server answered 400: ", "the server answered 422: ")) for reason in by_server), reasons
    assert sum("usage" in reason for reason in by_server) == 1 and sum(reasons.values()) == 3, "one usage and two scores"
    assert run.ends[-1]["stats"]["rejected"] == flush["rejected"] == 7
    return run


def test_on_the_official_rule():
    with Faults(Official()) as server:
        check(server, read_model(server.backend))
        spans = [rows[0] for rows in server.backend.rows("spans").values()]
        assert sum(span.get("name") == "neighbour" for span in spans) == 99
        assert sum(len(span.get("name", "")) == 64 << 10 for span in spans) == 1, "the name of a million bytes is cut"


def test_on_opikd(fresh_server):
    with Faults(Forward(fresh_server.url)) as server:
        check(server, read_opikd(fresh_server.api))
        batches = [request for request in server.requests if request[1].endswith("/spans/batch")]
        assert len(batches) <= 3, f"opikd names the item at fault, so nothing is sent again: {batches}"


def test_an_unreachable_host_delays_nobody():
    """Nobody listens on the port, and a name that does not resolve: the program logs as fast as ever and ends in time."""
    for url in ("http://127.0.0.1:9/api/", "http://no-such-host.invalid/api/", "not a url at all"):
        began = time.monotonic()
        run = Program(url, exit_flush_timeout=1).run("stream", 50, 100, 0)
        took = time.monotonic() - began
        assert took < 5, f"{url}: {took:.1f} s"
        stats = run.ends[-1]["stats"]
        assert stats["captured"] >= 100 and stats["delivered"] == 0 and run.stats_add_up()


@pytest.mark.parametrize(
    "text,warning",
    [
        (None, "absent.config: No such file or directory"),
        ("[opik]\njunk\nproject_name = from the file\n", ":2: neither a section nor key = value"),
        ("[opik\nproject_name = lost\n", ":1: a section without a name"),
        ("[opik]\nbatching = perhaps\n", "batching: expected true or false, found 'perhaps'"),
    ],
)
def test_a_bad_file_is_named_and_passed_over(tmp_path, text, warning):
    path = tmp_path / "absent.config"
    if text is not None:
        path = tmp_path / "opik.config"
        path.write_text(text)
    with Faults(Official()) as server:
        run = Program(server.url, config_path=path).run("stream", 1, 0, 10_000)
        assert warning in run.errors, run.errors
        assert run.ends[0]["flush"]["ok"] and len(server.backend.rows("traces")) == 1


def test_a_percent_in_the_key_is_a_percent(tmp_path):
    path = tmp_path / "opik.config"
    path.write_text("\ufeff[opik]\r\napi_key = 50%%off%(x)s\r\nworkspace = default\r\n", newline="")
    keys = []

    class Model(Official):
        pass

    with Faults(Model()) as server:
        apply = server.apply
        server.apply = lambda method, path_, headers, *rest: keys.append(headers.get("authorization")) or apply(method, path_, headers, *rest)
        run = Program(server.url, config_path=path).run("stream", 1, 0, 10_000)
        assert run.ends[0]["flush"]["ok"]
    assert set(keys) == {"50%%off%(x)s"}
    assert "50%" not in run.errors
