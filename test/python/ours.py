"""Runs programs with our Python package, in processes of their own."""
import json
import os
import pathlib
import subprocess

from support.server import ROOT

HERE = pathlib.Path(__file__).resolve().parent
PYTHON = ROOT / ".venv/opik-cpp/bin/python"
SNIPPETS = ROOT / "test/compat/snippets"
PROGRAMS = HERE / "programs"


def environment(url, project=None, spool_dir=None, mode=None, **settings):
    """A user's shell with nothing of Opik in it but what is given here. `settings` are keys of the configuration."""
    clean = {k: v for k, v in os.environ.items() if not k.upper().startswith(("OPIK_", "_OPIK", "PYTEST_", "PYTHON"))}
    clean.update(HOME="/nonexistent", OPIK_URL_OVERRIDE=url, OPIK_SPOOL_MODE=mode or ("off" if spool_dir is None else "on_failure"), PYTHONDONTWRITEBYTECODE="1")
    if project:
        clean["OPIK_PROJECT_NAME"] = project
    if spool_dir is not None:
        clean["OPIK_SPOOL_DIR"] = str(spool_dir)
    clean.update({f"OPIK_{key.upper()}": str(value) for key, value in settings.items()})
    return clean


def start(program, *arguments, env, alias=False):
    before = ["-m", "opik_cpp.alias"] if alias else []
    return subprocess.Popen([str(PYTHON), *before, str(program), *map(str, arguments)], env=env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def run(program, *arguments, env, alias=False, code=0, timeout=240):
    """(stdout, stderr) of a program that ends with `code`."""
    process = start(program, *arguments, env=env, alias=alias)
    try:
        out, errors = process.communicate(timeout=timeout)
    except subprocess.TimeoutExpired:
        process.kill()
        out, errors = process.communicate()
        raise AssertionError(f"{program} still ran after {timeout} s\n{out[-2000:]}\n{errors[-4000:]}") from None
    assert process.returncode == code, f"{program} ended with {process.returncode}\n{out[-2000:]}\n{errors[-4000:]}"
    return out, errors


def rows(api, kind, project, size=1000):
    """Everything of a project, by HTTP, payloads whole."""
    found, page = [], 1
    while True:
        answer = api.get(f"/v1/private/{kind}", query={"project_name": project, "size": size, "page": page, "truncate": "false"})
        if answer.status == 404:
            return found
        assert answer.status == 200, answer
        found += answer.json["content"]
        if len(answer.json["content"]) < size:
            return found
        page += 1


def objects(text):
    """The lines of a program's output that are JSON."""
    return [json.loads(line) for line in text.splitlines() if line.startswith("{")]
