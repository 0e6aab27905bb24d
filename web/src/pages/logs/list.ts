// What the logs page asks the server for: rows, figures of a period and of the one before it, counts over time.

import { keepPreviousData, queryOptions } from '@tanstack/react-query';
import { get } from '@/api/client';
import { askMetric, HOUR_MS, intervalFor } from '@/api/metrics';
import type { Entry, Page, Percentiles } from '@/api/types';
import { interval, type Interval, type TimeSearch } from '@/lib/time_range';
import type { LogsSearch, Tab } from '../logs_search';

export const PATHS: Record<Tab, string> = { traces: '/v1/private/traces', spans: '/v1/private/spans', threads: '/v1/private/traces/threads' };

// What a list depends on beside its order.
export interface Choice extends TimeSearch {
  projectId: string;
  tab: Tab;
  filter?: string;
  find?: string;
}
export const choiceOf = (projectId: string, { tab = 'traces', range, from, to, filter, find }: LogsSearch): Choice => ({ projectId, tab, range, from, to, filter, find });

const parameters = (choice: Choice, times: Interval) => ({
  project_id: choice.projectId,
  filters: choice.filter,
  search: choice.find,
  from_time: times.from?.toISOString(),
  to_time: times.to?.toISOString(),
});

export interface PageOptions {
  sort?: string;
  truncate?: boolean;
  exclude?: string[];
}

export function listPage<T>(choice: Choice, page: number, size: number, options: PageOptions = {}, signal?: AbortSignal): Promise<Page<T>> {
  const { sort, truncate, exclude } = options;
  return get<Page<T>>(
    PATHS[choice.tab],
    {
      ...parameters(choice, interval(choice)),
      page,
      size,
      truncate,
      exclude: exclude && JSON.stringify(exclude),
      sorting: sort && JSON.stringify([{ field: sort.replace(/^-/, ''), direction: sort.startsWith('-') ? 'DESC' : 'ASC' }]),
    },
    signal,
  );
}

export interface Figures {
  count: number;
  errors?: number; // threads have none
  duration?: Percentiles;
  tokens?: number;
  cost?: number;
}
type Stat = { name: string; value: number | Percentiles };

export function figuresOf(tab: Tab, stats: Stat[]): Figures {
  const find = (name: string) => stats.find((stat) => stat.name === name)?.value;
  const number = (name: string) => {
    const value = find(name);
    return typeof value === 'number' ? value : undefined;
  };
  const duration = find('duration');
  const errors = number('error_count');
  return {
    count: number(`${tab.slice(0, -1)}_count`) ?? 0,
    errors: tab === 'threads' ? undefined : (errors ?? 0),
    duration: typeof duration === 'object' ? duration : undefined,
    tokens: number('usage_sum.total_tokens'),
    cost: number('total_estimated_cost_sum'),
  };
}

// The period of the same length before; nothing if there is no first time.
export function periodBefore({ from, to }: Interval, now = Date.now()): Required<Interval> | undefined {
  if (!from) return undefined;
  const length = (to?.getTime() ?? now) - from.getTime();
  return length > 0 ? { from: new Date(from.getTime() - length), to: new Date(from.getTime() - 1) } : undefined;
}

export const figuresQuery = (choice: Choice) =>
  queryOptions({
    queryKey: [choice.tab, 'figures', choice],
    queryFn: async ({ signal }) => {
      const times = interval(choice);
      const before = periodBefore(times);
      const ask = async (of: Interval) =>
        figuresOf(choice.tab, (await get<{ stats: Stat[] }>(`${PATHS[choice.tab]}/stats`, parameters(choice, of), signal)).stats);
      const current = await ask(times);
      return { current, before: before && (await ask(before)) };
    },
    placeholderData: keepPreviousData,
  });

