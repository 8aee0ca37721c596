import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { errorCatalogue, problem, type ErrorCode } from '#contracts/errors.js';
import { limits } from '#contracts/limits.js';
import type { Operation } from '#contracts/rest/operation.js';
import { operations } from '#contracts/rest/operations.js';
import { requestOf, type RestAnswer, type RestRequest } from '../harness/rest.js';
import { World } from '../harness/world.js';
import { castOf, type Cast, type Change } from './bad-input-cast.js';
import { badParameters } from './bad-parameters.js';
import { badQueries } from './bad-places.js';
import { badFields, goodRequests, abyss, jsonText, missing, type OperationId } from './bad-requests.js';
import { refusals } from './impossible-requests.js';

let world: World;
let cast: Cast;
let before: Record<string, number>;

beforeAll(async () => {
  world = await World.start();
  cast = await castOf(world);
  await world.idle();
});
afterAll(() => world.close());

// "Nothing stored" is part of every promise here.
beforeEach(async () => {
  before = await world.database.rowCounts();
});
afterEach(async () => {
  expect(await world.database.rowCounts()).toEqual(before);
});

const ids = Object.keys(operations) as OperationId[];
const definition = (id: OperationId): Operation => operations[id];
const json = { 'content-type': 'application/json' };
const withBody = ids.filter(
  (id) => ['post', 'patch'].includes(definition(id).method) && definition(id).takes === undefined,
);
/** All but what needs no credentials. */
const withCallers = ids.filter((id) => definition(id).callers.length > 0);

function requested(id: OperationId, change: Change = {}): RestRequest {
  const { body, ...rest } = { as: cast.application, ...goodRequests[id](cast), ...change };
  const request = requestOf(definition(id), rest);
  if (body === undefined) return request;
  return { ...request, raw: jsonText(body), headers: { ...json, ...request.headers } };
}

/** Status, content type and form follow from the code; the pointer names the field when one is wrong. */
function expectProblem(answer: RestAnswer, code: ErrorCode, pointer?: string): void {
  expect(answer.body).toMatchObject({ code });
  expect(answer.status).toBe(errorCatalogue[code].status);
  expect(answer.headers.get('content-type')).toMatch(/^application\/problem\+json/);
  const { status, errors } = problem.parse(answer.body);
  expect(status).toBe(answer.status);
  if (pointer !== undefined) {
    expect(errors?.map((error) => error.pointer)).toContainEqual(expect.stringMatching(`^${pointer}(/|$)`));
  }
}

async function answered(id: OperationId, change: Change, code: ErrorCode, pointer?: string): Promise<void> {
  expectProblem(await world.rest(requested(id, change)), code, pointer);
}

describe('credentials that do not do', () => {
  test.each(withCallers)('%s: none, broken and wrong ones are unauthenticated', async (id) => {
    const { keys } = cast.application;
    const basic = (text: string): string => `Basic ${Buffer.from(text).toString('base64')}`;
    const broken = [
      ...['', 'x', 'Bearer', 'Bearer ', 'Basic', 'Basic !!!', 'Digest abc', `Token ${keys.masterKey}`],
      ...[
        basic('cartoons'),
        basic('cartoons:'),
        basic(`cartoons:${keys.masterKey}x`),
        basic(`:${keys.masterKey}`),
      ],
      ...[basic(`nowhere:${keys.masterKey}`), basic(`cartoons:${cast.foreign.keys.masterKey}`)],
      ...[basic(`cartoons:${keys.appKey}`), basic('a\u0000:b'), basic('__proto__:x')],
      ...[`Bearer ${keys.masterKey}`, `Bearer ${'x'.repeat(6_000)}`, `${world.owner.authorization}x`],
    ];
    for (const authorization of broken) await answered(id, { as: { authorization } }, 'unauthenticated');
    expectProblem(await world.rest({ ...requested(id), authorization: undefined }), 'unauthenticated');
  });

  test('a token that must not be accepted is not', async () => {
    for (const id of ['sendMessage', 'listEvents', 'createUser'] as const) {
      for (const [name, token] of Object.entries(cast.tokens)) {
        const code = name === 'that has expired' ? 'token_expired' : 'unauthenticated';
        const { body } = await world.rest(requested(id, { as: { authorization: `Bearer ${token}` } }));
        expect([name, (body as { code: string }).code]).toEqual([name, code]);
      }
    }
  });

  test.each(withCallers)('%s: credentials of another kind are forbidden', async (id) => {
    const { callers } = definition(id);
    const all = { installation: world.owner, master: cast.application, user: cast.tom };
    for (const [kind, as] of Object.entries(all)) {
      if (!callers.includes(kind as keyof typeof all)) await answered(id, { as }, 'forbidden');
    }
  });
});

