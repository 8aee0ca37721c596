import { describe, expect, test } from '@jest/globals';
import { mergePatch, patchBetween, type JsonObject } from './merge-patch.js';

const parsed = (text: string): JsonObject => JSON.parse(text) as JsonObject;

describe('merge patches', () => {
  // The examples of RFC 7396, appendix A, whose target and patch are objects.
  test.each([
    ['{"a":"b"}', '{"a":"c"}', '{"a":"c"}'],
    ['{"a":"b"}', '{"b":"c"}', '{"a":"b","b":"c"}'],
    ['{"a":"b"}', '{"a":null}', '{}'],
    ['{"a":"b","b":"c"}', '{"a":null}', '{"b":"c"}'],
    ['{"a":["b"]}', '{"a":"c"}', '{"a":"c"}'],
    ['{"a":"c"}', '{"a":["b"]}', '{"a":["b"]}'],
    ['{"a":{"b":"c"}}', '{"a":{"b":"d","c":null}}', '{"a":{"b":"d"}}'],
    ['{"a":[{"b":"c"}]}', '{"a":[1]}', '{"a":[1]}'],
    ['{"e":null}', '{"a":1}', '{"e":null,"a":1}'],
    ['{}', '{"a":{"bb":{"ccc":null}}}', '{"a":{"bb":{}}}'],
    ['{"a":1}', '{"__proto__":{"b":1}}', '{"a":1,"__proto__":{"b":1}}'],
  ])('%s with %s is %s', (target, patch, result) => {
    expect(JSON.stringify(mergePatch(parsed(target), parsed(patch)))).toBe(result);
  });

  test.each([
    ['{"a":1,"b":{"c":[1,{"d":2,"e":3}]}}', '{"a":1,"b":{"c":[1,{"e":3,"d":2}]}}', 'null'],
    ['{"a":1}', '{"a":2,"b":3}', '{"a":2,"b":3}'],
    ['{"a":1,"b":2}', '{"b":2}', '{"a":null}'],
    ['{"a":{"b":1,"c":2}}', '{"a":{"b":1,"c":3}}', '{"a":{"c":3}}'],
    ['{"a":{"b":1}}', '{"a":[]}', '{"a":[]}'],
    ['{"a":[]}', '{"a":{}}', '{"a":{}}'],
    ['{"a":[1]}', '{"a":[1,2]}', '{"a":[1,2]}'],
    ['{"a":null}', '{}', '{"a":null}'],
    ['{"a":"1"}', '{"a":1}', '{"a":1}'],
  ])('from %s to %s leads %s', (before, after, patch) => {
    const found = patchBetween(parsed(before), parsed(after));
    expect(JSON.stringify(found)).toBe(patch);
    if (found !== null) expect(mergePatch(parsed(before), found)).toEqual(parsed(after));
  });
});
