"""The rule of the official server, small and in memory: per row the whole of it with the greatest `last_updated_at` is what is read.

    model = Official(clock_skew_us=0)
    status, answer = model.handle("POST", "/v1/private/traces/batch", {"traces": [...]})
    model.rows("traces")  ->  {id: [row, ...]}      more than one row for an id: something was doubled

What it keeps of the official behaviour is what an SDK can lose something by:
  * POST /batch writes whole rows blindly, under the client's stamp if there is one, else the server's time; one bad item refuses
    the whole batch; an equal stamp that comes later wins.
  * PATCH of a known id writes a copy of the newest row with the new fields, under the server's time; so a client whose clock is
    ahead has already won against it.
  * PATCH of an unknown id writes a partial row (start_time 1970) under the server's time: a create that comes later with an older
    stamp is lost.
  * PATCH with another project, trace or parent than the row's: 409.
  * A span's row is known by project, trace, parent and id; with another of these it is a second row.
"""
import copy
import threading
import time
import uuid

EPOCH = "1970-01-01T00:00:00Z"
BATCH_MAX = 1000
SCORES = {"traces": "traces", "spans": "spans", "threads": "threads"}
KEPT_WHEN_EMPTY = ("name", "thread_id", "model", "provider")  # a PATCH cannot clear these
NOT_PATCHED = ("id", "trace_id", "parent_span_id", "project_name", "project_id", "start_time", "last_updated_at", "source")


def stamp_us(text):
    """ISO-8601 in UTC -> microseconds; ValueError if it is none."""
    whole, _, fraction = text.rstrip("Z").partition(".")
    if not text.endswith("Z") or len(fraction) > 9:
        raise ValueError(text)
    seconds = int(time.mktime(time.strptime(whole, "%Y-%m-%dT%H:%M:%S")) - time.timezone)
    return seconds * 1_000_000 + int((fraction + "000000")[:6])


def is_v7(text):
    try:
        return uuid.UUID(text).version == 7
    except (ValueError, AttributeError, TypeError):
        return False


def errors(status, *messages):
    return status, {"errors": list(messages)}


