"""An HTTP server that does to an SDK what networks and servers do, in front of a model or of a running opikd.

    with Faults(Official(), Schedule(seed, rates)) as server:
        run_program(server.url)

`plan(method, path, number)` says what happens to a request: a Fault. All randomness comes from a seed, so a failing run can be
repeated, as far as the timing of threads allows.
"""
import dataclasses
import gzip
import http.client
import json
import random
import socket
import socketserver
import struct
import threading
import time
import traceback
import urllib.parse


@dataclasses.dataclass
class Fault:
    delay_before: float = 0  # seconds until the request is applied
    delay_after: float = 0  # seconds from then until it is answered
    status: int = 0  # answered instead of being applied
    headers: tuple = ()  # of that answer
    applied_but: int = 0  # answered although it was applied
    reset: str = ""  # "head": before the body is read; "body": in the middle of it; "answer": applied, then no answer;
    #                  "half": the first half of a batch is applied, then no answer; "drip": answered a byte at a time


GOOD = Fault()


class Rates:
    """A plan in which each fault comes with a probability."""

    def __init__(self, seed, delay_s=0.0, **rates):
        self.random = random.Random(seed)
        self.lock = threading.Lock()
        self.delay_s, self.rates = delay_s, rates
        self.counts = {}

    def __call__(self, method, path, number):
        with self.lock:
            fault = self.draw()
        return fault

    def draw(self):
        roll, name = self.random.random(), "good"
        for candidate, rate in self.rates.items():
            roll -= rate
            if roll < 0:
                name = candidate
                break
        self.counts[name] = self.counts.get(name, 0) + 1
        fault = Fault(delay_before=self.random.random() * self.delay_s, delay_after=self.random.random() * self.delay_s / 2)
        if name == "limited":
            fault.status, fault.headers = 429, (("RateLimit-Reset", "0.05"),)
        elif name == "limited_silent":
            fault.status = 429
        elif name == "error_after":
            fault.applied_but = 500
        elif name.startswith("error"):
            fault.status = int(name[5:])
        elif name.startswith("reset_"):
            fault.reset = name[6:]
        elif name == "drip":
            fault.reset = "drip"
        return fault


class Forward:
    """opikd in the place of a model."""

    def __init__(self, url):
        parts = urllib.parse.urlsplit(url)
        self.host, self.port = parts.hostname, parts.port
        self._local = threading.local()

    def forward(self, method, path, headers, raw):
        sent = {k: v for k, v in headers.items() if k.lower() not in ("host", "connection", "content-length", "accept-encoding")}
        for attempt in (1, 2):
            connection = getattr(self._local, "connection", None)
            if connection is None:
                connection = self._local.connection = http.client.HTTPConnection(self.host, self.port, timeout=60)
            try:
                connection.request(method, path, raw, sent)
                answer = connection.getresponse()
                return answer.status, answer.getheaders(), answer.read()
            except (http.client.HTTPException, OSError):
                connection.close()
                self._local.connection = None
                if attempt == 2:
                    raise


