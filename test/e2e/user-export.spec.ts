import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { limits } from '#contracts/limits.js';
import { operations } from '#contracts/rest/operations.js';
import type { User } from '#contracts/users.js';
import type { UserExportRecord } from '#contracts/user-exports.js';
import type { TestApplication, TestUser } from '../harness/application.js';
import { stored } from '../harness/client.js';
import { eventually } from '../harness/eventually.js';
import { download } from '../harness/files.js';
import { Group, refusal } from '../harness/members.js';
import { linesOf, requestOf } from '../harness/rest.js';
import { World } from '../harness/world.js';

type RecordOf<Type extends UserExportRecord['type']> = Extract<UserExportRecord, { type: Type }>;

let world: World;

beforeAll(async () => {
  world = await World.start();
});
afterAll(() => world.close());

function exportOf(as: TestApplication | TestUser, userId: string): Promise<UserExportRecord[]> {
  return world.call(operations.exportUser, { as, parameters: { userId } });
}

function of<Type extends UserExportRecord['type']>(
  records: readonly UserExportRecord[],
  type: Type,
): RecordOf<Type>[] {
  return records.filter((record): record is RecordOf<Type> => record.type === type);
}

/** An export as a stream, of which nothing is read yet. */
async function opened(user: TestUser, signal: AbortSignal | null = null): Promise<Response> {
  const { path } = requestOf(operations.exportUser, { as: user, parameters: { userId: user.id } });
  const { authorization } = user;
  return fetch(`${world.gateways[0]!.url}${path}`, { headers: { authorization }, signal });
}

/** So many events of these senders in turn, behind what a conversation has. */
async function prolong(
  conversationId: string,
  count: number,
  senders: string[],
  size: number,
): Promise<void> {
  const inConversation = `WITH grown AS (
      UPDATE conversation.conversation_head AS head SET last_seq = last_seq + ${String(count)}
      FROM conversation.conversation WHERE key = head.conversation_key AND id = $1
      RETURNING head.conversation_key, last_seq - ${String(count)} AS before
    )
    INSERT INTO conversation.event (conversation_key, seq, id, type, sender_id, content_type, content, created_at)
    SELECT conversation_key, before + place, uuidv7(), 'message',
      (string_to_array($2, ','))[1 + place % ${String(senders.length)}], 'text',
      '"' || repeat('x', ${String(size)}) || '"', now()
    FROM grown, generate_series(1, ${String(count)}) AS place`;
  await world.database.sql(inConversation, conversationId, senders.join(','));
}

/** What an application stores of Tom, of every kind, and as much of Jerry. */
async function wholeLife(application: TestApplication): Promise<{
  readonly tom: TestUser;
  readonly group: { readonly id: string };
}> {
  const [tom, jerry] = [await application.user('tom'), await application.user('jerry')];
  const parameters = { userId: tom.id };
  await tom.call(operations.updateUser, {
    parameters,
    body: { displayName: 'Tom', attributes: { cat: true } },
  });
  const group = await tom.create({ members: [{ userId: 'jerry' }] });
  await jerry.send(group, 'Secret of Jerry', { idempotencyKey: 'key-of-Jerry' });
  await tom.send(group, 'I am Tom', { idempotencyKey: 'key-of-Tom' });
  await tom.sendCustom(group, 'wave', { from: 'Tom' });
  await tom.acknowledge(group, { read: 2 });
  const left = new Group((await application.group([tom, jerry])).id, application);
  await left.leave(tom);
  const yard = new Group((await application.group([jerry])).id, application);
  const hook = await application.hook(() => ({ recipients: [tom.id] }));
  await jerry.send(yard, 'Secret for Tom');
  await application.deleteHook(hook);
  // Whoever connects before is not notified.
  await eventually(async () => {
    const query = { userId: tom.id };
    const answer = await application.call<{ notifications: [] }>(operations.listPushNotifications, { query });
    expect(answer.notifications).toHaveLength(2);
  });
  await application.call(operations.blockInConversation, {
    parameters: { conversationId: yard.id },
    body: { userId: tom.id },
  });
  const { id: conversationId } = await jerry.create({ kind: 'room' });
  const client = await tom.connect({ tag: 'phone' });
  await client.call('room.enter', { conversationId });
  stored(await client.send({ id: conversationId }, 'In the room'));
  for (const [one, other] of [
    [tom, jerry],
    [jerry, tom],
  ] as const) {
    const blocked = { userId: one.id, blockedUserId: other.id };
    await one.call(operations.blockUser, { parameters: blocked });
    await one.upload(`${one.id}.txt`, `Secret of ${one.id}`);
  }
  // Tom is its creator, and has never been there.
  await tom.create({ kind: 'room' });
  await application.revokeToken(await application.known(tom.id));
  return { tom, group };
}

