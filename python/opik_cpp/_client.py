"""Opik, Trace and Span: the client API. Each call walks its arguments once, into the native SDK's buffer, and never waits."""
from __future__ import annotations

import datetime

from opik_cpp import _hooks, _log, _native, _session
from opik_cpp._data import with_usage
from opik_cpp._names import NOT_OF_THE_CLIENT
from opik_cpp.exceptions import UnsupportedError

TYPE_CHECKING = False  # as type checkers see it, without the import
if TYPE_CHECKING:
    from typing import Any, Dict, Iterable, List, Optional

    from opik_cpp import _reads
    from opik_cpp.attachment import Attachment
    from opik_cpp.testing import Recorder
    from opik_cpp.types import BatchFeedbackScoreDict, ErrorInfoDict, FeedbackScoreDict, SpanType

    Json = Dict[str, Any]

_CREATE, _UPDATE, _END = _native.CREATE, _native.UPDATE, _native.END


def _name_of(provider: Any) -> Any:
    return getattr(provider, "value", provider)  # LLMProvider


def span_fields(fields: Dict[str, Any]) -> Dict[str, Any]:
    """The fields of a span as the server wants them: usage with Opik's own names, the provider's name."""
    usage = fields.get("usage")
    if usage is not None:
        from opik_cpp._usage import normalized

        fields["metadata"] = with_usage(fields.get("metadata"), usage)
        fields["usage"] = normalized(usage)
    if fields.get("provider") is not None:
        fields["provider"] = _name_of(fields["provider"])
    return fields


