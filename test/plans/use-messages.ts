import { expect } from '@jest/globals';
import { operations } from '#contracts/rest/operations.js';
import type { TestApplication, TestUser } from '../harness/application.js';
import { contentPath, download } from '../harness/files.js';
import type { World } from '../harness/world.js';

const giant = { id: 'c1' };

/** What `useMessages` must have had seen. */
export const partsOfMessages: readonly RegExp[] = [
  /INSERT INTO conversation\.file /,
  /UPDATE conversation\.file SET description/,
  /FROM conversation\.file WHERE id = ANY/,
  /FROM conversation\.event_file AS attached JOIN conversation\.event/,
  /DELETE FROM conversation\.event_file WHERE conversation_key/,
  /DELETE FROM conversation\.file WHERE id = .* NOT EXISTS/,
  /FROM conversation\.file_removal\s+WHERE created_at/,
  /DELETE FROM conversation\.file_removal/,
  /WITH due AS MATERIALIZED/,
  /UPDATE conversation\.event SET content_type = .* edited_at/,
  /target_seq = .* AND type = 'message\.updated'/,
  /AND type = 'message\.recalled'/,
  /WITH purged AS/,
];

/** Messages are edited, recalled and carry files; files that many messages carry are looked at. */
export async function useMessages(world: World, application: TestApplication, busy: TestUser): Promise<void> {
  const file = await busy.upload('a.txt', 'cheese');
  const message = {
    content: { type: 'text', text: 'look' } as const,
    attachments: [file.id],
    expiresIn: 3_600,
  };
  const { body } = await busy.sendMessage(giant, message);
  const { eventId } = body as { eventId: string };
  expect((await busy.update(giant, eventId, 'look again')).status).toBe(200);
  const parameters = { fileId: file.id };
  for (const reader of ['u2', 'u99999']) await contentOf(world, file.id, await application.known(reader));
  for (let turn = 0; turn < 2; turn += 1) expect((await busy.recall(giant, eventId)).status).toBe(200);
  await busy.call(operations.deleteFile, { parameters });
  // In dozens of messages, of conversations in which one is and the other is not.
  for (const reader of ['u2', 'u99999'])
    await contentOf(world, '00000000-0000-4000-8000-000000000001', await application.known(reader));
  for (const types of ['message', 'custom:*', 'message.recalled']) {
    const request = { parameters: { conversationId: giant.id }, query: { limit: 100, types } };
    await busy.call(operations.listEvents, request);
  }
  await application.call(operations.sendEphemeralEvent, {
    parameters: { conversationId: giant.id },
    body: { name: 'wave', data: null, senderId: busy.id },
  });
}

async function contentOf(world: World, id: string, as: TestUser): Promise<void> {
  await download(`${world.gateways[0]!.url}${contentPath({ id })}`, as);
}
