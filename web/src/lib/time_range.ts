// The time range of a page: in the URL as `range=24h` or, exact, as `from=…&to=…` (ISO). Nothing is "all time".

export interface TimeSearch {
  range?: string;
  from?: string;
  to?: string;
}
export interface Interval {
  from?: Date;
  to?: Date;
}

const UNITS: Record<string, number> = { m: 60_000, h: 3_600_000, d: 86_400_000 };
export const RANGES: [string, string][] = [
  ['15m', 'Last 15 minutes'],
  ['1h', 'Last hour'],
  ['6h', 'Last 6 hours'],
  ['24h', 'Last 24 hours'],
  ['7d', 'Last 7 days'],
  ['30d', 'Last 30 days'],
];

// Milliseconds of "24h"; nothing if it is no range.
export function rangeMs(range: string | undefined): number | undefined {
  const match = /^(\d{1,4})([mhd])$/.exec(range ?? '');
  return match ? Number(match[1]) * UNITS[match[2]!]! : undefined;
}

// Reads what stands in a URL; what is no time is left out.
export function timeSearch(search: Record<string, unknown>): TimeSearch {
  const iso = (value: unknown) => (typeof value === 'string' && !Number.isNaN(Date.parse(value)) ? value : undefined);
  const range = typeof search.range === 'string' && rangeMs(search.range) ? search.range : undefined;
  return { range, from: range ? undefined : iso(search.from), to: range ? undefined : iso(search.to) };
}

export function interval(search: TimeSearch, now = Date.now()): Interval {
  const ms = rangeMs(search.range);
  if (ms !== undefined) return { from: new Date(now - ms) };
  return { from: search.from ? new Date(search.from) : undefined, to: search.to ? new Date(search.to) : undefined };
}

export function rangeLabel(search: TimeSearch): string {
  if (search.range) return RANGES.find(([range]) => range === search.range)?.[1] ?? `Last ${search.range}`;
  if (!search.from && !search.to) return 'All time';
  const day = (text: string | undefined, open: string) =>
    text ? new Date(text).toLocaleString('en-GB', { day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit' }) : open;
  return `${day(search.from, 'Start')} – ${day(search.to, 'now')}`;
}
