import { describe, expect, it } from 'vitest';
import { interval, rangeLabel, rangeMs, timeSearch } from './time_range';

describe('time range', () => {
  it.each([['15m', 900_000], ['24h', 86_400_000], ['7d', 604_800_000], ['', undefined], ['x', undefined], ['24', undefined]])('%s', (text, ms) =>
    expect(rangeMs(text)).toBe(ms));
  it('takes from a URL only what is a time', () => {
    expect(timeSearch({ range: '24h', from: '2026-01-01' })).toEqual({ range: '24h' });
    expect(timeSearch({ range: 5, from: '2026-01-01', to: '<b>' })).toEqual({ from: '2026-01-01' });
  });
  it('counts from now', () => expect(interval({ range: '1h' }, 3_600_000).from?.getTime()).toBe(0));
  it('has a name', () => {
    expect(rangeLabel({})).toBe('All time');
    expect(rangeLabel({ range: '7d' })).toBe('Last 7 days');
    expect(rangeLabel({ range: '3d' })).toBe('Last 3d');
  });
});
