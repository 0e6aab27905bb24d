// Logs through the official TypeScript SDK and reads everything back through it, field by field.
//
//   OPIK_URL_OVERRIDE=http://127.0.0.1:5173/api node compat.mjs PROJECT
//
// The last line printed is "N entities compared". The same program as the Python SDK's: create and update or end at once, the
// documented overwrite with the same id, updates long after the create was sent, `track`, scores, errors.
import assert from "node:assert/strict";
import { Opik, track, flushAll } from "opik";

const project = process.argv[2];
process.env.OPIK_PROJECT_NAME = project;
const client = new Opik({ projectName: project });
const expected = []; // [kind, id, fields]

// --- create, update and end at once
for (let i = 0; i < 25; ++i) {
  const trace = client.trace({ name: `now-${i}`, input: { prompt: "Hello", i }, tags: ["a"], metadata: { m: { deep: [1, null, "ü"] } } });
  const span = trace.span({ name: `span-${i}`, type: "llm", input: { q: i } });
  const child = span.span({ name: `child-${i}`, type: "tool", input: { c: i } });
  child.end();
  span.update({ output: { answer: i }, model: "gpt-4o", provider: "openai", usage: { prompt_tokens: 1, completion_tokens: 2, total_tokens: 3 } });
  span.end();
  trace.update({ output: { response: "Hi there" }, threadId: `thread-${i}` });
  trace.end();
  expected.push(["trace", trace.data.id, { name: `now-${i}`, input: { prompt: "Hello", i }, output: { response: "Hi there" }, tags: ["a"],
    metadata: { m: { deep: [1, null, "ü"] } }, threadId: `thread-${i}`, ended: true }]);
  expected.push(["span", span.data.id, { name: `span-${i}`, type: "llm", traceId: trace.data.id, input: { q: i }, output: { answer: i }, model: "gpt-4o",
    provider: "openai", usage: { prompt_tokens: 1, completion_tokens: 2, total_tokens: 3 }, ended: true }]);
  expected.push(["span", child.data.id, { name: `child-${i}`, type: "tool", traceId: trace.data.id, parentSpanId: span.data.id, input: { c: i }, ended: true }]);
}

// --- the overwrite with the same id: the second create says everything
{
  const trace = client.trace({ name: "my_trace", input: { prompt: "Hello" }, tags: ["first"] });
  await client.flush();
  client.trace({ id: trace.data.id, name: "my_trace", input: { prompt: "Hello" }, output: { response: "Hi there" }, endTime: new Date() });
  expected.push(["trace", trace.data.id, { name: "my_trace", input: { prompt: "Hello" }, output: { response: "Hi there" }, tags: undefined, ended: true }]);
}

// --- updates after the create was sent: a PATCH on the wire
for (let i = 0; i < 5; ++i) {
  const trace = client.trace({ name: `later-${i}`, input: { i } });
  const span = trace.span({ name: `later-span-${i}`, type: "general", input: { i }, tags: ["old"] });
  await client.flush();
  span.update({ output: { late: i }, tags: ["new"] });
  trace.update({ metadata: { late: i }, errorInfo: { exceptionType: "E", message: "m", traceback: "t" } });
  await client.flush();
  span.end();
  trace.end();
  expected.push(["trace", trace.data.id, { name: `later-${i}`, input: { i }, metadata: { late: i }, errorInfo: { exceptionType: "E", message: "m", traceback: "t" }, ended: true }]);
  expected.push(["span", span.data.id, { name: `later-span-${i}`, input: { i }, output: { late: i }, tags: ["new"], ended: true }]);
}

// --- scores
{
  const trace = client.trace({ name: "scored", input: {} });
  const span = trace.span({ name: "scored-span", type: "general" });
  trace.score({ name: "quality", value: 0.5, reason: "because" });
  span.score({ name: "speed", value: 3 });
  await client.flush();
  client.logTracesFeedbackScores([{ id: trace.data.id, name: "second", value: -1 }]);
  expected.push(["trace", trace.data.id, { name: "scored", scores: { quality: 0.5, second: -1 } }]);
  expected.push(["span", span.data.id, { name: "scored-span", scores: { speed: 3 } }]);
}
await client.flush();

// --- track, nested, with an error
const inner = track({ name: "inner", type: "tool" }, async (x) => `${x}!`);
const outer = track({ name: "outer" }, async (x) => await inner(x));
const broken = track({ name: "broken" }, async () => { throw new TypeError("no good"); });
assert.equal(await outer("hi"), "hi!");
await assert.rejects(broken());
await flushAll();

// --- read back
const byId = { trace: (id) => client.api.traces.getTraceById(id), span: (id) => client.api.spans.getSpanById(id) };
for (const [kind, id, fields] of expected) {
  const seen = await byId[kind](id);
  for (const [name, value] of Object.entries(fields)) {
    const where = `${kind} ${id} (${fields.name}): ${name}`;
    if (name === "ended") assert.ok(seen.endTime >= seen.startTime, `${where}: ${seen.startTime} to ${seen.endTime}`);
    else if (name === "scores") assert.deepEqual(Object.fromEntries(seen.feedbackScores.map((s) => [s.name, s.value])), value, where);
    else if (name === "metadata") {
      const { provider, providers, ...own } = seen.metadata; // the server shows the spans' providers there, as Opik does
      assert.deepEqual(own, value, where);
    }
    else assert.deepEqual(seen[name], value, where);
  }
  assert.ok(seen.startTime > new Date("2020-01-01"), `${kind} ${id}: starts ${seen.startTime}`);
}

async function search(kind) {
  const stream = await client.api[kind]["search" + kind[0].toUpperCase() + kind.slice(1)]({ projectName: project, limit: 2000 });
  const text = await new Response(stream).text();
  return text.split("\n").filter((line) => line.trim()).map((line) => JSON.parse(line));
}
const traces = await search("traces");
const spans = await search("spans");
assert.equal(new Set(traces.map((t) => t.id)).size, traces.length);
for (const [kind, id] of expected) assert.ok((kind === "trace" ? traces : spans).some((e) => e.id === id), `search: ${kind} ${id} is not there`);

const named = (list, name) => list.filter((e) => e.name === name);
const [outerSpan] = named(spans, "outer");
const [innerSpan] = named(spans, "inner");
assert.equal(named(traces, "outer").length, 1);
assert.deepEqual(innerSpan.output, { result: "hi!" });
assert.deepEqual(outerSpan.output, { result: "hi!" });
assert.equal(innerSpan.parent_span_id, outerSpan.id);
assert.equal(innerSpan.type, "tool");
assert.ok(innerSpan.end_time && outerSpan.end_time);
const [brokenSpan] = named(spans, "broken");
assert.equal(brokenSpan.error_info.message, "no good");
assert.ok(brokenSpan.error_info.traceback.length > 0);

console.log(`${expected.length + 5} entities compared`);
