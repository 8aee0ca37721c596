import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { routeNames, type RouteName } from '#contracts/vonage/routes/routes.js';
import { SharedWorld } from '../harness/shared-world.js';
import { VonageApplication } from './vonage-application.js';

/* Every route of Vonage's REST API, by everybody who might try. */

let world: SharedWorld;
let vonage: VonageApplication;
let elsewhere: VonageApplication;
const ids: Record<string, string> = {};
const sessionId = '00000000-0000-4000-8000-000000000000';
/** For whoever is refused, and whoever only reads: nobody changes it. */
let shared: Situation;

const names = ['alice', 'bob', 'carol', 'dave', 'eve'];

beforeAll(async () => {
  world = await SharedWorld.attach();
  vonage = await VonageApplication.of(world);
  elsewhere = await VonageApplication.of(world);
  await vonage.users(...names);
  await elsewhere.users('alice', 'eve');
  for (const name of names)
    ids[name] = (await vonage.ask<{ id: string }>('GET', '/v1/users/me', { as: vonage.token(name) })).id;
  shared = await situation();
});
afterAll(() => world.close());

/** alice and bob are in, carol is invited, dave was in, eve never was. */
interface Situation {
  readonly id: string;
  readonly bob: string;
  readonly carol: string;
}

async function situation(): Promise<Situation> {
  const { id, members } = await vonage.room('alice', 'bob', 'dave');
  const path = `/v1/conversations/${id}`;
  const invitation = { state: 'invited', user: { name: 'carol' }, channel: { type: 'app' } };
  const carol = await vonage.ask<{ id: string }>('POST', `${path}/members`, { body: invitation });
  await vonage.call('DELETE', `${path}/members/${members['dave']!}`);
  // The sixth.
  await vonage.ask('POST', `${path}/events`, {
    body: { type: 'text', from: members['bob'], body: { text: 'secret' } },
  });
  return { id, bob: members['bob']!, carol: carol.id };
}

type Caller =
  'foreign server' | 'foreign user' | 'stranger' | 'former' | 'invited' | 'member' | 'server' | 'without acl';
const callers: readonly Caller[] = [
  'foreign server',
  'foreign user',
  'stranger',
  'former',
  'invited',
  'member',
  'server',
  'without acl',
];

function tokenOf(caller: Caller): string {
  switch (caller) {
    case 'foreign server':
      return elsewhere.admin;
    case 'foreign user':
      return elsewhere.token('alice');
    case 'stranger':
      return vonage.token('eve');
    case 'former':
      return vonage.token('dave');
    case 'invited':
      return vonage.token('carol');
    case 'member':
      return vonage.token('alice');
    case 'server':
      return vonage.admin;
    case 'without acl':
      return vonage.sign({ subject: 'alice' });
  }
}

interface Row {
  readonly title?: string;
  readonly method: string;
  readonly path: (situation: Situation) => string;
  readonly body?: (situation: Situation, caller: Caller) => object;
  /** In the order of the callers, the last one left out: it is refused everywhere. */
  readonly expected: string;
}

const ofRoom =
  (rest: string, version = 'v1') =>
  ({ id }: Situation): string =>
    `/${version}/conversations/${id}${rest}`;
const bobs = (rest = '') => `/v1/users/${ids['bob']!}${rest}`;
const app = { channel: { type: 'app' } };
const notByUsers = '404 404 403 403 403 403 200';

