// A payload as a conversation, if it is one: the shapes of OpenAI (chat and responses), Anthropic, Gemini, LangChain and the plain
// {"prompt": …} or {"output": …}. Pure. What is not understood is kept as JSON, nothing is left out.
//
//   const messages = messagesOf(span.input, 'input');       // undefined: not a conversation

import { preview } from '@/lib/format';

export type Part =
  | { kind: 'text'; text: string }
  | { kind: 'image'; url: string }
  | { kind: 'call'; name: string; arguments: unknown }
  | { kind: 'result'; name?: string; value: unknown }
  | { kind: 'json'; value: unknown };

export interface Message {
  role: string; // system, user, assistant, tool, or what stands there
  name?: string;
  parts: Part[];
}

type Json = Record<string, unknown>;
const isObject = (value: unknown): value is Json => typeof value === 'object' && value !== null && !Array.isArray(value);
const text = (value: unknown) => (typeof value === 'string' ? value : undefined);

const ROLES: Record<string, string> = { human: 'user', ai: 'assistant', model: 'assistant', function: 'tool', developer: 'system' };
const ALONE: Record<'input' | 'output', { role: string; keys: string[] }> = {
  input: { role: 'user', keys: ['prompt', 'question', 'query', 'input', 'message', 'text', 'user_input'] },
  output: { role: 'assistant', keys: ['output', 'response', 'answer', 'completion', 'text', 'content', 'result'] },
};

// One line for a table: of a conversation what was said last, of anything else its beginning.
export function previewOf(value: unknown, side: 'input' | 'output'): string {
  const part = isObject(value) || Array.isArray(value) ? messagesOf(value, side)?.at(-1)?.parts[0] : undefined;
  if (part?.kind === 'text') return preview(part.text);
  if (part?.kind === 'call') return `${part.name} ${preview(part.arguments)}`;
  if (part?.kind === 'result') return preview(part.value);
  return preview(value);
}

export function messagesOf(value: unknown, side: 'input' | 'output'): Message[] | undefined {
  const listed = listOf(value);
  if (listed) {
    const messages = listed.map(messageOf);
    if (messages.every((message) => message !== undefined) && messages.length > 0) return [...system(value), ...(messages as Message[])];
  }
  return alone(value, side);
}

// The list of messages inside a payload, whoever wrote it.
function listOf(value: unknown): unknown[] | undefined {
  if (Array.isArray(value)) return value.length === 1 && Array.isArray(value[0]) ? value[0] : value;
  if (!isObject(value)) return undefined;
  if (Array.isArray(value.messages)) return listOf(value.messages);
  if (Array.isArray(value.contents)) return value.contents;
  if (Array.isArray(value.choices)) return value.choices.map((choice) => (isObject(choice) ? (choice.message ?? choice) : choice));
  if (Array.isArray(value.candidates)) return value.candidates.map((one) => (isObject(one) ? one.content : one));
  if (Array.isArray(value.generations)) return value.generations.flat().map((one) => (isObject(one) ? (one.message ?? { role: 'assistant', content: one.text }) : one));
  if (Array.isArray(value.output)) return value.output;
  if (Array.isArray(value.input)) return value.input;
  if (isObject(value.message)) return [value.message];
  if (typeof value.role === 'string' || (typeof value.type === 'string' && value.type in ROLES)) return [value];
  return undefined;
}

function system(value: unknown): Message[] {
  if (!isObject(value)) return [];
  const said = value.system ?? value.instructions ?? value.systemInstruction ?? value.system_instruction;
  if (typeof said === 'string') return [{ role: 'system', parts: [{ kind: 'text', text: said }] }];
  if (Array.isArray(said)) return [{ role: 'system', parts: said.map(partOf) }];
  if (isObject(said) && Array.isArray(said.parts)) return [{ role: 'system', parts: said.parts.map(partOf) }];
  return [];
}

