import { expect } from '@jest/globals';
import { operations } from '#contracts/rest/operations.js';
import type { TestApplication, TestUser } from '../harness/application.js';
import { stored } from '../harness/client.js';
import { eventually } from '../harness/eventually.js';
import type { World } from '../harness/world.js';
import { large } from './fill.js';
import { partsOfBroadcasts, useBroadcasts } from './use-broadcasts.js';
import { partsOfExports, useExports } from './use-exports.js';
import { useHooks } from './use-hooks.js';
import { manageWebhooks, webhookStatements } from './use-managed-webhooks.js';
import { partsOfMany, useMany } from './use-many.js';
import { partsOfMembers, useMembers } from './use-members.js';
import { partsOfMessages, useMessages } from './use-messages.js';
import { partsOfReceipts, useReceipts } from './use-receipts.js';
import { partsOfReplays, useReplays } from './use-replays.js';
import { partsOfServices, useServices } from './use-services.js';
import { partsOfStays, useStays } from './use-stays.js';
import { partsOfWebhooks, useWebhooks } from './use-webhooks.js';

export const giant = { id: 'c1' };

/** What must have been seen at least; else the recording, not the plans, is what fails. */
export const everyPart: readonly RegExp[] = [
  ...[...partsOfBroadcasts, ...partsOfExports, ...partsOfMany, ...partsOfMembers],
  ...[...partsOfMessages, ...partsOfReceipts, ...partsOfReplays, ...partsOfServices, ...partsOfStays],
  ...partsOfWebhooks,
  /INSERT INTO conversation\.event .* INSERT INTO conversation\.outbox_entry/,
  /FROM conversation\.conversation_head .* FOR UPDATE/,
  /FROM conversation\.request LEFT JOIN conversation\.event/,
  /FROM conversation\.event .* ORDER BY event\.seq ASC/,
  /FROM conversation\.event .* ORDER BY event\.seq DESC/,
  /FROM conversation\.event .* WHERE event\.id = /,
  /SELECT conversation_key, last_seq FROM conversation\.conversation_head/,
  /FROM conversation\.member .* WHERE member\.application_id = .* ORDER BY member\.conversation_key/,
  /FROM conversation\.member WHERE application_id = .* AS candidate/,
  /FROM conversation\.conversation WHERE deleted_at IS NULL .* AS candidate/,
  /WITH mine AS MATERIALIZED .* AS theirs/,
  /INSERT INTO conversation\.room_visitor .* SELECT \* FROM unnest/,
  /event\.mentions::jsonb -> 'userIds' @> to_jsonb/,
  /FROM conversation\.conversation_attribute WHERE application_id = .* AS candidate/,
  /DELETE FROM conversation\.conversation_attribute/,
  /conversation\.unique_key = .* FOR UPDATE OF head/,
  /SELECT .* FROM conversation\.conversation WHERE expires_at IS NOT NULL/,
  /FROM "conversation"\."user" WHERE .* ORDER BY "conversation"\."user"\."number"/,
  /UPDATE conversation\.event SET sender_id/,
  /UPDATE conversation\.event_recipient SET user_id/,
  /UPDATE conversation\.member SET user_id/,
  /DELETE FROM conversation\.event_recipient WHERE conversation_key/,
  /DELETE FROM conversation\.event WHERE conversation_key/,
  /DELETE FROM conversation\.member/,
  /FROM conversation\.member WHERE conversation_key = .* ORDER BY joined_at/,
  /SELECT count\(\*\) FROM \( SELECT FROM conversation\.member/,
  /FROM conversation\.member .* user_id > coalesce/,
  /greatest\(member\.read_seq, member\.joined_seq\) .* LIMIT/,
  /CROSS JOIN LATERAL .* FROM conversation\.event/,
  /JOIN conversation\."user" AS current/,
  /conversation\.session/,
  /UPDATE conversation\."user" AS changing SET list_version/,
  /conversation\.outbox_entry WHERE published_at IS NULL ORDER BY number LIMIT \$1 \) AS entry/,
  /UPDATE conversation\.outbox_entry SET published_at/,
  /SELECT key::text, attributes FROM conversation\.conversation WHERE key = ANY/,
  /DELETE FROM conversation\.outbox_entry/,
  /DELETE FROM conversation\.request/,
  /DELETE FROM conversation\.event WHERE/,
  /INSERT INTO push_notification\.push_notification/,
  /FROM "push_notification"\."push_notification" WHERE/,
  ...['hook_engine', 'push_notification'].flatMap((schema) => [
    new RegExp(`INSERT INTO "${schema}"."job"`),
    new RegExp(`UPDATE "${schema}"."job" .* locked_until = now`),
    new RegExp(`DELETE FROM "${schema}"."job"`),
    new RegExp(`"${schema}"."inbox_lane"`),
  ]),
  ...webhookStatements,
  /FROM "webhook_delivery"\."webhook_endpoint" WHERE/,
  /FROM "hook_engine"\."hook" WHERE/,
  /FROM "hook_engine"\."hook_run" WHERE .*"dry_run"/,
  /INSERT INTO conversation\.occurrence/,
  /FROM conversation\.occurrence ORDER BY number/,
  /DELETE FROM conversation\.occurrence WHERE number/,
  /UPDATE conversation\.occurrence SET request/,
  /FROM conversation\.session_change AS own/,
  /UPDATE conversation\.session_change SET is_told/,
  /FROM hook_engine\.hook WHERE name IN/,
  /DELETE FROM hook_engine\.hook_run .* FROM hook_engine\.hook CROSS JOIN LATERAL/,
  /DELETE FROM "webhook_delivery"\."request"/,
  /WITH stretch AS MATERIALIZED .* DELETE FROM conversation\.outbox_entry/,
  /UPDATE conversation\.conversation_head SET state = 'deleted'/,
  /DELETE FROM conversation\.session WHERE id = ANY/,
  /DELETE FROM conversation\."user" WHERE ctid/,
  /DELETE FROM conversation\.conversation WHERE key = ANY/,
];

