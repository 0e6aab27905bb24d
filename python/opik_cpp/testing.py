"""For tests of programs that are traced: what was logged, as trees, without a look at the server.

    with opik.record_traces_locally() as recorded:
        answer("why?")
    assert recorded.trace_trees[0].spans[0].output == {"output": "because"}

Nothing needs to be installed into pytest. What is logged still goes to the server.
"""
from __future__ import annotations

import datetime
from typing import Any, Dict, List, Optional

from opik_cpp import _hooks, _native


class FeedbackScoreModel:
    def __init__(self, id: str, name: str, value: float, category_name: Optional[str] = None, reason: Optional[str] = None) -> None:
        self.id, self.name, self.value, self.category_name, self.reason = id, name, value, category_name, reason

    def __eq__(self, other: object) -> bool:
        return isinstance(other, FeedbackScoreModel) and vars(self) == vars(other)

    def __repr__(self) -> str:
        return f"FeedbackScoreModel({self.name!r}, {self.value!r})"


class _Model:
    id: str
    name: Optional[str] = None
    start_time: Optional[datetime.datetime] = None
    end_time: Optional[datetime.datetime] = None
    input: Any = None
    output: Any = None
    tags: Optional[List[str]] = None
    metadata: Any = None
    project_name: Optional[str] = None
    error_info: Optional[Dict[str, Any]] = None
    source: str = "sdk"

    def __init__(self, id: str) -> None:
        self.id = id
        self.spans: List[SpanModel] = []
        self.feedback_scores: List[FeedbackScoreModel] = []
        self.attachments: List[Any] = []

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.name!r}, input={self.input!r}, output={self.output!r}, spans={self.spans!r})"


class TraceModel(_Model):
    thread_id: Optional[str] = None


class SpanModel(_Model):
    trace_id: Optional[str] = None
    parent_span_id: Optional[str] = None
    type: str = "general"
    usage: Optional[Dict[str, int]] = None
    model: Optional[str] = None
    provider: Optional[str] = None
    total_cost: Optional[float] = None


class Recorder:
    """The calls of this process since it was opened, merged as the SDK merges them. Thread-safe as the GIL makes it."""

    def __init__(self) -> None:
        self._models: Dict[str, Any] = {}

    def log(self, op: int, is_span: bool, id: str, trace_id: Optional[str], parent_span_id: Optional[str], project: str, fields: Dict[str, Any]) -> None:
        model = self._models.get(id)
        if model is None or op == _native.CREATE:
            fresh: Any = SpanModel(id) if is_span else TraceModel(id)
            if model is not None:
                fresh.feedback_scores, fresh.attachments = model.feedback_scores, model.attachments
            self._models[id] = model = fresh
            model.project_name = project
            if is_span:
                model.trace_id, model.parent_span_id = trace_id, parent_span_id
        for name, value in fields.items():
            if value is not None and name not in ("id", "trace_id", "parent_span_id", "feedback_scores", "attachments") and hasattr(type(model), name):
                is_time = isinstance(value, datetime.datetime)
                setattr(model, name, value if is_time or isinstance(value, str) else _hooks.plain(value))
        instant = datetime.datetime.now(datetime.timezone.utc)
        if model.start_time is None:
            model.start_time = instant
        if op == _native.END and model.end_time is None:
            model.end_time = instant

    def score(self, kind: int, id: str, score: Any) -> None:
        model = self._models.get(id)
        if model is not None:
            made = FeedbackScoreModel(id, score["name"], score["value"], score.get("category_name"), score.get("reason"))
            model.feedback_scores = [s for s in model.feedback_scores if s.name != made.name] + [made]

    def attachment(self, is_span: bool, id: str, path: Optional[str], attachment: Any) -> None:
        model = self._models.get(id)
        if model is not None:
            model.attachments.append(attachment)

    @property
    def trace_trees(self) -> List[TraceModel]:
        """The traces, each with its spans below it."""
        self._build()
        return [model for model in self._models.values() if isinstance(model, TraceModel)]

    @property
    def span_trees(self) -> List[SpanModel]:
        """The spans that have no parent among those recorded."""
        self._build()
        return [m for m in self._models.values() if isinstance(m, SpanModel) and m.parent_span_id not in self._models]

    def _build(self) -> None:
        for model in self._models.values():
            model.spans = []
        for model in self._models.values():
            if isinstance(model, SpanModel):
                above = self._models.get(model.parent_span_id or model.trace_id or "")
                if above is not None:
                    above.spans.append(model)


class record_traces_locally:
    """A context manager: what is logged inside, by every client of the process, is recorded too."""

    def __init__(self, client: Any = None) -> None:
        self._recorder = Recorder()

    def __enter__(self) -> Recorder:
        _hooks.recorders.append(self._recorder)
        _hooks.changed()
        return self._recorder

    def __exit__(self, *exception: Any) -> None:
        _hooks.recorders.remove(self._recorder)
        _hooks.changed()
