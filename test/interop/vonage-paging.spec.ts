import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { SharedWorld } from '../harness/shared-world.js';
import { VonageApplication } from './vonage-application.js';

/* Pages of Vonage's Conversation API, read by their links as the vendor's packages do it. */

let world: SharedWorld;
let vonage: VonageApplication;
let origin: string;
let id: string;
let alice: string;
let mine: string;

beforeAll(async () => {
  world = await SharedWorld.attach();
  vonage = await VonageApplication.of(world);
  origin = world.gateways[0]!.url;
  await vonage.users('alice', 'bob', 'carol', 'dave', 'eve');
  const room = await vonage.room('alice', 'bob', 'carol', 'dave', 'eve');
  id = room.id;
  alice = room.members['alice']!;
  for (let number = 0; number < 4; number += 1) await vonage.room('alice');
  mine = (await vonage.ask<{ id: string }>('GET', '/v1/users/me', { as: vonage.token('alice') })).id;
  // 1 to 5 are the members.
  await say('text', { text: 'six' });
  await say('custom:x', { place: 7 });
  await say('image', { representations: {} });
  await say('custom:xy', { place: 9 });
  await say('text', { text: 'ten' });
  await vonage.call('DELETE', `/v1/conversations/${id}/events/6?from=${alice}`);
  await say('text:seen', { event_id: 10 }, room.members['bob']);
});
afterAll(() => world.close());

async function say(type: string, body: object, from = alice): Promise<void> {
  await vonage.ask('POST', `/v1/conversations/${id}/events`, { body: { type, from, body } });
}

interface Link {
  readonly href: string;
}
interface PageRead {
  readonly page_size: number;
  readonly _embedded: Readonly<Record<string, unknown>> | readonly unknown[];
  readonly _links: { readonly first: Link; readonly self: Link; readonly next?: Link; readonly prev?: Link };
}

/** What is in it, by its id, whatever it is called in this version. */
function itemsOf({ _embedded }: PageRead): unknown[] {
  const lists = Array.isArray(_embedded) ? _embedded : Object.values(_embedded)[0];
  const list = Array.isArray(lists) ? lists : (Object.values(lists as object)[0] as unknown[]);
  return (list as { id?: unknown; uuid?: unknown }[]).map((item) => item.id ?? item.uuid);
}

/** As the packages read it: the cursor alone, from a link that they take for a query, with parameters of their own. */
function followed(path: string, { href }: Link): string {
  expect(href.startsWith(`${origin}${path}?`)).toBe(true);
  expect(href).not.toContain('+');
  const cursor = new URLSearchParams(href).get('cursor');
  expect(cursor).toBe(new URL(href).searchParams.get('cursor'));
  expect(cursor).toMatch(/^[A-Za-z0-9_-]+$/);
  return new URL(href).search;
}

const lists: [name: string, path: () => string][] = [
  ['conversations', () => '/v1/conversations'],
  ['conversations, flat', () => '/v0.2/conversations'],
  ['users', () => '/v1/users'],
  ['users, flat', () => '/beta2/users'],
  ['members', () => `/v0.3/conversations/${id}/members`],
  ['members, flat', () => `/beta2/conversations/${id}/members`],
  ['conversations of a user', () => `/v0.3/users/${mine}/conversations`],
  ['conversations of a user, flat', () => `/beta2/users/${mine}/conversations`],
];

describe.each(lists)('of %s', (_name, of) => {
  test.each(['asc', 'DESC'])('in the order %s there and back', async (order) => {
    const path = of();
    const whole = itemsOf(await vonage.ask<PageRead>('GET', `${path}?page_size=100&order=${order}`));
    expect(new Set(whole).size).toBe(5);
    const pages: unknown[][] = [];
    let query = `?page_size=2&order=${order}`;
    let page = await vonage.ask<PageRead>('GET', `${path}${query}`);
    expect(page._links.prev).toBeUndefined();
    for (;;) {
      expect(page.page_size).toBe(2);
      pages.push(itemsOf(page));
      const { next, first, self } = page._links;
      expect(itemsOf(await vonage.ask<PageRead>('GET', first.href.slice(origin.length)))).toEqual(pages[0]);
      expect(itemsOf(await vonage.ask<PageRead>('GET', self.href.slice(origin.length)))).toEqual(
        pages.at(-1),
      );
      if (next === undefined) break;
      query = followed(path, next);
      page = await vonage.ask<PageRead>('GET', `${path}${query}`);
    }
    expect(pages).toEqual([whole.slice(0, 2), whole.slice(2, 4), whole.slice(4)]);
    for (const before of pages.slice(0, -1).reverse()) {
      page = await vonage.ask<PageRead>('GET', `${path}${followed(path, page._links.prev!)}`);
      expect(itemsOf(page)).toEqual(before);
    }
    expect(page._links.prev).toBeUndefined();
  });

  test('one order is the other one backwards', async () => {
    const [up, down] = await Promise.all(
      ['asc', 'desc'].map(async (order) =>
        itemsOf(await vonage.ask<PageRead>('GET', `${of()}?order=${order}`)),
      ),
    );
    expect(up).toEqual(down!.reverse());
  });

  test('what is no page', async () => {
    for (const query of [
      'page_size=0',
      'page_size=101',
      'page_size=x',
      'page_size=1.5',
      'order=up',
      'cursor=x',
      'cursor=WzFd',
    ]) {
      const [name] = query.split('=');
      const { status, body } = await vonage.call('GET', `${of()}?${query}`);
      const {
        code,
        error,
        invalid_parameters: parameters,
      } = body as {
        code: string;
        error?: Record<string, string>;
        invalid_parameters?: { name: string }[];
      };
      const named = error === undefined ? parameters?.map((parameter) => parameter.name) : Object.keys(error);
      expect([query, status, code, named]).toEqual([query, 400, 'http:error:validation-fail', [name]]);
    }
    for (const query of ['page_size=1', 'page_size=100', 'cursor=', 'order=Asc'])
      expect((await vonage.call('GET', `${of()}?${query}`)).status).toBe(200);
  });
});