test('a user gets everything that is stored about it, and nothing of others', async () => {
  const [application, foreign] = [await world.application(), await world.application()];
  const { tom, group } = await wholeLife(application);
  await wholeLife(foreign);
  const records = await exportOf(tom, tom.id);
  expect(await exportOf(application, tom.id)).toEqual(records);

  const { uid } = await tom.call<User>(operations.getUser, { parameters: { userId: 'tom' } });
  expect(records.at(0)).toMatchObject({ type: 'user', user: { id: 'tom', uid, displayName: 'Tom' } });
  expect(records.at(-1)).toEqual({ type: 'end', records: records.length - 1 });
  const counts = Object.fromEntries(
    [...Map.groupBy(records, ({ type }) => type)].map(([type, some]) => [type, some.length]),
  );
  expect(counts).toEqual({
    ...{ user: 1, session: 1, session_change: 1, revoked_token: 1, block: 1, conversation_block: 1, file: 1 },
    ...{
      idempotency_key: 1,
      membership: 2,
      visit: 1,
      created: 2,
      event: 5,
      addressed: 1,
      notification: 2,
      end: 1,
    },
  });
  expect(of(records, 'membership')).toMatchObject([
    { conversationId: group.id, isCreator: true, role: 'owner', state: 'joined', readSeq: 2 },
    { isCreator: false, role: 'member', state: 'left' },
  ]);
  expect(of(records, 'created')).toMatchObject([
    { conversationId: group.id, conversationKind: 'group', createdAt: expect.any(Number) },
    { conversationKind: 'room' },
  ]);
  const events = of(records, 'event').map(({ event }) => event);
  expect(events.map(({ type }) => type)).toEqual([
    ...['member.joined', 'message', 'custom:wave', 'member.left', 'message'],
  ]);
  expect(new Set(events.map(({ senderId }) => senderId))).toEqual(new Set(['tom']));
  expect(of(records, 'idempotency_key')).toMatchObject([{ key: 'key-of-Tom', eventId: events[1]!.id }]);
  expect(of(records, 'block')).toMatchObject([{ userId: 'jerry' }]);
  expect(of(records, 'session')).toMatchObject([{ tag: 'phone', tokenId: tom.tokenId }]);
  const [{ file, contentPath }] = of(records, 'file') as [RecordOf<'file'>];
  expect(file).toMatchObject({ name: 'tom.txt', ownerId: 'tom' });
  const { bytes } = await download(`${world.gateways[0]!.url}${contentPath}`, tom);
  expect(bytes.toString()).toBe('Secret of tom');

  const text = JSON.stringify(records);
  for (const hidden of ['Secret', 'key-of-Jerry', 'jerry.txt', tom.token, foreign.id])
    expect(text).not.toContain(hidden);
  const theirs = JSON.stringify(await exportOf(foreign, 'tom'));
  for (const { id } of events) expect(theirs).not.toContain(id);
});

