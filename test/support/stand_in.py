"""A small stand-in for the server, in memory, with one of two ways of keeping what it is sent:

    law        opikd's: the messages' fold of support.law
    official   Opik's: rows with a version, the greatest version wins as a whole (the race of the brief loses one side here)

For the tests of the tests: a check that finds nothing lost here with `official` cannot fail.
"""
import gzip
import http.server
import json
import threading
import time
import zlib

from support.ids import instant, now_us, parse_us
from support.law import Create, Update, view

PLACE = ("id", "trace_id", "parent_span_id", "project_name")


def inflate(headers, body):
    encoding = headers.get("Content-Encoding", "")
    return gzip.decompress(body) if encoding == "gzip" else zlib.decompress(body) if encoding == "deflate" else body


class Kept:
    """All the messages about one id."""

    def __init__(self, id):
        self.id = id
        self.place = {}
        self.messages = []
        self.rows = []  # official: (version, row)

    def create(self, item):
        item = {k: v for k, v in item.items() if v is not None}
        stamp = item.pop("last_updated_at", None)
        self.place.update({k: item.pop(k) for k in PLACE if k in item})
        now = now_us()
        stamp = None if stamp is None else parse_us(stamp)
        self.messages.append(Create(item, now, stamp))
        self.rows.append((stamp or now, item))

    def update(self, item):
        item = {k: v for k, v in item.items() if v is not None}
        self.place = {**{k: item.pop(k) for k in PLACE if k in item}, **self.place}
        now = now_us()
        self.messages.append(Update(item, now))
        newest = max(self.rows, key=lambda row: row[0])[1] if self.rows else {"start_time": instant(0)}
        self.rows.append((now, {**newest, **item}))

    def read(self, how):
        seen = view(self.messages) if how == "law" else max(self.rows, key=lambda row: row[0])[1]
        return {"start_time": instant(0), **self.place, **seen, "id": self.id}


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def answer(self, status, body=None):
        raw = b"" if body is None else json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(raw)))
        self.end_headers()
        self.wfile.write(raw)

    def handle_any(self):
        raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        body = json.loads(inflate(self.headers, raw)) if raw else None
        parts = self.path.split("?")[0].removeprefix("/api").strip("/").split("/")
        kind = parts[2] if len(parts) > 2 else ""
        if kind not in ("traces", "spans"):
            return self.answer(200, {"message": "Healthy Server", "healthy": True})
        kept, lock, how = self.server.kept, self.server.lock, self.server.how
        with lock:
            if self.command == "POST" and parts[3:] == ["batch"]:
                for item in body[kind]:
                    kept.setdefault(item["id"], Kept(item["id"])).create(item)
                time.sleep(0.000_002)  # arrivals differ
                return self.answer(204)
            if self.command == "POST" and len(parts) == 3:
                kept.setdefault(body["id"], Kept(body["id"])).create(body)
                return self.answer(201)
            if self.command == "PATCH":
                kept.setdefault(parts[3], Kept(parts[3])).update(body)
                time.sleep(0.000_002)
                return self.answer(204)
            if self.command == "GET" and len(parts) == 4:
                if parts[3] in kept:
                    return self.answer(200, kept[parts[3]].read(how))
                return self.answer(404, {"code": 404, "message": "not found"})
        return self.answer(501, {"code": 501, "message": f"{self.command} {self.path}"})

    do_GET = do_POST = do_PATCH = do_PUT = do_DELETE = handle_any


class StandIn(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, how):
        super().__init__(("127.0.0.1", 0), Handler)
        self.how, self.kept, self.lock = how, {}, threading.Lock()
        self.url = f"http://127.0.0.1:{self.server_port}"
        self.thread = threading.Thread(target=self.serve_forever, daemon=True)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.shutdown()
        self.server_close()
