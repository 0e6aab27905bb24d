// Goal: a tree has every span once, in the order of time, whatever was lost or is wrong; rows, matches and the critical path are what a
// reader would point at. Method: small traces by hand, printed.

import { describe, expect, it } from 'vitest';
import type { Span, Trace } from '@/api/types';
import { criticalPath, matching, rowsOf, ticksOf, treeOf } from './tree';

const at = (ms: number) => new Date(1_700_000_000_000 + ms).toISOString();
const trace = (end?: number): Trace => ({ id: 't', project_id: 'p', name: 'trace', start_time: at(0), end_time: end === undefined ? undefined : at(end) });
const span = (id: string, parent: string | undefined, start: number, end?: number, more: Partial<Span> = {}): Span => ({
  id,
  name: id,
  project_id: 'p',
  trace_id: 't',
  parent_span_id: parent,
  start_time: at(start),
  end_time: end === undefined ? undefined : at(end),
  ...more,
});
const print = (nodes: { depth: number; id: string }[]) => nodes.map((node) => '  '.repeat(node.depth) + node.id).join('\n');

describe('tree', () => {
  it('hangs spans below their parents in the order of time', () => {
    const tree = treeOf(trace(100), [span('b', undefined, 50, 90), span('a2', 'a', 30, 40), span('a', undefined, 0, 45), span('a1', 'a', 5, 20)]);
    expect(print(tree.nodes)).toBe('t\n  a\n    a1\n    a2\n  b');
    expect(tree.end).toBe(100);
    expect(tree.root.size).toBe(4);
  });
  it('keeps what has lost its parent, and what says it is its own', () => {
    const tree = treeOf(trace(10), [span('x', 'gone', 1, 2), span('y', 'y', 2, 3), span('c', 'd', 3, 4), span('d', 'c', 4, 5)]);
    expect(tree.nodes.map((node) => node.id).sort()).toEqual(['c', 'd', 't', 'x', 'y']);
    expect(tree.byId.get('x')!.lost).toBe(true);
    expect(tree.byId.get('y')!.lost).toBe(true);
  });
  it('lets what is still running last to the end of what is known', () => {
    const tree = treeOf(trace(), [span('a', undefined, 10), span('b', undefined, 20, 80)]);
    expect(tree.byId.get('a')).toMatchObject({ end: 80, running: true });
  });
  it('takes a chain of 15,000', () => {
    const chain = Array.from({ length: 15_000 }, (_, i) => span(`s${i}`, i ? `s${i - 1}` : undefined, i, 20_000));
    expect(treeOf(trace(20_000), chain).nodes.length).toBe(15_001);
  });
});

describe('rows', () => {
  const tree = treeOf(trace(100), [span('a', undefined, 0, 45), span('a1', 'a', 5, 20, { type: 'llm', model: 'gpt-4o' }), span('b', undefined, 50, 90, { error_info: { message: 'timed out' } })]);
  it('leaves out what is folded', () => expect(print(rowsOf(tree, { folded: new Set(['a']) }))).toBe('t\n  a\n  b'));
  it('shows matches and what leads to them, folded or not', () => {
    expect(print(rowsOf(tree, { folded: new Set(['a']), matches: matching(tree, { text: 'GPT' }) }))).toBe('t\n  a\n    a1');
    expect([...matching(tree, { errorsOnly: true })!]).toEqual(['b']);
    expect([...matching(tree, { types: new Set(['llm']) })!]).toEqual(['a1']);
    expect(matching(tree, { text: ' ' })).toBeUndefined();
  });
});

it('the critical path is what the end waited for', () => {
  const tree = treeOf(trace(100), [span('quick', undefined, 0, 30), span('slow', undefined, 0, 60), span('last', undefined, 60, 100), span('in', 'last', 70, 95)]);
  expect([...criticalPath(tree)].sort()).toEqual(['in', 'last', 'slow', 't']);
});

it('ticks go in steps of 1, 2 or 5', () => {
  expect(ticksOf(100, 5)).toEqual([0, 20, 40, 60, 80, 100]);
  expect(ticksOf(0.9, 4)).toEqual([0, 0.5]);
});
