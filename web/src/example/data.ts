// A project as a team would have it after some days: a support agent with tools, answers from documents, a chat in threads, and a
// night on which a tool did not answer. Pure: the same seed and time make the same data.
//
//   const { traces, spans, traceScores, threadScores } = exampleOf(Date.now());

import type { FeedbackScore } from '@/api/types';

export const EXAMPLE_PROJECT = 'Example: support desk';
const DAYS = 5;

type Json = Record<string, unknown>;
export interface Example {
  traces: Json[];
  spans: Json[];
  traceScores: (FeedbackScore & { id: string })[];
}

// Numbers that look random and are the same every time (mulberry32).
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

export function uuid7(ms: number, random: () => number): string {
  const hex = (digits: number) => Array.from({ length: digits }, () => Math.floor(random() * 16).toString(16)).join('');
  const time = Math.floor(ms).toString(16).padStart(12, '0');
  return `${time.slice(0, 8)}-${time.slice(8)}-7${hex(3)}-${'89ab'[Math.floor(random() * 4)]}${hex(3)}-${hex(12)}`;
}

const iso = (ms: number) => new Date(ms).toISOString();

const CASES = [
  { ask: 'Where is my order 4711?', tool: 'find_order', args: { order: 4711 }, found: { status: 'shipped', carrier: 'DHL', expected: 'Thursday' }, say: 'Your order left our warehouse this morning and should arrive on **Thursday**.' },
  { ask: 'Can I still return the shoes? I bought them five weeks ago.', tool: 'search_handbook', args: { words: 'return shoes after 5 weeks' }, found: { section: 'Returns', text: 'Unworn goods: 60 days.' }, say: 'Yes: unworn shoes can be sent back within **60 days**. The label is in your account under *Orders*.' },
  { ask: 'The code SPRING does not work, why?', tool: 'find_discount', args: { code: 'SPRING' }, found: { ended: '31 May', replacement: 'SUMMER10' }, say: 'SPRING ended on 31 May. I have put *SUMMER10* into your basket instead.' },
  { ask: 'Which of the two backpacks is lighter?', tool: 'compare_products', args: { products: ['Trail 28', 'City 25'] }, found: [{ name: 'Trail 28', grams: 940 }, { name: 'City 25', grams: 1120 }], say: '| Backpack | Weight |\n|---|---|\n| Trail 28 | 940 g |\n| City 25 | 1,120 g |\n\nThe **Trail 28** is 180 g lighter.' },
  { ask: 'Please cancel my subscription.', tool: 'cancel_subscription', args: { customer: 'c-2207' }, found: { cancelled: true, until: '31 December' }, say: 'Done. You keep access until 31 December.' },
];
const FOLLOW_UPS = ['Thanks! And can I change the address?', 'Can you send that by mail as well?', 'What does express cost?'];
const SYSTEM = 'You are the support desk of an outdoor shop. Be brief and friendly. Use the tools; never guess an order.';
const MODELS = [
  { model: 'gpt-4o-mini', provider: 'openai', in: 0.15e-6, out: 0.6e-6 },
  { model: 'claude-3-5-haiku-latest', provider: 'anthropic', in: 0.8e-6, out: 4e-6 },
  { model: 'gpt-4o', provider: 'openai', in: 2.5e-6, out: 10e-6 },
];

const TRACEBACK = `Traceback (most recent call last):
  File "/srv/desk/agent.py", line 84, in run
    found = tools[call.name](**call.arguments)
  File "/srv/desk/tools/orders.py", line 31, in find_order
    answer = http.get(f"{BASE}/orders/{order}", timeout=5)
  File "/srv/desk/http.py", line 52, in get
    raise TimeoutError(f"{url} did not answer within {timeout} s")
TimeoutError: https://orders.internal/orders/4711 did not answer within 5 s`;

export function exampleOf(now: number): Example {
  const random = randomFrom(7);
  const example: Example = { traces: [], spans: [], traceScores: [] };
  const begin = now - DAYS * 86_400_000;
  // More by day than by night, as people are.
  for (let at = begin; at < now - 30_000; at += (12 + 50 * random()) * 60_000) {
    const hour = new Date(at).getUTCHours();
    if ((hour < 6 || hour > 21) && random() < 0.75) continue;
    if (random() < 0.6) support(example, at, random);
    else if (random() < 0.7) chat(example, at, random);
    else documents(example, at, random);
  }
  support(example, now - 20_000, random);
  return example;
}

