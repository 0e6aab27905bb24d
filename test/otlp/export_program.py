"""Exports spans with the official OpenTelemetry SDK. Runs in .venv/otlp: the tests are elsewhere and talk to it over stdin.

    {"url": ..., "form": "protobuf" | "json" | "grpc", "gzip": bool, "headers": {...}, "resource": {...}, "batches": [[span, ...], ...]}
    span: {"trace": hex, "id": hex, "parent": hex or none, "name", "kind", "start_ns", "end_ns", "attributes", "events", "links", "error"}

Each batch is one export; printed is a line of JSON: how each ended.
"""
import json
import sys

from opentelemetry import trace
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.id_generator import IdGenerator


class GivenIds(IdGenerator):
    trace_id = span_id = 0

    def generate_trace_id(self):
        return self.trace_id

    def generate_span_id(self):
        return self.span_id


def context(trace_hex, span_hex):
    return trace.SpanContext(int(trace_hex, 16), int(span_hex, 16), is_remote=True, trace_flags=trace.TraceFlags(1))


def record(provider, ids, told):
    ids.trace_id, ids.span_id = int(told["trace"], 16), int(told["id"], 16)
    parent = None
    if told.get("parent"):
        parent = trace.set_span_in_context(trace.NonRecordingSpan(context(told["trace"], told["parent"])))
    span = provider.get_tracer("my.scope", "1.2.3", attributes={"scope.attribute": True}).start_span(
        told["name"],
        context=parent,
        kind=trace.SpanKind[told.get("kind", "INTERNAL")],
        attributes=told.get("attributes", {}),
        links=[trace.Link(context(l["trace"], l["id"]), l["attributes"]) for l in told.get("links", [])],
        start_time=told["start_ns"],
    )
    for event in told.get("events", []):
        span.add_event(event["name"], event["attributes"], event["time_ns"])
    if told.get("error"):
        try:
            raise ValueError(told["error"])
        except ValueError as error:
            span.record_exception(error, timestamp=told["end_ns"])
            span.set_status(trace.StatusCode.ERROR, str(error))
    span.end(told["end_ns"])
    return span


def make_exporter(told):
    if told["form"] == "grpc":
        return make_grpc_exporter(told)
    if told["form"] == "json":
        from opentelemetry.exporter.otlp.json.http.trace_exporter import Compression, OTLPSpanExporter
    else:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import Compression, OTLPSpanExporter
    options = {"endpoint": told["url"], "headers": told.get("headers", {})}
    if told.get("gzip"):
        options["compression"] = Compression("gzip")
    return OTLPSpanExporter(**options)


def make_grpc_exporter(told):
    import grpc
    from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter

    return OTLPSpanExporter(
        endpoint=told["url"],
        insecure=True,
        headers=tuple((name.lower(), value) for name, value in told.get("headers", {}).items()),
        compression=grpc.Compression.Gzip if told.get("gzip") else None,
        timeout=told.get("timeout_s"),
    )


def main():
    told = json.load(sys.stdin)
    ids = GivenIds()
    provider = TracerProvider(resource=Resource(told.get("resource", {})), id_generator=ids, shutdown_on_exit=False)
    exporter = make_exporter(told)
    print(json.dumps([exporter.export([record(provider, ids, span) for span in batch]).name for batch in told["batches"]]))
    exporter.shutdown()


main()