describe('bodies that are not what they should be', () => {
  test.each(withBody)('%s: what is no JSON', async (id) => {
    const request = requested(id);
    const send = (raw: string | Uint8Array<ArrayBuffer>, type = 'application/json') =>
      world.rest({ ...request, raw, headers: { 'content-type': type } });
    for (const raw of ['{', '}', '{"a":}', '{a:1}', "{'a':1}", '[1,]', 'undefined', 'NaN', '{} {}', '\u0000'])
      expectProblem(await send(raw), 'invalid_json');
    expectProblem(await send(new Uint8Array([0x7b, 0xff, 0xfe, 0x7d])), 'invalid_json');
    for (const type of ['text/plain', 'application/xml', 'multipart/form-data; boundary=x', 'x'])
      expectProblem(await send('{}', type), 'unsupported_media_type');
    expectProblem(await send('{}', 'application/json; charset=latin1'), 'unsupported_media_type');
    expectProblem(await send('x'.repeat(limits.requestBodyBytes + 1)), 'body_too_large');
    expectProblem(await send(`{"a":"${'x'.repeat(1_000_000)}"}`), 'body_too_large');
  });

  test.each(withBody)('%s: what is JSON and no object, or has fields it should not have', async (id) => {
    const { body: good } = goodRequests[id](cast) as { body: object };
    for (const body of [null, true, 1, '', 'text', [], [good], abyss])
      await answered(id, { body }, 'invalid_request');
    for (const body of [
      { ...good, extra: 1 },
      { ...good, ID: 1 },
    ])
      await answered(id, { body }, 'invalid_request');
    for (const name of ['__proto__', 'constructor', 'toString']) {
      const body = JSON.parse(`{"${name}":{"isAdministrator":true}}`) as object;
      const raw = JSON.stringify({ ...good, ...body });
      const answer = await world.rest({ ...requested(id), raw, headers: json });
      expectProblem(answer, 'invalid_request');
    }
  });

  test.each(withBody)('%s: no body at all', async (id) => {
    const { raw: _raw, headers: _headers, ...request } = requested(id);
    expectProblem(await world.rest(request), 'invalid_request');
    expectProblem(await world.rest({ ...request, raw: '', headers: json }), 'invalid_request');
  });

  test.each(
    Object.entries(badFields).flatMap(([id, fields]) =>
      Object.keys(fields).map((field) => [id, field] as const),
    ),
  )('%s: %s of the wrong type, size or form is named in the answer', async (name, field) => {
    const id = name as OperationId;
    const { body: good } = goodRequests[id](cast) as { body: Record<string, unknown> };
    for (const value of badFields[id]![field]!) {
      const body = { ...good, [field]: value };
      if (value === missing) Reflect.deleteProperty(body, field);
      await answered(id, { body }, 'invalid_request', `/${field}`);
    }
  });
});

describe('paths, queries and headers that are not what they should be', () => {
  test.each(
    ids.flatMap((id) =>
      Object.keys(definition(id).parameters.shape).map((parameter) => [id, parameter] as const),
    ),
  )('%s: %s of a form that it cannot have', async (id, parameter) => {
    const { parameters: good } = goodRequests[id](cast);
    for (const value of badParameters[parameter]!)
      await answered(
        id,
        { parameters: { ...good, [parameter]: value } },
        'invalid_request',
        `/path/${parameter}`,
      );
  });

  test.each(Object.keys(badQueries) as OperationId[])('%s: a query that cannot be', async (id) => {
    for (const [name, value, code] of badQueries[id]!) {
      const pointer = code === 'invalid_request' ? `/query/${name}` : undefined;
      await answered(id, { query: { [name]: value } }, code, pointer);
    }
  });

  test.each(ids.filter((id) => definition(id).idempotent))(
    '%s: an Idempotency-Key that cannot be',
    async (id) => {
      for (const idempotencyKey of ['', 'x'.repeat(limits.idempotencyKeyLength + 1), 'a b', 'a\tb', 'é'])
        await answered(id, { idempotencyKey }, 'invalid_request', '/headers/idempotency-key');
    },
  );

  test('a path that does not exist', async () => {
    for (const path of [
      '/',
      '/api',
      '/api/v1',
      '/api/v1/',
      '/api/v1/nothing',
      '/api/v2/users',
      '/api/v1/users/a/b/c',
      '/API/v1/nothing',
    ])
      expectProblem(
        await world.rest({ method: 'GET', path, authorization: cast.application.authorization }),
        'not_found',
      );
  });

  test('a path that cannot be decoded', async () => {
    for (const path of ['/api/v1/users/%E0%A4%A', '/api/v1/users/%', '/api/v1/conversations/%ff/events'])
      expectProblem(
        await world.rest({ method: 'GET', path, authorization: cast.application.authorization }),
        'invalid_request',
      );
  });

  test('a method that a path does not know', async () => {
    const { authorization } = cast.application;
    for (const [method, path] of [
      ['PUT', '/api/v1/users'],
      ['PUT', '/api/v1/applications'],
      ['PUT', '/api/v1/users/tom'],
      ['PUT', '/api/v1/conversations/group'],
      ['DELETE', '/api/v1/conversations/group/events'],
      ['POST', '/api/v1/hooks/01940b5e-7d2c-7000-8000-000000000001'],
    ] as const) {
      expectProblem(await world.rest({ method, path, authorization }), 'method_not_allowed');
    }
  });
});

describe('what is well-formed and not possible', () => {
  test.each(
    ids.flatMap((id) => refusals[id].map(([name, code, change]) => [id, name, code, change] as const)),
  )('%s: %s -> %s', async (id, _name, code, change) => {
    await answered(id, change(cast), code);
  });
});
