import { describe, expect, it } from 'vitest';
import { messageOf, url } from './client';
import { takeLines } from './ndjson';

describe('messages of errors', () => {
  it.each([
    [400, '{"errors":["a","b"]}', 'a; b'],
    [400, '{"errors":["x"],"rejected":[0],"stored":3}', 'x'],
    [404, '{"code":404,"message":"Trace id: 7 not found"}', 'Trace id: 7 not found'],
    [429, '', 'The server is busy. Try again in a moment.'],
    [502, '<html>', 'The server failed (502). Its log says more.'],
    [418, '{}', 'The server answered 418.'],
  ])('%s %s', (status, text, message) => expect(messageOf(status, text)).toBe(message));
});

it('leaves out of a URL what is not set', () =>
  expect(url('/v1/x', { a: 1, b: undefined, c: '', d: 'ä&' })).toBe('/api/v1/x?a=1&d=%C3%A4%26'));

it('takes lines off a stream, whatever the pieces', () => {
  expect(takeLines('{"a":1}\r\n{"b":2}\r\n{"c"')).toEqual({ lines: ['{"a":1}', '{"b":2}'], rest: '{"c"' });
  expect(takeLines('')).toEqual({ lines: [], rest: '' });
});
