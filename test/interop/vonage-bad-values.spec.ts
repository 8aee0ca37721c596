import { afterAll, beforeAll, expect, test } from '@jest/globals';
import sharp from 'sharp';
import { SharedWorld } from '../harness/shared-world.js';
import { VonageApplication, type Room } from './vonage-application.js';
import { isLegacy, versions } from './vonage-shapes.js';

/* Values that have the right shape, and that nothing behind Vonage's REST API takes: they are refused, or find nothing. */

let world: SharedWorld;
let vonage: VonageApplication;
let room: Room;
let alice: string;

beforeAll(async () => {
  world = await SharedWorld.attach();
  vonage = await VonageApplication.of(world);
  await vonage.users('alice', 'bob');
  room = await vonage.room('alice');
  alice = (await vonage.ask<{ id: string }>('GET', '/v1/users/me', { as: vonage.token('alice') })).id;
});
afterAll(() => world.close());

/** Hexadecimal as a UUID's, of no version that there is. */
const noUuid = '12345678-1234-1234-1234-123456789012';
const deep = (depth: number): string => `${'['.repeat(depth)}${']'.repeat(depth)}`;
/** So many names, each with the prefix: about ten bytes for each. */
const names = (prefix: string, count: number): object =>
  Object.fromEntries(Array.from({ length: count }, (_, number) => [`${prefix}${String(number)}`, 1]));
const address = (id: string) => `${world.gateways[0]!.url}/v1/media/${id}/original`;
const image = (representations: object) => ({ type: 'image', body: { representations } });
const fileNumber = (number: number) => `00000000-0000-4000-8000-${String(number).padStart(12, '0')}`;

type Row = [method: string, path: string, body: unknown, status: number, place: string];

/** Paths behind the version; the place as it is named, or how many of a list are found. */
const rows = (isFlat: boolean): Row[] => {
  const here = `/conversations/${room.id}`;
  const events = `${here}/events`;
  const members = `${here}/members`;
  const noMember = `MEM-${noUuid}`;
  const noUser = `USR-${noUuid}`;
  const text = { type: 'text', body: { text: 'x' } };
  const adding = (user: { id?: string; name?: string }): [object, string] =>
    isFlat
      ? [
          { action: 'join', user_id: user.id, user_name: user.name },
          user.id === undefined ? 'user_name' : 'user_id',
        ]
      : [{ state: 'JOINED', user }, user.id === undefined ? 'user.name' : 'user.id'];
  const wrongUsers = [{ id: noUser }, ...['a:b', '', '.', 'a\u0000b', '\ud800'].map((name) => ({ name }))];
  return [
    ['GET', `${members}/${noMember}`, undefined, 404, 'conversation:error:member-not-found'],
    ['DELETE', `${members}/${noMember}`, undefined, 404, 'conversation:error:member-not-found'],
    ['GET', `/users/${noUser}`, undefined, 404, 'user:error:not-found'],
    ['PUT', `/users/${noUser}`, {}, 404, 'user:error:not-found'],
    ['GET', `/users/${noUser}/conversations`, undefined, 404, 'user:error:not-found'],
    ['POST', events, { ...text, from: noMember }, 400, 'from'],
    ...wrongUsers.map((user): Row => {
      const [body, place] = adding(user);
      return ['POST', members, body, 400, place];
    }),
    ['GET', `${events}?event_type=%00`, undefined, 400, 'event_type'],
    ...['display_name', 'image_url'].flatMap((field) =>
      ['conversations', 'users'].map((kind): Row => [
        'POST',
        `/${kind}`,
        { [field]: 'a\u0000b' },
        400,
        field,
      ]),
    ),
    ['PUT', `/users/${alice}`, { display_name: 'a\nb' }, 400, 'display_name'],
    ['PUT', `/users/${alice}`, { properties: { type: '\ud800' } }, 400, 'properties.type'],
    ['POST', '/conversations', { numbers: ['\u0000'] }, 400, 'numbers'],
    ['POST', '/conversations', { numbers: [JSON.parse(deep(40))] }, 400, 'numbers.0'],
    ...['conversations', 'users'].map((kind): Row => [
      ...([
        'POST',
        `/${kind}`,
        { properties: { type: 'x', custom_data: { a: 'x'.repeat(16_370) } } },
      ] as const),
      ...([400, 'properties.custom_data'] as const),
    ]),
    [
      ...(['PUT', `/users/${alice}`] as const),
      { channels: names('channel', 900), properties: { custom_data: names('data', 900) } },
      ...([400, 'properties.custom_data'] as const),
    ],
    ...[address(noUuid), 'https://elsewhere.example/1.png', ['https://elsewhere.example/1.png'], '/', ''].map(
      (url): Row => ['POST', events, image({ a: { url } }), 400, 'body.representations.a.url'],
    ),
    ['GET', '/conversations?record_index=10', undefined, 400, 'record_index'],
    [
      ...(['POST', events] as const),
      image(
        Object.fromEntries(Array.from({ length: 11 }, (_, at) => [at, { url: address(fileNumber(at)) }])),
      ),
      ...([400, 'body.representations'] as const),
    ],
  ];
};

