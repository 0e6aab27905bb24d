// Goal: what providers write is read as a conversation, and nothing else is. Method: one example of each shape.

import { describe, expect, it } from 'vitest';
import { messagesOf, previewOf, type Message } from './messages';

const print = (messages: Message[] | undefined) =>
  messages?.map((message) => `${message.role}: ${message.parts.map((part) => JSON.stringify(Object.values(part))).join(' ')}`);

describe('conversations', () => {
  it('OpenAI: text, image, call and result', () => {
    expect(
      print(
        messagesOf(
          {
            model: 'gpt-4o',
            messages: [
              { role: 'developer', content: 'Be brief.' },
              { role: 'user', content: [{ type: 'text', text: 'What is this?' }, { type: 'image_url', image_url: { url: 'data:image/png;base64,AAAA' } }] },
              { role: 'assistant', content: null, tool_calls: [{ id: '1', type: 'function', function: { name: 'look', arguments: '{"at":"picture"}' } }] },
              { role: 'tool', tool_call_id: '1', name: 'look', content: '{"seen":"a cat"}' },
            ],
          },
          'input',
        ),
      ),
    ).toEqual([
      'system: ["text","Be brief."]',
      'user: ["text","What is this?"] ["image","data:image/png;base64,AAAA"]',
      'assistant: ["call","look",{"at":"picture"}]',
      'tool: ["result","look",{"seen":"a cat"}]',
    ]);
    expect(print(messagesOf({ choices: [{ index: 0, message: { role: 'assistant', content: 'A cat.' } }] }, 'output'))).toEqual(['assistant: ["text","A cat."]']);
  });
  it('Anthropic: system beside, blocks inside', () => {
    expect(
      print(
        messagesOf(
          { system: 'Be kind.', messages: [{ role: 'user', content: 'Hi' }, { role: 'assistant', content: [{ type: 'tool_use', id: 't', name: 'find', input: { q: 1 } }] }, { role: 'user', content: [{ type: 'tool_result', tool_use_id: 't', content: 'found' }] }] },
          'input',
        ),
      ),
    ).toEqual(['system: ["text","Be kind."]', 'user: ["text","Hi"]', 'assistant: ["call","find",{"q":1}]', 'user: ["result","found"]']);
  });
  it('Gemini and LangChain', () => {
    expect(print(messagesOf({ contents: [{ role: 'user', parts: [{ text: 'Hi' }] }] }, 'input'))).toEqual(['user: ["text","Hi"]']);
    expect(print(messagesOf({ messages: [[{ type: 'human', content: 'Hi' }, { type: 'ai', content: 'Hello' }]] }, 'input'))).toEqual(['user: ["text","Hi"]', 'assistant: ["text","Hello"]']);
  });
  it('one text under a usual name', () => {
    expect(print(messagesOf({ prompt: 'Hi' }, 'input'))).toEqual(['user: ["text","Hi"]']);
    expect(print(messagesOf({ answer: 'Hello' }, 'output'))).toEqual(['assistant: ["text","Hello"]']);
  });
  it.each([[{ a: 1, b: 2 }], [[1, 2]], [null], [7], [{ messages: 'none' }], [[{ role: 'user', content: 'x' }, 7]], [{}], [[]]])('%j is none', (value) =>
    expect(messagesOf(value, 'input')).toBeUndefined(),
  );
});

describe('previewOf', () => {
  const call = { choices: [{ message: { role: 'assistant', content: null, tool_calls: [{ function: { name: 'find', arguments: '{"order":7}' } }] } }] };
  it.each<[unknown, 'input' | 'output', string]>([
    [{ model: 'm', messages: [{ role: 'system', content: 'Be brief.' }, { role: 'user', content: 'Where\nis it?' }] }, 'input', 'Where is it?'],
    [{ choices: [{ message: { role: 'assistant', content: 'There.' } }] }, 'output', 'There.'],
    [call, 'output', 'find {"order":7}'],
    [{ order: 7 }, 'input', '{"order":7}'],
    ['plain', 'input', 'plain'],
    [undefined, 'input', ''],
  ])('%j', (value, side, shown) => expect(previewOf(value, side)).toBe(shown));
});
