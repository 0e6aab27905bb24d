// The spans of a trace as a tree in the order of time, and as the rows that are shown of it. Pure.
//
//   const tree = treeOf(trace, spans);
//   const rows = rowsOf(tree, { folded, matches: matching(tree, { text, types, errorsOnly }) });

import type { Span, SpanType, Trace } from '@/api/types';

export interface Node {
  id: string;
  span?: Span; // none: the trace itself
  type: SpanType | 'trace';
  name: string;
  start: number; // milliseconds since the trace began
  end: number; // of what is still running: the end of what is known
  running: boolean;
  failed: boolean;
  tokens?: number;
  cost?: number;
  parent?: Node;
  children: Node[];
  depth: number;
  size: number; // nodes below it
  lost: boolean; // its parent was never logged
}

export interface Tree {
  root: Node;
  byId: Map<string, Node>;
  nodes: Node[]; // depth first
  end: number; // milliseconds, greater than 0
}

export function tokensOf(usage: Record<string, number> | undefined): number | undefined {
  if (!usage) return undefined;
  return usage.total_tokens ?? (usage.prompt_tokens !== undefined || usage.completion_tokens !== undefined ? (usage.prompt_tokens ?? 0) + (usage.completion_tokens ?? 0) : undefined);
}

export function treeOf(trace: Trace, spans: Span[]): Tree {
  const times = [trace, ...spans].flatMap((one) => [Date.parse(one.start_time), one.end_time ? Date.parse(one.end_time) : NaN]).filter(Number.isFinite);
  const begin = times.reduce((least, time) => Math.min(least, time), Infinity);
  const last = times.reduce((most, time) => Math.max(most, time), -Infinity) - begin;
  const node = (one: Trace | Span, span: Span | undefined): Node => {
    const start = Date.parse(one.start_time) - begin;
    const end = one.end_time ? Date.parse(one.end_time) - begin : one.duration !== undefined ? start + one.duration : undefined;
    return {
      id: one.id,
      span,
      type: span ? (span.type ?? 'general') : 'trace',
      name: one.name ?? (span ? 'Span' : 'Trace'),
      start,
      end: Math.max(start, end ?? last),
      running: end === undefined,
      failed: one.error_info !== undefined,
      tokens: tokensOf(one.usage),
      cost: one.total_estimated_cost,
      children: [],
      depth: 0,
      size: 0,
      lost: false,
    };
  };
  const root = node(trace, undefined);
  const byId = new Map<string, Node>([[root.id, root]]);
  for (const span of spans) byId.set(span.id, node(span, span));
  for (const one of byId.values()) if (one !== root) hang(one, one.span!.parent_span_id ? byId.get(one.span!.parent_span_id) : root, root);
  let nodes = depthFirst(root);
  // Spans that name each other as parents are below nothing: one of each such circle goes to the trace.
  while (nodes.length < byId.size) {
    const reached = new Set(nodes);
    const one = [...byId.values()].find((node) => !reached.has(node))!;
    one.parent!.children.splice(one.parent!.children.indexOf(one), 1);
    hang(one, undefined, root);
    nodes = depthFirst(root);
  }
  for (let i = nodes.length - 1; i > 0; --i) nodes[i]!.parent!.size += nodes[i]!.size + 1;
  return { root, byId, nodes, end: Math.max(last, 0.001) };
}

function hang(one: Node, parent: Node | undefined, root: Node) {
  one.lost = parent === undefined;
  one.parent = parent ?? root;
  one.parent.children.push(one);
}

// Without recursion: a chain of 15,000 spans is a tree as well.
function depthFirst(root: Node): Node[] {
  const nodes: Node[] = [];
  const stack: Node[] = [root];
  while (stack.length > 0) {
    const one = stack.pop()!;
    nodes.push(one);
    one.children.sort((a, b) => a.start - b.start || (a.id < b.id ? -1 : 1));
    for (let i = one.children.length - 1; i >= 0; --i) {
      const child = one.children[i]!;
      child.depth = one.depth + 1;
      stack.push(child);
    }
  }
  return nodes;
}

export interface NodeFilter {
  text?: string;
  types?: ReadonlySet<string>; // of spans; empty: all
  errorsOnly?: boolean;
}

// The ids that match; nothing if the filter says nothing.
export function matching(tree: Tree, filter: NodeFilter): Set<string> | undefined {
  const text = filter.text?.trim().toLowerCase() ?? '';
  const types = filter.types?.size ? filter.types : undefined;
  if (text === '' && !types && !filter.errorsOnly) return undefined;
  const matches = new Set<string>();
  for (const node of tree.nodes) {
    if (types && !types.has(node.type)) continue;
    if (filter.errorsOnly && !node.failed) continue;
    if (text !== '' && !wordsOf(node).some((word) => word.toLowerCase().includes(text))) continue;
    matches.add(node.id);
  }
  return matches;
}

const wordsOf = ({ name, id, span }: Node): string[] =>
  [name, id, span?.model, span?.provider, span?.error_info?.exception_type, span?.error_info?.message, ...(span?.tags ?? [])].filter((word) => word !== undefined);

// What is shown: everything that is not below something folded; with matches, those and what leads to them, folded or not.
export function rowsOf(tree: Tree, { folded, matches }: { folded: ReadonlySet<string>; matches?: ReadonlySet<string> }): Node[] {
  if (!matches) {
    const rows: Node[] = [];
    for (let i = 0; i < tree.nodes.length; ++i) {
      const node = tree.nodes[i]!;
      rows.push(node);
      if (folded.has(node.id)) i += node.size;
    }
    return rows;
  }
  const leads = new Set<Node>();
  for (const id of matches) for (let up = tree.byId.get(id); up && !leads.has(up); up = up.parent) leads.add(up);
  return tree.nodes.filter((node) => leads.has(node));
}

// The chain that the trace had to wait for: of each node the children that, one after the other from its end backwards, leave the
// least gap; time in which two ran side by side is the later one's.
export function criticalPath(tree: Tree): Set<string> {
  const path = new Set<string>();
  const stack = [tree.root];
  while (stack.length > 0) {
    const node = stack.pop()!;
    path.add(node.id);
    let until = node.end;
    const byEnd = [...node.children].sort((a, b) => b.end - a.end || b.start - a.start);
    for (const child of byEnd) {
      if (child.end > until || (child.start >= until && until !== node.end)) continue;
      stack.push(child);
      until = child.start;
    }
  }
  return path;
}

// Times for the ruler above the bars, in steps of 1, 2 or 5.
export function ticksOf(end: number, most: number): number[] {
  const rough = end / Math.max(1, most);
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((n) => n * power).find((n) => n >= rough)!;
  const ticks: number[] = [];
  for (let i = 0; i * step <= end; ++i) ticks.push(i * step);
  return ticks;
}
