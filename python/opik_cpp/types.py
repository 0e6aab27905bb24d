"""The types of arguments."""
from __future__ import annotations

import enum
from typing import Literal, Optional, TypedDict


SpanType = Literal["general", "tool", "llm", "guardrail"]
TraceSource = Literal["sdk", "experiment", "optimization"]


class LLMProvider(str, enum.Enum):
    GOOGLE_VERTEXAI = "google_vertexai"
    GOOGLE_AI = "google_ai"
    OPENAI = "openai"
    ANTHROPIC = "anthropic"
    ANTHROPIC_VERTEXAI = "anthropic_vertexai"
    GROQ = "groq"
    BEDROCK = "bedrock"


class DistributedTraceHeadersDict(TypedDict):
    opik_trace_id: str
    opik_parent_span_id: str


class ErrorInfoDict(TypedDict, total=False):
    exception_type: str
    message: Optional[str]
    traceback: str


class _ScoreNeeds(TypedDict):
    name: str
    value: float


class FeedbackScoreDict(_ScoreNeeds, total=False):
    id: Optional[str]
    category_name: Optional[str]
    reason: Optional[str]


class _BatchScoreNeeds(_ScoreNeeds):
    id: str


class BatchFeedbackScoreDict(_BatchScoreNeeds, total=False):
    project_name: Optional[str]
    category_name: Optional[str]
    reason: Optional[str]