class Opik:
    """The way to one server. Thread-safe; clients of the same server, workspace and key share threads, connections and queue.

    Settings that are not given come from configure(), the environment (OPIK_*), ~/.opik.config, or the defaults.
    """

    def __init__(
        self,
        project_name: Optional[str] = None,
        workspace: Optional[str] = None,
        host: Optional[str] = None,
        api_key: Optional[str] = None,
        batching: bool = True,
        _use_batching: bool = False,
        _show_misconfiguration_message: bool = True,
    ) -> None:
        config = {**_session.settings, "batching": bool(batching or _use_batching)}
        for key, value in (("project_name", project_name), ("workspace", workspace), ("url_override", host), ("api_key", api_key)):
            if value is not None:
                config[key] = value
        self._connection = _native.Connection(config)
        self._settings = self._connection.settings()
        self._last_flush: Optional[Json] = None

    # --- logging ---

    def _log(self, op: int, is_span: bool, method: int, id: Any, trace_id: Any, parent_span_id: Any, fields: Json) -> str:
        if not _hooks.any_active:
            return self._connection.log(op, is_span, method, id, trace_id, parent_span_id, fields)
        fields = _hooks.anonymized(fields)
        id = self._connection.log(op, is_span, method, id, trace_id, parent_span_id, fields)
        _hooks.recorded(op, is_span, id, trace_id, parent_span_id, self.project_name, fields)
        return id

    def _score(self, kind: int, id: Any, score: Any, project_name: Optional[str]) -> None:
        try:
            given = score["name"], score["value"], score.get("category_name"), score.get("reason"), score.get("project_name") or project_name
        except (TypeError, KeyError, AttributeError):
            return _log.warn(f"a feedback score without a name or a value is left out: {score!r:.200}")
        if not self._connection.score(kind, id, *given):
            return _log.warn(f"a feedback score whose value is no number is left out: {score!r:.200}")
        if _hooks.any_active:
            _hooks.recorded_score(kind, id, score)

    def _extras(self, is_span: bool, id: str, project_name: Optional[str], feedback_scores: Any, attachments: Any) -> None:
        for score in feedback_scores or ():
            self._score(_native.SPAN_SCORE if is_span else _native.TRACE_SCORE, id, score, project_name)
        for attachment in attachments or ():
            self._attach(is_span, id, attachment, project_name)

    def _attach(self, is_span: bool, id: str, attachment: Attachment, project_name: Optional[str]) -> None:
        try:
            path, data = attachment._content()
        except Exception as error:
            return _log.failed("attaching", error)
        self._connection.attach(is_span, id, path, data, attachment.file_name, attachment.content_type, project_name)
        if _hooks.any_active:
            _hooks.recorded_attachment(is_span, id, path, attachment)

    def trace(
        self,
        id: Optional[str] = None,
        name: Optional[str] = None,
        start_time: Optional[datetime.datetime] = None,
        end_time: Optional[datetime.datetime] = None,
        input: Optional[Json] = None,
        output: Optional[Json] = None,
        metadata: Optional[Json] = None,
        tags: Optional[List[str]] = None,
        feedback_scores: Optional[List[FeedbackScoreDict]] = None,
        project_name: Optional[str] = None,
        error_info: Optional[ErrorInfoDict] = None,
        thread_id: Optional[str] = None,
        attachments: Optional[List[Attachment]] = None,
        **ignored_kwargs: Any,
    ) -> Trace:
        """Begins a trace; with an id that is known already, the data replaces all that was logged under it."""
        fields = {
            "name": name, "start_time": start_time, "end_time": end_time, "input": input, "output": output, "metadata": metadata,
            "tags": tags, "project_name": project_name, "error_info": error_info, "thread_id": thread_id,
            "source": ignored_kwargs.get("source"),
        }  # fmt: skip
        id = self._log(_CREATE, False, 0, id, None, None, fields)
        if feedback_scores or attachments:
            self._extras(False, id, project_name, feedback_scores, attachments)
        return Trace(self, id, project_name)

    def span(
        self,
        trace_id: Optional[str] = None,
        id: Optional[str] = None,
        parent_span_id: Optional[str] = None,
        name: Optional[str] = None,
        type: SpanType = "general",
        start_time: Optional[datetime.datetime] = None,
        end_time: Optional[datetime.datetime] = None,
        metadata: Optional[Json] = None,
        input: Optional[Json] = None,
        output: Optional[Json] = None,
        tags: Optional[List[str]] = None,
        usage: Optional[Any] = None,
        feedback_scores: Optional[List[FeedbackScoreDict]] = None,
        project_name: Optional[str] = None,
        model: Optional[str] = None,
        provider: Optional[Any] = None,
        error_info: Optional[ErrorInfoDict] = None,
        total_cost: Optional[float] = None,
        attachments: Optional[List[Attachment]] = None,
    ) -> Span:
        """Begins a span. Without a trace_id a trace of the same name, input, output, tags, metadata and times is made for it."""
        if trace_id is None:
            trace_id = self.trace(
                name=name, start_time=start_time, end_time=end_time, input=input, output=output, metadata=metadata, tags=tags,
                project_name=project_name, error_info=error_info,
            ).id  # fmt: skip
        return self._span(trace_id, id, parent_span_id, project_name, feedback_scores, attachments, {
            "name": name, "type": type, "start_time": start_time, "end_time": end_time, "metadata": metadata, "input": input, "output": output,
            "tags": tags, "usage": usage, "project_name": project_name, "model": model, "provider": provider, "error_info": error_info,
            "total_cost": total_cost,
        })  # fmt: skip

    def _span(self, trace_id: str, id: Any, parent_span_id: Any, project_name: Any, feedback_scores: Any, attachments: Any, fields: Json) -> Span:
        id = self._log(_CREATE, True, 0, id, trace_id, parent_span_id, span_fields(fields))
        if feedback_scores or attachments:
            self._extras(True, id, project_name, feedback_scores, attachments)
        return Span(self, id, trace_id, parent_span_id, project_name)

    def update_trace(
        self,
        trace_id: str,
        project_name: str,
        end_time: Optional[datetime.datetime] = None,
        metadata: Optional[Json] = None,
        input: Optional[Json] = None,
        output: Optional[Json] = None,
        tags: Optional[List[Any]] = None,
        error_info: Optional[ErrorInfoDict] = None,
        thread_id: Optional[str] = None,
    ) -> None:
        """Replaces the fields that are given, also of a trace of another process."""
        if not trace_id or not project_name:
            raise ValueError("update_trace: trace_id and project_name are needed")
        self._log(_UPDATE, False, _native.BY_CLIENT_TRACE, trace_id, None, None, {
            "end_time": end_time, "metadata": metadata, "input": input, "output": output, "tags": tags, "error_info": error_info,
            "thread_id": thread_id, "project_name": project_name,
        })  # fmt: skip

    def update_span(
        self,
        id: str,
        trace_id: str,
        parent_span_id: Optional[str],
        project_name: str,
        end_time: Optional[datetime.datetime] = None,
        metadata: Optional[Json] = None,
        input: Optional[Json] = None,
        output: Optional[Json] = None,
        tags: Optional[List[str]] = None,
        usage: Optional[Any] = None,
        model: Optional[str] = None,
        provider: Optional[Any] = None,
        error_info: Optional[ErrorInfoDict] = None,
        total_cost: Optional[float] = None,
        attachments: Optional[List[Attachment]] = None,
    ) -> None:
        """Replaces the fields that are given, also of a span of another process."""
        if not id or not trace_id or not project_name:
            raise ValueError("update_span: id, trace_id and project_name are needed")
        self._log(_UPDATE, True, _native.BY_CLIENT_SPAN, id, trace_id, parent_span_id, span_fields({
            "end_time": end_time, "metadata": metadata, "input": input, "output": output, "tags": tags, "usage": usage, "model": model,
            "provider": provider, "error_info": error_info, "total_cost": total_cost, "project_name": project_name,
        }))  # fmt: skip
        if attachments:
            self._extras(True, id, project_name, None, attachments)

    def log_traces_feedback_scores(self, scores: List[BatchFeedbackScoreDict], project_name: Optional[str] = None) -> None:
        self._log_scores(_native.TRACE_SCORE, scores, project_name)

    def log_spans_feedback_scores(self, scores: List[BatchFeedbackScoreDict], project_name: Optional[str] = None) -> None:
        self._log_scores(_native.SPAN_SCORE, scores, project_name)

    def log_threads_feedback_scores(self, scores: List[BatchFeedbackScoreDict], project_name: Optional[str] = None) -> None:
        self._log_scores(_native.THREAD_SCORE, scores, project_name)

    def _log_scores(self, kind: int, scores: Iterable[Any], project_name: Optional[str]) -> None:
        for score in scores:
            id = score.get("id") if isinstance(score, dict) else None
            if not id:
                _log.warn(f"a feedback score without an id is left out: {score!r:.200}")
            else:
                self._score(kind, id, score, project_name)

    def queue_attachment_upload(
        self, entity_type: str, entity_id: str, project_name: str, file_path: str, file_name: Optional[str] = None, mime_type: Optional[str] = None
    ) -> None:
        """Uploads a file, which must exist until then, beside a "trace" or a "span"."""
        self._connection.attach(entity_type == "span", entity_id, file_path, None, file_name, mime_type, project_name)

    # --- delivery ---

    def flush(self, timeout: Optional[float] = None) -> bool:
        """Waits until all that was logged before is delivered or rejected; 0 only looks. Whether all of it was delivered, which is more
        than Opik's flush says; `last_flush` has the counts and the server's reasons."""
        self._last_flush = self._connection.flush(timeout)
        return _is_ok(self._last_flush)

    def end(self, timeout: Optional[float] = None) -> None:
        """flush(), and no more: what is logged through this client later is rejected, and counted."""
        self._last_flush = self._connection.end(timeout)
        _is_ok(self._last_flush)

    @property
    def last_flush(self) -> Optional[Json]:
        """delivered, pending, rejected, spooled and reasons of the last flush() or end()."""
        return self._last_flush

    @property
    def stats(self) -> Json:
        """Records of all clients of this connection: captured = delivered + rejected + spooled + pending."""
        return self._connection.stats()

    # --- settings ---

    @property
    def config(self) -> Json:
        return dict(self._settings)

    @property
    def project_name(self) -> str:
        return self._settings["project_name"]

    def auth_check(self) -> None:
        """Raises if the server does not let this client in."""
        self._reader().auth_check()

    # --- reading: _reads.py has the arguments' meaning ---

    def _reader(self) -> _reads.Reader:
        from opik_cpp import _reads

        return _reads.Reader(self._connection, self.project_name)

    def search_traces(
        self,
        project_name: Optional[str] = None,
        filter_string: Optional[str] = None,
        max_results: int = 1000,
        truncate: bool = True,
        exclude: Optional[List[str]] = None,
        wait_for_at_least: Optional[int] = None,
        wait_for_timeout: float = 100,
    ) -> List[_reads.Record]:
        body = {"project_name": project_name, "truncate": truncate, "exclude": exclude}
        return self._reader().search("traces", body, filter_string, max_results, wait_for_at_least, wait_for_timeout)

    def search_spans(
        self,
        project_name: Optional[str] = None,
        trace_id: Optional[str] = None,
        filter_string: Optional[str] = None,
        max_results: int = 1000,
        truncate: bool = True,
        exclude: Optional[List[str]] = None,
        wait_for_at_least: Optional[int] = None,
        wait_for_timeout: float = 100,
    ) -> List[_reads.Record]:
        body = {"project_name": project_name, "trace_id": trace_id, "truncate": truncate, "exclude": exclude}
        return self._reader().search("spans", body, filter_string, max_results, wait_for_at_least, wait_for_timeout)

    def search_threads(
        self, project_name: Optional[str] = None, filter_string: Optional[str] = None, max_results: int = 1000, truncate: bool = True
    ) -> List[_reads.Record]:
        return self._reader().search("threads", {"project_name": project_name, "truncate": truncate}, filter_string, max_results, None, 0)

    def get_trace_content(self, id: str) -> _reads.Record:
        return self._reader().get("traces", id)

    def get_span_content(self, id: str) -> _reads.Record:
        return self._reader().get("spans", id)

    def get_project(self, id: str) -> _reads.Record:
        return self._reader().get("projects", id)

    def get_project_url(self, project_name: Optional[str] = None) -> str:
        return self._reader().project_url(self._settings["url_override"], self._settings["workspace"], project_name)

    def delete_trace_feedback_score(self, trace_id: str, name: str) -> None:
        self._reader().delete_score("traces", trace_id, name)

    def delete_span_feedback_score(self, span_id: str, name: str) -> None:
        self._reader().delete_score("spans", span_id, name)

    def get_threads_client(self) -> _reads.ThreadsClient:
        from opik_cpp import _reads

        return _reads.ThreadsClient(self)

    def get_attachment_client(self) -> _reads.AttachmentClient:
        from opik_cpp import _reads

        return _reads.AttachmentClient(self)

    if not TYPE_CHECKING:  # type checkers are to find what is not there

        def __getattr__(self, name: str) -> Any:
            if name in NOT_OF_THE_CLIENT:
                raise UnsupportedError(f"Opik.{name}")
            raise AttributeError(f"'Opik' object has no attribute {name!r}")


