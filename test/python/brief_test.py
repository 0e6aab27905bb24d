"""Goal: the four programs of Opik's page "Batching and update operations" keep every field on our package: verbatim through
`python -m opik_cpp.alias`, and with the one-line import; the last of them also with batching on, which is what that page warns of.
Method: each many times at once against opikd behind a proxy that delays, repeats, refuses and resets; then every row of the project is
compared with what the program means. OPIK_LONG=1: 1,000 rounds of each."""
import concurrent.futures
import json

import pytest

from python import ours
from sdk.faults import Faults, Forward, Rates
from support.server import LONG

ROUNDS = 1000 if LONG else 30
THREADS = 16
NETWORK = dict(delay_s=0.04, error500=0.03, error503=0.05, error_after=0.05, limited=0.03, reset_answer=0.05, reset_head=0.03, reset_body=0.03)
IMPORTS = {"alias": None, "one line": "import opik_cpp as opik"}

CALL = {"name": "my_llm_call", "input": {"prompt": "Bonjour"}, "output": {"output": "answer to Bonjour"}}
BLOCK = {"name": "my_span"}
GREETING = {"input": {"prompt": "Hello"}, "output": {"response": "Hi there"}}
TRACE, SPAN = {"name": "my_trace", **GREETING}, {"name": "llm_call", "type": "general", **GREETING}
CASES = {
    # snippet: (traces of one round, spans of one round)
    "decorator_and_context": ([CALL, BLOCK], [{**CALL, "type": "general"}, {**BLOCK, "type": "general"}]),
    "overwrite": ([TRACE], []),
    "batching_disabled": ([TRACE], [SPAN]),
    "batching_on": ([TRACE], [SPAN]),
}


def snippet(name, folder):
    if name != "batching_on":
        return ours.SNIPPETS / f"{name}.py"
    text = (ours.SNIPPETS / "batching_disabled.py").read_text()
    assert text.count("opik.Opik(batching=False)") == 1
    path = folder / "batching_on.py"
    path.write_text(text.replace("opik.Opik(batching=False)", "opik.Opik()"))
    return path


def wrong(item, expected):
    """What of `expected` the row does not hold. A field that is not named must be empty."""
    found = [f"{name}: {item.get(name)!r}" for name in ("name", "type", "input", "output") if item.get(name) != expected.get(name)]
    found += [f"{name}: {item[name]!r}" for name in ("metadata", "tags", "error_info", "thread_id", "model", "usage") if item.get(name)]
    if not item.get("end_time") or item["start_time"].startswith("1970") or item["source"] != "sdk":
        found.append(f"times {item.get('start_time')} {item.get('end_time')}, source {item.get('source')}")
    return found


def check(rows, expected, rounds):
    assert len(rows) == len(expected) * rounds, (len(rows), len(expected) * rounds)
    for one in expected:
        mine = [row for row in rows if row["name"] == one["name"]]
        assert len(mine) == rounds
        bad = [(row["id"], wrong(row, one)) for row in mine if wrong(row, one)]
        assert not bad, f"{len(bad)} of {rounds}: {bad[:5]}"


@pytest.mark.parametrize("way", IMPORTS)
@pytest.mark.parametrize("name", CASES)
def test_snippet(server, tmp_path, name, way):
    project = f"{name} by {way}"
    with Faults(Forward(server.url), Rates(len(project), **NETWORK)) as proxy:
        env = ours.environment(proxy.url, project)
        arguments = [snippet(name, tmp_path), ROUNDS, THREADS] + ([IMPORTS[way]] if IMPORTS[way] else [])
        out, _ = ours.run(ours.PROGRAMS / "rounds.py", *arguments, env=env, alias=not IMPORTS[way], timeout=550)
        said = json.loads(out)
        assert not [r for r in proxy.requests if r[0] == "PATCH"], "no update needs a PATCH: all ids are this process's"
    assert said["ok"], said
    stats = said["stats"]
    assert stats["captured"] == stats["delivered"] and stats["rejected"] == stats["pending"] == stats["spooled"] == 0
    traces, spans = (ours.rows(server.api, kind, project) for kind in ("traces", "spans"))
    check(traces, CASES[name][0], ROUNDS)
    check(spans, CASES[name][1], ROUNDS)
    assert {span["trace_id"] for span in spans} <= {trace["id"] for trace in traces}


@pytest.mark.parametrize("name", ["overwrite", "batching_disabled"])
def test_as_a_program_of_its_own(server, name):
    """`python -m opik_cpp.alias snippet.py`, and nothing else: it ends right after its last line, without a flush. Many times, for how far
    the delivery has come by then differs."""
    project, times = f"{name} alone", 24
    env = ours.environment(f"{server.url}/api/", project)
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: ours.run(ours.SNIPPETS / f"{name}.py", env=env, alias=True), range(times)))
    check(ours.rows(server.api, "traces", project), CASES[name][0], times)
    check(ours.rows(server.api, "spans", project), CASES[name][1], times)


def test_the_fourth_setting(server):
    """The page's last remedy, the setting that silences the warning, is read from the environment and from the file."""
    program = "import opik_cpp; print(opik_cpp.Opik().config['suppress_batching_update_warning'])"
    env = ours.environment(f"{server.url}/api/", suppress_batching_update_warning="true")
    assert ours.run("-c", program, env=env)[0] == "True\n"
    assert ours.run("-c", program, env=ours.environment(f"{server.url}/api/"))[0] == "False\n"


def test_a_loss_would_be_seen():
    whole = {**TRACE, "start_time": "2026-01-01T00:00:00Z", "end_time": "2026-01-01T00:00:01Z", "source": "sdk"}
    assert wrong(whole, TRACE) == []
    for name in ("name", "input", "output", "end_time"):
        assert wrong({**whole, name: None}, TRACE), name
    assert wrong({**whole, "tags": ["gone"]}, TRACE)
