import { describe, expect, it } from 'vitest';
import { complete, parse, place, print } from './oql';

describe('the query language', () => {
  it('becomes conditions', () => {
    expect(parse('name contains "it\'s ""so""" AND duration>2e3 and metadata."user id" = \'u\' and error_info is_not_empty and type in ("llm", "tool")')).toEqual({
      conditions: [
        { field: 'name', operator: 'contains', value: 'it\'s "so"' },
        { field: 'duration', operator: '>', value: '2e3' },
        { field: 'metadata.user id', operator: '=', value: 'u' },
        { field: 'error_info', operator: 'is_not_empty', value: '' },
        { field: 'type', operator: 'in', value: 'llm, tool' },
      ],
    });
    expect(parse('  ')).toEqual({ conditions: [] });
  });
  it('survives the way to text and back', () => {
    for (const text of ['name contains "a ""b"""', 'metadata."user id" >= 0.5', 'type in ("llm", "tool") and tags is_empty', 'name = "007x"']) {
      expect(print(parse(text).conditions)).toBe(text);
    }
  });
  it.each([
    ['name', 4, 'an operator'],
    ['name like "x"', 5, 'an operator'],
    ['name = x', 7, 'a text in quotes or a number'],
    ['name = "x', 7, 'a text in quotes or a number'],
    ['name = "x" or', 11, '"and"'],
    ['name = "x" and ', 15, 'a field'],
    ['type in "llm"', 8, '('],
    ['metadata. = 1', 9, 'a key'],
  ])('%s is wrong at %i', (text, at, expected) => expect(parse(text).error).toEqual({ at, expected }));
});

describe('completion', () => {
  const texts = (text: string) => complete('spans', text).options.map((one) => one.text);
  it('offers fields, operators, choices and "and"', () => {
    expect(texts('na')).toEqual(['name ']);
    expect(texts('duration > 5 and mod')).toEqual(['model ']);
    expect(texts('duration ')).toEqual(['> ', '>= ', '< ', '<= ', '= ', '!= ']);
    expect(texts('error_info is_n')).toEqual(['is_not_empty ']);
    expect(texts('type = ')).toEqual(['"general"', '"llm"', '"tool"', '"guardrail"']);
    expect(texts('type in ("llm", "t')).toEqual(['"tool"']);
    expect(texts('duration > 5 ')).toEqual(['and ']);
    expect(texts('duration > 5')).toEqual([]);
  });
  it('says where its text belongs', () => expect(complete('traces', 'name = "x" and du').from).toBe(15));
});

it('finds the place of an error, told in bytes', () => {
  expect(place('name = "ä" or', 'Invalid filters query parameter \'name = "ä" or\': at byte 12: expected "and", found \'or\'')).toEqual({ at: 11, says: 'expected "and", found \'or\'' });
  expect(place('x', 'The server is busy.')).toBeUndefined();
});
