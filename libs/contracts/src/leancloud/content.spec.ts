import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { messageContent, type MessageContent } from '../message-content.js';
import { contentOfAnswer, contentOfMessage, leanCloudContentOf } from './content.js';

const text = (value: string) => ({ type: 'text', text: value }) as const;

describe('what a hook made of a message', () => {
  test.each<[string, boolean, MessageContent]>([
    ['Holy **!', false, text('Holy **!')],
    ['', false, text('')],
    ['12345678', false, text('12345678')],
    ['[1]', false, text('[1]')],
    ['null', false, text('null')],
    ['{"_lctype":-1,"_lctext":"x"}', false, text('x')],
    [
      '{"_lctype":-1,"_lctext":"x","_lcattrs":{"a":1}}',
      false,
      { type: 'json', json: { _lctype: -1, _lctext: 'x', _lcattrs: { a: 1 } } },
    ],
    ['{"_lctype":-1,"_lctext":""}', false, { type: 'json', json: { _lctype: -1, _lctext: '' } }],
    ['{"_lctype":-2,"_lctext":"x"}', false, { type: 'json', json: { _lctype: -2, _lctext: 'x' } }],
    ['{"_lctype":-1,"_lctext":"x"}', true, { type: 'json', json: { _lctype: -1, _lctext: 'x' } }],
    ['[1]', true, { type: 'json', json: [1] }],
    ['no JSON', true, text('no JSON')],
  ])('%s (of a custom event: %s)', (content, isCustom, expected) => {
    expect(contentOfAnswer({ bin: false, content }, text('before'), isCustom)).toEqual(expected);
  });

  test('binary', () => {
    const said = { bin: true, content: 'AQID' };
    expect(contentOfAnswer(said, text('before'), false)).toEqual({ type: 'binary', data: 'AQID' });
  });

  test.each<MessageContent>([
    text('x'),
    { type: 'binary', data: 'AQID' },
    { type: 'json', json: { a: null } },
    { type: 'json', json: 'no typed text' },
  ])('what goes comes back: %j', (content) => {
    expect(contentOfAnswer(leanCloudContentOf(content), content, false)).toEqual(content);
  });

  test.each<[string, MessageContent]>([
    ['Hi', { type: 'json', json: 'Hi' }],
    ['12', { type: 'json', json: '12' }],
    ['{"_lctype":-1,"_lctext":"x"}', text('x')],
  ])('%s, where a plain string was', (content, expected) => {
    const before: MessageContent = { type: 'json', json: 'Hello' };
    expect(contentOfAnswer({ bin: false, content }, before, false)).toEqual(expected);
  });
});

describe('what a client sends', () => {
  const deep = `${'{"a":'.repeat(40)}1${'}'.repeat(40)}`;

  test.each<[string, MessageContent]>([
    ['{"_lctext":"Holy crap!","_lctype":-1}', text('Holy crap!')],
    ['{"_lctext":"\\u00fc","_lctype":-1}', { type: 'json', json: '{"_lctext":"\\u00fc","_lctype":-1}' }],
    ['{"_lctype":-1,"_lctext":"x"}', { type: 'json', json: { _lctype: -1, _lctext: 'x' } }],
    ['{"_lctext":"","_lctype":-1}', { type: 'json', json: { _lctext: '', _lctype: -1 } }],
    [
      '{"_lctext":"x","_lctype":-1,"_lcattrs":{}}',
      { type: 'json', json: { _lctext: 'x', _lctype: -1, _lcattrs: {} } },
    ],
    ['{"b":1,"a":[null]}', { type: 'json', json: { b: 1, a: [null] } }],
  ])('%s', (message, expected) => {
    expect(contentOfMessage(message)).toEqual(expected);
    expect(leanCloudContentOf(contentOfMessage(message))).toEqual({ bin: false, content: message });
  });

  test.each([
    '',
    'Hello sys',
    '12345678',
    '"quoted"',
    'null',
    '[1]',
    '{"a": 1}',
    '{"a":1.0}',
    '{"a":12345678901234567890}',
    '{"2":1,"1":2}',
    '{"a":1,"a":2}',
    deep,
  ])('%s is kept as it is', (message) => {
    expect(contentOfMessage(message)).toEqual({ type: 'json', json: message });
    expect(leanCloudContentOf(contentOfMessage(message)).content).toBe(message);
  });

  test('anything comes back byte by byte', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.json()), (message) => {
        const content = contentOfMessage(message);
        expect(messageContent.safeParse(content).success).toBe(true);
        expect(leanCloudContentOf(content)).toEqual({ bin: false, content: message });
      }),
    );
  });
});
