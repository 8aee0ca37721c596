import { expect } from '@jest/globals';
import { operations } from '#contracts/rest/operations.js';
import type { TestApplication, TestUser } from '../harness/application.js';
import { Group } from '../harness/members.js';
import { eventually } from '../harness/eventually.js';
import type { World } from '../harness/world.js';
import { large } from './fill.js';

/** What `useMembers` must have had seen. */
export const partsOfMembers: readonly RegExp[] = [
  /member\.state = 'invited' AND member\.conversation_key >/,
  /FROM conversation\.member WHERE conversation_key = .* AND user_id > .* ORDER BY user_id/,
  /LEFT JOIN LATERAL \( SELECT \* FROM conversation\.member AS stay/,
  /SELECT conversation\.id FROM conversation\.conversation JOIN .* ANY/,
  /INSERT INTO conversation\.conversation_block/,
  /FROM "conversation"\."conversation_block" WHERE/,
  /FROM "conversation"\."user_block" WHERE/,
  /INSERT INTO conversation\.room_attendance/,
  /DELETE FROM "conversation"\."room_attendance"/,
  /SELECT DISTINCT ON \(attendance\.user_id\)/,
  /UNION SELECT user_id FROM conversation\.room_attendance/,
  /SELECT attendance\.conversation_key FROM conversation\.room_attendance .* WHERE attendance\.session_id/,
  /SELECT conversation\.id, head\.last_seq FROM conversation\.room_attendance/,
];

/** Who comes, goes, is invited, blocked and silenced, in the giant conversation and in a room that is full. */
export async function useMembers(world: World, application: TestApplication, busy: TestUser): Promise<void> {
  await changeStays(application);
  await listStays(application, busy);
  await block(application, busy);
  await useRooms(world, application, busy);
}

async function changeStays(application: TestApplication): Promise<void> {
  const group = new Group('c1', application);
  const [first, second] = [await application.known('u900'), await application.known('u901')];
  // It is full.
  for (const id of ['u498', 'u499']) await group.remove(application, { id });
  for (const user of [first, second]) await group.invite(application, user);
  await first.call(operations.listInvitations);
  await group.join(first);
  await group.leave(second);
  await group.makeRole(application, first, 'manager');
  await group.transfer(application, first);
  await group.silence(application, await application.known('u2'), 60);
  await group.liftSilence(application, await application.known('u2'));
  for (const muted of [true, false]) await group.mute(first, first, muted);
}

async function listStays(application: TestApplication, busy: TestUser): Promise<void> {
  const group = new Group('c1', application);
  await group.member(busy, busy);
  for (const query of [{}, { state: 'joined' }, { state: 'invited' }, { role: 'member' }])
    for (const by of [application, busy]) await group.members(by, { limit: 100, ...query });
  const { nextCursor } = await group.members(application, { limit: 100 });
  await group.members(application, { limit: 100, cursor: nextCursor! });
  await busy.call(operations.listInvitations);
  // A conversation that was left, one without a stay, a room, and one that is not there.
  const client = await busy.connect({ resume: { c1: large.giantEvents, c60000: 1, room: 1 } });
  client.disconnect();
}

async function block(application: TestApplication, busy: TestUser): Promise<void> {
  const group = { conversationId: 'c1' };
  await application.call(operations.blockInConversation, {
    parameters: group,
    body: { userId: 'u3', seconds: 60 },
  });
  for (const query of [{}, { limit: 100 }])
    await application.call(operations.listConversationBlocks, { parameters: group, query });
  await application.call(operations.unblockInConversation, { parameters: { ...group, userId: 'u3' } });
  const parameters = { userId: busy.id, blockedUserId: 'u2' };
  await busy.call(operations.blockUser, { parameters });
  await busy.call(operations.getUserBlock, { parameters });
  await busy.call(operations.listUserBlocks, { parameters: { userId: busy.id }, query: { limit: 100 } });
  // Somebody who is blocked by many sends, and creates with others.
  const blocked = await application.known('u2');
  await blocked.send({ id: 'c1' }, 'to all');
  await busy.call(operations.unblockUser, { parameters });
}

async function useRooms(world: World, application: TestApplication, busy: TestUser): Promise<void> {
  const room = { id: 'room' };
  const parameters = { conversationId: room.id };
  const [client, other] = [await busy.connect(), await (await application.known('u77')).connect()];
  for (const each of [client, other]) await each.call('room.enter', parameters);
  await client.send(room, 'hello');
  await busy.send(room, 'hello');
  await busy.history(room);
  await client.call('ephemeral_event.send', { ...parameters, name: 'wave', data: {} });
  const hook = await application.hook(() => ({}));
  await client.send(room, 'through a hook');
  await application.deleteHook(hook);
  await application.call(operations.listMembers, { parameters, query: { limit: 100 } });
  // Put out, and not told: the gateway asks in which rooms the session is.
  await world.database.sql(
    `DELETE FROM conversation.room_attendance WHERE application_id = $1 AND user_id = 'u77'`,
    application.id,
  );
  await world.database.sql(
    `UPDATE conversation."user" SET list_version = list_version + 1 WHERE application_id = $1 AND id = 'u77'`,
    application.id,
  );
  await eventually(() => {
    expect(other.heard.map(({ name }) => name)).toContain('room.left');
  });
  await application.call(operations.blockInConversation, { parameters, body: { userId: 'u77' } });
  await client.call('room.leave', parameters);
  const { id: conversationId } = await application.call<{ id: string }>(operations.createConversation, {
    body: { kind: 'room' },
  });
  await client.call('room.enter', { conversationId });
  await application.call(operations.deleteConversation, { parameters: { conversationId } });
  for (const each of [client, other]) each.disconnect();
}
