import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { z } from 'zod';
import { leanCloudRoutes, pathsOf } from '#contracts/leancloud/routes/routes.js';
import { prefixes } from '#contracts/vonage/versions.js';
import { vonageRoutes } from '#contracts/vonage/routes/routes.js';
import type { RestRequest } from '../harness/rest.js';
import { catchUp } from '../harness/catch-up.js';
import { stored } from '../harness/client.js';
import type { JsonSchema } from '../harness/documents.js';
import { World } from '../harness/world.js';
import { LeanCloudServer } from '../interop/leancloud-rest.js';
import { VonageApplication } from '../interop/vonage-application.js';
import { FromSchema, type Known } from './arbitrary.js';
import { expectInvariants } from './invariants.js';
import { addressOf, asMany, bodyFrom } from './requests.js';

/* Requests of the other dialects, nearly as their routes describe them. What is wrong is the sender's fault, and said to be. */

let world: World;
let vonage: VonageApplication;
let known: Known;

beforeAll(async () => {
  world = await World.start();
  vonage = await VonageApplication.of(world);
  await vonage.users('tom', 'jerry', 'spike');
  const room = await vonage.room('tom', 'jerry');
  const other = await vonage.room('jerry', 'spike');
  const foreign = await VonageApplication.of(world);
  await foreign.users('stranger');
  const theirs = await foreign.room('stranger');
  const service = await vonage.application.service();
  const tom = await vonage.application.known('tom');
  const client = await tom.connect();
  const { eventId, timestamp } = stored(await client.send({ id: room.id }, 'Holy crap!'));
  client.disconnect();
  const { _embedded } = await vonage.ask<{ _embedded: { users: { id: string }[] } }>(
    'GET',
    '/v1/users?name=tom',
  );
  const uid = _embedded.users[0]!.id;
  const names = ['tom', 'jerry', 'spike', 'nobody', 'stranger', uid];
  const members = [room, other, theirs].flatMap((one) => Object.values(one.members));
  const numbers = ['1', '2', '4', '99'];
  known = {
    conversationId: [room.id, other.id, theirs.id, service.id, 'nowhere'],
    objectId: [room.id, service.id, eventId, 'nowhere'],
    ...{ memberId: members, from: [...members, ...names], member_id: members, member_id_inviting: members },
    ...{ userId: names, user_id: [uid], user_name: names, clientId: names, client_id: names },
    ...{ client_ids: names, from_client: names, to_clients: names, name: names },
    ...{ eventNumber: numbers, start_id: numbers, end_id: numbers, event_id: numbers },
    ...{ messageId: [eventId], message_id: [eventId], timestamp: [String(timestamp), '0'] },
    type: ['text', 'message', 'image', 'custom:x', 'text:seen', 'text:update', 'ephemeral', 'text:typing:on'],
    body: [
      { text: 'Hello' },
      { event_id: 4 },
      { text: 'Bye', original_event_id: '4' },
      { message_type: 'image', image: { url: 'x' } },
      { representations: { original: { url: 'https://example.com/v1/media/x/original' } } },
    ],
    where: ['{"m":"tom"}', '{"updatedAt":{"$gt":{"__type":"Date","iso":"2026-01-01T00:00:00.000Z"}}}', '{'],
    // Nothing listens there, and nothing is asked from the outside.
    url: ['http://127.0.0.1:9/', 'ftp://127.0.0.1/', 'x'],
  };
});
afterEach(() => expectInvariants(world));
afterAll(() => world.close());

interface Described {
  readonly method: string;
  readonly path: string;
  readonly parameters: z.ZodType;
  readonly query: z.ZodType;
  readonly body: z.ZodType;
}

function requestOf(
  { method, path, parameters, query, body }: Described,
  callers: readonly RestRequest['headers'][],
): fc.Arbitrary<RestRequest> {
  const said = (type: z.ZodType): fc.Arbitrary<unknown> => {
    const { $defs = {}, ...schema } = z.toJSONSchema(type, { io: 'input', unrepresentable: 'any' });
    return new FromSchema($defs as Readonly<Record<string, JsonSchema>>, known).nearly(schema as JsonSchema);
  };
  const fields = (schema: z.ZodType): fc.Arbitrary<Record<string, unknown>> =>
    said(schema).map((value) => (typeof value === 'object' && value !== null ? { ...value } : {}));
  const takesBody = !['get', 'delete'].includes(method);
  return fc
    .record({
      caller: fc.constantFrom(...callers),
      parameters: fields(parameters),
      query: fields(query),
      body: takesBody ? bodyFrom(said(body)) : fc.constant(undefined),
    })
    .map((request) => ({
      method: method.toUpperCase(),
      path: addressOf(path, request.parameters, request.query),
      headers: { ...request.caller, ...(takesBody && { 'content-type': 'application/json' }) },
      ...(takesBody && { raw: JSON.stringify(request.body) }),
    }));
}

async function expectAnswers(
  requests: readonly fc.Arbitrary<RestRequest>[],
  codeOf: (body: unknown) => unknown,
): Promise<void> {
  const statuses = new Set<number>();
  // To make the requests takes long.
  await catchUp();
  await fc.assert(
    fc.asyncProperty(fc.oneof(...requests), async (request) => {
      const { status, body } = await world.rest(request);
      statuses.add(status);
      expect(status).toBeLessThan(500);
      if (status >= 400) expect(codeOf(body)).toBeDefined();
    }),
    asMany,
  );
  for (const status of [200, 201, 400, 403, 404]) expect(statuses).toContain(status);
}

test("by Vonage's", async () => {
  const callers = [vonage.admin, vonage.admin, vonage.token('tom'), vonage.token('jerry')].map((token) => ({
    authorization: `Bearer ${token}`,
  }));
  const requests = Object.values(vonageRoutes).flatMap((route) =>
    route.versions.flatMap((version) =>
      route.methods.map((method) =>
        requestOf({ ...route, method, path: `/${prefixes[version][0]}${route.path}` }, callers),
      ),
    ),
  );
  await expectAnswers(requests, (body) => (body as { code?: unknown }).code);
});

test("by LeanCloud's", async () => {
  const server = new LeanCloudServer(vonage.application);
  const callers = [server.asMaster, server.asMaster, server.asMaster, server.asApplication];
  const requests = Object.values(leanCloudRoutes).flatMap((route) =>
    pathsOf(route).map((path) => requestOf({ ...route, path }, callers)),
  );
  await expectAnswers(requests, (body) => (body as { error?: unknown }).error);
});
