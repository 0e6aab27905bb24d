// A JSON value as the lines that are shown of it. Pure.

export interface Line {
  path: string; // names it while the value stays the same
  depth: number;
  key?: string;
  kind: 'string' | 'number' | 'word' | 'open' | 'close';
  text: string;
  open?: boolean; // of "open" lines: what is inside is shown
}

// Deeper objects and longer lists begin folded.
const OPEN_DEPTH = 2;
const OPEN_ITEMS = 100;
// Longer strings are cut on screen; copying gives the whole.
export const STRING_SHOWN_MAX = 10_000;

export const foldable = (line: Line) => line.kind === 'open' && line.open !== undefined;

// `toggled`: paths whose state is not the one they begin with.
export function linesOf(value: unknown, toggled: ReadonlySet<string>): Line[] {
  const lines: Line[] = [];
  add(lines, value, '$', 0, undefined, toggled);
  return lines;
}

function add(lines: Line[], value: unknown, path: string, depth: number, key: string | undefined, toggled: ReadonlySet<string>) {
  if (typeof value !== 'object' || value === null) {
    lines.push({ path, depth, key, ...scalar(value) });
    return;
  }
  const isList = Array.isArray(value);
  const entries: [string, unknown][] = isList ? value.map((item, index) => [String(index), item]) : Object.entries(value);
  const [before, after] = isList ? ['[', ']'] : ['{', '}'];
  if (entries.length === 0) {
    lines.push({ path, depth, key, kind: 'open', text: before + after });
    return;
  }
  const open = toggled.has(path) !== (depth < OPEN_DEPTH && entries.length <= OPEN_ITEMS);
  const what = isList ? (entries.length === 1 ? 'item' : 'items') : entries.length === 1 ? 'member' : 'members';
  lines.push({ path, depth, key, kind: 'open', text: open ? before : `${before} ${entries.length} ${what} ${after}`, open });
  if (!open) return;
  for (const [name, item] of entries) add(lines, item, `${path}/${name}`, depth + 1, name, toggled);
  lines.push({ path: `${path}/`, depth, kind: 'close', text: after });
}

function scalar(value: unknown): Pick<Line, 'kind' | 'text'> {
  if (typeof value === 'string') {
    const cut = value.length > STRING_SHOWN_MAX ? `${value.slice(0, STRING_SHOWN_MAX)}…` : value;
    return { kind: 'string', text: JSON.stringify(cut) };
  }
  return { kind: typeof value === 'number' ? 'number' : 'word', text: String(value) };
}
