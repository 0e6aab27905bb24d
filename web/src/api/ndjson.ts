// Reads what the search endpoints stream: one JSON value a line, handed out as it comes.
//
//   for await (const trace of stream<Trace>('/v1/private/traces/search', { project_id, limit: 2000 }, signal)) …

import { request } from './client';

// Takes whole lines off `text`, which may end within one.
export function takeLines(text: string): { lines: string[]; rest: string } {
  const lines = text.split('\n');
  const rest = lines.pop() ?? '';
  return { lines: lines.map((line) => line.trim()).filter((line) => line !== ''), rest };
}

export async function* stream<T>(path: string, body: unknown, signal?: AbortSignal): AsyncGenerator<T> {
  const response = await request(path, {
    method: 'POST',
    body: JSON.stringify(body),
    headers: { 'Content-Type': 'application/json', Accept: 'application/octet-stream' },
    signal,
  });
  const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
  let rest = '';
  try {
    for (;;) {
      const { done, value } = await reader.read();
      const taken = takeLines(rest + (value ?? '') + (done ? '\n' : ''));
      rest = taken.rest;
      for (const line of taken.lines) yield JSON.parse(line) as T;
      if (done) return;
    }
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}
