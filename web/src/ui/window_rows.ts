// Rows of a long list that the server gives by pages: only the pages in sight are asked for, and kept for a while after.
//
//   const rows = useWindowRows({ key: ['traces', 'list', search], fetch: (page, size, signal) => get(…) });
//   rows.at(81_234);  // undefined while its page is on the way
//
// `key` names everything that the list depends on; when it changes, the old rows stay until the first page of the new ones is there.

import { keepPreviousData, useQueries, useQuery } from '@tanstack/react-query';
import { useCallback, useEffect, useMemo, useState } from 'react';
import type { Page } from '@/api/types';

export const WINDOW_SIZE = 100;
const AHEAD = 50; // rows beyond those in sight that are asked for, so that they come in one by one with the scrolling and not all at once
const REST_MS = 60; // a page that is passed faster is not asked for: the server would still be at it when the last one is wanted

export interface WindowRows<T> {
  total: number;
  at: (index: number) => T | undefined;
  show: (first: number, last: number) => void; // what is in sight
  loading: boolean; // nothing is known yet
  stale: boolean; // rows of the list before are shown
  error: unknown; // of the first page
  retry: () => void;
}

export function useWindowRows<T>(list: {
  key: readonly unknown[];
  fetch: (page: number, size: number, signal: AbortSignal) => Promise<Page<T>>;
  enabled?: boolean;
}): WindowRows<T> {
  const [sight, setSight] = useState({ first: 1, last: 1 }); // pages
  const [asked, setAsked] = useState<readonly number[]>([]);
  const query = (page: number) => ({
    queryKey: [...list.key, { page, size: WINDOW_SIZE }],
    queryFn: ({ signal }: { signal: AbortSignal }) => list.fetch(page, WINDOW_SIZE, signal),
    staleTime: 30_000,
    enabled: list.enabled ?? true,
  });
  const head = useQuery({ ...query(1), placeholderData: keepPreviousData });
  const wanted = useMemo(() => {
    const pages: number[] = [];
    for (let page = sight.first; page <= sight.last; ++page) if (page > 1) pages.push(page);
    return pages;
  }, [sight]);
  useEffect(() => {
    const timer = window.setTimeout(() => setAsked(wanted), REST_MS);
    return () => clearTimeout(timer);
  }, [wanted]);
  const others = useQueries({ queries: wanted.map((page) => ({ ...query(page), enabled: (list.enabled ?? true) && asked.includes(page) })) });

  const total = head.data?.total ?? 0;
  const show = useCallback(
    (first: number, last: number) => {
      const pageOf = (row: number) => Math.floor(Math.min(Math.max(0, row), Math.max(0, total - 1)) / WINDOW_SIZE) + 1;
      const next = { first: pageOf(first - AHEAD), last: pageOf(last + AHEAD) };
      setSight((old) => (old.first === next.first && old.last === next.last ? old : next));
    },
    [total],
  );
  return {
    total,
    at: (index) => {
      const page = Math.floor(index / WINDOW_SIZE) + 1;
      const content = page === 1 ? head.data?.content : others[wanted.indexOf(page)]?.data?.content;
      return content?.[index % WINDOW_SIZE];
    },
    show,
    loading: head.isPending,
    stale: head.isPlaceholderData,
    error: head.error,
    retry: () => void head.refetch(),
  };
}
