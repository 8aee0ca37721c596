import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { SharedWorld } from '../harness/shared-world.js';
import { VonageApplication, type Room } from './vonage-application.js';
import { instant, legacy, memberId, modern } from './vonage-shapes.js';

/* Members in the four representations of Vonage's Conversation API: who comes, is invited, goes, and how each is shown. */

let world: SharedWorld;
let vonage: VonageApplication;
let origin: string;
/** Ids of users, by name. */
const ids: Record<string, string> = {};
let room: Room;

beforeAll(async () => {
  world = await SharedWorld.attach();
  vonage = await VonageApplication.of(world);
  origin = world.gateways[0]!.url;
  await vonage.users('alice', 'bob', 'eve');
  for (const name of ['alice', 'bob', 'eve'])
    ids[name] = (await vonage.ask<{ id: string }>('GET', '/v1/users/me', { as: vonage.token(name) })).id;
});
afterAll(() => world.close());
beforeEach(async () => {
  room = await vonage.room('alice');
});

const media = { audio: false, audio_settings: { enabled: false, earmuffed: false, muted: false } };
const app = { type: 'app' };
const as = (name: string) => ({ as: vonage.token(name) });

describe.each(modern)('of %s', (version) => {
  const members = () => `/${version}/conversations/${room.id}/members`;
  const view = (name: string, id: string, rest: object) => ({
    id,
    conversation_id: room.id,
    channel: app,
    media,
    _embedded: {
      user: {
        id: ids[name],
        name,
        display_name: name.toUpperCase(),
        _links: { self: { href: `${origin}/${version}/users/${ids[name]!}` } },
      },
    },
    _links: { self: { href: `${origin}${members()}/${id}` } },
    ...rest,
  });

  test.each(['joined', 'JOINED'])('somebody %s is 201, the whole member, and found as me', async (state) => {
    const body = {
      state,
      user: { name: 'bob' },
      channel: app,
      media: {},
      knocking_id: 'x',
      originating_session: 'y',
    };
    const answer = await vonage.call('POST', members(), { body });
    const { id } = answer.body as { id: string };
    const whole = view('bob', id, { state: 'JOINED', timestamp: { joined: instant }, initiator: {} });
    expect([id, answer.status, answer.body]).toEqual([memberId, 201, whole]);
    for (const path of [id, 'me'])
      expect(await vonage.ask('GET', `${members()}/${path}`, as('bob'))).toEqual(answer.body);
    expect(await vonage.ask('GET', `${members()}/${id}`, as('alice'))).toEqual(answer.body);
    expect(await vonage.ask('GET', `${members()}/${id}`)).toEqual(answer.body);
    expect(await vonage.refusal('POST', members(), { body })).toEqual([
      400,
      'conversation:error:member-already-joined',
    ]);
    expect(await vonage.refusal('GET', `${members()}/me`, as('eve'))).toEqual([
      404,
      'conversation:error:member-not-found',
    ]);
  });

  test('an invitation names who has sent it, and is accepted by a user with another POST', async () => {
    const body = { state: 'INVITED', user: { id: ids['bob'] }, channel: app, from: room.members['alice'] };
    const answer = await vonage.call('POST', members(), { body, ...as('alice') });
    const { id } = answer.body as { id: string };
    const initiator = { invited: { is_system: false, isSystem: false, user_id: ids['alice'] } };
    const invited = { initiator, invited_by: ids['alice'] };
    expect([answer.status, answer.body]).toEqual([
      201,
      view('bob', id, { state: 'INVITED', timestamp: { invited: instant }, ...invited }),
    ]);
    const join = { state: 'joined', user: { id: ids['bob'] }, channel: app };
    const joined = view('bob', id, {
      state: 'JOINED',
      timestamp: { invited: instant, joined: instant },
      ...invited,
    });
    expect(await vonage.ask('POST', members(), { body: join, ...as('bob') })).toEqual(joined);
  });

  test.each(['PATCH', 'PUT'])('by %s a member joins, and leaves with a reason', async (method) => {
    const body = { state: 'invited', user: { name: 'bob' }, channel: app };
    const { id, initiator } = await vonage.ask<{ id: string; initiator: object }>('POST', members(), {
      body,
    });
    expect(initiator).toEqual({ invited: { is_system: true, isSystem: true } });
    const joined = await vonage.call(method, `${members()}/${id}`, {
      body: { state: 'JOINED' },
      ...as('bob'),
    });
    expect([joined.status, joined.body]).toEqual([
      200,
      view('bob', id, { state: 'JOINED', timestamp: { invited: instant, joined: instant }, initiator }),
    ]);
    const reason = { code: '7', text: 'enough' };
    const left = await vonage.call(method, `${members()}/${id}`, {
      body: { state: 'left', from: id, reason },
      ...as('bob'),
    });
    expect([left.status, left.body]).toEqual([
      200,
      view('bob', id, {
        state: 'LEFT',
        timestamp: { invited: instant, joined: instant, left: instant },
        initiator,
      }),
    ]);
    expect(await vonage.ask('GET', `${members()}/${id}`)).toEqual(left.body);
  });

  test('DELETE makes somebody leave, the list has those who have left too', async () => {
    const id = await vonage.join(room.id, 'bob');
    const gone = await vonage.call('DELETE', `${members()}/${id}?reason_code=1&reason_text=x`, {
      body: null,
      ...as('alice'),
    });
    expect([gone.status, gone.body]).toEqual([204, undefined]);
    const link = { href: `${origin}${members()}?order=asc&page_size=10` };
    const alice = room.members['alice']!;
    expect(await vonage.ask('GET', members())).toEqual({
      page_size: 10,
      _embedded: {
        members: [
          view('alice', alice, { state: 'JOINED', timestamp: { joined: instant }, initiator: {} }),
          view('bob', id, { state: 'LEFT', timestamp: { joined: instant, left: instant }, initiator: {} }),
        ],
      },
      _links: { first: link, self: link },
    });
    // Whoever comes again is another member.
    const again = await vonage.join(room.id, 'bob');
    expect(again).not.toBe(id);
    expect(await vonage.ask('GET', `${members()}/me`, as('bob'))).toMatchObject({ id: again });
  });
});

