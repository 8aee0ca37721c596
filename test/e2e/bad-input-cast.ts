import type { ErrorCode } from '#contracts/errors.js';
import { SignJWT } from 'jose';
import { operations } from '#contracts/rest/operations.js';
import { type TestUser, type TestApplication } from '../harness/application.js';
import { broadcast } from '../harness/broadcasts.js';
import { stored, type Client } from '../harness/client.js';
import { eventually } from '../harness/eventually.js';
import type { World } from '../harness/world.js';
import { replaysOf } from './bad-input-replays-cast.js';

/** Everything that bad input could touch, and the credentials it could come with. */
export interface Cast {
  readonly world: World;
  readonly application: TestApplication;
  /** Another tenant. */
  readonly foreign: TestApplication;
  readonly foreigner: TestUser;
  readonly tom: TestUser;
  /** In the group, as tom is. */
  readonly jerry: TestUser;
  /** Of the same application, but in no conversation. */
  readonly spike: TestUser;
  readonly silenced: TestUser;
  readonly client: Client;
  readonly group: string;
  readonly inactive: string;
  readonly deleted: string;
  /** Has as many members as a group may have. */
  readonly full: string;
  readonly service: string;
  /** Of an event of the service. */
  readonly broadcastId: string;
  readonly eventId: string;
  /** Of the event by which the group's members joined. */
  readonly joinedId: string;
  readonly fileId: string;
  readonly hookId: string;
  readonly serverId: string;
  readonly webhookId: string;
  /** Is enabled, and a replay of it is running. */
  readonly replayedWebhookId: string;
  readonly replayId: string;
  /** Of the other tenant. */
  readonly foreignEventId: string;
  /** Has as many hooks, hook servers and webhooks as an application may have. */
  readonly hooked: TestApplication;
  readonly tokens: Readonly<Record<string, string>>;
  /** Good but for its user, who does not exist. */
  readonly nobodysToken: string;
}

/** A request that differs from a good one of its operation. */
export interface Change {
  readonly as?: { readonly authorization: string };
  readonly parameters?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  readonly idempotencyKey?: string;
}

/** What is refused, with which code, and the request. */
export type Refusal = readonly [string, ErrorCode, (cast: Cast) => Change];

export const usedKey = 'used-before';
export const usedUid = '01940b5e-7d2c-7000-8000-0000000000aa';
const address = 'http://127.0.0.1:9/';
/** A hook server that is away. */
export const server = {
  protocol: 'leanengine',
  url: 'http://127.0.0.1:9',
  credentials: { applicationId: 'never', applicationKey: 'stored', masterKey: 'anywhere' },
} as const;

export async function castOf(world: World): Promise<Cast> {
  const application = await world.application({ id: 'cartoons' });
  const foreign = await world.application();
  const [tom, jerry, silenced, spike] = await application.users('tom', 'jerry', 'silenced', 'spike');
  const foreigner = await foreign.user('foreigner');
  const { id: group } = await application.group([tom, jerry, silenced], { id: 'group' });
  const { id: inactive } = await application.group([tom]);
  const { id: deleted } = await application.group([tom]);
  const { id: full } = await application.group([tom]);
  const client = await tom.connect();
  const { id: fileId } = await tom.upload('cheese.txt', 'cheese');
  const { eventId } = stored(await client.send({ id: group }, 'Holy crap!'));
  const { id: service } = await application.service();
  const { eventId: broadcastId } = await broadcast(application, { id: service }, 'to all', {
    senderId: 'tom',
  });
  const hook = await application.call<{ id: string }>(operations.createHook, {
    body: { name: 'messageSent', url: address, enabled: false },
  });
  const hookServer = await application.call<{ id: string }>(operations.createHookServer, {
    body: { ...server, enabled: false },
  });
  const webhook = await application.call<{ id: string }>(operations.createWebhook, {
    body: { url: address, enabled: false },
  });
  const [joined] = await tom.history({ id: group });
  await useUpKey(world, application, group, service);
  const hooked = await hookedApplication(world);
  await arrange(world, { inactive, deleted, full });
  return {
    ...{
      world,
      application,
      foreign,
      foreigner,
      tom,
      jerry,
      spike,
      silenced,
      client,
      group,
      inactive,
      deleted,
      full,
    },
    ...{
      eventId,
      service,
      broadcastId,
      fileId,
      joinedId: joined!.id,
      hookId: hook.id,
      serverId: hookServer.id,
      webhookId: webhook.id,
      hooked,
    },
    ...(await replaysOf(world, application, foreigner, usedKey)),
    tokens: await badTokens(application, foreign),
    nobodysToken: await nobodysToken(application),
  };
}