// Adds a span and gives its end.
function add(example: Example, random: () => number, of: { trace: string; parent?: string; at: number; ms: number }, span: Json): { id: string; end: number } {
  const id = uuid7(of.at, random);
  const end = of.at + of.ms;
  example.spans.push({ id, trace_id: of.trace, parent_span_id: of.parent, project_name: EXAMPLE_PROJECT, start_time: iso(of.at), end_time: iso(end), ...span });
  return { id, end };
}

function llm(random: () => number, messages: Json[], answer: Json, which = Math.floor(random() * MODELS.length)): Json & { usage: Record<string, number> } {
  const { model, provider, in: input, out } = MODELS[which]!;
  const prompt = Math.round(JSON.stringify(messages).length / 3 + 180 * random());
  const completion = Math.round(JSON.stringify(answer).length / 3 + 20 * random());
  return {
    type: 'llm',
    model,
    provider,
    input: { model, messages },
    output: { choices: [{ message: answer }] },
    usage: { prompt_tokens: prompt, completion_tokens: completion, total_tokens: prompt + completion },
    total_estimated_cost: prompt * input + completion * out,
  };
}

function support(example: Example, at: number, random: () => number) {
  const one = CASES[Math.floor(random() * CASES.length)]!;
  const trace = uuid7(at, random);
  const fails = random() < 0.07;
  const user = { role: 'user', content: one.ask };
  const call = { role: 'assistant', content: null, tool_calls: [{ id: 'call_1', type: 'function', function: { name: one.tool, arguments: JSON.stringify(one.args) } }] };
  const agent = add(example, random, { trace, at: at + 2, ms: 0 }, { name: 'support_agent', input: { question: one.ask } });
  const guard = add(example, random, { trace, parent: agent.id, at: at + 4, ms: 20 + 30 * random() }, { name: 'check_for_abuse', type: 'guardrail', input: { text: one.ask }, output: { passed: true } });
  const plan = add(example, random, { trace, parent: agent.id, at: guard.end + 2, ms: 350 + 900 * random() }, { name: 'decide', ttft: 210, ...llm(random, [{ role: 'system', content: SYSTEM }, user], call, 0) });
  const error = { exception_type: 'TimeoutError', message: 'https://orders.internal/orders/4711 did not answer within 5 s', traceback: TRACEBACK };
  const tool = add(example, random, { trace, parent: agent.id, at: plan.end + 3, ms: fails ? 5003 : 40 + 400 * random() }, { name: one.tool, type: 'tool', input: one.args, ...(fails ? { error_info: error } : { output: { result: one.found } }) });
  add(example, random, { trace, parent: tool.id, at: tool.end - (fails ? 5000 : 30), ms: fails ? 5000 : 24 }, { name: 'GET orders.internal', input: { url: `https://orders.internal/${one.tool}` }, ...(fails ? { error_info: error } : { output: { status: 200 } }) });
  let end = tool.end + 4;
  if (!fails) {
    const reply = add(example, random, { trace, parent: agent.id, at: end, ms: 500 + 1400 * random() }, {
      name: 'write_answer',
      ttft: 180 + 200 * random(),
      ...llm(random, [{ role: 'system', content: SYSTEM }, user, call, { role: 'tool', tool_call_id: 'call_1', name: one.tool, content: JSON.stringify(one.found) }], { role: 'assistant', content: one.say }),
    });
    end = reply.end + 2;
  }
  const whole = example.spans.find((span) => span.id === agent.id)!;
  Object.assign(whole, { end_time: iso(end) }, fails ? { error_info: error } : { output: { answer: one.say } });
  example.traces.push({
    id: trace,
    project_name: EXAMPLE_PROJECT,
    name: 'support request',
    start_time: iso(at),
    end_time: iso(end + 3),
    input: { question: one.ask },
    ...(fails ? { error_info: error } : { output: { answer: one.say } }),
    tags: ['agent', random() < 0.5 ? 'web' : 'mail'],
    metadata: { release: random() < 0.5 ? '2026.11.2' : '2026.11.3', region: 'eu-central-1' },
  });
  if (random() < 0.4) example.traceScores.push(score(trace, 'helpful', fails ? 0.1 : 0.5 + 0.5 * random(), fails ? 'no answer at all' : 'judged by a model'));
  if (random() < 0.15) example.traceScores.push({ ...score(trace, 'User feedback', fails ? 0 : 1, ''), category_name: fails ? '👎' : '👍' });
}

