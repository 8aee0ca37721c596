import { describe, expect, test } from '@jest/globals';
import fastCheck from 'fast-check';
import { preview } from './preview.port.js';

const text = (value: string) => preview({ type: 'text', text: value });

describe('the preview of a message', () => {
  test.each([
    ['Holy **!', 'Holy **!'],
    ['x'.repeat(120), 'x'.repeat(120)],
    ['x'.repeat(121), `${'x'.repeat(119)}…`],
    ['😀'.repeat(120), '😀'.repeat(120)],
    ['😀'.repeat(121), `${'😀'.repeat(119)}…`],
    ['x'.repeat(60_000), `${'x'.repeat(119)}…`],
  ])('of a text', (value, expected) => {
    expect(text(value)).toBe(expected);
  });

  test('of anything else says nothing', () => {
    expect(preview({ type: 'json', json: { secret: true } })).toBe('New message');
    expect(preview({ type: 'binary', data: 'c2VjcmV0' })).toBe('New message');
  });

  test('has at most 120 code points and halves none', () => {
    fastCheck.assert(
      fastCheck.property(fastCheck.string({ unit: 'binary', minLength: 1, maxLength: 400 }), (value) => {
        const shown = text(value);
        expect(Array.from(shown).length).toBeLessThanOrEqual(120);
        expect(shown.isWellFormed()).toBe(true);
      }),
    );
  });
});
