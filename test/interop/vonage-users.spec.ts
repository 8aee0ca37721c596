import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { SharedWorld } from '../harness/shared-world.js';
import { VonageApplication } from './vonage-application.js';
import { instant, legacy, memberId, modern, userId, versions } from './vonage-shapes.js';

/* Users and what they are in, in the four representations of Vonage's Conversation API. */

let world: SharedWorld;
let vonage: VonageApplication;
let origin: string;

beforeAll(async () => {
  world = await SharedWorld.attach();
  vonage = await VonageApplication.of(world);
  origin = world.gateways[0]!.url;
});
afterAll(() => world.close());

const channels = {
  sms: [{ number: '447700900000' }],
  websocket: [{ uri: 'wss://x.example', 'content-type': 'y' }],
};
const properties = { ttl: 60, type: 'guest', custom_data: { plan: 'gold', 'a b': [1] } };
const bodyOf = (name: string) => ({
  name,
  display_name: 'Alice A.',
  image_url: 'https://images.example/alice.png',
  channels,
  properties,
  unknown: true,
});

describe.each(modern)('of %s', (version) => {
  const path = `/${version}/users`;

  test('a user is made, read, changed and deleted', async () => {
    const name = `alice@${version}.example`;
    const answer = await vonage.call('POST', path, { body: bodyOf(name) });
    const { id } = answer.body as { id: string };
    const whole = {
      id: userId,
      name,
      display_name: 'Alice A.',
      image_url: 'https://images.example/alice.png',
      channels,
      properties,
      _links: { self: { href: `${origin}${path}/${id}` } },
    };
    expect([answer.status, answer.body]).toEqual([201, whole]);
    for (const as of [vonage.admin, vonage.token(name)])
      expect(await vonage.call('GET', `${path}/${id}`, { as })).toMatchObject({
        status: 200,
        body: answer.body,
      });
    expect(await vonage.ask('GET', `${path}/me`, { as: vonage.token(name) })).toEqual(answer.body);
    expect(await vonage.ask('GET', `${path}?name=${encodeURIComponent(name)}`)).toMatchObject({
      _embedded: { users: [answer.body] },
    });

    const changed = await vonage.call('PATCH', `${path}/${id}`, {
      body: { display_name: 'Al', properties: { custom_data: { plan: 'tin' } } },
      as: vonage.token(name),
    });
    const now = {
      ...(answer.body as object),
      display_name: 'Al',
      properties: { ...properties, custom_data: { plan: 'tin' } },
    };
    expect([changed.status, changed.body]).toEqual([200, now]);
    expect(await vonage.ask('GET', `${path}/${id}`)).toEqual(now);

    const end = await vonage.call('DELETE', `${path}/${id}`, { body: null });
    expect([end.status, end.body]).toEqual([204, undefined]);
    expect(await vonage.refusal('GET', `${path}/${id}`)).toEqual([404, 'user:error:not-found']);
  });

  test('the list', async () => {
    const own = await VonageApplication.of(world);
    await own.users('one', 'two');
    const link = { href: `${origin}${path}?order=asc&page_size=10` };
    const names = expect.objectContaining({ id: userId, properties: { custom_data: {} } }) as unknown;
    const list = await own.ask<{ _embedded: { users: { name: string }[] } }>('GET', path);
    expect(list).toEqual({
      page_size: 10,
      _embedded: { users: [names, names] },
      _links: { first: link, self: link },
    });
    expect(list._embedded.users.map(({ name }) => name)).toEqual(['one', 'two']);
  });
});

describe.each(legacy)('of %s', (version) => {
  const path = `/${version}/users`;

  test('everything answers 200', async () => {
    const own = await VonageApplication.of(world);
    const answer = await own.call('POST', path, { body: bodyOf('alice') });
    const { id } = answer.body as { id: string };
    const whole = {
      id: userId,
      name: 'alice',
      display_name: 'Alice A.',
      image_url: 'https://images.example/alice.png',
      href: `${origin}${path}/${id}`,
    };
    expect([answer.status, answer.body]).toEqual([200, whole]);
    expect(await own.ask('GET', `${path}/me`, { as: own.token('alice') })).toEqual(answer.body);
    const changed = await own.call('PUT', `${path}/${id}`, { body: { display_name: 'Al' } });
    expect([changed.status, changed.body]).toEqual([200, { ...(answer.body as object), display_name: 'Al' }]);
    const link = { href: `${origin}${path}?order=asc&page_size=10` };
    expect(await own.ask('GET', path)).toEqual(
      version === 'beta' || version === 'v0.1'
        ? [changed.body]
        : {
            page_size: 10,
            _embedded: { data: { users: [changed.body] } },
            _links: { first: link, self: link },
          },
    );
    const end = await own.call('DELETE', `${path}/${id}`, { body: null });
    expect([end.status, end.body]).toEqual([200, {}]);
  });
});