test('many records come page by page, each once and in order', async () => {
  const application = await world.application();
  const tom = await application.user('tom');
  const groups: { readonly id: string }[] = [];
  for (let count = 0; count < 7; count += 1) groups.push(await application.group([tom]));
  await prolong(groups[1]!.id, 3_000, ['tom', 'jerry'], 10);
  await prolong(groups[6]!.id, 30, ['tom'], 60_000);
  await world.database.sql(
    `INSERT INTO conversation.user_block (application_id, user_id, blocked_user_id)
     SELECT $1, 'tom', 'b' || number FROM generate_series(1, 450) AS number`,
    application.id,
  );
  await world.database.sql(
    `WITH room AS (
      INSERT INTO conversation.conversation (application_id, id, number, kind, created_by)
      SELECT $1, 'room' || number, 1000 + number, 'room', 'tom' FROM generate_series(1, 450) AS number RETURNING key
    )
    INSERT INTO conversation.conversation_head (conversation_key, last_seq) SELECT key, 0 FROM room`,
    application.id,
  );
  const records = await exportOf(tom, tom.id);
  expect(new Set(of(records, 'created').map(({ conversationId }) => conversationId)).size).toBe(450);
  expect(of(records, 'created')).toHaveLength(450);
  const blocked = of(records, 'block').map(({ userId }) => userId);
  expect(new Set(blocked)).toEqual(
    new Set(Array.from({ length: 450 }, (_, index) => `b${String(index + 1)}`)),
  );
  expect(blocked).toHaveLength(450);
  const events = of(records, 'event').map(({ event }) => event);
  const seqs = (index: number): number[] =>
    events.flatMap(({ conversationId, seq }) => (conversationId === groups[index]!.id ? [seq] : []));
  // Each begins with the event of Tom's joining, by a server.
  expect(seqs(1)).toEqual(Array.from({ length: 1_500 }, (_, index) => 2 * index + 3));
  expect(seqs(6)).toEqual(Array.from({ length: 30 }, (_, index) => index + 2));
  expect(events).toHaveLength(1_530);
});

test('whoever does not read is not written to, and loses its place when it goes away', async () => {
  const application = await world.application();
  const tom = await application.user('tom');
  await prolong((await application.group([tom])).id, 1_500, ['tom'], 60_000);
  const leaving = new AbortController();
  for (let count = 0; count < limits.exportsPerUser; count += 1)
    expect((await opened(tom, leaving.signal)).status).toBe(200);
  expect(await refusal(exportOf(tom, tom.id))).toBe('overloaded');
  leaving.abort();
  await eventually(async () => {
    const again = await opened(tom);
    await again.body?.cancel();
    expect(again.status).toBe(200);
  });
});

test('an export that breaks off has no end, and a deleted user has none', async () => {
  const application = await world.application();
  const tom = await application.user('tom');
  await prolong((await application.group([tom])).id, 1_500, ['tom'], 60_000);
  const { body } = await opened(tom);
  await application.call(operations.deleteUser, { parameters: { userId: tom.id } });
  const chunks: Uint8Array[] = [];
  const read = async (): Promise<void> => {
    for await (const chunk of body!) chunks.push(chunk as Uint8Array);
  };
  await expect(read()).rejects.toThrow('terminated');
  const lines = Buffer.concat(chunks).toString().split('\n').slice(0, -1);
  const records = linesOf(lines.join('\n')) as UserExportRecord[];
  expect(records.at(0)).toMatchObject({ type: 'user' });
  expect(of(records, 'end')).toEqual([]);
  expect(await refusal(exportOf(application, tom.id))).toBe('user_not_found');
});

test('a head is answered without the export', async () => {
  const application = await world.application();
  const tom = await application.user('tom');
  const { path } = requestOf(operations.exportUser, { as: tom, parameters: { userId: tom.id } });
  const { status, headers, bytes } = await download(`${world.gateways[0]!.url}${path}`, tom, {}, 'HEAD');
  expect([status, headers.get('content-type'), bytes.length]).toEqual([200, 'application/x-ndjson', 0]);
});
