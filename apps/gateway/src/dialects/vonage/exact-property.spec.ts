import { expect, test } from '@jest/globals';
import { ExactJson, stringifyExactly } from '#contracts/vonage/exact-json.js';
import { exactProperty } from './exact-property.js';

const body = '{"b":1,"10":9007199254740993,"2":1.0e2,"a":"\\u00fc \\" {}","n":null,"l":[1,[],{}],"ü":"😀"}';

test('a property is found as it was written, without the white space between its tokens', () => {
  const spaced = `{ "type" : "custom:x",\n "body" :\t${body.replaceAll(',', ' , ').replaceAll(':', ' : ')} }`;
  expect(exactProperty(spaced, 'body')).toBe(body);
});

test('of several of the same name the last one counts, as for JSON.parse', () => {
  expect(exactProperty('{"body":1,"x":{"body":2},"body":{"c":3}}', 'body')).toBe('{"c":3}');
});

test('what else is in it may be as deep as it likes', () => {
  const deep = `${'['.repeat(100_000)}${']'.repeat(100_000)}`;
  expect(exactProperty(`{"x":${deep},"body":{"a":[ ]},"y":${deep}}`, 'body')).toBe('{"a":[]}');
  expect(exactProperty(`{"body":${deep}}`, 'body')).toBe(deep);
});

test('a name counts as it is read, and where it is one', () => {
  expect(exactProperty('{"b\\u006fdy":"body","x":"body"}', 'body')).toBe('"body"');
  expect(exactProperty('["body",{"body":1}]', 'body')).toBeUndefined();
});

test.each(['[]', '1', 'null', '{}', '{"other":{"body":1}}'])('%s has none', (text) => {
  expect(exactProperty(text, 'body')).toBeUndefined();
});

test('an answer has exact texts as they are, wherever they stand', () => {
  expect(stringifyExactly({ id: 1, body: new ExactJson(body), list: [new ExactJson('1e400')] })).toBe(
    `{"id":1,"body":${body},"list":[1e400]}`,
  );
});

test('an answer without any is what JSON.stringify gives', () => {
  const value = { a: [1, 'x', null], at: new Date(0) };
  expect(stringifyExactly(value)).toBe(JSON.stringify(value));
});