/** Every list, send and task of the product, on the large application. What is due at a start has been done by it. */
export async function useEverything(world: World): Promise<TestApplication> {
  const application = await world.application({ id: large.applicationId });
  await world.database.sql(
    `UPDATE conversation.application SET next_conversation_number = 1000000 WHERE id = '${large.applicationId}'`,
  );
  const busy = await application.known(large.busyUser);
  const late = await application.known(large.lateUser);
  const webhook = await application.webhook();
  const afterHook = await application.afterHook();
  const filtered = await application.afterHook({ attribute: { name: 'tier', value: 'gold' } });
  const told = [
    await application.on('conversationStarted', () => ({})),
    await application.on('conversationAdded', () => ({})),
    await application.on('conversationRemoved', () => ({})),
    await application.on('clientOnline', () => ({})),
    await application.on('clientOffline', () => ({})),
  ];
  await send(application, busy, late);
  await listEvents(application, busy, late);
  await listTheRest(application, busy);
  await connect(busy, late);
  await acknowledge(application, busy, late);
  await useReceipts(world, application, busy, late);
  await useMessages(world, application, busy);
  await useServices(world, application, busy);
  await changeMembers(application);
  await useMembers(world, application, busy);
  await useMany(world, application, busy);
  await useStays(world, application, busy);
  await useAccounts(application, busy);
  await deleteAnother(world);
  await useExports(world, application, busy);
  await useWebhooks(world, application, giant);
  await changeConversations(application);
  await changeUsers(application, world);
  await useBroadcasts(world, application);
  await eventually(() => {
    expect(webhook.received.length).toBeGreaterThan(0);
    for (const { received } of [afterHook, ...told]) expect(received.length).toBeGreaterThan(0);
  }, 60_000);
  await world.settled();
  for (const hook of [...told, filtered]) await application.deleteHook(hook);
  await useReplays(world, application, busy);
  await useHooks(application, afterHook);
  await useHookServers(application);
  await manageWebhooks(application, webhook);
  return application;
}

/** One that is away: its hooks are none. */
async function useHookServers(application: TestApplication): Promise<void> {
  const { id: serverId } = await application.call<{ id: string }>(operations.createHookServer, {
    body: {
      protocol: 'leanengine',
      url: 'http://127.0.0.1:9',
      credentials: { applicationId: 'application', applicationKey: 'key', masterKey: 'key' },
    },
  });
  const parameters = { serverId };
  await application.call(operations.updateHookServer, { parameters, body: { position: 1 } });
  await application.call(operations.listHookServers);
  await application.call(operations.deleteHookServer, { parameters });
}

