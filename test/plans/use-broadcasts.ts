import { expect } from '@jest/globals';
import { eventsBetween } from '#contracts/history.js';
import { limits } from '#contracts/limits.js';
import { operations } from '#contracts/rest/operations.js';
import type { TestApplication } from '../harness/application.js';
import { broadcast, broadcastsOf, cursorOf, deleteBroadcast } from '../harness/broadcasts.js';
import { eventually } from '../harness/eventually.js';
import { refusal } from '../harness/members.js';
import type { World } from '../harness/world.js';

/** What `useBroadcasts` must have had seen. */
export const partsOfBroadcasts: readonly RegExp[] = [
  /INSERT INTO conversation\.broadcast_counter AS counter/,
  /FROM conversation\.broadcast WHERE broadcast\.application_id = .* DESC LIMIT/,
  /FROM conversation\.broadcast WHERE broadcast\.conversation_key = .* DESC LIMIT/,
  /JOIN conversation\.broadcast ON broadcast\.conversation_key = event\.conversation_key/,
  /DELETE FROM conversation\.broadcast WHERE conversation_key/,
  /DELETE FROM conversation\.broadcast WHERE ctid = ANY\(ARRAY\( SELECT ctid FROM conversation\.broadcast WHERE valid_till/,
  /UPDATE conversation\.event SET expires_at = statement_timestamp\(\)/,
  /FROM conversation\.broadcast_counter WHERE application_id = ANY/,
  /WITH RECURSIVE step\(number, place\)/,
  /AND number > .* ORDER BY number LIMIT .* LEFT JOIN LATERAL/,
  /UPDATE conversation\."user" AS holder SET broadcast_cursor = coalesce/,
  /UPDATE conversation\."user" AS holder SET broadcast_cursor = greatest/,
  /AS certain_until/,
  /FROM sent CROSS JOIN LATERAL .* ORDER BY application_id, number LIMIT .* AS is_to_notify/,
  /INSERT INTO push_notification\.walk/,
  /DELETE FROM push_notification\.walk WHERE event_id/,
  /WHERE unlisted_up_to IS NOT NULL/,
  /UPDATE conversation\.conversation SET unlisted_up_to/,
  /IN \(SELECT lane FROM unnest\(.*\) AS given\(lane\)\)/,
];

/** A service with thousands of broadcasts says something more. */
export async function useBroadcasts(world: World, application: TestApplication): Promise<void> {
  const service = await application.service();
  const parameters = { conversationId: service.id };
  await world.database.sql(
    `INSERT INTO conversation.broadcast (application_id, number, conversation_key, seq, valid_till, created_at)
     SELECT $1, seq, 1, seq, now() + interval '10 days', now() - interval '1 day' FROM generate_series(1, 5000) AS seq`,
    application.id,
  );
  await world.database.sql(
    `INSERT INTO conversation.broadcast_counter (application_id, last_number) VALUES ($1, 5000)`,
    application.id,
  );
  const options = { senderId: 'u1', idempotencyKey: 'plans' };
  const sent = await broadcast(application, service, 'to all', options);
  expect(sent.number).toBe(5_001);
  await application.call(operations.listBroadcasts, { query: { limit: 100 } });
  expect(await broadcastsOf(application, { conversationId: service.id })).toHaveLength(1);
  await application.call(operations.updateMessage, {
    parameters: { ...parameters, eventId: sent.eventId },
    body: { content: { type: 'text', text: 'to everybody' } },
  });
  const between = {
    applicationId: application.id,
    conversationId: service.id,
    types: ['message'],
    limit: 100,
  };
  for (const senderId of ['u1', undefined])
    await world.ask(eventsBetween, {
      ...{ ...between, viewer: null, inbox: true, order: 'descending', cursor: null },
      ...{ start: null, stop: { eventId: null, timestamp: 1, inclusive: true } },
      ...(senderId !== undefined && { senderId }),
    });
  await login(world, application);
  await notify(world, application, service);
  await deleteBroadcast(application, sent);
  expect(await refusal(deleteBroadcast(application, sent))).toBe('broadcast_not_found');
  await end(world, application, service);
}

/** Something that is not stored is said to it; then it leaves its subscriber's list. */
async function end(
  world: World,
  application: TestApplication,
  service: { readonly id: string },
): Promise<void> {
  const subscriber = await application.known('u77');
  await application.add(service, subscriber);
  const webhook = await application.webhook(() => ({}), { format: { kind: 'leancloud' } });
  await (
    await subscriber.connect()
  ).call('ephemeral_message.send', {
    conversationId: service.id,
    content: { type: 'text', text: 'fleeting' },
  });
  await eventually(() => {
    expect(webhook.received).toHaveLength(1);
  });
  await application.call(operations.deleteConversation, { parameters: { conversationId: service.id } });
  await eventually(async () => {
    expect(
      await world.database.sql('SELECT FROM conversation.conversation WHERE unlisted_up_to IS NOT NULL'),
    ).toEqual([]);
  });
}

/** Some thousands of the 100,000 users: until it is deleted. */
async function notify(
  world: World,
  application: TestApplication,
  service: { readonly id: string },
): Promise<void> {
  const walks = () => world.database.sql('SELECT FROM push_notification.walk');
  const loud = await broadcast(application, service, 'wake up', {
    senderId: 'u1',
    push: { alert: 'Wake up' },
  });
  await eventually(async () => {
    expect(await walks()).toHaveLength(1);
  });
  await deleteBroadcast(application, loud);
  await eventually(async () => {
    expect(await walks()).toEqual([]);
  });
}

/** For the first time, and again after most of all broadcasts; and with a gateway that is gone. */
async function login(world: World, application: TestApplication): Promise<void> {
  const reader = await application.known('u77');
  const client = await reader.connect();
  client.disconnect();
  await eventually(async () => {
    expect(await cursorOf(world.database, reader)).toBe(5_001);
  });
  await world.database.sql(
    `UPDATE conversation."user" SET broadcast_cursor = 10 WHERE application_id = $1 AND id = 'u77'`,
    application.id,
  );
  expect((await reader.connect()).events().length).toBe(limits.broadcastsAtLogin);
  const [lease] = await world.database.sql(
    `INSERT INTO conversation.gateway_lease (incarnation, renewed_at) VALUES (uuidv7(), now() - interval '1 minute')
     RETURNING incarnation::text`,
  );
  await world.database.sql(
    `INSERT INTO conversation.session (id, incarnation, application_id, user_id, dialect, epoch, connected_at)
     VALUES (uuidv7(), $1::text::uuid, $2, 'u78', 'native', 1, now() - interval '1 hour')`,
    String(lease!['incarnation']),
    application.id,
  );
  await eventually(async () => {
    const open = `SELECT FROM conversation.session WHERE incarnation = $1::text::uuid AND closed_at IS NULL`;
    expect(await world.database.sql(open, String(lease!['incarnation']))).toEqual([]);
  });
}