function messageOf(value: unknown): Message | undefined {
  if (!isObject(value)) return undefined;
  const inner = isObject(value.kwargs) ? value.kwargs : isObject(value.data) ? { ...value.data, type: value.type } : value;
  const type = text(inner.type);
  if (type === 'function_call') return { role: 'assistant', parts: [partOf(inner)] };
  if (type === 'function_call_output') return { role: 'tool', parts: [partOf(inner)] };
  const said = text(inner.role) ?? (type !== undefined && (type in ROLES || ['system', 'tool'].includes(type)) ? type : undefined);
  if (said === undefined) return undefined;
  const role = ROLES[said] ?? said;
  const parts: Part[] = [];
  const content = inner.content ?? inner.parts;
  if (role === 'tool' && (typeof content === 'string' || content !== undefined)) parts.push({ kind: 'result', name: text(inner.name), value: parsed(content) });
  else if (typeof content === 'string') {
    if (content !== '') parts.push({ kind: 'text', text: content });
  } else if (Array.isArray(content)) parts.push(...content.map(partOf));
  else if (content != null) parts.push({ kind: 'json', value: content });
  for (const call of Array.isArray(inner.tool_calls) ? inner.tool_calls : []) parts.push(callOf(call));
  if (isObject(inner.function_call)) parts.push(callOf({ function: inner.function_call }));
  if (typeof inner.refusal === 'string') parts.push({ kind: 'text', text: inner.refusal });
  return { role, name: role === 'tool' ? undefined : text(inner.name), parts };
}

function callOf(call: unknown): Part {
  if (!isObject(call)) return { kind: 'json', value: call };
  const said = isObject(call.function) ? call.function : call;
  return { kind: 'call', name: text(said.name) ?? 'tool', arguments: parsed(said.arguments ?? said.args ?? said.input) };
}

function partOf(part: unknown): Part {
  if (typeof part === 'string') return { kind: 'text', text: part };
  if (!isObject(part)) return { kind: 'json', value: part };
  const type = text(part.type);
  const words = text(part.text) ?? text(part.refusal);
  if (words !== undefined) return { kind: 'text', text: words };
  if (type === 'tool_use' || type === 'function_call') return callOf(part);
  if (isObject(part.functionCall)) return callOf(part.functionCall);
  if (type === 'tool_result' || type === 'function_call_output') return { kind: 'result', value: parsed(part.content ?? part.output) };
  if (isObject(part.functionResponse)) return { kind: 'result', name: text(part.functionResponse.name), value: part.functionResponse.response };
  const url = imageOf(part);
  return url === undefined ? { kind: 'json', value: part } : { kind: 'image', url };
}

function imageOf(part: Json): string | undefined {
  const link = part.image_url ?? part.image;
  if (typeof link === 'string') return link;
  if (isObject(link) && typeof link.url === 'string') return link.url;
  const data = isObject(part.source) ? part.source : isObject(part.inlineData) ? part.inlineData : isObject(part.inline_data) ? part.inline_data : undefined;
  if (!data) return undefined;
  if (typeof data.url === 'string') return data.url;
  const type = text(data.media_type) ?? text(data.mimeType) ?? text(data.mime_type);
  return typeof data.data === 'string' && type?.startsWith('image/') ? `data:${type};base64,${data.data}` : undefined;
}

// JSON in a text, as tools' arguments are, is shown as what it means.
function parsed(value: unknown): unknown {
  if (typeof value !== 'string' || !/^\s*[[{]/.test(value)) return value;
  try {
    return JSON.parse(value);
  } catch {
    return value;
  }
}

function alone(value: unknown, side: 'input' | 'output'): Message[] | undefined {
  const { role, keys } = ALONE[side];
  if (typeof value === 'string') return value === '' ? undefined : [{ role, parts: [{ kind: 'text', text: value }] }];
  if (!isObject(value)) return undefined;
  const entries = Object.entries(value);
  if (entries.length !== 1 || !keys.includes(entries[0]![0]) || typeof entries[0]![1] !== 'string') return undefined;
  return [{ role, parts: [{ kind: 'text', text: entries[0]![1] }] }];
}
