"""Goal: the program around the server does what its help says: commands, settings by flag, environment and file, logs, signals.
Method: the binary in a process of its own."""
import json
import os
import signal
import subprocess
import time

import pytest

from api.shapes import span, trace
from support.server import BINARY, Opikd


def opikd(*args, **env):
    clean = {k: v for k, v in os.environ.items() if not k.startswith("OPIKD_")}
    return subprocess.run([BINARY, *map(str, args)], capture_output=True, text=True, timeout=30, env={**clean, **env})


def test_help_and_version():
    done = opikd("--help")
    assert done.returncode == 0 and "serve" in done.stdout and "version" in done.stdout
    serve = opikd("serve", "--help")
    assert serve.returncode == 0
    for flag in ("--data", "--listen", "--sync", "--inflight-bytes", "--body-bytes-max"):
        assert flag in serve.stdout
    version = opikd("version")
    assert version.returncode == 0 and version.stdout.strip()[0].isalnum() and version.stdout.count("\n") == 1


@pytest.mark.parametrize("args", [["nonsense"], ["serve", "--no-such-flag"], ["serve", "--sync", "maybe"], ["serve", "--inflight-bytes", "much"], ["payload"]])
def test_wrong_use(args):
    done = opikd(*args)
    assert done.returncode not in (0, 1) and done.stderr.strip() and not done.stdout.strip(), done


def test_settings_from_environment_and_file(tmp_path):
    (tmp_path / "opikd.toml").write_text(f'data = "{tmp_path}/from-file"\nlisten = "127.0.0.1:0"\nbody-bytes-max = "1MiB"\n')
    clean = {k: v for k, v in os.environ.items() if not k.startswith("OPIKD_")}
    process = subprocess.Popen([BINARY, "serve", "--config", str(tmp_path / "opikd.toml")], env={**clean, "OPIKD_DATA": str(tmp_path / "from-environment")},
                               stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)  # fmt: skip
    try:
        assert process.stdout.readline().startswith("opikd ready http://127.0.0.1:")
        assert (tmp_path / "from-environment" / "opik.db").exists() and not (tmp_path / "from-file").exists(), "the environment goes before the file"
    finally:
        process.send_signal(signal.SIGINT)
        assert process.wait(20) == 0


def test_prints_a_payload(tmp_path):
    with Opikd(tmp_path / "data") as server:
        entity = span(input={"n": [1, 2.50]}, output={"o": "ü"})
        assert server.api.post("/v1/private/spans", entity).status == 201
        running = opikd("payload", "--data", tmp_path / "data", entity["id"])
        assert running.returncode == 0 and json.loads(running.stdout)["input"] == entity["input"], "beside a running server"
    done = opikd("payload", "--data", tmp_path / "data", entity["id"])
    assert done.returncode == 0
    seen = json.loads(done.stdout)
    assert seen["input"] == entity["input"] and seen["output"] == entity["output"]
    missing = opikd("payload", "--data", tmp_path / "data", "01912a3b-0000-7000-8000-000000000000")
    assert missing.returncode == 1 and missing.stderr.strip() and not missing.stdout.strip()


def test_the_file_can_be_read_with_sqlite3(tmp_path):
    """Tables and columns that explain themselves; the payloads' sizes in a view."""
    with Opikd(tmp_path / "data") as server:
        entity = trace(name="in the file", input={"a": "b" * 1000}, project_name="p")
        assert server.api.post("/v1/private/traces", entity).status == 201
    tables = subprocess.run(["sqlite3", tmp_path / "data/opik.db", "SELECT type || ' ' || name FROM sqlite_schema WHERE type IN ('table', 'view')"],
                            capture_output=True, text=True, check=True).stdout  # fmt: skip
    views = [line.split()[1] for line in tables.splitlines() if line.startswith("view ")]
    assert views, tables
    rows = "\n".join(subprocess.run(["sqlite3", tmp_path / "data/opik.db", f"SELECT * FROM {view}"], capture_output=True, text=True, check=True).stdout for view in views)
    assert "in the file" in rows


def test_logs_are_lines_with_levels(tmp_path):
    with Opikd(tmp_path / "data") as server:
        server.api.get("/is-alive/ping")
        time.sleep(0.1)
        lines = [line for line in server.stderr_lines if line.strip()]
    assert lines and all(line[:4].isdigit() and line.split()[1] in ("debug", "info", "warn", "error") for line in lines), lines


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_signals(tmp_path, number):
    server = Opikd(tmp_path / "data")
    server.process.send_signal(number)
    assert server.process.wait(20) == 0
