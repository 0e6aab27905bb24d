import { describe, expect, it } from 'vitest';
import { ago, bytes, cost, count, duration, exact, minutesOf, percent, preview, score, tokens } from './format';

// Each: what goes in, what comes out.
const table = <T,>(name: string, format: (value: T) => string, cases: [T, string][]) =>
  describe(name, () => it.each(cases)('%s', (value, shown) => expect(format(value)).toBe(shown)));

table<number | null>('duration', duration, [
  [null, '–'], [0, '0 ms'], [0.84, '840 µs'], [1, '1.00 ms'], [12.44, '12.4 ms'], [999.4, '999 ms'], [999.6, '1.00 s'], [1240, '1.24 s'],
  [59_994, '60.0 s'], [60_000, '1 m 00 s'], [125_000, '2 m 05 s'], [3_599_600, '1 h 00 m'], [11_220_000, '3 h 07 m'], [183_600_000, '2 d 03 h'], [-5, '-5.00 ms'], [Infinity, '–'],
]);
table<number | null>('count', count, [
  [null, '–'], [0, '0'], [840, '840'], [999, '999'], [1000, '1k'], [3400, '3.4k'], [99_940, '99.9k'], [999_400, '999k'], [999_900, '1M'], [12_400_000, '12.4M'], [2.5, '2.5'], [7e9, '7B'],
]);
table<number | null>('tokens', tokens, [[1, '1 token'], [3400, '3.4k tokens'], [null, '–']]);
table<number | null>('cost', cost, [
  [null, '–'], [0, '$0'], [0.00004, '<$0.0001'], [0.0021, '$0.0021'], [0.0214, '$0.021'], [1.239, '$1.24'], [1234, '$1,234'], [12_400, '$12.4k'], [-1, '-$1.00'],
]);
table<number | null>('percent', percent, [[0, '0 %'], [0.0004, '<0.1 %'], [0.0241, '2.4 %'], [0.374, '37 %'], [1, '100 %'], [-0.05, '-5.0 %'], [NaN, '–']]);
table<number | null>('bytes', bytes, [[12, '12 B'], [1536, '1.50 KiB'], [5 * 2 ** 30, '5.00 GiB']]);
table<string | undefined>('minutes', (iso) => String(minutesOf(iso)), [['PT1H30M', '90'], ['P1DT30S', '1440.5'], ['90', 'undefined'], [undefined, 'undefined']]);
table<number>('score', score, [[1, '1'], [0.12345, '0.123'], [-2.5, '-2.5']]);

describe('times', () => {
  const now = Date.parse('2026-11-29T12:00:00Z');
  it.each([[0, 'just now'], [42, '42 s ago'], [300, '5 m ago'], [10_800, '3 h ago'], [172_800, '2 d ago']])('%s s', (seconds, shown) =>
    expect(ago(now - seconds * 1000, now)).toBe(shown));
  it('names the day of what is old', () => expect(ago('2026-03-14T12:00:00Z', now)).toBe('14 Mar 2026'));
  it('shows exact times to the millisecond', () => expect(exact('2026-11-29T12:00:00.045Z')).toMatch(/^29 Nov 2026, \d\d:00:00\.045$/));
  it('says nothing about what is no time', () => expect([ago('x'), exact(null)]).toEqual(['–', '–']));
});

describe('preview', () => {
  it.each([[null, ''], ['a\n  b', 'a b'], [{ question: 'why?' }, 'why?'], [{ a: 1 }, '{"a":1}'], [[1, 2], '[1,2]']])('%j', (value, shown) =>
    expect(preview(value)).toBe(shown));
});