def _is_ok(result: Json) -> bool:
    for reason in result["reasons"]:
        _log.warn(f"{reason['count']} rejected: {reason['reason']}" + (f" (first: {reason['id']})" if reason["id"] else ""))
    return not (result["pending"] or result["rejected"] or result["spooled"])


class Trace:
    """A handle to a trace. Any thread may use it, at any time."""

    __slots__ = ("_client", "id", "_project_name")
    source = "sdk"

    def __init__(self, client: Opik, id: str, project_name: Optional[str]) -> None:
        self._client = client
        self.id = id
        self._project_name = project_name

    def end(
        self,
        end_time: Optional[datetime.datetime] = None,
        metadata: Optional[Json] = None,
        input: Optional[Json] = None,
        output: Optional[Json] = None,
        tags: Optional[List[Any]] = None,
        error_info: Optional[ErrorInfoDict] = None,
        thread_id: Optional[str] = None,
    ) -> None:
        """update(), with the present as end_time unless it is given."""
        self._client._log(_END, False, _native.BY_TRACE_END, self.id, None, None, {
            "end_time": end_time, "metadata": metadata, "input": input, "output": output, "tags": tags, "error_info": error_info,
            "thread_id": thread_id, "project_name": self._project_name,
        })  # fmt: skip

    def update(
        self,
        end_time: Optional[datetime.datetime] = None,
        metadata: Optional[Json] = None,
        input: Optional[Json] = None,
        output: Optional[Json] = None,
        tags: Optional[List[Any]] = None,
        error_info: Optional[ErrorInfoDict] = None,
        thread_id: Optional[str] = None,
    ) -> None:
        """Replaces the fields that are given."""
        self._client._log(_UPDATE, False, _native.BY_TRACE_UPDATE, self.id, None, None, {
            "end_time": end_time, "metadata": metadata, "input": input, "output": output, "tags": tags, "error_info": error_info,
            "thread_id": thread_id, "project_name": self._project_name,
        })  # fmt: skip

    def span(
        self,
        id: Optional[str] = None,
        parent_span_id: Optional[str] = None,
        name: Optional[str] = None,
        type: SpanType = "general",
        start_time: Optional[datetime.datetime] = None,
        end_time: Optional[datetime.datetime] = None,
        metadata: Optional[Json] = None,
        input: Optional[Json] = None,
        output: Optional[Json] = None,
        tags: Optional[List[str]] = None,
        usage: Optional[Any] = None,
        model: Optional[str] = None,
        provider: Optional[Any] = None,
        error_info: Optional[ErrorInfoDict] = None,
        total_cost: Optional[float] = None,
        attachments: Optional[List[Attachment]] = None,
    ) -> Span:
        return self._client._span(self.id, id, parent_span_id, self._project_name, None, attachments, {
            "name": name, "type": type, "start_time": start_time, "end_time": end_time, "metadata": metadata, "input": input, "output": output,
            "tags": tags, "usage": usage, "project_name": self._project_name, "model": model, "provider": provider,
            "error_info": error_info, "total_cost": total_cost,
        })  # fmt: skip

    def log_feedback_score(self, name: str, value: float, category_name: Optional[str] = None, reason: Optional[str] = None) -> None:
        score = {"name": name, "value": value, "category_name": category_name, "reason": reason}
        self._client._score(_native.TRACE_SCORE, self.id, score, self._project_name)

    def __repr__(self) -> str:
        return f"Trace(id={self.id!r})"


