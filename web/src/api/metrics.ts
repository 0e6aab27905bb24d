// Numbers of a project over time, as POST /projects/{id}/metrics gives them.

import { get, send } from './client';
import type { Entry, Page } from './types';

export type MetricInterval = 'HOURLY' | 'DAILY' | 'WEEKLY' | 'TOTAL';

export interface MetricQuestion {
  metric_type: string;
  interval: MetricInterval;
  interval_start: string;
  interval_end: string;
  trace_filters?: string; // in the query language; the same for spans and threads
  span_filters?: string;
  thread_filters?: string;
  breakdown?: { field: string; metadata_key?: string; sub_metric?: string };
}
export interface MetricSeries {
  name: string;
  data: { time: string; value: number | null }[];
}

export const HOUR_MS = 3_600_000;
export const DAY_MS = 24 * HOUR_MS;

// Intervals of which a chart shows some dozens to a few hundred.
export function intervalFor(from: Date, to: Date): { interval: MetricInterval; step: number } {
  const length = to.getTime() - from.getTime();
  if (length <= 3 * DAY_MS) return { interval: 'HOURLY', step: HOUR_MS };
  return length <= 120 * DAY_MS ? { interval: 'DAILY', step: DAY_MS } : { interval: 'WEEKLY', step: 7 * DAY_MS };
}

export const askMetric = async (projectId: string, question: MetricQuestion, signal?: AbortSignal): Promise<MetricSeries[]> =>
  (await send<{ results: MetricSeries[] }>('POST', `/v1/private/projects/${projectId}/metrics`, question, signal)).results;

// When the oldest trace or span of a project began; nothing if there is none.
export async function firstTime(projectId: string, of: 'traces' | 'spans', signal?: AbortSignal): Promise<Date | undefined> {
  const sorting = '[{"field":"start_time","direction":"ASC"}]';
  const page = await get<Page<Entry>>(`/v1/private/${of}`, { project_id: projectId, page: 1, size: 1, sorting, exclude: '["input","output","metadata"]' }, signal);
  return page.content[0] && new Date(page.content[0].start_time);
}
