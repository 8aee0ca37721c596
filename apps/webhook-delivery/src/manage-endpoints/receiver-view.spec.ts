import { describe, expect, test } from '@jest/globals';
import { receiverView, unknownReceiver } from './receiver-view.js';

const now = 1_000_000;
const later = new Date(now + 5_000);
const past = new Date(now - 5_000);
const closed = { state: 'closed', retryAt: null };
const well = { circuit: closed, throttledUntil: null, failingSince: null, nextAttemptAt: null };

describe("a receiver's state", () => {
  test.each([
    ['nothing was sent', {}, well],
    [
      'the circuit is open',
      { pauseReason: 'circuit', pausedUntil: later, openings: 1, failingSince: past, nextDueAt: past },
      {
        circuit: { state: 'open', retryAt: later.getTime() },
        throttledUntil: null,
        failingSince: past.getTime(),
        nextAttemptAt: later.getTime(),
      },
    ],
    [
      'it is tried again',
      { pauseReason: 'circuit', pausedUntil: past, openings: 2 },
      { ...well, circuit: { state: 'half_open', retryAt: null } },
    ],
    [
      'it wants less',
      { pauseReason: 'throttled', pausedUntil: later },
      { ...well, throttledUntil: later.getTime() },
    ],
    ['it has wanted less', { pauseReason: 'throttled', pausedUntil: past }, well],
    ['something waits', { nextDueAt: later }, { ...well, nextAttemptAt: later.getTime() }],
  ])('%s', (_title, state, expected) => {
    expect(receiverView({ ...unknownReceiver, ...state }, now)).toEqual(expected);
  });
});
