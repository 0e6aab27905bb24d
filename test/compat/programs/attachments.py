"""Attachments through the SDK: files by path, bytes and base64, small and of more than 10 MB, of traces and spans, logged with them, by an update, by the
attachment client, and as base64 in a payload, which the SDK takes out by itself.

    python attachments.py PROJECT FOLDER      FOLDER: where its files go

Prints {"compared": N, "wrong": [...]}: what was listed and downloaded again, against what was attached.
"""
import base64
import json
import os
import pathlib
import sys
import time

import opik
from opik import Attachment

project, folder = sys.argv[1], pathlib.Path(sys.argv[2])
client = opik.Opik(project_name=project)
expected = []  # (kind, id, file name, type, bytes)


def file(name, data):
    path = folder / name
    path.write_bytes(data)
    return str(path)


def png(size):
    return b"\x89PNG\r\n\x1a\n" + os.urandom(size - 8)


large, small, text, late = png(12_000_003), png(5_000), "straße ☃\n".encode() * 100, os.urandom(300)
trace = client.trace(name="with files", input={"a": 1}, attachments=[
    Attachment(data=file("large.png", large)),
    Attachment(data=file("tmp.txt", text), file_name="notes ☃ & more?.txt", content_type="text/plain"),
])
expected += [("trace", trace.id, "large.png", "image/png", large), ("trace", trace.id, "notes ☃ & more?.txt", "text/plain", text)]
span = trace.span(name="with files", type="llm", attachments=[Attachment(data=file("small.png", small), content_type="image/png")])
expected.append(("span", span.id, "small.png", "image/png", small))
client.update_span(id=span.id, trace_id=trace.id, parent_span_id=None, project_name=project,
                   attachments=[Attachment(data=base64.b64encode(late).decode(), file_name="late.bin", content_type="application/x-late")])
expected.append(("span", span.id, "late.bin", "application/x-late", late))
span.end(output={"b": 2})
trace.end(output={"c": 3})

embedded = png(400_000)
holder = client.trace(name="with a payload", input={"image": base64.b64encode(embedded).decode(), "n": 1})
holder.end(output={"d": 4})
assert client.flush(timeout=100), "flush: timed out"

attachments = client.get_attachment_client()
direct = os.urandom(6_000_000)
attachments.upload_attachment(project_name=project, entity_type="trace", entity_id=trace.id, file_path=file("direct.zip", direct))
expected.append(("trace", trace.id, "direct.zip", "application/zip", direct))


def listed(kind, id):
    return {(a.file_name, a.mime_type, a.file_size) for a in attachments.get_attachment_list(project_name=project, entity_type=kind, entity_id=id)}


def down(kind, id, name, mime_type):
    return b"".join(attachments.download_attachment(project_name=project, entity_type=kind, entity_id=id, file_name=name, mime_type=mime_type))


wrong = []
for kind, id in {(kind, id) for kind, id, *_ in expected}:
    wanted = {(name, mime, len(data)) for k, i, name, mime, data in expected if (k, i) == (kind, id)}
    if listed(kind, id) != wanted:
        wrong.append(f"{kind}: listed {listed(kind, id)}, expected {wanted}")
for kind, id, name, mime, data in expected:
    if down(kind, id, name, mime) != data:
        wrong.append(f"{name}: came back otherwise")

# Taken out by the SDK, or, where it did not, by the server: the file is there, and the payload says which.
end = time.monotonic() + 30
while not (found := attachments.get_attachment_list(project_name=project, entity_type="trace", entity_id=holder.id)) and time.monotonic() < end:
    time.sleep(0.1)
if [(a.file_size, a.mime_type) for a in found] != [(len(embedded), "image/png")] or down("trace", holder.id, found[0].file_name, "image/png") != embedded:
    wrong.append(f"embedded: {found}")
image = client.get_trace_content(holder.id).input["image"]
if image not in (f"[{found[0].file_name}]", base64.b64encode(embedded).decode()):
    wrong.append(f"embedded: the payload says {image[:100]}")
client.end()
print(json.dumps({"compared": len(expected) + 1, "wrong": wrong}))
