import { describe, expect, test } from '@jest/globals';
import { audienceInService, isReserved, viewsOf } from './service-views.js';
import type { Audience } from './visibility.js';

describe('whom something said in a service is for', () => {
  test.each<[string, Parameters<typeof audienceInService>[0], Audience]>([
    [
      "a user's inquiry: nobody but itself",
      { asMaster: false, senderId: 'tom', to: null },
      { kind: 'listed', userIds: ['tom'] },
    ],
    [
      'a direct message: those named, each once, and who sends it',
      { asMaster: true, senderId: 'bot', to: ['tom', 'jerry', 'tom'] },
      { kind: 'listed', userIds: ['tom', 'jerry', 'bot'] },
    ],
    ['an announcement: all', { asMaster: true, senderId: 'bot', to: null }, { kind: 'everyone' }],
    // `to` is checked before; whatever comes here, a user speaks to the service alone.
    [
      'a user names nobody',
      { asMaster: false, senderId: 'tom', to: ['jerry'] },
      { kind: 'listed', userIds: ['tom'] },
    ],
  ])('%s', (_name, said, audience) => {
    expect(audienceInService(said)).toEqual(audience);
  });
});

describe('whose views an event is in', () => {
  test.each<[string, Audience, string | null, boolean, string[]]>([
    ['an inquiry', { kind: 'listed', userIds: ['tom'] }, 'tom', true, ['tom', ':service']],
    [
      'one that hooks have redirected',
      { kind: 'listed', userIds: ['spike'] },
      'tom',
      true,
      ['spike', 'tom', ':service'],
    ],
    ['a direct message', { kind: 'listed', userIds: ['tom'] }, 'bot', false, ['tom', 'bot']],
    ['an announcement', { kind: 'everyone' }, 'bot', false, [':everyone', 'bot']],
    ['a broadcast', { kind: 'broadcast' }, 'bot', false, [':everyone', 'bot']],
    ['a change of the service', { kind: 'everyone' }, null, false, [':everyone']],
    ['what is for operators', { kind: 'operators' }, null, false, []],
  ])('%s', (_name, audience, senderId, isInquiry, readers) => {
    expect(viewsOf(audience, senderId, isInquiry)).toEqual(readers);
  });

  test('no user is called as the reserved readers are', () => {
    expect([':everyone', ':service', 'tom', 'service'].map(isReserved)).toEqual([true, true, false, false]);
  });
});
