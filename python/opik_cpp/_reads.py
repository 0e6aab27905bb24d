"""What asks the server: searches, single entities, scores to delete, threads, attachments. Over the same native transport as the log."""
from __future__ import annotations

import base64
import datetime
import json
import re
import time
import urllib.parse
from typing import Any, Dict, Iterator, List, Optional

from opik_cpp import _native
from opik_cpp._oql import filters
from opik_cpp.exceptions import ApiError, SearchTimeoutError

_TIMEOUT_S = 100.0
_PAGE = 2000  # the server's limit for one search
_TIME = re.compile(r"\d{4}-\d\d-\d\dT")
_PATHS = {"traces": "traces/search", "spans": "spans/search", "threads": "traces/threads/search"}
_LAST = {"traces": "last_retrieved_id", "spans": "last_retrieved_id", "threads": "last_retrieved_thread_model_id"}


def _time(text: str) -> datetime.datetime:
    text = text.replace("Z", "+00:00")
    fraction = re.search(r"\.(\d+)", text)
    if fraction:  # Python before 3.11 reads six digits only
        text = text.replace(fraction.group(0), "." + fraction.group(1)[:6].ljust(6, "0"))
    return datetime.datetime.fromisoformat(text)


class Record:
    """An entity as the server holds it: its members are attributes; one that the server left out is None. Times are datetimes."""

    def __init__(self, members: Dict[str, Any]) -> None:
        self._members = members

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        return self._of(name, self._members.get(name))

    @staticmethod
    def _of(name: str, value: Any) -> Any:
        if isinstance(value, str) and (name.endswith("_time") or name.endswith("_at")) and _TIME.match(value):
            return _time(value)
        if name in ("feedback_scores", "comments") and isinstance(value, list):
            return [Record(item) if isinstance(item, dict) else item for item in value]
        return value

    def __dir__(self) -> List[str]:
        return sorted(set(object.__dir__(self)) | set(self._members))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Record) and self._members == other._members

    def __repr__(self) -> str:
        return f"Record({self._members!r})"

    def dict(self) -> Dict[str, Any]:
        return dict(self._members)

    model_dump = dict

    def json(self) -> str:
        return json.dumps(self._members)


class Reader:
    def __init__(self, connection: _native.Connection, project_name: str) -> None:
        self._connection = connection
        self._project_name = project_name

    def ask(self, method: str, path: str, body: Any = None) -> bytes:
        raw = None if body is None else json.dumps(body).encode()
        status, answer = self._connection.request(method, path, raw, _TIMEOUT_S)
        if status >= 300:
            text = answer[:2000].decode("utf-8", "replace")
            try:
                raise ApiError(status, json.loads(text))
            except ValueError:
                raise ApiError(status, text) from None
        return answer

    def get(self, kind: str, id: str) -> Record:
        return Record(json.loads(self.ask("GET", f"v1/private/{kind}/{urllib.parse.quote(id)}")))

    def search(
        self, kind: str, body: Dict[str, Any], query: Optional[str], max_results: int, wait_for_at_least: Optional[int], wait_for_timeout: float
    ) -> List[Record]:
        """Newest first. With `wait_for_at_least` it asks again until there are so many, or raises SearchTimeoutError."""
        body = {name: value for name, value in body.items() if value is not None}
        body.setdefault("project_name", self._project_name)
        if query:
            body["filters"] = filters(query)
        deadline = time.monotonic() + wait_for_timeout
        while True:
            found = self._search_once(kind, body, max_results)
            if wait_for_at_least is None or len(found) >= wait_for_at_least:
                return found
            if time.monotonic() >= deadline:
                raise SearchTimeoutError(f"{len(found)} {kind} found after {wait_for_timeout} s, {wait_for_at_least} asked for")
            time.sleep(0.2)

    def _search_once(self, kind: str, body: Dict[str, Any], max_results: int) -> List[Record]:
        found: List[Record] = []
        last = None
        while len(found) < max_results:
            limit = min(_PAGE, max_results - len(found))
            page = {**body, "limit": limit}
            if last is not None:
                page[_LAST[kind]] = last
            lines = [line for line in self.ask("POST", f"v1/private/{_PATHS[kind]}", page).splitlines() if line.strip()]
            found += [Record(json.loads(line)) for line in lines]
            if len(lines) < limit:
                break
            last = found[-1].thread_model_id if kind == "threads" else found[-1].id
        return found

    def delete_score(self, kind: str, id: str, name: str) -> None:
        self.ask("POST", f"v1/private/{kind}/{urllib.parse.quote(id)}/feedback-scores/delete", {"name": name})

    def auth_check(self) -> None:
        self.ask("POST", "v1/private/auth", {})

    def project_url(self, base_url: str, workspace: str, project_name: Optional[str]) -> str:
        name = project_name or self._project_name
        found = Record(json.loads(self.ask("POST", "v1/private/projects/retrieve", {"name": name})))
        return f"{re.sub(r'/api/$', '', base_url)}/{workspace}/projects/{found.id}/traces"


class ThreadsClient:
    def __init__(self, client: Any) -> None:
        self._client = client

    def search_threads(
        self, project_name: Optional[str] = None, filter_string: Optional[str] = None, max_results: int = 1000, truncate: bool = True
    ) -> List[Record]:
        found: List[Record] = self._client.search_threads(project_name, filter_string, max_results, truncate)
        return found

    def log_threads_feedback_scores(self, scores: List[Any], project_name: Optional[str] = None) -> None:
        self._client.log_threads_feedback_scores(scores, project_name)

    def close_thread(self, thread_id: str, project_name: str) -> None:
        self._client._reader().ask("PUT", "v1/private/traces/threads/close", {"thread_id": thread_id, "project_name": project_name})


class AttachmentClient:
    def __init__(self, client: Any) -> None:
        self._client = client

    def _query(self, entity_type: str, entity_id: str, project_name: str, **more: str) -> str:
        reader = self._client._reader()
        project = json.loads(reader.ask("POST", "v1/private/projects/retrieve", {"name": project_name}))["id"]
        path = base64.urlsafe_b64encode(self._client.config["url_override"].encode()).decode()
        return urllib.parse.urlencode({"project_id": project, "container_id": project, "entity_type": entity_type, "entity_id": entity_id, "path": path, **more})

    def get_attachment_list(self, project_name: str, entity_id: str, entity_type: str) -> List[Record]:
        query = self._query(entity_type, entity_id, project_name, size="1000")
        answer = json.loads(self._client._reader().ask("GET", f"v1/private/attachment/list?{query}"))
        return [Record(item) for item in answer.get("content") or []]

    def download_attachment(self, project_name: str, entity_type: str, entity_id: str, file_name: str, mime_type: str) -> Iterator[bytes]:
        query = self._query(entity_type, entity_id, project_name, file_name=file_name, mime_type=mime_type)
        yield self._client._reader().ask("GET", f"v1/private/attachment/download?{query}")

    def upload_attachment(
        self, project_name: str, entity_type: str, entity_id: str, file_path: str, file_name: Optional[str] = None, mime_type: Optional[str] = None
    ) -> None:
        """Queued, as everything that is logged: flush() waits for it."""
        self._client.queue_attachment_upload(entity_type, entity_id, project_name, file_path, file_name, mime_type)
