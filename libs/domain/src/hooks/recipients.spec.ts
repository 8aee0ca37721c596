import { describe, expect, test } from '@jest/globals';
import { recipientsBesides, sameRecipients } from './recipients.js';

describe('sameRecipients', () => {
  test.each<[string[], string[], boolean]>([
    [[], [], true],
    [['a', 'b'], ['b', 'a'], true],
    [['a', 'a', 'b'], ['a', 'b'], true],
    [['a'], ['a', 'b'], false],
    [['a', 'b'], ['a', 'c'], false],
    [[], ['a'], false],
  ])('%j and %j: %p', (one, other, expected) => {
    expect(sameRecipients(one, other)).toBe(expected);
    expect(sameRecipients(other, one)).toBe(expected);
  });
});

test('recipientsBesides leaves out the sender and repeats, and keeps the order', () => {
  expect(recipientsBesides('tom', ['spike', 'tom', 'jerry', 'spike'])).toEqual(['spike', 'jerry']);
});
