// Attachments through the official TypeScript SDK's client: as its users and the web UI do it.
//
//   OPIK_URL_OVERRIDE=http://127.0.0.1:5173/api node attachments.mjs PROJECT
//
// The last line printed is "N bytes compared".
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { Opik } from "opik";

const project = process.argv[2];
const base = process.env.OPIK_URL_OVERRIDE;
const client = new Opik({ projectName: project });
const trace = client.trace({ name: "with a file", input: {} });
trace.end();
await client.flush();
const { id: projectId } = await client.api.projects.retrieveProject({ name: project });
const entity = { entityType: "trace", entityId: trace.data.id };
const path = Buffer.from(base).toString("base64");

const data = randomBytes(11_000_000);
const started = await client.api.attachments.startMultiPartUpload({ ...entity, fileName: "übung 1.bin", numOfFileParts: 3, mimeType: "application/x-test", projectName: project, path });
assert.equal(started.uploadId, "BEMinIO");
const put = await fetch(started.preSignUrls[0], { method: "PUT", body: data });
assert.equal(put.status, 204);

const page = await client.api.attachments.attachmentList({ ...entity, projectId, path });
assert.deepEqual(page.content.map((a) => [a.fileName, a.fileSize, a.mimeType]), [["übung 1.bin", data.length, "application/x-test"]]);
// The link, as a browser opens it: without any headers.
const opened = Buffer.from(await (await fetch(page.content[0].link)).arrayBuffer());
assert.ok(opened.equals(data));

const stream = await client.api.attachments.downloadAttachment({ ...entity, containerId: projectId, fileName: "übung 1.bin", mimeType: "application/x-test" });
const pieces = [];
for await (const piece of stream) pieces.push(piece);
assert.ok(Buffer.concat(pieces).equals(data));

await client.api.attachments.deleteAttachments({ ...entity, fileName: "übung 1.bin", fileSize: data.length, uploadId: "BEMinIO", uploadedFileParts: [] });
assert.deepEqual((await client.api.attachments.attachmentList({ ...entity, projectId, path })).content, []);
console.log(`${data.length} bytes compared`);
