import { describe, expect, it } from 'vitest';
import { binned, figuresOf, periodBefore } from './list';

it('counts rows by time, in steps that people know', () => {
  const minute = 60_000;
  const rows = [{ at: 0, failed: false }, { at: 61_000, failed: true }, { at: 62_000, failed: false }, { at: 200 * minute, failed: true }];
  expect(binned(rows, 0, 5 * minute)).toEqual({
    times: Array.from({ length: 61 }, (_, bin) => bin * 5000),
    step: 5000,
    counts: Array.from({ length: 61 }, (_, bin) => (bin === 0 ? 1 : bin === 12 ? 2 : 0)),
    errors: Array.from({ length: 61 }, (_, bin) => (bin === 12 ? 1 : 0)),
  });
  expect(binned([], 30, 30)).toEqual({ times: [0], step: 1000, counts: [0], errors: [0] });
});

describe('figures', () => {
  it('are found by name', () =>
    expect(figuresOf('spans', [{ name: 'span_count', value: 7 }, { name: 'duration', value: { p50: 1, p90: 2, p99: 3 } }, { name: 'error_count', value: 2 }])).toEqual({
      count: 7, errors: 2, duration: { p50: 1, p90: 2, p99: 3 }, tokens: undefined, cost: undefined,
    }));
  it('of the period before end where this one begins', () => {
    expect(periodBefore({ from: new Date(100) }, 150)).toEqual({ from: new Date(50), to: new Date(99) });
    expect(periodBefore({ from: new Date(100), to: new Date(120) })).toEqual({ from: new Date(80), to: new Date(99) });
    expect(periodBefore({ to: new Date(120) })).toBeUndefined();
  });
});