// Counts over time. Up to SAMPLE_MAX rows are counted here, by the second if need be; more of them by the server, by the hour, day
// or week, which knows nothing of a text that is searched for: then the newest rows stand for all, and `partial` says so.
export interface Histogram {
  times: number[]; // ms
  step: number;
  counts: number[];
  errors: number[] | undefined; // threads have none
  partial: boolean;
}
export const SAMPLE_MAX = 2000;
// In less time than this, hours are too coarse.
const COUNTED_MIN_MS = 12 * HOUR_MS;
const BINS_MAX = 72;
const SECOND = 1000;
const STEPS = [1, 5, 15, 30, 60, 300, 600, 900, 1800, 3600, 10_800, 21_600, 43_200, 86_400, 604_800, 2_592_000].map((seconds) => seconds * SECOND);

export function binned(rows: { at: number; failed: boolean }[], from: number, to: number): Omit<Histogram, 'partial'> {
  const step = STEPS.find((one) => (to - from) / one <= BINS_MAX) ?? STEPS.at(-1)!;
  const first = Math.floor(from / step) * step;
  const length = Math.max(1, Math.floor((to - first) / step) + 1);
  const counts = new Array<number>(length).fill(0);
  const errors = new Array<number>(length).fill(0);
  for (const { at, failed } of rows) {
    const bin = Math.floor((at - first) / step);
    if (bin < 0 || bin >= length) continue;
    ++counts[bin]!;
    if (failed) ++errors[bin]!;
  }
  return { times: counts.map((_, bin) => first + bin * step), step, counts, errors };
}

const PAYLOADS = ['input', 'output', 'metadata', 'tags', 'usage', 'feedback_scores', 'comments'];
const timeOf = (row: Entry) => Date.parse(row.start_time);

async function counted(choice: Choice, from: Date, to: Date, signal: AbortSignal): Promise<Histogram> {
  const { interval, step } = intervalFor(from, to);
  const kind = choice.tab.slice(0, -1);
  const ask = async (metric_type: string) =>
    (await askMetric(choice.projectId, { metric_type, interval, interval_start: from.toISOString(), interval_end: to.toISOString(), [`${kind}_filters`]: choice.filter }, signal))[0]?.data ?? [];
  const data = await ask(`${kind.toUpperCase()}_COUNT`);
  const counts = data.map((point) => point.value ?? 0);
  const rates = choice.tab === 'threads' ? undefined : await ask(`${kind.toUpperCase()}_ERROR_RATE`);
  return {
    times: data.map((point) => Date.parse(point.time)),
    step,
    counts,
    errors: rates && counts.map((value, index) => Math.round((value * (rates[index]?.value ?? 0)) / 100)),
    partial: false,
  };
}

export const histogramQuery = (choice: Choice, total: number) =>
  queryOptions({
    queryKey: [choice.tab, 'histogram', choice, total > SAMPLE_MAX],
    queryFn: async ({ signal }): Promise<Histogram> => {
      const times = interval(choice);
      const to = times.to ?? new Date();
      if (total > SAMPLE_MAX && !choice.find) {
        const from = times.from ?? new Date((await listPage<Entry>(choice, 1, 1, { sort: 'start_time', exclude: PAYLOADS }, signal)).content[0]!.start_time);
        if (to.getTime() - from.getTime() > COUNTED_MIN_MS) return await counted(choice, from, to, signal);
      }
      const page = await listPage<Entry>(choice, 1, SAMPLE_MAX, { exclude: choice.tab === 'threads' ? [] : PAYLOADS, truncate: true }, signal);
      const rows = page.content.map((row) => ({ at: timeOf(row), failed: row.error_info !== undefined })).filter((row) => !Number.isNaN(row.at));
      const oldest = rows.reduce((least, row) => Math.min(least, row.at), to.getTime());
      const newest = rows.reduce((most, row) => Math.max(most, row.at), oldest);
      const partial = page.total > rows.length;
      const histogram = binned(rows, partial ? oldest : (times.from?.getTime() ?? oldest), times.from || times.to ? to.getTime() : newest);
      return { ...histogram, errors: choice.tab === 'threads' ? undefined : histogram.errors, partial };
    },
    placeholderData: keepPreviousData,
  });
