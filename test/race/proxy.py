"""A proxy between the official SDK and the server that takes charge of time: it may hold back, repeat, reorder and re-stamp.

Two ways of working:

    Live(upstream, rule)     passes each request on when the rule says so, and its answer back: what a slow network does
    Post(upstream)           answers 204 to every create and update at once and keeps it; `deliveries` hands them out in a random
                             order later: what any network could do, an id at a time, thousands of schedules from one run of the SDK
"""
import gzip
import http.client
import http.server
import json
import random
import threading
import time
import urllib.parse

from support.ids import instant, parse_us
from support.stand_in import inflate

HOUR_US = 3_600_000_000


def kind_and_action(command, path):
    """("traces", "create batch" | "create" | "update") for what writes a trace or span; else None."""
    parts = path.split("?")[0].removeprefix("/api").strip("/").split("/")
    if len(parts) < 3 or parts[2] not in ("traces", "spans"):
        return None
    if command == "POST" and parts[3:] == ["batch"]:
        return parts[2], "create batch", None
    if command == "POST" and len(parts) == 3:
        return parts[2], "create", None
    if command == "PATCH" and len(parts) == 4:
        return parts[2], "update", parts[3]
    return None


class Message:
    """One create or update of one id, as the SDK sent it."""

    def __init__(self, kind, form, id, fields):
        self.kind, self.form, self.id, self.fields = kind, form, id, fields

    def stamp(self):
        return self.fields.get("last_updated_at")


def shifted(items, skew_us):
    """The items with the client's clock moved; None takes the stamp away, as the TypeScript SDK sends them."""
    out = []
    for item in items:
        item = dict(item)
        if skew_us is None:
            item.pop("last_updated_at", None)
        elif item.get("last_updated_at"):
            item["last_updated_at"] = instant(parse_us(item["last_updated_at"]) + skew_us)
        out.append(item)
    return out


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def handle_any(self):
        raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        body = json.loads(inflate(self.headers, raw)) if raw else None
        status, headers, answer = self.server.owner.handle(self.command, self.path, self.headers, body)
        self.send_response(status)
        for name, value in headers:
            if name.lower() in ("content-type", "location"):
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    do_GET = do_POST = do_PATCH = do_PUT = do_DELETE = handle_any


class _Proxy:
    def __init__(self, upstream):
        parts = urllib.parse.urlsplit(upstream)
        self.host, self.port = parts.hostname, parts.port
        self.httpd = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
        self.httpd.daemon_threads = True
        self.httpd.owner = self
        self.url = f"http://127.0.0.1:{self.httpd.server_port}"
        self.failures = []
        self.seen = []  # every Message, in the order in which the SDK sent it
        self.seen_lock = threading.Lock()
        self._local = threading.local()

    def __enter__(self):
        threading.Thread(target=self.httpd.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.httpd.shutdown()
        self.httpd.server_close()

    def forward(self, command, path, body, compress=False):
        """One request to the server: (status, headers, body)."""
        raw = b"" if body is None else json.dumps(body).encode()
        headers = {"Content-Type": "application/json"} if raw else {}
        if raw and compress:
            raw, headers["Content-Encoding"] = gzip.compress(raw, 1), "gzip"
        connection = getattr(self._local, "connection", None) or http.client.HTTPConnection(self.host, self.port, timeout=120)
        self._local.connection = connection
        connection.request(command, path, raw, headers)
        response = connection.getresponse()
        answer = response.read()
        if response.status >= 300 and kind_and_action(command, path):
            self.failures.append(f"{command} {path}: {response.status} {answer[:300]!r}")
        return response.status, response.getheaders(), answer

    def note(self, kind, action, id, body):
        if action == "update":
            messages = [Message(kind, "update", id, body)]
        else:
            items = body[kind] if action == "create batch" else [body]
            messages = [Message(kind, "create", item["id"], item) for item in items]
        with self.seen_lock:
            self.seen += messages
        return messages


class Live(_Proxy):
    """`hold`: "creates" or "updates" wait `seconds` before they are passed on, while the others go at once.
    `copies`: how often each is delivered. `skew_us`: what the client's clock is ahead of the server's."""

    def __init__(self, upstream, hold, seconds, copies=1, skew_us=0):
        super().__init__(upstream)
        self.hold, self.seconds, self.copies, self.skew_us = hold, seconds, copies, skew_us

    def handle(self, command, path, headers, body):
        found = kind_and_action(command, path)
        if not found:
            return self.forward(command, path, body)
        kind, action, id = found
        self.note(kind, action, id, body)
        if action == "create batch":
            body = {**body, kind: shifted(body[kind], self.skew_us)}
        elif action == "create":
            body = shifted([body], self.skew_us)[0]
        if (self.hold == "updates") == (action == "update"):
            time.sleep(self.seconds)
        for _ in range(self.copies - 1):
            self.forward(command, path, body, compress=True)
        return self.forward(command, path, body, compress=True)


class Post(_Proxy):
    def handle(self, command, path, headers, body):
        found = kind_and_action(command, path)
        if not found:
            return self.forward(command, path, body)
        self.note(*found, body)
        return 204, [], b""

    def by_id(self):
        messages = {}
        for message in self.seen:
            messages.setdefault(message.id, []).append(message)
        return messages


class Schedule:
    """The order in which one id's messages reach the server. Made from a seed, so that it can be made again."""

    SKEWS_US = [0, 0, None, HOUR_US, -HOUR_US, 24 * HOUR_US, -24 * HOUR_US]

    def __init__(self, seed, messages):
        rng = random.Random(seed)
        self.skew_us = rng.choice(self.SKEWS_US)
        steps = list(messages)
        rng.shuffle(steps)
        # A create repeated anywhere changes nothing. An update repeated after a newer one of the same field would be the newest
        # word about it, so it is repeated before anything else comes.
        for message in messages:
            if message.form == "create" and rng.random() < 0.5:
                steps.insert(rng.randrange(len(steps) + 1), message)
            elif message.form == "update" and rng.random() < 0.3:
                steps.insert(steps.index(message), message)
        self.steps = steps

    def __str__(self):
        names = {}
        for message in self.steps:
            names.setdefault(id(message), f"{message.form[0].upper()}{len(names)}")
        return f"clock {'absent' if self.skew_us is None else f'{self.skew_us / HOUR_US:+g} h'}: {' '.join(names[id(m)] for m in self.steps)}"