function chat(example: Example, at: number, random: () => number) {
  const thread = `chat-${Math.floor(at / 60_000).toString(36)}`;
  const one = CASES[Math.floor(random() * CASES.length)]!;
  const history: Json[] = [{ role: 'system', content: SYSTEM }];
  const turns: [string, string][] = [
    [one.ask, one.say],
    [FOLLOW_UPS[Math.floor(random() * FOLLOW_UPS.length)]!, 'Of course. I have noted it for you; the change shows in your account within a minute.'],
    ['Great, that is all.', 'You are welcome. Enjoy the outdoors!'],
  ];
  let start = at;
  for (const [ask, say] of turns.slice(0, 1 + Math.floor(random() * 3))) {
    const trace = uuid7(start, random);
    history.push({ role: 'user', content: ask });
    const reply = add(example, random, { trace, at: start + 3, ms: 500 + 1600 * random() }, { name: 'chat_completion', ttft: 160 + 220 * random(), ...llm(random, [...history], { role: 'assistant', content: say }, 1) });
    history.push({ role: 'assistant', content: say });
    example.traces.push({ id: trace, project_name: EXAMPLE_PROJECT, name: 'chat turn', thread_id: thread, start_time: iso(start), end_time: iso(reply.end + 2), input: { message: ask }, output: { answer: say }, tags: ['chat'] });
    start = reply.end + (15 + 60 * random()) * 1000;
  }
}

function documents(example: Example, at: number, random: () => number) {
  const trace = uuid7(at, random);
  const question = 'How long may goods be returned, and who pays the postage?';
  const embed = add(example, random, { trace, at: at + 2, ms: 40 + 60 * random() }, { name: 'embed_question', type: 'llm', model: 'text-embedding-3-small', provider: 'openai', input: { text: question }, usage: { prompt_tokens: 14, total_tokens: 14 } });
  const search = add(example, random, { trace, at: embed.end + 2, ms: 30 + 50 * random() }, { name: 'search_index', type: 'tool', input: { top: 8 }, output: { documents: ['returns.md', 'postage.md', 'faq.md'] } });
  const ranks = ['returns.md', 'postage.md', 'faq.md'].map((file, index) => add(example, random, { trace, at: search.end + 2 + index, ms: 120 + 200 * random() }, { name: `rank ${file}`, input: { file }, output: { relevance: Math.round(100 * random()) / 100 } }));
  const answer = 'Unworn goods may be returned within **60 days**. Postage is free within the EU.';
  const reply = add(example, random, { trace, at: Math.max(...ranks.map((rank) => rank.end)) + 2, ms: 900 + 1500 * random() }, {
    name: 'write_answer',
    ttft: 320,
    ...llm(random, [{ role: 'system', content: 'Answer from the documents alone.' }, { role: 'user', content: `${question}\n\n---\nreturns.md: Unworn goods: 60 days.\npostage.md: Free within the EU.` }], { role: 'assistant', content: answer }, 2),
  });
  example.traces.push({ id: trace, project_name: EXAMPLE_PROJECT, name: 'ask the handbook', start_time: iso(at), end_time: iso(reply.end + 3), input: { question }, output: { answer }, tags: ['documents'], metadata: { index: 'handbook-7' } });
  example.traceScores.push(score(trace, 'faithful', 0.7 + 0.3 * random(), 'every sentence is in a document'));
}

const score = (id: string, name: string, value: number, reason: string) => ({ id, name, value: Math.round(value * 100) / 100, reason: reason || undefined, source: 'ui', project_name: EXAMPLE_PROJECT });
