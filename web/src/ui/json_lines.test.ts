import { expect, it } from 'vitest';
import { linesOf } from './json_lines';

const shown = (value: unknown, toggled: string[] = []) =>
  linesOf(value, new Set(toggled)).map((line) => `${'  '.repeat(line.depth)}${line.key === undefined ? '' : `${line.key}: `}${line.text}`);

it('opens two levels', () =>
  expect(shown({ a: { b: { c: 1 } }, d: [] })).toEqual(['{', '  a: {', '    b: { 1 member }', '  }', '  d: []', '}']));
it('folds and unfolds by path', () => {
  expect(shown({ a: { b: 1 } }, ['$/a'])).toEqual(['{', '  a: { 1 member }', '}']);
  expect(shown({ a: { b: { c: 1 } } }, ['$/a/b'])).toContain('      c: 1');
});
it('begins with long lists folded', () => expect(shown(Array(101).fill(0))).toEqual(['[ 101 items ]']));
it('shows markup as text', () => expect(shown('<b>')).toEqual(['"<b>"']));