class Handler(socketserver.BaseRequestHandler):
    def setup(self):
        self.request.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if self.server.owner.tls:
            try:
                self.request = self.server.owner.tls.wrap_socket(self.request, server_side=True)
            except OSError:  # the client does not trust us
                self.handle = lambda: None
        self.buffer = b""
        with self.server.lock:
            self.server.sockets.add(self.request)

    def finish(self):
        with self.server.lock:
            self.server.sockets.discard(self.request)

    def handle(self):
        try:
            while self.one():
                pass
        except OSError:
            pass

    def more(self):
        piece = self.request.recv(1 << 18)
        self.buffer += piece
        return bool(piece)

    def one(self):
        while b"\r\n\r\n" not in self.buffer:
            if not self.more():
                return False
        head, _, self.buffer = self.buffer.partition(b"\r\n\r\n")
        lines = head.decode("latin-1").split("\r\n")
        method, path, _ = lines[0].split(" ")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines[1:])}
        length = int(headers.get("content-length", 0))
        fault = self.server.next_fault(method, path)
        if fault.reset == "head":
            return self.reset()
        while len(self.buffer) < length:
            if fault.reset == "body" and len(self.buffer) * 2 >= length:
                return self.reset()
            if not self.more():
                return False
        if fault.reset == "body":
            return self.reset()
        raw, self.buffer = self.buffer[:length], self.buffer[length:]
        if fault.delay_before:
            time.sleep(fault.delay_before)
        if fault.status:
            status, answer_headers, answer = fault.status, fault.headers, b""
        else:
            status, answer_headers, answer = self.server.apply(method, path, headers, raw, fault.reset == "half")
        if fault.reset in ("answer", "half"):
            return self.reset()
        if fault.delay_after:
            time.sleep(fault.delay_after)
        self.answer(fault.applied_but or status, answer_headers, answer, fault.reset == "drip")
        return True

    def answer(self, status, headers, body, drip):
        head = f"HTTP/1.1 {status} x\r\nContent-Length: {len(body)}\r\n"
        for name, value in headers:
            if name.lower() not in ("content-length", "connection", "transfer-encoding", "date"):
                head += f"{name}: {value}\r\n"
        whole = head.encode("latin-1") + b"\r\n" + body
        if not drip:
            self.request.sendall(whole)
            return
        for byte in whole:
            self.request.sendall(bytes([byte]))
            time.sleep(0.001)

    def reset(self):
        self.request.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.request.close()
        return False


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 256

    def handle_error(self, request, client_address):
        self.owner.failures.append(traceback.format_exc())

    def next_fault(self, method, path):
        return self.owner.next_fault(method, path)

    def apply(self, *request):
        return self.owner.apply(*request)


class Faults:
    def __init__(self, backend, plan=lambda *_: GOOD, tls=None):
        """`tls`: an ssl.SSLContext; then it speaks https."""
        self.backend, self.plan, self.tls = backend, plan, tls
        self.lock = threading.Lock()
        self.requests = []  # (method, path, status), in the order in which they were applied
        self.failures = []  # of the server itself: a test must find none
        self.number = 0
        self.port = 0
        self.httpd = None
        self.start()

    @property
    def url(self):
        return f"{'https' if self.tls else 'http'}://127.0.0.1:{self.port}/api/"

    def start(self):
        """Listens, on the port of the first time."""
        self.httpd = _Server(("127.0.0.1", self.port), Handler)
        self.httpd.owner = self
        self.httpd.lock, self.httpd.sockets = threading.Lock(), set()
        self.port = self.httpd.server_address[1]
        threading.Thread(target=self.httpd.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    def stop(self):
        """Nobody listens any more, and every connection is cut: what a server that died looks like."""
        self.httpd.shutdown()
        self.httpd.server_close()
        with self.httpd.lock:
            sockets = list(self.httpd.sockets)
        for connection in sockets:
            try:
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def __enter__(self):
        return self

    def __exit__(self, kind, *_):
        self.stop()
        if kind is None:
            assert not self.failures, self.failures[0]

    def next_fault(self, method, path):
        with self.lock:
            self.number += 1
            return self.plan(method, path, self.number)

    def apply(self, method, path, headers, raw, only_half):
        body = gzip.decompress(raw) if headers.get("content-encoding") == "gzip" else raw
        parsed = None
        if "json" in headers.get("content-type", "") and body and headers.get("content-encoding", "gzip") == "gzip":
            parsed = json.loads(body)  # what is no JSON ends up in failures: an SDK must never send it
            for name in ("traces", "spans", "scores"):
                if only_half and isinstance(parsed, dict) and isinstance(parsed.get(name), list) and len(parsed[name]) > 1:
                    parsed[name] = parsed[name][: len(parsed[name]) // 2]
                    raw = gzip.compress(json.dumps(parsed).encode(), 1) if headers.get("content-encoding") == "gzip" else json.dumps(parsed).encode()
        if isinstance(self.backend, Forward):
            status, answer_headers, answer = self.backend.forward(method, path, headers, raw)
        else:
            status, found = self.backend.handle(method, path, parsed, body)
            text = "" if found is None else json.dumps(found).replace("@base@", self.url.rstrip("/"))
            answer_headers, answer = (("Content-Type", "application/json"),), text.encode()
        with self.lock:
            self.requests.append((method, path, status))
        return status, answer_headers, answer