interface Refusal {
  readonly code: string;
  readonly error?: Record<string, string>;
  readonly invalid_parameters?: readonly { readonly name: string }[];
}

test.each(versions)('of %s nothing else is let through', async (version) => {
  const events = await vonage.ask(`GET`, `/v1/conversations/${room.id}/events?page_size=100`);
  const conversations = await vonage.ask('GET', '/v1/conversations?page_size=100');
  const users = await vonage.ask('GET', '/v1/users?page_size=100');
  for (const [method, path, body, status, expected] of rows(isLegacy(version))) {
    const as = path.endsWith('/events') ? vonage.token('alice') : undefined;
    const answer = await vonage.call(method, `/${version}${path}`, { body, as });
    const { code, error, invalid_parameters: parameters } = answer.body as Refusal;
    const places = isLegacy(version) ? Object.keys(error ?? {}) : parameters?.map(({ name }) => name);
    const what = `${method} ${path} ${JSON.stringify(body ?? null).slice(0, 100)}`;
    if (status === 404) expect([what, answer.status, code]).toEqual([what, 404, expected]);
    else
      expect([what, answer.status, code, places]).toEqual([
        ...[what, status, 'http:error:validation-fail'],
        expect.arrayContaining([expected]),
      ]);
  }
  expect(await vonage.ask('GET', `/v1/conversations/${room.id}/events?page_size=100`)).toEqual(events);
  expect(await vonage.ask('GET', '/v1/conversations?page_size=100')).toEqual(conversations);
  expect(await vonage.ask('GET', '/v1/users?page_size=100')).toEqual(users);
});

test.each(['a:b', '', '.', '%00', '%ED%A0%80', 'x'.repeat(300)])(
  'nothing has the name %j that nothing can have',
  async (name) => {
    for (const kind of ['conversations', 'users'])
      expect(await vonage.ask('GET', `/v0.3/${kind}?name=${name}`)).toMatchObject({
        _embedded: { [kind]: [] },
      });
  },
);

const isJson = { 'content-type': 'application/json' };

test('what nobody knows of a request may be as deep as it likes', async () => {
  for (const type of ['custom:deep', 'text']) {
    const raw = `{"x":${deep(20_000)},"type":"${type}","body":{"text":"x","n":1.0}}`;
    expect(
      await vonage.call('POST', `/v1/conversations/${room.id}/events`, {
        ...{ raw, headers: isJson },
        as: vonage.token('alice'),
      }),
    ).toMatchObject({ status: 201, body: { type } });
  }
});

test('what is kept may not', async () => {
  const raw = `{"numbers":[${deep(20_000)}]}`;
  expect(await vonage.call('POST', '/v1/conversations', { raw, headers: isJson })).toMatchObject({
    status: 400,
    body: { invalid_parameters: [{ name: 'numbers.0' }] },
  });
});

