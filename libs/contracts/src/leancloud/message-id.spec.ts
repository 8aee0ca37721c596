import { describe, expect, test } from '@jest/globals';
import { eventIdOf, messageIdOf } from './message-id.js';

const id = '01940b5e-7d2c-7000-8000-000000000001';
const spelling = 'AZQLXn0scACAAAAAAAAAAQ';

describe('ids of messages', () => {
  test('go and come back', () => {
    expect(messageIdOf(id)).toBe(spelling);
    expect(eventIdOf(spelling)).toBe(id);
  });

  test.each([id, id.toUpperCase()])('%s means itself', (given) => {
    expect(eventIdOf(given)).toBe(id);
  });

  test.each([
    '',
    'x',
    spelling.slice(1),
    `${spelling}=`,
    'AZQLXn0scACAAAAAAAAAAR',
    // Bytes that are no UUID, by its version.
    'AZQLXn0sAACAAAAAAAAAAQ',
    id.replaceAll('-', ''),
  ])('%s is none', (given) => {
    expect(eventIdOf(given)).toBeNull();
  });
});
