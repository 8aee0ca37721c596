import { generateKeyPairSync } from 'node:crypto';
import { tokenGenerate } from '@vonage/jwt';
import { expect } from '@jest/globals';
import { operations } from '#contracts/rest/operations.js';
import type { TestApplication, TestUser } from '../harness/application.js';
import type { World } from '../harness/world.js';
import { everyPath } from '../interop/vonage-application.js';

/** What `useReceipts` must have had seen. */
export const partsOfReceipts: readonly RegExp[] = [
  /AS pair\(conversation_key, user_id\) JOIN conversation\.conversation_head/,
  /UPDATE conversation\.member SET delivered_seq = .* FROM free/,
  /AS is_read FROM conversation\.member/,
  /FROM unnest\(.* AS receipt\(target_seq, type, user_id\) CROSS JOIN LATERAL/,
  /FROM unnest\(.* AS passage\(key, user_id, from_seq, to_seq\) CROSS JOIN LATERAL/,
  /AS wanted\(id, delivered_seq, read_seq\) .* UPDATE conversation\.member SET delivered_seq = /,
  /UPDATE conversation\.conversation SET receipts_as_events = true/,
  /AS target\(seq\) CROSS JOIN LATERAL .* event\.type IN \('receipt\.delivered', 'receipt\.read'\)/,
];

const readers = 1_000;

/** Receipts that are events: of a message that a thousand have got and read, natively and one by one. */
export async function useReceipts(
  world: World,
  application: TestApplication,
  busy: TestUser,
  late: TestUser,
): Promise<void> {
  const group = await application.group([busy, late], { receiptsAsEvents: true });
  await busy.send(group, 'who reads this?');
  await manyReceipts(world, group);
  const reader = await late.connect();
  expect(await reader.acknowledge(group, { read: 2 })).toMatchObject({ readSeq: 2 });
  reader.disconnect();
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const pem = publicKey.export({ type: 'spki', format: 'pem' }).toString();
  await application.call(operations.updateApplication, {
    parameters: { applicationId: application.id },
    body: { publicKeys: [pem] },
  });
  const token = tokenGenerate(
    application.id,
    privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    {
      subject: late.id,
      acl: everyPath,
    },
  );
  const events = `/v0.3/conversations/${group.id}/events`;
  const authorization = `Bearer ${token}`;
  const body = { type: 'text:seen', body: { event_id: 2 } };
  // The first receipt of its kind makes one of the kind of a conversation whose receipts are events.
  const plain = await application.group([busy, late]);
  await busy.send(plain, 'and this?');
  const first = { method: 'POST', path: `/v0.3/conversations/${plain.id}/events`, authorization, body };
  expect((await world.rest(first)).status).toBe(201);
  for (const request of [
    { method: 'POST', path: events, authorization, body },
    { method: 'GET', path: `${events}/2`, authorization },
  ]) {
    const { status } = await world.rest(request);
    expect([request.method, status]).toEqual([request.method, request.method === 'POST' ? 201 : 200]);
  }
}

/** Behind the platform's back, before anybody has heard of what is there. */
async function manyReceipts(world: World, { id }: { readonly id: string }): Promise<void> {
  const key = `(SELECT key FROM conversation.conversation WHERE id = '${id}')`;
  await world.database.sql(
    `INSERT INTO conversation.event (conversation_key, seq, id, type, sender_id, content_type, created_at, target_id, target_seq)
     SELECT ${key}, 2 + number, uuidv7(), CASE WHEN number > ${String(readers)} THEN 'receipt.read' ELSE 'receipt.delivered' END,
       'reader ' || number % ${String(readers)}, 'json', now(), uuidv7(), 2
     FROM generate_series(1, ${String(2 * readers)}) AS number`,
  );
  await world.database.sql(
    `UPDATE conversation.conversation_head SET last_seq = ${String(2 + 2 * readers)} WHERE conversation_key = ${key}`,
  );
}
