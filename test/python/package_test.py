"""Goal: the package does what its pages say, case by case; what it reads back is what was logged; it is typed; its examples run.
Method: programs/cases.py looks at what was logged where it is logged; the rest runs against opikd."""
import ast
import json
import subprocess

import pytest

from python import ours
from support.server import ROOT

CASES = [node.name for node in ast.parse((ours.PROGRAMS / "cases.py").read_text()).body if isinstance(node, ast.FunctionDef) and node.name.startswith("case_")]


@pytest.fixture(scope="module")
def results(server):
    out, errors = ours.run(ours.PROGRAMS / "cases.py", env=ours.environment(f"{server.url}/api/", "cases"))
    return json.loads(out.splitlines()[-1])


@pytest.mark.parametrize("name", CASES)
def test_case(results, name):
    assert results[name] is None, results[name]


READ = """
import json, opik_cpp as opik
client = opik.Opik()
ids = []
for i in range(5):
    t = client.trace(name=f"n{i}", input={"i": i}, tags=["even"] if i % 2 == 0 else [], metadata={"user": {"id": f"u{i}"}})
    s = t.span(name="s", type="llm" if i else "tool", usage={"prompt_tokens": i, "completion_tokens": 1, "total_tokens": i + 1})
    s.end(output={"i": i}); t.end(output={"i": i}); t.log_feedback_score("good", i / 10)
    ids.append(t.id)
assert client.flush()
one = client.get_trace_content(ids[1])
assert (one.name, one.input, one.output, one.id) == ("n1", {"i": 1}, {"i": 1}, ids[1]) and one.start_time.tzinfo and one.no_such is None
assert one.feedback_scores[0].name == "good" and one.feedback_scores[0].value == 0.1
def names(query): return [t.name for t in client.search_traces(filter_string=query)]
assert names(None) == ["n4", "n3", "n2", "n1", "n0"] and len(client.search_traces(max_results=2)) == 2
assert names('name = "n3"') == ["n3"] and names('tags contains "even"') == ["n4", "n2", "n0"] and names('metadata.user.id = "u2"') == ["n2"]
assert names("feedback_scores.good >= 0.3") == ["n4", "n3"] and len(client.search_spans(filter_string='type = "llm"')) == 4
assert [s.output for s in client.search_spans(trace_id=ids[2])] == [{"i": 2}]
span = client.get_span_content(client.search_spans(trace_id=ids[2])[0].id)
assert span.usage["total_tokens"] == 3 and span.trace_id == ids[2]
client.delete_trace_feedback_score(ids[1], "good")
assert not client.get_trace_content(ids[1]).feedback_scores
client.auth_check()
assert len(client.search_traces(wait_for_at_least=5, wait_for_timeout=5)) == 5
try: client.search_traces(wait_for_at_least=6, wait_for_timeout=0)
except opik.exceptions.SearchTimeoutError: pass
else: raise AssertionError
try: client.get_trace_content("01a22990-77f4-79d3-8421-37feea9cbe96")
except opik.exceptions.ApiError as error: assert error.status_code == 404
else: raise AssertionError
try: client.search_traces(filter_string='no_such_field = "x"')
except opik.OpikException: pass
else: raise AssertionError
"""


def test_reading(server):
    ours.run("-c", READ, env=ours.environment(f"{server.url}/api/", "reading"))


def test_reading_without_a_server():
    program = "import opik_cpp\ntry: opik_cpp.Opik().search_traces()\nexcept ConnectionError as error: print('told', error)"
    out, _ = ours.run("-c", program, env=ours.environment("http://127.0.0.1:9/api/"))
    assert out.startswith("told ")


def test_configure(server, tmp_path):
    path = tmp_path / "opik.config"
    path.write_text("[other]\na = 100%\n[opik]\nworkspace = old\n")
    env = ours.environment(f"{server.url}/api/") | {"OPIK_CONFIG_PATH": str(path)}
    del env["OPIK_URL_OVERRIDE"]
    ours.run("-m", "opik_cpp", "configure", "--url-override", f"{server.url}/api/", "--api-key", "per%cent", "--project-name", "p", env=env)
    text = path.read_text()
    assert f"url_override = {server.url}/api/" in text and "api_key = per%cent" in text and "a = 100%" in text and "workspace = default" in text
    out, _ = ours.run("-m", "opik_cpp", "healthcheck", env=env)
    assert "server: answers 2" in out and "HIDDEN" in out and "per%cent" not in out
    out, _ = ours.run("-c", "import opik_cpp; c = opik_cpp.Opik(); print(c.config['api_key'], c.project_name)", env=env)
    assert out == "per%cent p\n"
    _, errors = ours.run("-m", "opik_cpp", "configure", "--url-override", "http://127.0.0.1:9/api/", env=env, code=1)
    assert "no Opik server at http://127.0.0.1:9/api/" in errors
    assert path.read_text() == text, "what does not work is not written"


