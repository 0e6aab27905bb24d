// What people add to traces, and how they find them, through the official TypeScript SDK: scores, comments, threads, searches.
//
//   OPIK_URL_OVERRIDE=http://127.0.0.1:5173/api node annotations.mjs PROJECT
//
// The last line printed is "N checks".
import assert from "node:assert/strict";
import { Opik } from "opik";

const project = process.argv[2];
const client = new Opik({ projectName: project });
let checks = 0;
const equal = (seen, expected, what) => { assert.deepEqual(seen, expected, what); ++checks; };
const scoresOf = (entity) => Object.fromEntries((entity.feedbackScores ?? []).map((s) => [s.name, [s.value, s.reason, s.categoryName, s.source]]));

// A conversation of three answers in two threads, each with a call of a model.
const traces = [];
for (let i = 0; i < 3; ++i) {
  const trace = client.trace({ name: `answer ${i}`, input: { question: `q${i}` }, threadId: i < 2 ? "talk 1" : "talk 2", tags: [`t${i}`], metadata: { user: `u${i}`, n: i } });
  const span = trace.span({ name: `call ${i}`, type: "llm", model: "gpt-4o", provider: "openai", input: { p: i }, usage: { prompt_tokens: 10 * (i + 1), completion_tokens: 1, total_tokens: 10 * (i + 1) + 1 } });
  span.update({ output: { text: `o${i}` } });
  span.end();
  trace.update({ output: { answer: `a${i}` } });
  trace.end();
  traces.push({ id: trace.data.id, span: span.data.id });
}
await client.flush();

// --- scores of traces and spans: set, set again, taken away
client.logTracesFeedbackScores([
  { id: traces[0].id, name: "quality", value: 0.9, reason: "well said", categoryName: "good" },
  { id: traces[1].id, name: "quality", value: 0.2 },
]);
client.logSpansFeedbackScores([{ id: traces[0].span, name: "speed", value: -3.5 }]);
await client.flush();
equal(scoresOf(await client.api.traces.getTraceById(traces[0].id)), { quality: [0.9, "well said", "good", "sdk"] });
equal(scoresOf(await client.api.traces.getTraceById(traces[1].id)), { quality: [0.2, undefined, undefined, "sdk"] });
equal(scoresOf(await client.api.spans.getSpanById(traces[0].span)), { speed: [-3.5, undefined, undefined, "sdk"] });
client.logTracesFeedbackScores([{ id: traces[1].id, name: "quality", value: 0.4 }]);
await client.flush();
equal(scoresOf(await client.api.traces.getTraceById(traces[1].id)), { quality: [0.4, undefined, undefined, "sdk"] });
await client.api.spans.deleteSpanFeedbackScore(traces[0].span, { body: { name: "speed" } });
equal(scoresOf(await client.api.spans.getSpanById(traces[0].span)), {});
await client.api.traces.addTraceFeedbackScore(traces[2].id, { body: { name: "by hand", value: 1, source: "ui" } });
equal(scoresOf(await client.api.traces.getTraceById(traces[2].id)), { "by hand": [1, undefined, undefined, "ui"] });
await client.api.traces.deleteTraceFeedbackScore(traces[2].id, { body: { name: "by hand" } });
equal(scoresOf(await client.api.traces.getTraceById(traces[2].id)), {});

// --- comments of traces and spans
for (const [kind, id, add, get, update, remove] of [
  ["trace", traces[0].id, "addTraceComment", "getTraceComment", "updateTraceComment", "deleteTraceComments"],
  ["span", traces[0].span, "addSpanComment", "getSpanComment", "updateSpanComment", "deleteSpanComments"],
]) {
  const api = client.api[kind + "s"];
  const read = async () => (await (kind === "trace" ? api.getTraceById(id) : api.getSpanById(id))).comments ?? [];
  const { rawResponse } = await api[add](id, { body: { text: "schön gesagt <b>" } }).withRawResponse();
  await api[add](id, { body: { text: "second" } });
  const first = rawResponse.headers.get("location").split("/").pop();
  const comments = await read();
  equal(comments.map((c) => c.text), ["schön gesagt <b>", "second"]);
  equal(comments[0].id, first);
  equal((await api[get](id, first)).text, "schön gesagt <b>");
  await api[update](first, { body: { text: "mended" } });
  equal((await read()).map((c) => c.text), ["mended", "second"]);
  await api[remove]({ ids: comments.map((c) => c.id) });
  equal(await read(), []);
  await assert.rejects(api[get](id, first), (error) => error.statusCode === 404);
  ++checks;
}