describe.each(['beta2', 'v0.2', 'v0.3', 'v1'])('of events of %s', (version) => {
  const path = () => `/${version}/conversations/${id}/events`;
  const places = async (query: string): Promise<unknown[]> =>
    itemsOf(await vonage.ask<PageRead>('GET', `${path()}?page_size=100&${query}`));
  const walk = async (query: string): Promise<unknown[]> => {
    const found: unknown[] = [];
    let page = await vonage.ask<PageRead>('GET', `${path()}?${query}`);
    for (;;) {
      found.push(...itemsOf(page));
      if (page._links.next === undefined) return found;
      page = await vonage.ask<PageRead>('GET', `${path()}${followed(path(), page._links.next)}`);
    }
  };
  const all = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12];

  test('the whole of them, in both orders', async () => {
    expect(await walk('page_size=5')).toEqual(all);
    expect(await walk('page_size=5&order=DESC')).toEqual([...all].reverse());
    expect(await walk('page_size=2&start_id=3&end_id=9')).toEqual([3, 4, 5, 6, 7, 8, 9]);
    expect(await walk('page_size=2&start_id=3&end_id=9&order=desc')).toEqual([9, 8, 7, 6, 5, 4, 3]);
  });

  test('some of them', async () => {
    // What a client asks that has missed something.
    expect(await places('start_id=11&end_id=21')).toEqual([11, 12]);
    for (const [query, expected] of [
      ['start_id=12&end_id=12', [12]],
      ['start_id=13', []],
      ['start_id=5&end_id=4', []],
      ['start_id=0&end_id=1', [1]],
      ['end_id=2', [1, 2]],
      ['event_type=text', [6, 10]],
      ['event_type=image', [8]],
      ['event_type=message', []],
      ['event_type=custom:x', [7]],
      ['event_type=custom:*', [7, 9]],
      ['event_type=member:*', [1, 2, 3, 4, 5]],
      ['event_type=member:joined', [1, 2, 3, 4, 5]],
      ['event_type=member:left', []],
      ['event_type=event:delete', [11]],
      ['event_type=text:seen', [12]],
      ['event_type=text:*', [12]],
      ['event_type=unknown', []],
      ['event_type=message.recalled', []],
      ['event_type=', all],
      ['event_type=custom:*&start_id=8&order=desc', [9]],
      ['exclude_deleted_events=true&start_id=5&end_id=8', [5, 7, 8]],
      ['exclude_deleted_events=false&start_id=5&end_id=8', [5, 6, 7, 8]],
    ] as const)
      expect([query, await places(query)]).toEqual([query, expected]);
  });

  test('of some of them pages are full', async () => {
    const pages = await walk('page_size=1&event_type=text');
    expect(pages).toEqual([6, 10]);
    const first = await vonage.ask<PageRead>(
      'GET',
      `${path()}?page_size=2&event_type=text&exclude_deleted_events=true`,
    );
    expect(itemsOf(first)).toEqual([10]);
    expect(first._links.next).toBeUndefined();
  });
});

test('the flattest list of events is the page alone', async () => {
  const list = await vonage.ask<{ id: number }[]>(
    'GET',
    `/beta/conversations/${id}/events?start_id=4&page_size=2`,
  );
  expect(list.map(({ id: place }) => place)).toEqual([4, 5]);
});

test('what is said while somebody reads is neither lost nor doubled', async () => {
  const room = await vonage.room('alice');
  const path = `/v1/conversations/${room.id}/events`;
  const text = () =>
    vonage.ask('POST', path, { body: { type: 'text', from: room.members['alice'], body: { text: 'x' } } });
  for (let number = 0; number < 4; number += 1) await text();
  for (const [order, expected] of [
    ['asc', [1, 2, 3, 4, 5, 6, 7]],
    ['desc', [7, 6, 5, 4, 3, 2, 1]],
  ] as const) {
    const found: unknown[] = [];
    let page = await vonage.ask<PageRead>('GET', `${path}?page_size=2&order=${order}`);
    for (;;) {
      found.push(...itemsOf(page));
      if (found.length <= 4) await text();
      if (page._links.next === undefined) break;
      page = await vonage.ask<PageRead>('GET', page._links.next.href.slice(origin.length));
    }
    expect(found.slice(0, expected.length)).toEqual(expected);
    expect(new Set(found).size).toBe(found.length);
  }
});