async function send(application: TestApplication, busy: TestUser, late: TestUser): Promise<void> {
  for (const idempotencyKey of ['once', 'once', 'twice']) await busy.send(giant, 'hello', { idempotencyKey });
  await busy.sendCustom({ id: 'c2' }, 'wave', {});
  const hook = await application.hook(({ text }) =>
    text.includes('unwanted') ? { action: 'drop' } : { recipients: ['u1', 'u5'] },
  );
  for (const text of ['narrowed', 'narrowed', 'unwanted']) {
    await late.send(giant, text, { idempotencyKey: text });
  }
  expect(hook.received).toHaveLength(2);
  await application.deleteHook(hook);
}

/** First pages and deep ones, in both orders, as a server, as a member of old, and as one who joined late. */
async function listEvents(application: TestApplication, ...users: TestUser[]): Promise<void> {
  for (const as of [application, ...users]) {
    for (const order of ['ascending', 'descending']) {
      for (const cursor of [undefined, cursorAt(large.lateSeq), cursorAt(1_000)]) {
        const { events } = await application.world.call<{ events: { id: string }[] }>(operations.listEvents, {
          as,
          parameters: { conversationId: giant.id },
          query: { order, limit: 100, cursor },
        });
        for (const { id: eventId } of events.slice(0, 1))
          await application.world.call(operations.getEvent, {
            as,
            parameters: { conversationId: giant.id, eventId },
          });
      }
    }
  }
}

async function listTheRest(application: TestApplication, busy: TestUser): Promise<void> {
  await listConversations(application, busy);
  await application.world.call(operations.getConversation, {
    as: busy,
    parameters: { conversationId: giant.id },
  });
  await application.call(operations.getUser, { parameters: { userId: busy.id } });
  await busy.call(operations.listPresences, { query: { userIds: 'u3,u300,u33000,u99999' } });
  for (const userId of [undefined, 'u3', 'u33000', busy.id]) {
    for (const cursor of [undefined, cursorAt(50_000)])
      await application.call(operations.listPushNotifications, { query: { userId, limit: 100, cursor } });
  }
}

/** What many conversations have, and what few of those have; lists that an index gives, and those that are looked through. */
async function listConversations(application: TestApplication, busy: TestUser): Promise<void> {
  const list = (as: TestApplication | TestUser, query: Record<string, string | number | undefined>) =>
    application.world.call(operations.listConversations, { as, query: { limit: 100, ...query } });
  const rare = '{"topic":"topic 7"}';
  for (const cursor of [undefined, cursorAt(100), cursorAt(4_900)]) {
    await list(busy, { cursor });
    await list(application, { cursor, order: 'newest' });
    await list(application, { cursor, kind: 'group' });
    await list(application, { cursor, attributes: '{"common":true}' });
  }
  await list(application, {});
  await list(application, { kind: 'temporary', order: 'newest' });
  for (const attributes of [rare, '{"topic":"nothing"}', '{"common":true,"topic":"topic 7"}']) {
    await list(application, { attributes, order: 'newest' });
    await list(busy, { attributes });
  }
  await list(busy, { kind: 'temporary', order: 'newest' });
  await list(busy, { order: 'active' });
  await list(busy, { order: 'active', attributes: rare });
}

/** Found, changed, made again and deleted. */
async function changeConversations(application: TestApplication): Promise<void> {
  for (const id of ['unique', 'other'])
    await application.group([await application.known('u9')], { id, uniqueKey: 'unique' });
  const parameters = { conversationId: 'c78' };
  const attributes = { topic: 'cats', common: null };
  await application.call(operations.updateConversation, { parameters, body: { attributes } });
  await application.call(operations.updateConversation, { parameters, body: { state: 'inactive' } });
  await application.call(operations.deleteConversation, { parameters });
}

/** Listed, changed and deleted: one of the giant conversation, with traces everywhere. */
async function changeUsers(application: TestApplication, world: World): Promise<void> {
  for (const cursor of [undefined, cursorAt(50_000)])
    await application.call(operations.listUsers, { query: { limit: 100, cursor } });
  const leaving = await application.known('u300');
  const parameters = { userId: leaving.id };
  await application.call(operations.updateUser, { parameters, body: { displayName: 'Tom' } });
  await leaving.call(operations.blockUser, { parameters: { ...parameters, blockedUserId: 'u301' } });
  await leaving.upload('a.txt', 'cheese');
  await leaving.connect();
  await leaving.call(operations.createConversation, { body: { kind: 'room' } });
  for (const senderId of ['u300', 'u9'])
    await application.call(operations.sendMessage, {
      parameters: { conversationId: 'c79' },
      body: { senderId, content: { type: 'text', text: 'named' }, mentions: { userIds: ['u300'] } },
    });
  await application.call(operations.deleteUser, { parameters, query: { messages: 'recall' } });
  await eventually(async () => {
    const [row] = await world.database.sql(
      `SELECT FROM conversation.member WHERE application_id = '${large.applicationId}' AND user_id = 'u300'`,
    );
    expect(row).toBeUndefined();
  }, 120_000);
}