def test_warning_of_a_foreign_update(server):
    """Where an update may be lost the warning comes, by Python's logging; at opikd, where it cannot, it does not."""
    program = "import opik_cpp as o; c = o.Opik(); c.trace(name='x'); c.flush(); c.update_trace('01a22990-77f4-79d3-8421-37feea9cbe96', 'p', output={'o': 1}); c.flush(); c.flush()"
    from sdk.faults import Faults
    from sdk.official import Official

    with Faults(Official()) as model:
        _, errors = ours.run("-c", program, env=ours.environment(model.url))
    assert errors.count("OPIK: Calling Opik.update_trace() shortly after creation with batching enabled may cause data loss.") == 1, errors
    _, errors = ours.run("-c", program, env=ours.environment(f"{server.url}/api/"))
    assert errors == ""


def test_ctrl_c_in_flush():
    """flush() without an end, at a server that is not there, gives way to Ctrl-C."""
    import signal
    import time

    # Who starts the tests may ignore the signal, and children inherit that.
    program = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)\nimport opik_cpp as o; c = o.Opik(); c.trace(name='x'); print('now', flush=True)\ntry: c.flush()\nexcept KeyboardInterrupt: print('interrupted', flush=True)\nimport os; os._exit(0)"
    process = ours.start("-c", program, env=ours.environment("http://127.0.0.1:9/api/"))
    assert process.stdout.readline() == "now\n"
    time.sleep(0.3)
    process.send_signal(signal.SIGINT)
    out, errors = process.communicate(timeout=30)
    assert out == "interrupted\n", errors


TYPED = '''
import opik_cpp as opik
from opik_cpp import opik_context
from opik_cpp.types import FeedbackScoreDict

@opik.track
def plain(x: int) -> str:
    return str(x)

@opik.track(name="n", type="llm", tags=["t"])
async def answer(question: str, n: int = 1) -> dict[str, int]:
    return {"n": n}

client = opik.Opik(project_name="p")
score: FeedbackScoreDict = {"name": "s", "value": 1.0}
trace: opik.Trace = client.trace(name="t", input={"a": 1}, feedback_scores=[score])
span: opik.Span = trace.span(name="s", type="tool")
span.end(output={"o": 1})
reveal_type(plain(1))
reveal_type(answer)
reveal_type(client.flush())
with opik.start_as_current_span("s") as data:
    reveal_type(data)
with opik.start_as_current_trace("s") as trace_data:
    reveal_type(trace_data)
reveal_type(opik_context.get_current_span_data())
'''
WRONG = ['plain("x")', 'trace.span(type="no such type")', 'client.trace(tags="abc")', "client.no_such()", "opik.no_such", 'client.flush("soon")']


def test_types(tmp_path):
    path = tmp_path / "typed.py"
    path.write_text(TYPED + "\n".join(WRONG) + "\n")
    done = subprocess.run([ours.PYTHON, "-m", "mypy", "--strict", "--cache-dir", str(tmp_path / "cache"), "--python-executable", str(ours.PYTHON), str(path)], capture_output=True, text=True, cwd=tmp_path)
    notes = [line.split("is ", 1)[1].strip('"') for line in done.stdout.splitlines() if "Revealed type" in line]
    assert [n.replace("builtins.", "").replace("opik_cpp._data.", "") for n in notes] == [
        "str", "def (question: str, n: int =) -> typing.Coroutine[Any, Any, dict[str, int]]", "bool", "SpanData", "TraceData", "SpanData | None",
    ], done.stdout  # fmt: skip
    errors = [line for line in done.stdout.splitlines() if ": error:" in line]
    assert len(errors) == len(WRONG), done.stdout


def test_the_package_itself_is_typed(tmp_path):
    done = subprocess.run([ours.PYTHON, "-m", "mypy", "--cache-dir", str(tmp_path / "cache"), str(ROOT / "python/opik_cpp")], capture_output=True, text=True, cwd=ROOT / "python")
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("path", sorted((ROOT / "examples/python").glob("*.py")), ids=lambda path: path.stem)
def test_example(server, path):
    out, errors = ours.run(path, env=ours.environment(f"{server.url}/api/", path.stem))
    assert errors == "", errors
    traces = ours.rows(server.api, "traces", path.stem)
    assert traces and all(trace["end_time"] for trace in traces), traces
    assert str(len(traces)) in out, out
