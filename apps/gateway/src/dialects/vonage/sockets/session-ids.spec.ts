import { expect, test } from '@jest/globals';
import { z } from 'zod';
import { acknowledgesBy, newSessionId } from './session-ids.js';

const alice = { applicationId: 'application', userId: 'alice' };

test.each([true, false])(
  'an id says whose it is, and whether events are acknowledged: %s',
  (acknowledges) => {
    const id = newSessionId(alice, acknowledges);
    expect(z.uuid().safeParse(id).success).toBe(true);
    expect(acknowledgesBy(id, alice)).toBe(acknowledges);
    expect(acknowledgesBy(id, { ...alice, userId: 'bob' })).toBeNull();
    expect(acknowledgesBy(id, { ...alice, applicationId: 'another' })).toBeNull();
  },
);

test('no two are the same, and one that was made up is nobody’s', () => {
  expect(newSessionId(alice, true)).not.toBe(newSessionId(alice, true));
  expect(acknowledgesBy('6d4b6f62-5a0b-4b7e-9e52-6f2d2b6a8a10', alice)).toBeNull();
});
