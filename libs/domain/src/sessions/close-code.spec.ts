import { describe, expect, test } from '@jest/globals';
import { closingOf, connectionErrors, type SessionEnd } from './close-code.js';

const table: [SessionEnd, 1 | 2 | 3 | 4][] = [
  ['closed', 1],
  ['expired', 1],
  ['lost', 2],
  ['stopped', 2],
  ['fenced', 2],
  ['lease_lost', 2],
  ['replaced', 3],
  ['kicked', 4],
  ['revoked', 4],
];

describe('how a session ended', () => {
  test.each(table)('%s has the close code %i and a message', (reason, closeCode) => {
    expect(closingOf(reason, null)).toMatchObject({ closeCode, closeMessage: expect.stringMatching(/\w/) });
  });

  test.each(Object.entries(connectionErrors))('a connection lost by %s has its code', (name, code) => {
    expect(closingOf('lost', name)).toMatchObject({ closeCode: 2, errorCode: code, errorMessage: name });
  });

  test.each([null, 'whatever', 'toString'])('a connection lost by %s has no error', (detail) => {
    expect(closingOf('lost', detail)).toEqual({ closeCode: 2, closeMessage: expect.any(String) });
  });

  test('says what whoever ended it has said', () => {
    expect(closingOf('kicked', 'Go to bed')).toEqual({ closeCode: 4, closeMessage: 'Go to bed' });
    expect(closingOf('kicked', 'READ_TIMEOUT')).not.toHaveProperty('errorCode');
  });
});
