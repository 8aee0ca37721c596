import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { operations } from '#contracts/rest/operations.js';
import type { CallerKind, Operation } from '#contracts/rest/operation.js';
import type { TestApplication, TestUser } from '../harness/application.js';
import { stored, type Client } from '../harness/client.js';
import type { Described } from '../harness/documents.js';
import { requestOf, type RestRequest } from '../harness/rest.js';
import { World } from '../harness/world.js';
import { FromSchema } from './arbitrary.js';
import { expectInvariants } from './invariants.js';
import { addressOf, asMany, bodyFrom, seed } from './requests.js';

let world: World;
let application: TestApplication;
let foreign: TestApplication;
let callers: Record<CallerKind, readonly { readonly authorization: string }[]>;
let tom: TestUser;
let known: Record<string, readonly unknown[]>;

beforeAll(async () => {
  world = await World.start();
  application = await world.application({ id: 'cartoons' });
  foreign = await world.application({ id: 'foreign' });
  for (const id of ['victims', 'doomed']) await world.application({ id });
  await application.users('jerry', 'spike', 'victim');
  tom = await application.user('tom');
  const [jerry, spike] = await Promise.all([application.known('jerry'), application.known('spike')]);
  const foreigner = await foreign.user('foreigner');
  const groups = [];
  for (const id of ['group', 'other', 'elsewhere'])
    groups.push(await application.group(id === 'elsewhere' ? [spike] : [tom, jerry], { id }));
  const theirs = await foreign.group([foreigner], { id: 'theirs' });
  const client = await tom.connect();
  const { eventId } = stored(await client.send(groups[0]!, 'Holy crap!'));
  const foreignClient = await foreigner.connect();
  const foreignEvent = stored(await foreignClient.send(theirs, 'Holy crap!')).eventId;
  for (const one of [client, foreignClient]) one.disconnect();
  callers = {
    installation: [world.owner],
    master: [application, application, foreign],
    user: [tom, tom, jerry, spike, foreigner],
  };
  const cursors = await Promise.all(
    [operations.listEvents, operations.listConversations].map(async (operation) => {
      const query = { limit: 1 };
      const request = requestOf(operation as Operation, {
        as: tom,
        parameters: { conversationId: 'group' },
        query,
      });
      return ((await world.rest(request)).body as { nextCursor: string }).nextCursor;
    }),
  );
  known = {
    applicationId: ['cartoons', 'foreign', 'nowhere'],
    cursor: cursors,
    conversationId: ['group', 'other', 'elsewhere', 'theirs', 'nowhere'],
    userId: ['tom', 'jerry', 'spike', 'victim', 'nobody', 'foreigner'],
    userIds: ['tom', 'jerry', 'spike', 'victim', 'nobody'],
    senderId: ['tom', 'jerry', 'spike', 'nobody'],
    eventId: [eventId, foreignEvent],
    // Nothing listens there, and nothing is asked from the outside.
    url: ['http://127.0.0.1:9/', 'http://localhost', 'ftp://127.0.0.1/', 'x'],
    idempotencyKey: ['one', 'two', 'three'],
    'Idempotency-Key': ['one', 'two', 'three'],
    // A refused or forwarded message costs no more than the others; a hook that hangs would.
    enabled: [false],
  };
});
afterAll(() => world.close());

/** What takes away what the others need is done to those who are not needed. */
const isDestructive = ({ id, method }: Operation): boolean =>
  method === 'delete' || /^(rotate|revoke|leave|transfer|end)/.test(id);
const harmless = ({ id }: Operation): typeof known => ({
  ...known,
  applicationId: [id === 'deleteApplication' ? 'doomed' : 'victims', 'nowhere'],
  conversationId: ['elsewhere', 'theirs', 'nowhere'],
  userId: ['victim', 'nobody', 'foreigner'],
});