class Official:
    def __init__(self, clock_skew_us=0):
        self.clock_skew_us = clock_skew_us
        self.lock = threading.Lock()
        self.tables = {"traces": {}, "spans": {}}  # place -> (stamp, row); the place of a row is what the official table is ordered by
        self.ids = {"traces": {}, "spans": {}}  # id -> places
        self.scores = {"traces": {}, "spans": {}, "threads": {}}  # (id, name) -> score
        self.uploads = {}  # file name -> bytes
        self.writes = 0  # items written, rows and scores

    def now_us(self):
        return time.time_ns() // 1000 + self.clock_skew_us

    # What a test reads.

    def rows(self, kind):
        with self.lock:
            return {id: [self.tables[kind][place][1] for place in places] for id, places in self.ids[kind].items()}

    def row(self, kind, id):
        rows = self.rows(kind).get(id, [])
        assert len(rows) <= 1, f"{kind} {id}: {len(rows)} rows: {rows}"
        return rows[0] if rows else None

    # What an SDK sends.

    def handle(self, method, path, body, raw=b""):
        """(status, answer or None)."""
        parts = path.split("?")[0].removeprefix("/api").strip("/").split("/")
        if parts[:1] == ["is-alive"]:
            return 200, {"message": "Healthy Server", "healthy": True}
        if parts[:2] != ["v1", "private"]:
            return 404, {"code": 404, "message": "HTTP 404 Not Found"}
        with self.lock:
            return self.private(method, parts[2:], path, body, raw)

    def private(self, method, parts, path, body, raw):
        kind = parts[0]
        if kind == "auth":
            return 204, None
        if kind == "attachment":
            return self.attachment(method, parts[1:], path, body, raw)
        if parts[-1] == "feedback-scores" and method == "PUT":
            return self.put_scores("threads" if "threads" in parts else kind, body)
        if kind not in self.tables:
            return 404, {"code": 404, "message": "HTTP 404 Not Found"}
        if method == "POST" and parts[1:] == ["batch"]:
            return self.batch(kind, body.get(kind) if isinstance(body, dict) else None)
        if method == "POST" and len(parts) == 1:
            return self.single(kind, body)
        if method == "PATCH" and len(parts) == 2:
            return self.patch(kind, parts[1], body)
        if method == "GET" and len(parts) == 2:
            newest = self.newest(kind, parts[1])
            return (200, newest[1]) if newest else (404, {"code": 404, "message": f"{kind} id: {parts[1]} not found"})
        return 405, {"code": 405, "message": "HTTP 405 Method Not Allowed"}

    @staticmethod
    def place(kind, row):
        project = row.get("project_name") or "Default Project"
        if kind == "traces":
            return project, row["id"]
        return project, row.get("trace_id"), row.get("parent_span_id"), row["id"]

    def write(self, kind, row, stamp):
        place = self.place(kind, row)
        self.writes += 1
        self.ids[kind].setdefault(row["id"], {})[place] = True
        kept = self.tables[kind].get(place)
        if kept is None or stamp >= kept[0]:
            self.tables[kind][place] = (stamp, row)

    def newest(self, kind, id):
        places = self.ids[kind].get(id, ())
        return max((self.tables[kind][place] for place in places), key=lambda kept: kept[0], default=None)

    def why_bad(self, kind, item):
        if not isinstance(item, dict):
            return 400, "Unable to process JSON"
        if not is_v7(item.get("id")):
            return 400, f"{kind[:-1].title()} id must be a version 7 UUID"
        if kind == "spans" and not item.get("trace_id"):
            return 422, "spans[].traceId must not be null"
        try:
            for name in ("start_time", "end_time", "last_updated_at"):
                if item.get(name) is not None:
                    stamp_us(item[name])
        except ValueError as error:
            return 400, f"Unable to process JSON. Cannot deserialize value of type `java.time.Instant` from String {error}"
        if item.get("start_time") is None:
            return 422, f"{kind}[].startTime must not be null"
        if any(not isinstance(v, int) or abs(v) >= 2**31 for v in (item.get("usage") or {}).values()):
            return 400, "Unable to process JSON: usage"
        return None

    def batch(self, kind, items):
        if not items or len(items) > BATCH_MAX:
            return errors(422, f"{kind} size must be between 1 and {BATCH_MAX}")
        for item in items:
            if bad := self.why_bad(kind, item):
                return errors(*bad)
        now = self.now_us()
        for item in items:
            row = {k: v for k, v in item.items() if v is not None and k != "last_updated_at"}
            self.write(kind, row, stamp_us(item["last_updated_at"]) if item.get("last_updated_at") else now)
        return 204, None

    def single(self, kind, item):
        if bad := self.why_bad(kind, item):
            return errors(*bad)
        newest = self.newest(kind, item["id"])
        row = {k: v for k, v in item.items() if v is not None and k != "last_updated_at"}
        if newest is None:
            self.write(kind, row, self.now_us())
        elif newest[1].get("start_time") == EPOCH:
            self.write(kind, {**row, **{k: v for k, v in newest[1].items() if k != "start_time"}}, self.now_us())
        elif kind == "traces":
            return errors(409, "Trace already exists")
        return 201, None

    def patch(self, kind, id, body):
        if not is_v7(id):
            return errors(400, f"{kind[:-1].title()} id must be a version 7 UUID")
        if kind == "spans" and not body.get("trace_id"):
            return errors(422, "traceId must not be null")
        newest = self.newest(kind, id)
        fields = {k: v for k, v in body.items() if v is not None and k not in NOT_PATCHED and not (k in KEPT_WHEN_EMPTY and str(v).strip() == "")}
        if newest is None:
            place = {k: body[k] for k in ("project_name", "trace_id", "parent_span_id") if body.get(k)}
            self.write(kind, {"id": id, "start_time": EPOCH, **place, **fields}, self.now_us())
            return 204, None
        row = copy.deepcopy(newest[1])
        if (body.get("project_name") or "Default Project") != (row.get("project_name") or "Default Project"):
            return errors(409, f"Project name and workspace name do not match the existing {kind[:-1]}")
        for name in ("trace_id", "parent_span_id") if kind == "spans" else ():
            if body.get(name) != row.get(name):
                return errors(409, f"{name} does not match the existing span")
        self.write(kind, {**row, **fields}, self.now_us())
        return 204, None

    def put_scores(self, kind, body):
        scores = (body or {}).get("scores")
        if not scores or len(scores) > BATCH_MAX:
            return errors(422, f"scores size must be between 1 and {BATCH_MAX}")
        for score in scores:
            if not str(score.get("name") or "").strip():
                return errors(422, "name must not be blank")
            if not isinstance(score.get("value"), (int, float)) or abs(score["value"]) > 999_999_999.999999999:
                return errors(422, "value must be less than or equal to 999999999.999999999")
            if kind != "threads" and not is_v7(score.get("id")):
                return errors(400, "trace id must be a version 7 UUID")
        for score in scores:
            self.writes += 1
            self.scores[kind][score.get("id") or score.get("thread_id"), score["name"]] = score
        return 204, None

    def attachment(self, method, parts, path, body, raw):
        if method == "POST" and parts == ["upload-start"]:
            return 200, {"upload_id": "BEMinIO", "pre_sign_urls": ["@base@/v1/private/attachment/upload?file_name=" + body["file_name"]]}
        if method == "PUT" and parts == ["upload"]:
            self.uploads[path.rpartition("file_name=")[2].split("&")[0]] = raw
            return 204, None
        return 204, None
