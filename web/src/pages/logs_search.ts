// The state of the logs page, as it stands in the URL.

import { timeSearch, type TimeSearch } from '@/lib/time_range';

export const TABS = ['traces', 'spans', 'threads'] as const;
export type Tab = (typeof TABS)[number];

export interface LogsSearch extends TimeSearch {
  tab?: Tab; // traces, if none
  sort?: string; // "-duration": the longest first
  filter?: string; // in Opik's query language
  find?: string; // a text that is searched for everywhere
  live?: boolean;
}

const text = (value: unknown) => (typeof value === 'string' && value !== '' ? value : undefined);

export function logsSearch(search: Record<string, unknown>): LogsSearch {
  return {
    ...timeSearch(search),
    tab: TABS.find((one) => one === search.tab),
    sort: text(search.sort),
    filter: text(search.filter),
    // The router reads a number or a word such as true out of the address as what it looks like.
    find: search.find === undefined ? undefined : text(String(search.find)),
    live: search.live === true || undefined,
  };
}