test('a name is made where none is given, is taken once, and never changes', async () => {
  const named = await vonage.ask<{ id: string; name: string }>('POST', '/v1/users', { body: {} });
  expect(named.name).toMatch(/^NAM-[0-9a-f-]{36}$/);
  await vonage.users('tom');
  for (const version of versions) {
    expect(await vonage.refusal('POST', `/${version}/users`, { body: { name: 'tom' } })).toEqual([
      400,
      'user:error:duplicate-name',
    ]);
    expect(
      await vonage.call('PUT', `/${version}/users/${named.id}`, { body: { name: 'other' } }),
    ).toMatchObject({
      status: 400,
      body: { code: 'http:error:validation-fail', description: expect.any(String) as unknown },
    });
  }
  expect(await vonage.ask('GET', `/v1/users/${named.id}`)).toMatchObject({ name: named.name });
});

describe('what a user is in', () => {
  let own: VonageApplication;
  let mine: string;
  const rooms: Record<string, string> = {};
  const members: Record<string, string> = {};

  beforeAll(async () => {
    own = await VonageApplication.of(world);
    await own.users('alice', 'bob');
    ({ id: mine } = await own.ask<{ id: string }>('GET', '/v1/users/me', { as: own.token('alice') }));
    for (const state of ['JOINED', 'INVITED', 'LEFT', 'NONE']) {
      const { id } = await own.ask<{ id: string }>('POST', '/v1/conversations', {
        body: { name: state, display_name: state.toLowerCase(), properties: { custom_data: { state } } },
      });
      rooms[state] = id;
      if (state === 'NONE') continue;
      const member = {
        state: state === 'LEFT' ? 'JOINED' : state,
        user: { name: 'alice' },
        channel: { type: 'app' },
      };
      const path = `/v1/conversations/${id}/members`;
      members[state] = (await own.ask<{ id: string }>('POST', path, { body: member })).id;
      if (state === 'LEFT') await own.call('DELETE', `${path}/${members[state]}`);
    }
  });

  const shared = (version: string, state: string) => ({
    id: rooms[state],
    name: state,
    display_name: state.toLowerCase(),
    sequence_number: { JOINED: 1, INVITED: 1, LEFT: 2 }[state],
    timestamp: { created: instant },
    _links: { self: { href: `${origin}/${version}/conversations/${rooms[state]!}` } },
  });

  test.each(modern)('of %s has the member in each conversation', async (version) => {
    const path = `/${version}/users/${mine}/conversations`;
    const list = await own.ask<{ _embedded: { conversations: object[] } }>('GET', path);
    expect(list).toMatchObject({
      page_size: 10,
      _links: { self: { href: `${origin}${path}?order=asc&page_size=10` } },
    });
    expect(list._embedded.conversations).toEqual(
      ['JOINED', 'INVITED', 'LEFT'].map((state) =>
        expect.objectContaining({
          ...shared(version, state),
          state: 'ACTIVE',
          properties: { custom_data: { state } },
          // One package reads the one, another one the other.
          _embedded: { id: members[state], state, member: { id: members[state], state } },
        }),
      ),
    );
    expect(members['LEFT']).toEqual(memberId);
  });

  test.each(legacy)('of %s it is beside the rest', async (version) => {
    const path = `/${version}/users/${mine}/conversations`;
    const items = ['JOINED', 'INVITED', 'LEFT'].map((state): unknown =>
      expect.objectContaining({ ...shared(version, state), member_id: members[state], state }),
    );
    const list = await own.ask('GET', path, { as: own.token('alice') });
    if (version === 'beta' || version === 'v0.1') expect(list).toEqual(items);
    else
      expect(list).toMatchObject({
        page_size: 10,
        _embedded: { data: { conversations: items } },
        _links: { self: { href: `${origin}${path}?order=asc&page_size=10` } },
      });
  });

  test('by state and order, in full pages', async () => {
    const names = async (query: string) => {
      const { _embedded, _links } = await own.ask<{
        _embedded: { conversations: { name: string }[] };
        _links: object;
      }>('GET', `/v0.3/users/me/conversations?${query}`, { as: own.token('alice') });
      return [_embedded.conversations.map(({ name }) => name), 'next' in _links];
    };
    expect(await names('state=JOINED')).toEqual([['JOINED'], false]);
    expect(await names('state=left&order=desc')).toEqual([['LEFT'], false]);
    expect(await names('state=LEFT&page_size=1')).toEqual([['LEFT'], false]);
    expect(await names('order=DESC')).toEqual([['LEFT', 'INVITED', 'JOINED'], false]);
    const unknown = 'page_size=2&order_by=created&include_custom_data=true';
    expect(await names(unknown)).toEqual([['JOINED', 'INVITED'], true]);
    const start = new Date(Date.now() + 60_000).toISOString();
    expect(await names(`date_start=${start}`)).toEqual([[], false]);
    expect(
      await own.refusal('GET', '/v1/users/me/conversations?state=gone', { as: own.token('alice') }),
    ).toEqual([400, 'http:error:validation-fail']);
  });
});