class Span:
    """A handle to a span. Any thread may use it, at any time."""

    __slots__ = ("_client", "id", "trace_id", "parent_span_id", "_project_name")
    source = "sdk"

    def __init__(self, client: Opik, id: str, trace_id: str, parent_span_id: Optional[str], project_name: Optional[str]) -> None:
        self._client = client
        self.id = id
        self.trace_id = trace_id
        self.parent_span_id = parent_span_id
        self._project_name = project_name

    def end(
        self,
        end_time: Optional[datetime.datetime] = None,
        metadata: Optional[Json] = None,
        input: Optional[Json] = None,
        output: Optional[Json] = None,
        tags: Optional[List[str]] = None,
        usage: Optional[Any] = None,
        model: Optional[str] = None,
        provider: Optional[Any] = None,
        error_info: Optional[ErrorInfoDict] = None,
        total_cost: Optional[float] = None,
    ) -> None:
        """update(), with the present as end_time unless it is given."""
        self._client._log(_END, True, _native.BY_SPAN_END, self.id, self.trace_id, self.parent_span_id, span_fields({
            "end_time": end_time, "metadata": metadata, "input": input, "output": output, "tags": tags, "usage": usage, "model": model,
            "provider": provider, "error_info": error_info, "total_cost": total_cost, "project_name": self._project_name,
        }))  # fmt: skip

    def update(
        self,
        end_time: Optional[datetime.datetime] = None,
        metadata: Optional[Json] = None,
        input: Optional[Json] = None,
        output: Optional[Json] = None,
        tags: Optional[List[str]] = None,
        usage: Optional[Any] = None,
        model: Optional[str] = None,
        provider: Optional[Any] = None,
        error_info: Optional[ErrorInfoDict] = None,
        total_cost: Optional[float] = None,
    ) -> None:
        """Replaces the fields that are given."""
        self._client._log(_UPDATE, True, _native.BY_SPAN_UPDATE, self.id, self.trace_id, self.parent_span_id, span_fields({
            "end_time": end_time, "metadata": metadata, "input": input, "output": output, "tags": tags, "usage": usage, "model": model,
            "provider": provider, "error_info": error_info, "total_cost": total_cost, "project_name": self._project_name,
        }))  # fmt: skip

    def span(
        self,
        id: Optional[str] = None,
        name: Optional[str] = None,
        type: SpanType = "general",
        start_time: Optional[datetime.datetime] = None,
        end_time: Optional[datetime.datetime] = None,
        metadata: Optional[Json] = None,
        input: Optional[Json] = None,
        output: Optional[Json] = None,
        tags: Optional[List[str]] = None,
        usage: Optional[Any] = None,
        model: Optional[str] = None,
        provider: Optional[Any] = None,
        error_info: Optional[ErrorInfoDict] = None,
        total_cost: Optional[float] = None,
        attachments: Optional[List[Attachment]] = None,
    ) -> Span:
        return self._client._span(self.trace_id, id, self.id, self._project_name, None, attachments, {
            "name": name, "type": type, "start_time": start_time, "end_time": end_time, "metadata": metadata, "input": input, "output": output,
            "tags": tags, "usage": usage, "project_name": self._project_name, "model": model, "provider": provider,
            "error_info": error_info, "total_cost": total_cost,
        })  # fmt: skip

    def log_feedback_score(self, name: str, value: float, category_name: Optional[str] = None, reason: Optional[str] = None) -> None:
        score = {"name": name, "value": value, "category_name": category_name, "reason": reason}
        self._client._score(_native.SPAN_SCORE, self.id, score, self._project_name)

    def get_distributed_trace_headers(self) -> Dict[str, str]:
        return {"opik_trace_id": self.trace_id, "opik_parent_span_id": self.id}

    def __repr__(self) -> str:
        return f"Span(id={self.id!r}, trace_id={self.trace_id!r})"