test('what others say meanwhile suffers nothing from what is refused', async () => {
  const other = await VonageApplication.of(world);
  await other.users('carol');
  const theirs = await other.room('carol');
  const say = async (number: number): Promise<number> => {
    const isOurs = number % 2 === 0;
    const [of, { id }, name] = isOurs ? [vonage, room, 'alice'] : [other, theirs, 'carol'];
    const body = isOurs ? image({ a: { url: address(noUuid) } }) : { type: 'text', body: { text: 'x' } };
    return (await of.call('POST', `/v1/conversations/${id}/events`, { body, as: of.token(name) })).status;
  };
  const statuses = await Promise.all(Array.from({ length: 20 }, (_, number) => say(number)));
  expect(statuses).toEqual(Array.from({ length: 20 }, (_, number) => (number % 2 === 0 ? 400 : 201)));
});

test('custom data that is too much to be replaced at once is replaced after it was emptied', async () => {
  const { id } = await vonage.room();
  for (const path of [`/v1/conversations/${id}`, `/v1/users/${alice}`]) {
    const put = (data: object) => vonage.call('PUT', path, { body: { properties: { custom_data: data } } });
    const data = { status: 200, body: { properties: { custom_data: names('old', 1_100) } } };
    expect(await put(names('old', 1_100))).toMatchObject(data);
    expect(await put(names('new', 1_100))).toMatchObject({
      status: 400,
      body: { invalid_parameters: [{ name: 'properties.custom_data' }] },
    });
    expect(await vonage.call('GET', path)).toMatchObject(data);
    const emptied = await put({});
    expect([emptied.status, (emptied.body as { properties: object }).properties]).toEqual([
      200,
      { custom_data: {} },
    ]);
    expect(await put(names('new', 1_100))).toMatchObject({ status: 200 });
  }
});

test('a list of a time ends with it', async () => {
  const own = await VonageApplication.of(world);
  const aConversation = () => own.ask('POST', '/v1/conversations', { body: {} });
  for (let number = 0; number < 22; number += 1) await aConversation();
  const [before, after] = [-1, 1].map((hours) => new Date(Date.now() + hours * 3_600_000).toISOString());
  for (const asked of [`order=asc&date_end=${before!}`, `order=desc&date_start=${after!}`]) {
    const { _embedded: found, _links: links } = await own.ask(
      'GET',
      `/v1/conversations?page_size=1&${asked}`,
    );
    expect([found, Object.keys(links as object)]).toEqual([{ conversations: [] }, ['first', 'self']]);
  }
  const first = await own.ask('GET', `/v1/conversations?page_size=1&order=asc&date_end=${after!}`);
  expect(first).toMatchObject({ _embedded: { conversations: [{}] }, _links: { next: {} } });
});

test('what a server names as an image stays as it is', async () => {
  const said = image({ original: { url: 'https://elsewhere.example/1.png' } });
  const body = { ...said, from: room.members['alice'] };
  expect(await vonage.call('POST', `/v1/conversations/${room.id}/events`, { body })).toMatchObject({
    status: 201,
    body: { body: said.body },
  });
});

test('an image is read where it was said, and no more than there is', async () => {
  const shape = { width: 10, height: 10, channels: 3, background: 'red' } as const;
  const form = new FormData();
  form.append('file', new Blob([new Uint8Array(await sharp({ create: shape }).png().toBuffer())]), 'picture');
  const authorization = `Bearer ${vonage.token('alice')}`;
  const options = { method: 'POST', headers: { authorization }, body: form };
  const uploaded = await fetch(`${world.gateways[0]!.url}/v1/image`, options);
  const { original } = (await uploaded.json()) as { original: { url: string } };
  // Clients may come by several addresses: it has the one by which it was said, and tokens are sent nowhere else.
  const { pathname } = new URL(original.url);
  const elsewhere = image({ original: { ...original, url: `https://elsewhere.example${pathname}?x` } });
  expect(
    await vonage.call('POST', `/v1/conversations/${room.id}/events`, {
      ...{ body: elsewhere, as: vonage.token('alice') },
    }),
  ).toMatchObject({ status: 201, body: { body: { representations: { original } } } });
  const headers = { authorization, range: 'bytes=99999999-' };
  const response = await fetch(original.url, { headers });
  expect([response.status, await response.json()]).toMatchObject([
    416,
    { code: 'http:error:range-not-satisfiable', title: 'Range not satisfiable.' },
  ]);
});
