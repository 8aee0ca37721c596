import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { SharedWorld } from '../harness/shared-world.js';
import { VonageApplication, type Room } from './vonage-application.js';
import { instant, legacy, modern, versions, type Version } from './vonage-shapes.js';

/* Events in the four representations of Vonage's Conversation API: sent, read one by one, deleted. */

let world: SharedWorld;
let vonage: VonageApplication;
let origin: string;
/** Ids of users, by name. */
const ids: Record<string, string> = {};
let room: Room;
let alice: string;

beforeAll(async () => {
  world = await SharedWorld.attach();
  vonage = await VonageApplication.of(world);
  origin = world.gateways[0]!.url;
  await vonage.users('alice', 'bob');
  for (const name of ['alice', 'bob'])
    ids[name] = (await vonage.ask<{ id: string }>('GET', '/v1/users/me', { as: vonage.token(name) })).id;
});
afterAll(() => world.close());
beforeEach(async () => {
  room = await vonage.room('alice', 'bob');
  alice = room.members['alice']!;
});

const as = (name: string) => ({ as: vonage.token(name) });
const eventsOf = (version: Version) => `/${version}/conversations/${room.id}/events`;
const unread = { seen_by: {}, delivered_to: {}, submitted_to: {}, rejected_by: {}, undeliverable_to: {} };
const embeddedOf = (name: string) => ({
  from_user: { id: ids[name], name, display_name: name.toUpperCase() },
  from_member: { id: room.members[name] },
});

/** What clients post, as they post it. */
const said: [type: string, body: object][] = [
  ['text', { text: 'Holy crap! 😀' }],
  ['message', { message_type: 'text', text: 'yo' }],
  ['message', { message_type: 'image', image: { url: 'https://x.example/1.png' } }],
  [
    'message',
    { message_type: 'location', location: { longitude: 1.5, latitude: -2, name: 'n', address: 'a' } },
  ],
  ['message', { message_type: 'custom', custom: { any: ['thing', null] } }],
  [
    'message',
    { message_type: 'template', template: { name: 't', parameters: [] }, whatsapp: { locale: 'en' } },
  ],
  ['image', { representations: { original: { id: '1' } }, unknown: [1] }],
  ['custom:my_custom_event', { your: 'data' }],
];
const hasState = (type: string) => !type.startsWith('custom:');

describe.each(modern)('of %s', (version) => {
  test.each(said)('%s is 201 and the whole event, which is read again: %j', async (type, body) => {
    const sent = { type, cid: room.id, from: alice, body, originating_session: 'x', to: null };
    const answer = await vonage.call('POST', eventsOf(version), { body: sent, ...as('alice') });
    const whole = {
      id: 3,
      type,
      from: alice,
      body,
      ...(hasState(type) && { state: unread }),
      timestamp: instant,
      conversation_id: room.id,
      _embedded: embeddedOf('alice'),
      _links: { self: { href: `${origin}${eventsOf(version)}/3` } },
    };
    expect([answer.status, answer.body]).toEqual([201, whole]);
    for (const name of ['alice', 'bob'])
      expect(await vonage.call('GET', `${eventsOf(version)}/3`, as(name))).toMatchObject({
        status: 200,
        body: answer.body,
      });
  });

  test('DELETE leaves the time of it', async () => {
    await vonage.ask('POST', eventsOf(version), {
      body: { type: 'text', body: { text: 'x' } },
      ...as('alice'),
    });
    const gone = await vonage.call('DELETE', `${eventsOf(version)}/3?from=${alice}`, {
      body: null,
      ...as('alice'),
    });
    expect([gone.status, gone.body]).toEqual([204, undefined]);
    expect(await vonage.ask('GET', `${eventsOf(version)}/3`, as('bob'))).toMatchObject({
      id: 3,
      type: 'text',
      body: { timestamp: { deleted: instant } },
    });
    expect(await vonage.ask('GET', `${eventsOf(version)}/4`, as('bob'))).toMatchObject({
      type: 'event:delete',
      from: alice,
      body: { event_id: 3 },
    });
  });
});

describe.each(legacy)('of %s', (version) => {
  test.each(said)('%s is 200, id, time and place: %j', async (type, body) => {
    const answer = await vonage.call('POST', eventsOf(version), {
      body: { type, cid: room.id, from: alice, body },
      ...as('alice'),
    });
    const href = `${origin}${eventsOf(version)}/3`;
    expect([answer.status, answer.body]).toEqual([200, { id: 3, timestamp: instant, href }]);
    const read = await vonage.call('GET', `${eventsOf(version)}/3`, as('bob'));
    expect([read.status, read.body]).toEqual([
      200,
      {
        id: 3,
        type,
        cid: room.id,
        from: alice,
        body,
        ...(hasState(type) && { state: unread }),
        timestamp: instant,
        _embedded: embeddedOf('alice'),
        href,
      },
    ]);
  });

  test('DELETE', async () => {
    await vonage.ask('POST', eventsOf(version), {
      body: { type: 'text', body: { text: 'x' } },
      ...as('alice'),
    });
    const gone = await vonage.call('DELETE', `${eventsOf(version)}/3?from=${alice}`, {
      body: null,
      ...as('alice'),
    });
    expect([gone.status, gone.body]).toEqual([200, {}]);
    expect(await vonage.ask('GET', `${eventsOf(version)}/3`)).toMatchObject({
      body: { timestamp: { deleted: instant } },
    });
  });
});

