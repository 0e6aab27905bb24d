// Numbers and times as people read them: with a unit, three figures, no more than needed. Nothing known is "–".

export const NOTHING = '–';

// Made once: to make one takes longer than to draw a row of a table.
const fixed = [0, 1, 2].map((digits) => new Intl.NumberFormat('en-US', { maximumFractionDigits: digits, minimumFractionDigits: digits }));
const upTo = [0, 1, 2, 3].map((digits) => new Intl.NumberFormat('en-US', { maximumFractionDigits: digits }));
const day = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', year: 'numeric' });
const clock = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', second: '2-digit', hour12: false });

const figures = (value: number, digits: 0 | 1 | 2) => fixed[digits]!.format(value);

// Three figures: 1.24, 12.4, 124.
function three(value: number): string {
  const size = Math.abs(value);
  return figures(value, size < 9.995 ? 2 : size < 99.95 ? 1 : 0);
}

// Milliseconds as "840 µs", "12.4 ms", "1.24 s", "2 m 05 s", "3 h 07 m".
export function duration(ms: number | null | undefined): string {
  if (ms == null || !Number.isFinite(ms)) return NOTHING;
  if (ms < 0) return `-${duration(-ms)}`;
  if (ms === 0) return '0 ms';
  if (ms < 0.9995) return `${Math.round(ms * 1000)} µs`;
  if (ms < 999.5) return `${three(ms)} ms`;
  if (ms < 59_995) return `${three(ms / 1000)} s`;
  const seconds = Math.round(ms / 1000);
  const pad = (value: number) => String(value).padStart(2, '0');
  if (seconds < 3600) return `${Math.floor(seconds / 60)} m ${pad(seconds % 60)} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 24 * 60) return `${Math.floor(minutes / 60)} h ${pad(minutes % 60)} m`;
  const hours = Math.round(minutes / 60);
  return `${Math.floor(hours / 24)} d ${pad(hours % 24)} h`;
}

// Minutes of an ISO 8601 duration of days, hours, minutes and seconds: "PT1H30M" is 90. Nothing if it is none.
export function minutesOf(iso: string | undefined): number | undefined {
  const parts = /^P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?$/.exec(iso ?? '')?.slice(1);
  return parts && [1440, 60, 1, 1 / 60].reduce((sum, unit, at) => sum + unit * Number(parts[at] ?? 0), 0);
}

// "840", "3.4k", "12.4M": whole below a thousand.
export function count(value: number | null | undefined): string {
  if (value == null || !Number.isFinite(value)) return NOTHING;
  const size = Math.abs(value);
  for (const [unit, name] of [[1e9, 'B'], [1e6, 'M'], [1e3, 'k']] as const) {
    if (size < unit * 0.9995) continue;
    const short = size / unit < 99.95 ? Math.round((value / unit) * 10) / 10 : Math.round(value / unit);
    return `${upTo[1]!.format(short)}${name}`;
  }
  return upTo[size < 10 ? 2 : 0]!.format(value);
}

export function tokens(value: number | null | undefined): string {
  return value == null ? NOTHING : `${count(value)} ${value === 1 ? 'token' : 'tokens'}`;
}

// Dollars: "$0", "<$0.0001", "$0.0021", "$1.24", "$12.4k".
export function cost(value: number | null | undefined): string {
  if (value == null || !Number.isFinite(value)) return NOTHING;
  if (value === 0) return '$0';
  if (value < 0) return `-${cost(-value)}`;
  if (value < 0.0001) return '<$0.0001';
  if (value < 0.01) return `$${value.toFixed(4)}`;
  if (value < 0.9995) return `$${value.toFixed(3)}`;
  return value < 9999.5 ? `$${figures(value, value < 999.5 ? 2 : 0)}` : `$${count(value)}`;
}

// A share of 1: "0 %", "<0.1 %", "2.4 %", "37 %".
export function percent(share: number | null | undefined): string {
  if (share == null || !Number.isFinite(share)) return NOTHING;
  const value = share * 100;
  if (value === 0) return '0 %';
  if (value > 0 && value < 0.1) return '<0.1 %';
  return `${figures(value, Math.abs(value) < 9.95 ? 1 : 0)} %`;
}

export function bytes(value: number | null | undefined): string {
  if (value == null || !Number.isFinite(value)) return NOTHING;
  for (const [unit, name] of [[2 ** 40, 'TiB'], [2 ** 30, 'GiB'], [2 ** 20, 'MiB'], [2 ** 10, 'KiB']] as const) {
    if (value >= unit) return `${three(value / unit)} ${name}`;
  }
  return `${value} B`;
}

// A score: at most three decimals, none that are zero.
export function score(value: number): string {
  return upTo[3]!.format(value);
}

// "just now", "42 s ago", "5 m ago", "3 h ago", "2 d ago"; older than a month: "14 Mar 2026".
export function ago(at: string | number | Date | null | undefined, now: number = Date.now()): string {
  if (at == null) return NOTHING;
  const then = new Date(at);
  const seconds = (now - then.getTime()) / 1000;
  if (!Number.isFinite(seconds)) return NOTHING;
  if (seconds < -60) return exact(then);
  if (seconds < 5) return 'just now';
  if (seconds < 60) return `${Math.floor(seconds)} s ago`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} m ago`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3600)} h ago`;
  if (seconds < 31 * 86_400) return `${Math.floor(seconds / 86_400)} d ago`;
  return day.format(then);
}

// "29 Nov 2026, 22:55:08.123" in the time zone of the browser.
export function exact(at: string | number | Date | null | undefined): string {
  if (at == null) return NOTHING;
  const then = new Date(at);
  if (Number.isNaN(then.getTime())) return NOTHING;
  return `${day.format(then)}, ${clock.format(then)}.${String(then.getMilliseconds()).padStart(3, '0')}`;
}

// The first line of a payload, as text: strings as they are, anything else as compact JSON.
export function preview(value: unknown, length = 200): string {
  if (value == null) return '';
  let text: string;
  if (typeof value === 'string') text = value;
  else {
    const entries = typeof value === 'object' && !Array.isArray(value) ? Object.entries(value as object) : [];
    text = entries.length === 1 && typeof entries[0]![1] === 'string' ? (entries[0]![1] as string) : JSON.stringify(value);
  }
  return text.slice(0, length).replace(/\s+/g, ' ');
}
