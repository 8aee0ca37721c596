import { describe, expect, test } from '@jest/globals';
import type { OutgoingResult } from '#platform/outgoing/outgoing-http.js';
import { outcomeOf } from './outcome.js';

const answered = (status: number): OutgoingResult => ({
  kind: 'answered',
  status,
  headers: {},
  body: Buffer.from('whatever'),
  duration: 3,
});

describe('what an answer means', () => {
  test.each([
    [200, 'done'],
    [202, 'done'],
    [204, 'done'],
    [299, 'done'],
    [400, 'retry'],
    [401, 'retry'],
    [404, 'retry'],
    [410, 'gone'],
    [429, 'retry'],
    [500, 'retry'],
    [503, 'retry'],
  ])('%i: %s', (status, kind) => {
    expect(outcomeOf(answered(status)).kind).toBe(kind);
  });

  test.each([
    'timeout',
    'refused',
    'address_not_allowed',
    'answer_too_large',
    'redirect',
    'network',
  ] as const)('%s is tried again', (failure) => {
    expect(outcomeOf({ kind: 'failed', failure, detail: 'CODE', duration: 1 })).toEqual({
      kind: 'retry',
      error: `${failure}: CODE`,
    });
  });

  test.each(['paused', 'unavailable'] as const)('%s is ours, and no attempt', (failure) => {
    expect(outcomeOf({ kind: 'failed', failure, detail: 'CODE', duration: 1 })).toEqual({
      kind: 'postponed',
      error: failure,
      delay: 1_000,
    });
  });
});
