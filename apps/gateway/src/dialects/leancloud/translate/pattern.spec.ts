import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { patternOf } from './pattern.js';

/** [expression, options, texts with it, texts without it] */
const patterns: [string, string, string[], string[]][] = [
  ['\\Qa.b\\E', '', ['a.b', 'xa.by'], ['axb', '']],
  ['^\\Qa.b\\E', '', ['a.bc'], ['xa.b']],
  ['\\Qa.b\\E$', '', ['xa.b'], ['a.bc']],
  ['^\\Qa\\Eb$', '', ['ab'], ['abc', 'xab']],
  ['\\Qnever closed', '', ['never closed'], ['never']],
  ['\\Q\\E', '', ['', 'anything'], []],
  ['a\\.b', '', ['a.b'], ['axb']],
  ['^a.*b.*c$', '', ['abc', 'a--b--c'], ['acb', 'abcd', 'xabc']],
  ['a.*a', '', ['aa'], ['a']],
  ['^a.*a$', '', ['aa'], ['a']],
  ['\\QTom\\E', 'i', ['tOM'], ['Jerry']],
  ['', '', ['', 'x'], []],
];

describe('patterns', () => {
  test.each(patterns)('%j %j', (expression, options, having, lacking) => {
    const has = patternOf(expression, options)!;
    expect(having.filter((text) => !has(text))).toEqual([]);
    expect(lacking.filter((text) => has(text))).toEqual([]);
  });

  test.each([
    '(a+)+$',
    'a|b',
    '[ab]',
    'a+',
    'ab?',
    'a{2}',
    '.',
    '\\d',
    '\\b',
    'a^',
    'a$b',
    '\\',
    'a*',
    '\\Qa\\E+',
  ])('is not taken: %s', (expression) => {
    expect(patternOf(expression, '')).toBeUndefined();
  });

  test('options that mean something else', () => {
    expect(patternOf('a', 'x')).toBeUndefined();
  });

  test('what is taken means what it means in JavaScript', () => {
    const piece = fc.constantFrom('a', 'b', '\\.', '.*', '-');
    fc.assert(
      fc.property(
        fc.tuple(fc.constantFrom('', '^'), fc.array(piece, { maxLength: 6 }), fc.constantFrom('', '$')),
        fc.string({ unit: fc.constantFrom('a', 'b', '.', '-'), maxLength: 10 }),
        ([start, pieces, end], text) => {
          const expression = `${start}${pieces.join('')}${end}`;
          expect(patternOf(expression, '')!(text)).toBe(new RegExp(expression).test(text));
        },
      ),
    );
  });
});
