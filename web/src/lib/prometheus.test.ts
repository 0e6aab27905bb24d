import { expect, it } from 'vitest';
import { labelOf, parseMetrics } from './prometheus';

it('reads counters by name and label', () => {
  const text = '# HELP a what\n# TYPE a counter\na{of="x"} 12\na{of="y z"} 1.5e3\nb 0\nbuild_info{version="0.1.0"} 1\n';
  const value = parseMetrics(text);
  expect([value('a', 'x'), value('a', 'y z'), value('b'), value('c')]).toEqual([12, 1500, 0, undefined]);
  expect(labelOf(text, 'build_info')).toBe('0.1.0');
});