function restRequest(operation: Operation, described: Described): fc.Arbitrary<RestRequest> {
  const from = new FromSchema(
    world.documents!.openApi.components.schemas,
    isDestructive(operation) ? harmless(operation) : known,
  );
  const fields = (where: string): fc.Arbitrary<Record<string, unknown>> => {
    const parameters = (described.parameters ?? []).filter((parameter) => parameter.in === where);
    const values = parameters.map(({ name, schema }) => [name, from.nearly(schema, name)] as const);
    const required = parameters.filter((parameter) => parameter.required === true).map(({ name }) => name);
    return fc.record(Object.fromEntries(values), { requiredKeys: required });
  };
  const calling = operation.callers.flatMap((kind) => callers[kind]);
  const anybody = Object.values(callers).flat();
  const schema = described.requestBody?.content['application/json']?.schema;
  const body = schema === undefined ? fc.constant(undefined) : bodyFrom(from.nearly(schema));
  return fc
    .record({
      caller: fc.oneof(
        { weight: 9, arbitrary: fc.constantFrom(...(calling.length > 0 ? calling : anybody)) },
        fc.constantFrom(...anybody),
      ),
      path: fields('path'),
      query: fields('query'),
      header: fields('header'),
      body,
    })
    .map(({ caller, path, query, header, body: value }) => {
      const key = header['Idempotency-Key'];
      return {
        method: operation.method.toUpperCase(),
        path: addressOf(`/api/v1${operation.path}`, path, query),
        authorization: caller.authorization,
        ...(schema !== undefined && { raw: JSON.stringify(value) }),
        headers: {
          ...(schema !== undefined && { 'content-type': 'application/json' }),
          ...(typeof key === 'string' && /^[\x21-\x7e]+$/.test(key) && { 'idempotency-key': key }),
        },
      };
    });
}

/** Something went wrong on our side, which no input may bring about. Nothing is away, so that nothing may be said to be. */
function isOurFault(code: string | undefined): boolean {
  return ['internal_error', 'service_unavailable', 'timeout'].includes(code ?? '');
}

afterEach(() => expectInvariants(world));

// What is answered is compared with the documents by the harness: codes of the catalogue alone, those of the operation.
describe('whatever is sent is answered as the documents say, and leaves nothing half-written', () => {
  test('by REST', async () => {
    const requests = (Object.values(operations) as Operation[]).map((operation) =>
      restRequest(operation, world.documents!.openApi.paths[`/api/v1${operation.path}`]![operation.method]!),
    );
    const statuses = new Set<number>();
    await fc.assert(
      fc.asyncProperty(fc.oneof(...requests), async (request) => {
        const { status, body } = await world.rest(request);
        statuses.add(status);
        expect(isOurFault((body as { code?: string } | undefined)?.code)).toBe(false);
      }),
      asMany,
    );
    for (const status of [200, 201, 400, 403, 404]) expect(statuses).toContain(status);
  });

  test('by socket', async () => {
    const { asyncApi } = world.documents!;
    const { messages, schemas } = asyncApi.components;
    const from = new FromSchema(schemas, known);
    const commands = Object.entries(messages).flatMap(([key, { name, payload }]) =>
      key.startsWith('command.') ? [{ name, payload }] : [],
    );
    const said = fc.oneof(
      ...commands.map(({ name, payload }) =>
        fc.tuple(
          fc.constant(name),
          fc.oneof(
            { weight: 9, arbitrary: from.nearly(payload) },
            fc.jsonValue(),
            fc.uint8Array(),
            fc.string(),
          ),
        ),
      ),
    );
    const clients: Client[] = await Promise.all(
      [tom, tom, await application.known('spike')].map((user) => user.connect()),
    );
    const codes = new Set<string>();
    await fc.assert(
      fc.asyncProperty(fc.nat({ max: 2 }), said, async (index, [name, request]) => {
        const client = clients[index]!;
        const answer = await client.call<{ error?: { code: string } }>(name as 'message.send', request);
        codes.add(answer.error?.code ?? 'ok');
        expect(isOurFault(answer.error?.code)).toBe(false);
        expect(client.isConnected).toBe(true);
      }),
      asMany,
    );
    for (const code of ['ok', 'invalid_request', 'conversation_not_found', 'not_a_member'])
      expect(codes).toContain(code);
  });

  test('as packets that are none', async () => {
    const client = await tom.connect();
    const names = fc.oneof(
      fc.string(),
      fc.constantFrom('message.send', '__proto__', 'constructor', 'session.ready'),
    );
    fc.assert(
      fc.property(names, fc.array(fc.jsonValue(), { maxLength: 3 }), (name, parts) => {
        // socket.io's client itself refuses its own names.
        if (!/^(connect|connect_error|disconnect|disconnecting|newListener|removeListener)$/.test(name))
          client.emit(name, ...parts);
      }),
      { seed, numRuns: 200 },
    );
    const group = await application.group([tom]);
    expect(await client.listEvents(group)).toMatchObject({ ok: true });
  });
});