const rows: Readonly<Record<RouteName, readonly Row[]>> = {
  createConversation: [
    {
      method: 'POST',
      path: () => '/v1/conversations',
      body: () => ({}),
      expected: '201 201 201 201 201 201 201',
    },
  ],
  listConversations: [
    { method: 'GET', path: () => '/v1/conversations', expected: '200 403 403 403 403 403 200' },
  ],
  // Whoever may join looks at what it would join.
  getConversation: [{ method: 'GET', path: ofRoom(''), expected: '404 404 200 200 200 200 200' }],
  updateConversation: [
    {
      method: 'PUT',
      path: ofRoom(''),
      body: () => ({ display_name: 'x' }),
      expected: '404 404 403 403 403 200 200',
    },
  ],
  deleteConversation: [{ method: 'DELETE', path: ofRoom(''), expected: '404 404 403 403 403 204 204' }],
  addMember: [
    {
      title: 'somebody else',
      method: 'POST',
      path: ofRoom('/members'),
      body: () => ({ state: 'joined', user: { id: ids['eve'] }, ...app }),
      // eve joins herself.
      expected: '404 404 201 403 403 201 201',
    },
    {
      title: 'an invitation',
      method: 'POST',
      path: ofRoom('/members'),
      body: () => ({ state: 'invited', user: { name: 'dave' }, ...app }),
      expected: '404 404 403 403 403 201 201',
    },
  ],
  addMemberLegacy: [
    {
      method: 'POST',
      path: ofRoom('/members', 'beta'),
      body: () => ({ action: 'invite', user_name: 'dave', ...app }),
      expected: '404 404 403 403 403 200 200',
    },
  ],
  listMembers: [{ method: 'GET', path: ofRoom('/members'), expected: '404 404 403 403 403 200 200' }],
  getMember: [
    {
      method: 'GET',
      path: ({ id, bob }) => `/v1/conversations/${id}/members/${bob}`,
      expected: '404 404 404 404 404 200 200',
    },
  ],
  updateMember: [
    {
      title: 'to be gone',
      method: 'PATCH',
      path: ({ id, bob }) => `/v1/conversations/${id}/members/${bob}`,
      body: () => ({ state: 'left' }),
      expected: '404 404 403 403 403 200 200',
    },
    {
      title: 'to be in',
      method: 'PATCH',
      path: ({ id, carol }) => `/v1/conversations/${id}/members/${carol}`,
      body: () => ({ state: 'joined' }),
      // carol herself is invited.
      expected: '404 404 403 403 200 200 200',
    },
  ],
  updateMemberLegacy: [
    {
      method: 'PUT',
      path: ({ id, carol }) => `/beta/conversations/${id}/members/${carol}`,
      body: () => ({ action: 'join', ...app }),
      expected: '404 404 403 403 200 200 200',
    },
  ],
  removeMember: [
    {
      method: 'DELETE',
      path: ({ id, bob }) => `/v1/conversations/${id}/members/${bob}`,
      expected: '404 404 403 403 403 204 204',
    },
  ],
  sendEvent: [
    {
      title: 'in the own name',
      method: 'POST',
      path: ofRoom('/events'),
      body: ({ bob }, caller) => ({
        type: 'custom:x',
        body: { text: 'x' },
        ...((caller === 'server' || caller === 'foreign server') && { from: bob }),
      }),
      expected: '404 404 403 403 403 201 201',
    },
    {
      title: "in another's name",
      method: 'POST',
      path: ofRoom('/events'),
      body: ({ bob }) => ({ type: 'text', body: { text: 'x' }, from: bob }),
      expected: '404 404 403 403 403 403 201',
    },
    ...['text:typing:on', 'ephemeral', 'text:seen', 'text:update'].map((type) => ({
      title: type,
      method: 'POST',
      path: ofRoom('/events'),
      body: ({ bob }: Situation, caller: Caller) => ({
        type,
        body: { event_id: 6, text: 'x', original_event_id: 6 },
        ...(caller.endsWith('server') && { from: bob }),
      }),
      // Whoever has said something does not acknowledge it, and nobody else changes it.
      expected:
        {
          'text:seen': '404 404 403 403 403 201 404',
          'text:update': '404 404 403 403 403 403 201',
        }[type] ?? '404 404 403 403 403 201 201',
    })),
  ],
  listEvents: [{ method: 'GET', path: ofRoom('/events'), expected: '404 404 403 403 403 200 200' }],
  getEvent: [{ method: 'GET', path: ofRoom('/events/6'), expected: '404 404 403 403 403 200 200' }],
  // Whoever has said it, and servers.
  deleteEvent: [{ method: 'DELETE', path: ofRoom('/events/6'), expected: '404 404 403 403 403 403 204' }],
  createUser: [
    { method: 'POST', path: () => '/v1/users', body: () => ({}), expected: '201 403 403 403 403 403 201' },
  ],
  listUsers: [{ method: 'GET', path: () => '/v1/users', expected: '200 403 403 403 403 403 200' }],
  getUser: [{ method: 'GET', path: () => bobs(), expected: notByUsers }],
  updateUser: [{ method: 'PATCH', path: () => bobs(), body: () => ({}), expected: notByUsers }],
  deleteUser: [
    {
      method: 'DELETE',
      path: () => '/v1/users/USR-00000000-0000-4000-8000-000000000000',
      expected: '404 403 403 403 403 403 404',
    },
  ],
  listUserConversations: [{ method: 'GET', path: () => bobs('/conversations'), expected: notByUsers }],
  listUserSessions: [{ method: 'GET', path: () => bobs('/sessions'), expected: notByUsers }],
  renewSession: [
    { method: 'PUT', path: () => `/v0.2/sessions/${sessionId}`, expected: '403 404 404 404 404 404 403' },
  ],
  endSession: [
    { method: 'DELETE', path: () => `/v1/sessions/${sessionId}`, expected: '403 404 404 404 404 404 403' },
  ],
  touchSession: [
    {
      method: 'POST',
      path: () => `/v1/sessions/${sessionId}/touch`,
      expected: '403 404 404 404 404 404 403',
    },
  ],
};

/** Everything that anybody could have read or written there. */
async function everythingOf({ id }: Situation): Promise<unknown> {
  const path = `/v1/conversations/${id}`;
  return Promise.all(['', '/members', '/events'].map((rest) => vonage.ask('GET', `${path}${rest}`)));
}

const titled = routeNames.flatMap((name) =>
  rows[name].map((row): [string, Row] => [row.title === undefined ? name : `${name}, ${row.title}`, row]),
);

describe.each(titled)('%s', (_title, { method, path, body, expected }) => {
  test('by everybody', async () => {
    const statuses = [...expected.split(' '), '403'].map(Number);
    const before = await everythingOf(shared);
    const found: [Caller, number][] = [];
    for (const [index, caller] of callers.entries()) {
      const isAllowed = statuses[index]! < 300 && method !== 'GET';
      const where = isAllowed && path(shared).includes(shared.id) ? await situation() : shared;
      const { status, body: answer } = await vonage.call(method, path(where), {
        as: tokenOf(caller),
        ...(body !== undefined && { body: body(where, caller) }),
      });
      found.push([caller, status]);
      if (status >= 400 || caller.startsWith('foreign'))
        expect(JSON.stringify(answer)).not.toContain('secret');
      if (caller.startsWith('foreign')) expect(JSON.stringify(answer)).not.toContain(shared.bob);
      if (caller === 'without acl') expect(answer).toMatchObject({ code: 'system:error:permission' });
    }
    expect(found).toEqual(callers.map((caller, index) => [caller, statuses[index]]));
    expect(await everythingOf(shared)).toEqual(before);
  });
});
