import { describe, expect, test } from '@jest/globals';
import fastCheck from 'fast-check';
import { portionsOf } from './portions.js';

describe('cutting lines into messages', () => {
  test('fills them up to either limit', () => {
    const lines = ['aa', 'bb', 'cc', 'dd', 'e'.repeat(40), 'ff'];
    expect(portionsOf(lines, { entries: 3, bytes: 12 })).toEqual([
      { first: 0, lines: ['aa', 'bb', 'cc'] },
      { first: 3, lines: ['dd'] },
      { first: 4, lines: ['e'.repeat(40)] },
      { first: 5, lines: ['ff'] },
    ]);
  });

  test('loses nothing, keeps the order, and exceeds a limit for single lines alone', () => {
    fastCheck.assert(
      fastCheck.property(fastCheck.array(fastCheck.string({ unit: 'grapheme', maxLength: 30 })), (lines) => {
        const portions = portionsOf(lines, { entries: 4, bytes: 50 });
        expect(portions.flatMap((portion) => portion.lines)).toEqual(lines);
        for (const portion of portions) {
          expect(portion.lines).toEqual(lines.slice(portion.first, portion.first + portion.lines.length));
          expect(portion.lines.length).toBeLessThanOrEqual(4);
          if (portion.lines.length > 1) expect(Buffer.byteLength(portion.lines.join('\n'))).toBeLessThan(50);
        }
      }),
    );
  });
});
