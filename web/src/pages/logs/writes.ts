// What can be done to many rows at once. The server takes up to BATCH_MAX in one request.

import { get, send } from '@/api/client';
import type { Span, Thread, Trace } from '@/api/types';
import type { Tab } from '../logs_search';
import { listPage, PATHS, type Choice } from './list';

export type Row = Trace | Span | Thread;
const BATCH_MAX = 1000;
export const EXPORT_MAX = 100_000;
const AT_ONCE = 6;

const batches = <T,>(all: T[]) => Array.from({ length: Math.ceil(all.length / BATCH_MAX) }, (_, at) => all.slice(at * BATCH_MAX, (at + 1) * BATCH_MAX));

function grouped<T>(all: T[], key: (one: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const one of all) groups.set(key(one), [...(groups.get(key(one)) ?? []), one]);
  return groups;
}

async function each<T, R>(all: T[], act: (one: T) => Promise<R>): Promise<R[]> {
  const results = new Array<R>(all.length);
  let next = 0;
  const work = async () => {
    while (next < all.length) {
      const at = next++;
      results[at] = await act(all[at]!);
    }
  };
  await Promise.all(Array.from({ length: Math.min(AT_ONCE, all.length) }, work));
  return results;
}

// Adds tags to those that rows have.
export async function addTags(tab: Tab, projectId: string, rows: Row[], tags: string[]) {
  if (tab === 'threads') {
    await send('PATCH', '/v1/private/traces/threads/batch', { ids: (rows as Thread[]).map((row) => row.thread_model_id), update: { tags }, merge_tags: true });
    return;
  }
  // Spans are patched trace by trace.
  const groups: [string, Row[]][] = tab === 'spans' ? [...grouped(rows as Span[], (span) => span.trace_id)] : [['', rows]];
  await each(groups, async ([trace_id, some]) => {
    for (const batch of batches(some)) {
      const update = { project_id: projectId, tags, ...(tab === 'spans' && { trace_id }) };
      await send('PATCH', `${PATHS[tab]}/batch`, { ids: batch.map((row) => row.id), update, merge_tags: true });
    }
  });
}

export interface ScoreInput {
  name: string;
  value: number;
  category_name?: string;
  reason?: string;
}

export async function addScore(tab: Tab, projectName: string, rows: Row[], score: ScoreInput) {
  const key = tab === 'threads' ? 'thread_id' : 'id';
  for (const batch of batches(rows)) {
    await send('PUT', `${PATHS[tab]}/feedback-scores`, { scores: batch.map((row) => ({ ...score, [key]: row.id, project_name: projectName, source: 'ui' })) });
  }
}

export async function deleteRows(tab: Tab, projectId: string, rows: Row[]) {
  const key = tab === 'threads' ? 'thread_ids' : 'ids';
  for (const batch of batches(rows)) await send('POST', `${PATHS[tab]}/delete`, { project_id: projectId, [key]: batch.map((row) => row.id) });
}

// Whole rows: what the table shows is cut.
export function wholeRows(tab: Tab, rows: Row[]): Promise<Row[]> {
  if (tab === 'threads') return Promise.resolve(rows);
  return each(rows, (row) => get<Row>(`${PATHS[tab]}/${row.id}`));
}

const EXPORT_PAGE = 1000;
export async function allRows(choice: Choice, sort: string | undefined, progress: (done: number) => void): Promise<Row[]> {
  const rows: Row[] = [];
  for (let page = 1; rows.length < EXPORT_MAX; ++page) {
    const { content } = await listPage<Row>(choice, page, EXPORT_PAGE, { sort });
    rows.push(...content);
    progress(rows.length);
    if (content.length < EXPORT_PAGE) break;
  }
  return rows;
}
