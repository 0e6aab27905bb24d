"""A plain HTTP client for the tests: one kept-alive connection a thread, JSON in and out, nothing clever.

    answer = Api("http://127.0.0.1:5173").post("/v1/private/traces", {"name": "t", ...})
    answer.status, answer.json, answer.headers["location"]
"""
import gzip
import http.client
import json
import threading
import urllib.parse


class Answer:
    def __init__(self, status, headers, body):
        self.status = status
        self.headers = {k.lower(): v for k, v in headers}
        self.body = body

    @property
    def text(self):
        raw = gzip.decompress(self.body) if self.headers.get("content-encoding") == "gzip" else self.body
        return raw.decode()

    @property
    def json(self):
        return json.loads(self.text)

    @property
    def lines(self):
        """The objects of a search stream, which are separated by CR LF."""
        return [json.loads(line) for line in self.text.split("\r\n") if line]

    def __repr__(self):
        return f"<{self.status} {self.body[:400]!r}>"


class Api:
    def __init__(self, url, timeout=60):
        parts = urllib.parse.urlsplit(url)
        self.host, self.port, self.timeout = parts.hostname, parts.port, timeout
        self.url = url
        self._local = threading.local()

    def request(self, method, path, json_body=None, *, query=None, body=None, headers=None):
        """`json_body` is encoded and typed; `body` is sent as it is, with the headers given."""
        sent = dict(headers or {})
        if json_body is not None:
            body = json.dumps(json_body).encode()
            sent.setdefault("Content-Type", "application/json")
        if query:
            path += "?" + urllib.parse.urlencode(query)
        connection = getattr(self._local, "connection", None)
        fresh = connection is None
        if fresh:
            connection = self._connect()
        try:
            return self._once(connection, method, path, body, sent)
        except (http.client.RemoteDisconnected, BrokenPipeError, ConnectionResetError):
            if fresh:
                raise
            return self._once(self._connect(), method, path, body, sent)  # the idle connection had been closed

    def _connect(self):
        self._local.connection = http.client.HTTPConnection(self.host, self.port, timeout=self.timeout)
        return self._local.connection

    def _once(self, connection, method, path, body, headers):
        try:
            connection.request(method, path, body, headers)
            response = connection.getresponse()
            return Answer(response.status, response.getheaders(), response.read())
        except Exception:
            connection.close()
            self._local.connection = None
            raise

    def get(self, path, **more):
        return self.request("GET", path, **more)

    def post(self, path, json_body=None, **more):
        return self.request("POST", path, json_body, **more)

    def put(self, path, json_body=None, **more):
        return self.request("PUT", path, json_body, **more)

    def patch(self, path, json_body=None, **more):
        return self.request("PATCH", path, json_body, **more)

    def delete(self, path, **more):
        return self.request("DELETE", path, **more)
