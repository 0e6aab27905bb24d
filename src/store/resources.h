#pragma once
// The small resources beside traces and projects, each with an interface of its own. A store that does not have one leaves it null, and
// its routes are not offered.

namespace opik::store {

class CommentReader;
class CommentWriter;
class AttachmentReader;
class AttachmentWriter;
class FeedbackDefinitionReader;
class FeedbackDefinitionWriter;
class GuardrailWriter;
class NameReader;
class OtlpTraceReader;
class OtlpTraceWriter;
class WorkspaceConfigurationReader;
class WorkspaceConfigurationWriter;
class MetricReader;
class ThreadReader;
class ThreadWriter;

// Any thread.
struct ResourceReaders {
  const FeedbackDefinitionReader* feedback_definitions = nullptr;
  const CommentReader* comments = nullptr;
  const NameReader* names = nullptr;
  const WorkspaceConfigurationReader* workspace_configurations = nullptr;
  const OtlpTraceReader* otlp_traces = nullptr;
  const MetricReader* metrics = nullptr;
  const AttachmentReader* attachments = nullptr;
  const ThreadReader* threads = nullptr;
};

// The writer's thread, between begin() and commit().
struct ResourceWriters {
  FeedbackDefinitionWriter* feedback_definitions = nullptr;
  CommentWriter* comments = nullptr;
  GuardrailWriter* guardrails = nullptr;  // every store that is served has it
  WorkspaceConfigurationWriter* workspace_configurations = nullptr;
  OtlpTraceWriter* otlp_traces = nullptr;
  AttachmentWriter* attachments = nullptr;
  ThreadWriter* threads = nullptr;
};

}  // namespace opik::store
