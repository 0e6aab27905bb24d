"""Goal: what a program logs last arrives whole, though its client is never destroyed and nothing is flushed.
Method: the program logs until it returns from main(); the SDK delivers while the process ends, after destructors of statics have run.
Anything of the SDK's own that such a destructor took away would show in the bodies, so every row is compared; and no object file of
the library may register one."""
import subprocess

import pytest

from sdk.faults import Faults, Forward
from sdk.official import Official
from sdk.program import Program, missing, read_model, read_opikd
from support.server import BINARY

OBJECTS = BINARY.parent.parent / "CMakeFiles/opik_sdk_objects.dir"


@pytest.mark.parametrize("batching", ["true", "false"])
@pytest.mark.parametrize("traces", [1, 200])
def test_on_the_official_rule(traces, batching):
    with Faults(Official()) as server:
        run = Program(server.url, batching=batching).run("last", traces)
        assert len(run.expected) == 2 * (traces + 1)
        assert missing(run.expected, read_model(server.backend)) == []
        assert [len(server.backend.scores[kind]) for kind in ("traces", "spans")] == [traces + 1] * 2
    assert run.errors == ""


@pytest.mark.parametrize("batching", ["true", "false"])
@pytest.mark.parametrize("traces", [1, 200])
def test_on_opikd(server, traces, batching):
    run = Program(server.url, batching=batching).run("last", traces)
    read = read_opikd(server.api)
    assert missing(run.expected, read) == []
    assert all(read(line["expect"], line["id"])["feedback_scores"][0]["name"] == "quality" for line in run.expected)
    assert run.errors == ""


def test_a_rejection_is_told():
    """A server that refuses everything: one line for each reason, though nobody looks at a flush's result."""
    with Faults(Official(), lambda method, path, number: refused()) as server:
        run = Program(server.url).run("last", 3)
    lines = run.errors.splitlines()
    assert 1 <= len(lines) <= 4 and all(line.startswith("OPIK: not delivered") and "422" in line for line in lines), run.errors


def refused():
    from sdk.faults import Fault

    return Fault(status=422)


def test_no_destructors_at_exit():
    objects = sorted(OBJECTS.rglob("*.o"))
    assert len(objects) > 20, OBJECTS
    symbols = subprocess.run(["nm", "-A", "-u", *objects], capture_output=True, text=True, check=True).stdout
    assert "__cxa_" in symbols
    assert [line for line in symbols.splitlines() if line.endswith((" __cxa_atexit", " atexit"))] == [
        line for line in symbols.splitlines() if "/core.cc.o" in line and line.endswith(" atexit")
    ]
