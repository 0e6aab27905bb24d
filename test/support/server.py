"""Starts and stops opikd for the tests, each on a free port of 127.0.0.1 with a data directory of its own.

    with Opikd(folder) as server:
        server.api.get("/is-alive/ping")

Only the process that was started here is ever signalled, by its id.
"""
import os
import pathlib
import re
import signal
import subprocess
import threading
import time

from support.http import Api

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
BINARY = pathlib.Path(os.environ.get("OPIKD", ROOT / "build/release/bin/opikd"))
SANITIZED = os.environ.get("OPIK_SANITIZED", "")
LONG = os.environ.get("OPIK_LONG", "") not in ("", "0")

READY = re.compile(r"^opikd ready (http://\S+)$")


class DidNotStart(Exception):
    """The server ended, or said nothing in time."""

    def __init__(self, code, stderr):
        super().__init__(f"opikd did not start: exit code {code}\n{stderr}")
        self.code = code
        self.stderr = stderr


class Opikd:
    """One run of the server. `wrapper` stands before the command: prlimit, setpriv, ..."""

    def __init__(self, data, *, listen="127.0.0.1:0", args=(), env=None, wrapper=(), start=True, ready_timeout=None):
        self.data = pathlib.Path(data)
        self.ready_timeout = ready_timeout or (120 if SANITIZED else 30)
        self.command = [*map(str, wrapper), str(BINARY), "serve", "--data", str(data), "--listen", listen, *map(str, args)]
        clean = {k: v for k, v in os.environ.items() if not k.startswith(("OPIKD_", "OPIK_"))}
        self.env = {**clean, **(env or {})}
        self.process = None
        self.url = None
        self.stderr_lines = []
        self.started_in = None
        if start:
            self.start()

    def start(self):
        began = time.monotonic()
        self.stderr_lines = []
        self.process = subprocess.Popen(
            self.command, env=self.env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, errors="replace"
        )
        self._stderr_thread = threading.Thread(target=self._read_stderr, args=(self.process.stderr,), daemon=True)
        self._stderr_thread.start()
        ready = threading.Event()
        self.url = None
        threading.Thread(target=self._read_stdout, args=(self.process.stdout, ready), daemon=True).start()
        ready.wait(self.ready_timeout)
        if self.url is None:
            self.kill()
            raise DidNotStart(self.process.returncode, self.stderr)
        self.started_in = time.monotonic() - began
        self.api = Api(self.url)
        return self

    def _read_stdout(self, stream, ready):
        for line in stream:
            found = READY.match(line.rstrip("\n"))
            if found:
                self.url = found.group(1)
                ready.set()
        ready.set()

    def _read_stderr(self, stream):
        for line in stream:
            self.stderr_lines.append(line)

    @property
    def stderr(self):
        if self.process.poll() is not None:
            self._stderr_thread.join(5)
        return "".join(self.stderr_lines)

    @property
    def pid(self):
        return self.process.pid

    @property
    def port(self):
        return int(self.url.rsplit(":", 1)[1])

    def kill(self):
        """SIGKILL, as a power cut would."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        return self.process.returncode

    def stop(self, timeout=60):
        """SIGTERM. The exit code."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(timeout)
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError(f"opikd still ran {timeout} s after SIGTERM\n{self.stderr[-2000:]}") from None
        return self.process.returncode

    def __enter__(self):
        return self

    def __exit__(self, kind, *_):
        code = self.stop()
        if kind is None:
            assert code == 0, f"opikd ended with code {code}\n{self.stderr[-6000:]}"
