"""Makes calls with grpcio as they are told. Runs in .venv/otlp: the tests are elsewhere and talk to it over stdin.

    {"target": "host:port", "calls": [{"body": hex, "method": path, "metadata": {...}}, ..., {"at_once": true}]}

One after the other over one connection, or with a last {"at_once": true} all together. Printed is a line of JSON: [code, message, answer in
hex] of each.
"""
import json
import sys

import grpc

METHOD = "/opentelemetry.proto.collector.trace.v1.TraceService/Export"


def main():
    told = json.load(sys.stdin)
    at_once = told["calls"][-1].get("at_once", False)
    calls = told["calls"][:-1] if at_once else told["calls"]
    with grpc.insecure_channel(told["target"]) as channel:

        def begin(call):
            method = channel.unary_unary(call.get("method", METHOD), request_serializer=None, response_deserializer=None)
            return method.future(bytes.fromhex(call["body"]), metadata=tuple(call.get("metadata", {}).items()), timeout=30)

        def end(future):
            code = future.code()
            return [code.name, future.details() or "", future.result().hex() if code == grpc.StatusCode.OK else ""]

        if at_once:
            ends = [end(future) for future in [begin(call) for call in calls]]
        else:
            ends = [end(begin(call)) for call in calls]
    print(json.dumps(ends))


main()
