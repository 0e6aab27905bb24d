import { expect, it } from 'vitest';
import { toCsv } from './export';

it('makes a column for each member, and nothing that a spreadsheet runs', () => {
  const rows = [
    { id: '1', name: 'a "b", c', usage: { total_tokens: 5 }, feedback_scores: [{ name: 'ok', value: -1 }], tags: ['x', 'y'] },
    { id: '2', name: '=HYPERLINK("x")', input: { q: 'ä\nö' }, output: null },
  ];
  expect(toCsv(rows)).toBe(
    'id,name,usage.total_tokens,feedback_scores.ok,tags,input\r\n' +
      '1,"a ""b"", c",5,-1,"[""x"",""y""]",\r\n' +
      '2,"\'=HYPERLINK(""x"")",,,,"{""q"":""ä\\nö""}"\r\n',
  );
  expect(toCsv([])).toBe('\r\n');
});
