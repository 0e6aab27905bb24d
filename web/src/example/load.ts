// Logs the example through the public API, as any client would.

import { send } from '@/api/client';
import type { Project } from '@/api/types';
import { EXAMPLE_PROJECT, exampleOf } from './data';

const ITEMS_MAX = 1000; // of a batch, Opik's limit

async function inBatches(items: unknown[], write: (batch: unknown[]) => Promise<unknown>) {
  for (let at = 0; at < items.length; at += ITEMS_MAX) await write(items.slice(at, at + ITEMS_MAX));
}

// The id of the project it is in.
export async function loadExample(): Promise<string> {
  const example = exampleOf(Date.now());
  await inBatches(example.traces, (traces) => send('POST', '/v1/private/traces/batch', { traces }));
  await inBatches(example.spans, (spans) => send('POST', '/v1/private/spans/batch', { spans }));
  await inBatches(example.traceScores, (scores) => send('PUT', '/v1/private/traces/feedback-scores', { scores }));
  const found = await send<Project>('POST', '/v1/private/projects/retrieve', { name: EXAMPLE_PROJECT });
  return found.id;
}