/** The same key with every operation that takes one. */
async function useUpKey(
  world: World,
  application: TestApplication,
  group: string,
  service: string,
): Promise<void> {
  const idempotencyKey = usedKey;
  await world.call(operations.createApplication, {
    as: world.owner,
    body: { name: 'First' },
    idempotencyKey,
  });
  await world.call(operations.updateApplication, {
    as: world.owner,
    parameters: { applicationId: application.id },
    body: { eventRetentionDays: 30 },
    idempotencyKey,
  });
  await world.call(operations.rotateKey, {
    as: world.owner,
    parameters: { applicationId: application.id, kind: 'appKey' },
    // Longer than the tests take: what ends meanwhile would be swept while rows are counted.
    body: { overlapSeconds: 3_600 },
    idempotencyKey,
  });
  await application.call(operations.createUser, { body: { id: 'first', uid: usedUid }, idempotencyKey });
  await application.call(operations.updateUser, {
    parameters: { userId: 'first' },
    body: { displayName: 'First' },
    idempotencyKey,
  });
  await application.call(operations.createUser, { body: { id: 'gone' } });
  await application.call(operations.deleteUser, { parameters: { userId: 'gone' }, idempotencyKey });
  await erasedLongAgo(world);
  await application.call(operations.endSessions, { query: { userId: 'first' }, idempotencyKey });
  const userId = 'first';
  await application.call(operations.revokeTokens, { parameters: { userId }, idempotencyKey });
  await application.call(operations.createConversation, { body: { id: 'first' }, idempotencyKey });
  const parameters = { conversationId: 'first' };
  await application.call(operations.updateConversation, {
    parameters,
    body: { name: 'First' },
    idempotencyKey,
  });
  const { id: conversationId } = await application.group([]);
  await application.call(operations.deleteConversation, { parameters: { conversationId }, idempotencyKey });
  await application.call(operations.addMembers, {
    parameters,
    body: { members: [{ userId: 'first' }] },
    idempotencyKey,
  });
  const content = { type: 'text', text: 'first' } as const;
  await application.call(operations.sendMessage, {
    parameters: { conversationId: group },
    body: { senderId: 'tom', content },
    idempotencyKey,
  });
  await application.call(operations.sendCustomEvent, {
    parameters: { conversationId: group },
    body: { senderId: 'tom', name: 'first', data: 1 },
    idempotencyKey,
  });
  const { eventId } = await application.call<{ eventId: string }>(operations.sendMessage, {
    parameters: { conversationId: group },
    body: { senderId: 'tom', content },
  });
  const message = { conversationId: group, eventId };
  await application.call(operations.updateMessage, {
    parameters: message,
    body: { content },
    idempotencyKey,
  });
  await application.call(operations.recallMessage, { parameters: message, idempotencyKey });
  await application.call(operations.deleteMessage, { parameters: message, idempotencyKey });
  const sent = await application.call<{ eventId: string }>(operations.sendBroadcast, {
    parameters: { conversationId: service },
    body: { senderId: 'tom', content },
    idempotencyKey,
  });
  await application.call(operations.deleteBroadcast, {
    parameters: { eventId: sent.eventId },
    idempotencyKey,
  });
  // The namespace of a user's keys is the user's own.
  const tom = await application.known('tom');
  await tom.send({ id: group }, content, { idempotencyKey });
  const { id: hookId } = await application.call<{ id: string }>(operations.createHook, {
    body: { name: 'messageSent', url: address, enabled: false, position: 1 },
    idempotencyKey,
  });
  await application.call(operations.rotateHookSecret, { parameters: { hookId }, body: {}, idempotencyKey });
  const { id: serverId } = await application.call<{ id: string }>(operations.createHookServer, {
    body: { ...server, enabled: false, position: 1 },
    idempotencyKey,
  });
  await application.call(operations.updateHookServer, {
    parameters: { serverId },
    body: { position: 2 },
    idempotencyKey,
  });
  const { id: webhookId } = await application.call<{ id: string }>(operations.createWebhook, {
    body: { url: address, enabled: false, eventTypes: ['message'] },
    idempotencyKey,
  });
  for (const rotate of [operations.rotateWebhookSecret, operations.rotateWebhookKey])
    await application.call(rotate, { parameters: { webhookId }, body: {}, idempotencyKey });
}

