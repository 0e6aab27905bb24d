// The state of the metrics page, as it stands in the URL.

import { timeSearch, type TimeSearch } from '@/lib/time_range';

export const ENTITIES = ['traces', 'spans', 'threads'] as const;
export type Entity = (typeof ENTITIES)[number];
export type GroupBy = 'name' | 'model' | 'provider' | 'type' | 'tags' | 'error_type';
export type Percentile = 'p50' | 'p90' | 'p99';

// By what each can be put into groups; the server refuses anything else.
export const GROUPS: Record<Entity, [GroupBy, string][]> = {
  traces: [['name', 'Name'], ['tags', 'Tag'], ['error_type', 'Error type']],
  spans: [['model', 'Model'], ['provider', 'Provider'], ['name', 'Name'], ['type', 'Type'], ['tags', 'Tag'], ['error_type', 'Error type']],
  threads: [['tags', 'Tag']],
};

export interface MetricsSearch extends TimeSearch {
  of?: Entity; // traces, if none
  by?: GroupBy;
  at?: Percentile; // of durations by group: p50, if none
  score?: string; // of scores by group: all of them, if none
}

export function metricsSearch(search: Record<string, unknown>): MetricsSearch {
  const of = ENTITIES.find((one) => one === search.of);
  return {
    ...timeSearch(search),
    of,
    by: GROUPS[of ?? 'traces'].find(([name]) => name === search.by)?.[0],
    at: (['p50', 'p90', 'p99'] as const).find((one) => one === search.at),
    score: typeof search.score === 'string' && search.score !== '' ? search.score : undefined,
  };
}