// --- threads: read, close, open, score, comment, tag
const thread = (threadId) => client.api.traces.getTraceThread({ projectName: project, threadId });
let talk = await thread("talk 1");
equal([talk.id, talk.numberOfMessages, talk.status], ["talk 1", 4, "active"]);
equal([talk.firstMessage, talk.lastMessage], [{ question: "q0" }, { answer: "a1" }]);
equal(talk.usage, { prompt_tokens: 30, completion_tokens: 2, total_tokens: 32 });
assert.ok(talk.totalEstimatedCost > 0, `cost: ${talk.totalEstimatedCost}`);
await client.api.traces.closeTraceThread({ projectName: project, threadIds: ["talk 1", "talk 2"] });
equal([(await thread("talk 1")).status, (await thread("talk 2")).status], ["inactive", "inactive"]);
await client.api.traces.scoreBatchOfThreads({ scores: [{ threadId: "talk 1", projectName: project, name: "helpful", value: 0.75, reason: "r", source: "sdk" }] });
equal(scoresOf(await thread("talk 1")), { helpful: [0.75, "r", undefined, "sdk"] });
await client.api.traces.addThreadComment(talk.threadModelId, { body: { text: "on the whole" } });
talk = await thread("talk 1");
equal(talk.comments.map((c) => c.text), ["on the whole"]);
await client.api.traces.updateThreadComment(talk.comments[0].id, { body: { text: "all in all" } });
equal((await client.api.traces.getThreadComment(talk.threadModelId, talk.comments[0].id)).text, "all in all");
await client.api.traces.updateThread(talk.threadModelId, { body: { tags: ["important"] } });
equal((await thread("talk 1")).tags, ["important"]);
await client.api.traces.openTraceThread({ projectName: project, threadId: "talk 1" });
equal((await thread("talk 1")).status, "active");

// --- searches
const names = (list) => list.map((e) => e.name).sort();
const ids = (list) => list.map((e) => e.id).sort();
const found = {
  traces: [
    ["", ["answer 0", "answer 1", "answer 2"]],
    ['name = "answer 1"', ["answer 1"]],
    ['metadata.user = "u2"', ["answer 2"]],
    ["feedback_scores.quality >= 0.4", ["answer 0", "answer 1"]],
    ["feedback_scores.quality > 0.4 AND usage.total_tokens < 100", ["answer 0"]],
    ['tags contains "t1"', ["answer 1"]],
    ['input contains "q0"', ["answer 0"]],
    ['thread_id = "talk 1" AND output not_contains "a0"', ["answer 1"]],
    ['start_time > "2020-01-01T00:00:00Z"', ["answer 0", "answer 1", "answer 2"]],
  ],
  spans: [
    ['model = "gpt-4o" and type = "llm"', ["call 0", "call 1", "call 2"]],
    ["usage.prompt_tokens > 10", ["call 1", "call 2"]],
    ['output contains "o2"', ["call 2"]],
  ],
};
for (const [filterString, expected] of found.traces) equal(names(await client.searchTraces({ projectName: project, filterString })), expected, filterString);
for (const [filterString, expected] of found.spans) equal(names(await client.searchSpans({ projectName: project, filterString })), expected, filterString);
equal(ids(await client.searchThreads({ projectName: project })), ["talk 1", "talk 2"]);
equal(ids(await client.searchThreads({ projectName: project, filterString: 'status = "inactive"' })), ["talk 2"]);
equal(ids(await client.searchThreads({ projectName: project, filterString: "feedback_scores.helpful > 0.5" })), ["talk 1"]);
equal(ids(await client.searchThreads({ projectName: project, filterString: "number_of_messages = 2" })), ["talk 2"]);
equal((await client.searchTraces({ projectName: project, maxResults: 2 })).length, 2);
await assert.rejects(client.searchTraces({ projectName: project, filterString: "duration contains 3" }), /duration/);
++checks;

// --- and away
await client.api.traces.deleteThreadFeedbackScores({ projectName: project, threadId: "talk 1", names: ["helpful"] });
equal(scoresOf(await thread("talk 1")), {});
await client.api.traces.deleteThreadComments({ ids: [talk.comments[0].id] });
equal((await thread("talk 1")).comments ?? [], []);
console.log(`${checks} checks`);