describe.each(legacy)('of %s', (version) => {
  const members = () => `/${version}/conversations/${room.id}/members`;
  const view = (name: string, id: string, rest: object) => ({
    id,
    member_id: id,
    user_id: ids[name],
    name,
    user_name: name,
    display_name: name.toUpperCase(),
    channel: app,
    media,
    href: `${origin}${members()}/${id}`,
    ...rest,
  });

  test('actions answer 200 and a flat member', async () => {
    const invite = {
      action: 'invite',
      user_name: 'bob',
      channel: app,
      member_id_inviting: room.members['alice'],
    };
    const answer = await vonage.call('POST', members(), { body: invite, ...as('alice') });
    const { id } = answer.body as { id: string };
    const initiator = { invited: { is_system: false, isSystem: false, user_id: ids['alice'] } };
    expect([id, answer.status, answer.body]).toEqual([
      memberId,
      200,
      view('bob', id, { state: 'INVITED', timestamp: { invited: instant }, initiator }),
    ]);
    const join = { action: 'join', member_id: id, user_id: ids['bob'], channel: app };
    const joined = await vonage.call('POST', members(), { body: join, ...as('bob') });
    const timestamp = { invited: instant, joined: instant };
    const whole = view('bob', id, { state: 'JOINED', timestamp, initiator });
    expect([joined.status, joined.body]).toEqual([200, whole]);
    for (const path of [id, 'me'])
      expect(await vonage.ask('GET', `${members()}/${path}`, as('bob'))).toEqual(whole);

    const own = view('alice', room.members['alice']!, {
      state: 'JOINED',
      timestamp: { joined: instant },
      initiator: {},
    });
    const list = await vonage.ask('GET', members(), as('bob'));
    const link = { href: `${origin}${members()}?order=asc&page_size=10` };
    expect(list).toEqual(
      version === 'beta' || version === 'v0.1'
        ? [own, whole]
        : {
            page_size: 10,
            _embedded: { data: { members: [own, whole] } },
            _links: { first: link, self: link },
          },
    );

    const gone = await vonage.call('DELETE', `${members()}/${id}?from=${id}`, { body: null, ...as('bob') });
    expect([gone.status, gone.body]).toEqual([200, {}]);
    expect(await vonage.ask('GET', `${members()}/${id}`)).toMatchObject({ state: 'LEFT' });
  });

  test('PUT accepts an invitation', async () => {
    const invite = { action: 'invite', user_id: ids['bob'], channel: app };
    const { id } = await vonage.ask<{ id: string }>('POST', members(), { body: invite });
    const answer = await vonage.call('PUT', `${members()}/${id}`, {
      body: { action: 'join', channel: app },
      ...as('bob'),
    });
    expect([answer.status, answer.body]).toEqual([200, { id, href: `${origin}${members()}/${id}` }]);
    expect(await vonage.ask('GET', `${members()}/me`, as('bob'))).toMatchObject({ id, state: 'JOINED' });
  });
});