test.each(versions)('of %s what is stored nowhere has no id', async (version) => {
  const isLegacy = (legacy as readonly string[]).includes(version);
  for (const [type, body] of [
    ['text:typing:on', { activity: 1 }],
    ['text:typing:off', undefined],
    ['ephemeral', { any: 'thing' }],
  ] as const) {
    const answer = await vonage.call('POST', eventsOf(version), {
      body: { type, from: alice, body },
      ...as('alice'),
    });
    expect([type, answer.status, answer.body]).toEqual([type, isLegacy ? 200 : 201, { timestamp: instant }]);
  }
  expect(await vonage.ask('GET', `/v1/conversations/${room.id}`)).toMatchObject({ sequence_number: 2 });
});

test.each(versions)(
  'of %s receipts are events, and change the state of what they are about',
  async (version) => {
    const send = (type: string, body: object, name: string) =>
      vonage.ask<{ id: number }>('POST', eventsOf(version), {
        body: { type, body, from: room.members[name] },
        ...as(name),
      });
    for (const [type, body] of [
      ['text', { text: 'x' }],
      ['image', { representations: { original: { id: '1' } } }],
      ['message', { message_type: 'text', text: 'x' }],
      ['custom:x', { a: 1 }],
    ] as const) {
      const { id } = await send(type, body, 'alice');
      const kind = type === 'custom:x' ? 'event' : type;
      const delivered = await send(`${kind}:delivered`, { event_id: id }, 'bob');
      // As some packages write it.
      const seen = await send(`${kind}:seen`, { event_id: String(id) }, 'bob');
      expect([delivered.id, seen.id]).toEqual([id + 1, id + 2]);
      const bob = room.members['bob']!;
      const read = await vonage.ask<{ state?: object }>(
        'GET',
        `${eventsOf(version)}/${String(id)}`,
        as('alice'),
      );
      if (hasState(type))
        expect(read.state).toEqual({
          ...unread,
          seen_by: { [bob]: instant },
          delivered_to: { [bob]: instant },
        });
      for (const [place, what] of [
        [id + 1, 'delivered'],
        [id + 2, 'seen'],
      ] as const)
        expect(await vonage.ask('GET', `${eventsOf(version)}/${String(place)}`, as('alice'))).toMatchObject({
          type: `${kind}:${what}`,
          from: bob,
          body: { event_id: id },
        });
    }
  },
);

test('a text is changed by who has said it', async () => {
  const { id } = await vonage.ask<{ id: number }>('POST', eventsOf('v1'), {
    body: { type: 'text', body: { text: 'Holy crap!' } },
    ...as('alice'),
  });
  const update = { type: 'text:update', from: alice, body: { text: 'Holy cow!', original_event_id: id } };
  expect(await vonage.refusal('POST', eventsOf('v1'), { body: update, ...as('bob') })).toEqual([
    403,
    'event:error:permission-denied',
  ]);
  const { from: _alice, ...unnamed } = update;
  expect(await vonage.refusal('POST', eventsOf('v1'), { body: unnamed, ...as('bob') })).toEqual([
    403,
    'event:error:permission-denied',
  ]);
  expect(await vonage.ask('POST', eventsOf('v1'), { body: update, ...as('alice') })).toMatchObject({
    id: id + 1,
    type: 'text:update',
    body: { text: 'Holy cow!', original_event_id: id },
  });
  expect(await vonage.ask('GET', `${eventsOf('v1')}/${String(id)}`, as('bob'))).toMatchObject({
    type: 'text',
    body: { text: 'Holy cow!' },
  });
});

test('a server says in whose name it speaks', async () => {
  const body = { text: 'x' };
  expect(
    await vonage.ask('POST', eventsOf('v1'), { body: { type: 'text', from: room.members['bob'], body } }),
  ).toMatchObject({ from: room.members['bob'], _embedded: embeddedOf('bob') });
  expect(await vonage.call('POST', eventsOf('v1'), { body: { type: 'text', body } })).toMatchObject({
    status: 400,
    body: { code: 'http:error:validation-fail', invalid_parameters: [{ name: 'from' }] },
  });
  expect(await vonage.refusal('GET', `${eventsOf('v1')}/99`)).toEqual([404, 'event:error:not-found']);
  expect(await vonage.refusal('GET', `${eventsOf('v1')}/x`)).toEqual([400, 'http:error:validation-fail']);
});
