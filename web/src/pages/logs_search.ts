// The state of the logs page, as it stands in the URL.

import { timeSearch, type TimeSearch } from '@/lib/time_range';

export const TABS = ['traces', 'spans', 'threads'] as const;
export type Tab = (typeof TABS)[number];

export interface LogsSearch extends TimeSearch {
  tab?: Tab; // traces, if none
  sort?: string; // "-duration": the longest first
}

export function logsSearch(search: Record<string, unknown>): LogsSearch {
  const tab = TABS.find((one) => one === search.tab);
  return { ...timeSearch(search), tab, sort: typeof search.sort === 'string' ? search.sort : undefined };
}