test('nobody acts as another member, a server as any', async () => {
  const { id, members } = await vonage.room('alice', 'bob');
  const path = `/v1/conversations/${id}/members`;
  const refused = [403, 'event:error:permission-denied'];
  const eve = { user: { name: 'eve' }, channel: app };
  for (const body of [
    { state: 'invited', from: members['bob'], ...eve },
    { state: 'joined', member_id_inviting: members['bob'], ...eve },
  ])
    expect(await vonage.refusal('POST', path, { body, ...as('alice') })).toEqual(refused);
  const kick = `${path}/${members['bob']!}`;
  expect(await vonage.refusal('DELETE', `${kick}?from=${members['bob']!}`, as('alice'))).toEqual(refused);
  const leave = { state: 'left', from: members['bob'] };
  expect(await vonage.refusal('PATCH', kick, { body: leave, ...as('alice') })).toEqual(refused);
  expect(
    await vonage.refusal('POST', `/beta/conversations/${id}/members`, {
      body: { action: 'invite', user_name: 'eve', member_id_inviting: members['bob'] },
      ...as('alice'),
    }),
  ).toEqual(refused);
  const { _embedded } = await vonage.ask<{ _embedded: { members: object[] } }>('GET', path);
  expect(_embedded.members).toHaveLength(2);

  const body = { state: 'invited', from: members['bob'], ...eve };
  expect(await vonage.ask('POST', path, { body })).toMatchObject({
    state: 'INVITED',
    invited_by: ids['bob'],
    initiator: { invited: { is_system: false, user_id: ids['bob'] } },
  });
});

test('what names nobody', async () => {
  const path = `/v1/conversations/${room.id}/members`;
  const gone = 'MEM-00000000-0000-4000-8000-000000000000';
  const notFound = [404, 'conversation:error:member-not-found'];
  for (const id of [gone, 'MEM-1', 'x', 'me']) {
    expect(await vonage.refusal('GET', `${path}/${id}`)).toEqual(notFound);
    expect(await vonage.refusal('DELETE', `${path}/${id}`)).toEqual(notFound);
  }
  const { members } = await vonage.room('bob');
  expect(await vonage.refusal('GET', `${path}/${members['bob']!}`)).toEqual(notFound);
  const nobody = { state: 'joined', channel: app };
  for (const user of [{ name: 'nobody' }, { id: 'USR-00000000-0000-4000-8000-000000000000' }])
    expect(await vonage.refusal('POST', path, { body: { ...nobody, user } })).toEqual([
      404,
      'user:error:not-found',
    ]);
  expect(await vonage.call('POST', path, { body: { ...nobody, user: {} } })).toMatchObject({
    status: 400,
    body: { code: 'http:error:validation-fail', invalid_parameters: [{ name: 'user' }] },
  });
  expect(await vonage.call('POST', path, { body: { state: 'away', user: { name: 'bob' } } })).toMatchObject({
    status: 400,
    body: { invalid_parameters: [{ name: 'state' }] },
  });
});