async function hookedApplication(world: World): Promise<TestApplication> {
  const hooked = await world.application();
  await world.database.sql(
    `INSERT INTO hook_engine.hook (id, application_id, name, url, secret_sealed, position, deadline, enabled)
     SELECT gen_random_uuid(), $1, 'messageSent', 'http://127.0.0.1:9/', '', 0, 1000, false FROM generate_series(1, 50)`,
    hooked.id,
  );
  for (let count = 0; count < 10; count++)
    await hooked.call(operations.createHookServer, { body: { ...server, enabled: false } });
  for (let count = 0; count < 20; count++)
    await hooked.call(operations.createWebhook, { body: { url: address, enabled: false } });
  return hooked;
}

/** States that no operation of the API makes yet, or only at length. */
async function arrange(
  world: World,
  { inactive, deleted, full }: { inactive: string; deleted: string; full: string },
): Promise<void> {
  for (const [id, state] of [
    [inactive, 'inactive'],
    [deleted, 'deleted'],
  ] as const) {
    await world.database.sql(
      `UPDATE conversation.conversation_head SET state = $2::conversation.conversation_state
       WHERE conversation_key = (SELECT key FROM conversation.conversation WHERE id = $1)`,
      id,
      state,
    );
  }
  await world.database.sql(
    `UPDATE conversation.member SET silenced_until = now() + interval '1 day' WHERE user_id = 'silenced'`,
  );
  await world.database.sql(
    `INSERT INTO conversation."user" (application_id, id) SELECT 'cartoons', 'extra ' || n FROM generate_series(1, 499) AS n`,
  );
  await world.database.sql(
    `INSERT INTO conversation.member (id, conversation_key, application_id, user_id, joined_at, joined_seq)
     SELECT gen_random_uuid(), (SELECT key FROM conversation.conversation WHERE id = $1), 'cartoons', 'extra ' || n, now(), 1
     FROM generate_series(1, 499) AS n`,
    full,
  );
}

function nobodysToken({ id, keys }: TestApplication): Promise<string> {
  return new SignJWT({ application_id: id, sub: 'nobody' })
    .setProtectedHeader({ alg: 'HS256' })
    .setExpirationTime('10m')
    .sign(new TextEncoder().encode(keys.tokenSecret));
}

/** Bearer credentials that must not be accepted. */
async function badTokens(
  application: TestApplication,
  foreign: TestApplication,
): Promise<Record<string, string>> {
  const { id, keys } = application;
  const now = Math.floor(Date.now() / 1000);
  const sign = (secret: string, differing: Record<string, unknown> = {}, alg = 'HS256'): Promise<string> =>
    new SignJWT({ application_id: id, sub: 'tom', iat: now - 900, exp: now + 600, ...differing })
      .setProtectedHeader({ alg })
      .sign(new TextEncoder().encode(secret));
  const encoded = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  const claims = { application_id: id, sub: 'tom', exp: now + 600 };
  const good = await sign(keys.tokenSecret);
  return {
    'that has expired': await sign(keys.tokenSecret, { exp: now - 60 }),
    'that never expires': await sign(keys.tokenSecret, { exp: undefined }),
    'signed with the secret of another application': await sign(foreign.keys.tokenSecret),
    'of an application that does not exist': await sign(keys.tokenSecret, { application_id: 'nowhere' }),
    'without an application': await sign(keys.tokenSecret, { application_id: undefined }),
    'with an object for an application': await sign(keys.tokenSecret, { application_id: { id } }),
    'whose subject is no user id': await sign(keys.tokenSecret, { sub: 'a:b' }),
    'without a subject': await sign(keys.tokenSecret, { sub: undefined }),
    'that is not valid yet': await sign(keys.tokenSecret, { nbf: now + 600 }),
    'of another algorithm': await sign(keys.tokenSecret, {}, 'HS512'),
    'without a signature': `${encoded({ alg: 'none' })}.${encoded(claims)}.`,
    'whose signature is cut': good.slice(0, -6),
    'whose claims were changed': [
      good.split('.')[0],
      encoded({ ...claims, sub: 'jerry' }),
      good.split('.')[2],
    ].join('.'),
    'that is rubbish': 'a.b.c',
  };
}

/** Housekeeping works on a deleted user for a while, which would change rows while they are counted. */
async function erasedLongAgo({ database }: World): Promise<void> {
  await database.sql(`UPDATE conversation.user_erasure SET requested_at = now() - interval '1 hour'`);
  await eventually(async () => {
    const rows = await database.sql('SELECT user_id FROM conversation.user_erasure');
    if (rows.length > 0) throw new Error('a deleted user is still being erased');
  });
}