async function connect(busy: TestUser, late: TestUser): Promise<void> {
  const resume = { c1: large.giantEvents - 900, c2: 10 };
  const [first, second] = [await late.connect({ resume }), await busy.connect({ resume })];
  stored(await second.send(giant, 'live'));
  await second.listEvents(giant);
  await eventually(() => {
    expect(first.events(giant).length).toBeGreaterThan(0);
  });
  second.disconnect();
}

/** Receipts of the giant conversation and of small ones, and what is unread, from page to page. */
async function acknowledge(application: TestApplication, busy: TestUser, late: TestUser): Promise<void> {
  const { world } = application;
  const parameters = { conversationId: giant.id };
  const client = await busy.connect();
  for (const group of [giant, { id: 'c2' }, { id: 'c3' }])
    await client.acknowledge(group, { delivered: 20, read: 10 });
  await late.acknowledge(giant, { read: large.lateSeq + 10 });
  let cursor: string | null | undefined;
  while (cursor !== null) {
    const page: { nextCursor: string | null } = await world.call(operations.listReceipts, {
      as: busy,
      parameters,
      query: { limit: 100, cursor },
    });
    cursor = page.nextCursor;
  }
  const { eventId } = stored(await client.send(giant, 'who reads this?'));
  await world.call(operations.getEventReceipts, { as: busy, parameters: { ...parameters, eventId } });
  for (const as of [busy, late]) {
    await world.call(operations.getUnread, { as, parameters });
    for (const after of [undefined, cursorAt(1), cursorAt(4_900)])
      await world.call(operations.listUnread, { as, query: { limit: 100, cursor: after } });
    await world.call(operations.getUnreadTotal, { as });
    await world.call(operations.clearUnread, { as, body: {} });
  }
  client.disconnect();
}

/** A small application among all that the large one has. */
async function deleteAnother(world: World): Promise<void> {
  const application = await world.application({ id: 'small' });
  const [tom, jerry] = [await application.user('tom'), await application.user('jerry')];
  await application.webhook();
  await tom.upload('a.txt', 'cheese');
  await (await tom.connect()).send(await application.group([tom, jerry]), 'Hello');
  const request = { as: world.owner, parameters: { applicationId: 'small' } };
  await world.call(operations.deleteApplication, request);
  await eventually(async () => {
    expect(await world.call(operations.getApplication, request)).toMatchObject({
      erasedAt: expect.any(Number),
    });
  }, 120_000);
}

async function changeMembers(application: TestApplication): Promise<void> {
  await application.group([await application.user('new'), await application.known('u9')], { id: 'fresh' });
  const [present, another] = [await application.known('u400'), await application.known('u500')];
  await application.add({ id: 'c77' }, another);
  await application.remove({ id: 'c77' }, another);
  await application.remove(giant, present);
  await application.add(giant, present);
}

/** Users, who of them is online, and tokens and sessions that are ended. */
async function useAccounts(application: TestApplication, busy: TestUser): Promise<void> {
  for (const cursor of [undefined, cursorAt(50_000)])
    await application.call(operations.listUsers, { query: { limit: 100, cursor } });
  const parameters = { userId: 'u5' };
  await application.call(operations.updateUser, { parameters, body: { displayName: 'Five' } });
  const userIds = Array.from({ length: 50 }, (_, index) => `u${String(index + 1)}`).join(',');
  for (const as of [application, busy])
    await application.world.call(operations.listPresences, { as, query: { userIds } });
  const client = await busy.connect({ tag: 'web' });
  await application.sessions(busy);
  await application.call(operations.endSessions, { query: { userId: busy.id } });
  await eventually(() => {
    expect(client.heard.map(({ name }) => name)).toContain('session.closing');
  });
  await application.revokeToken(await application.known('u7'));
  await application.revokeTokens(await application.known('u7'));
}

function cursorAt(position: number): string {
  return Buffer.from(`v1.${String(position)}`).toString('base64url');
}
