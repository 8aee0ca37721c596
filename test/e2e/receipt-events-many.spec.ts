import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { limits } from '#contracts/limits.js';
import { operations } from '#contracts/rest/operations.js';
import type { TestApplication, TestUser } from '../harness/application.js';
import { stored } from '../harness/client.js';
import { eventually } from '../harness/eventually.js';
import { World } from '../harness/world.js';
import { VonageApplication } from '../interop/vonage-application.js';

interface Somewhere {
  readonly id: string;
}

let world: World;
let vonage: VonageApplication;
let application: TestApplication;
let tom: TestUser;
let jerry: TestUser;
let spike: TestUser;

beforeAll(async () => {
  world = await World.start();
});
afterAll(() => world.close());
beforeEach(async () => {
  vonage = await VonageApplication.of(world);
  ({ application } = vonage);
  [tom, jerry, spike] = await application.users('tom', 'jerry', 'spike');
});

/** Of a conversation of this test's application. */
const its = `(SELECT key FROM conversation.conversation WHERE application_id = $1 AND id = $2)`;

function sql(statement: string, { id }: Somewhere, ...more: string[]): ReturnType<World['database']['sql']> {
  return world.database.sql(statement, application.id, id, ...more);
}

/** So many more members, of whom nobody ever comes. */
async function crowd(group: Somewhere, count: number): Promise<void> {
  await sql(
    `INSERT INTO conversation.member (id, conversation_key, application_id, user_id, state, joined_at, joined_seq)
     SELECT gen_random_uuid(), ${its}, $1, 'crowd' || number, 'joined', now(), 1 FROM generate_series(1, $3::int) AS number`,
    group,
    String(count),
  );
}

async function leave(group: Somewhere, userId: string): Promise<void> {
  await sql(
    `UPDATE conversation.member SET state = 'left', left_seq = 1, left_at = now()
     WHERE application_id = $1 AND conversation_key = ${its} AND user_id = $3`,
    group,
    userId,
  );
}

/** Events as they stand, which `SELECT`s of (seq, type, sender_id, content_type, content, target_seq) give, at the timeline's end. */
async function append(group: Somewhere, select: string): Promise<void> {
  await sql(
    `INSERT INTO conversation.event
       (conversation_key, seq, id, type, sender_id, content_type, content, created_at, target_seq, target_id, sender_member_id)
     SELECT ${its}, said.seq, gen_random_uuid(), said.type, said.sender_id, said.content_type, said.content, now(), said.target_seq,
       CASE WHEN said.target_seq IS NOT NULL THEN gen_random_uuid() END, md5(said.sender_id)::uuid
     FROM (${select}) AS said(seq, type, sender_id, content_type, content, target_seq)`,
    group,
  );
  await sql(
    `UPDATE conversation.conversation_head SET last_seq =
       (SELECT max(seq) FROM conversation.event WHERE conversation_key = ${its})
     WHERE conversation_key = ${its}`,
    group,
  );
}

/** "seq type by-whom target", of these users. */
async function receiptsOf(group: Somewhere, ...users: TestUser[]): Promise<string[]> {
  const rows = await sql(
    `SELECT seq || ' ' || type || ' ' || sender_id || ' ' || target_seq AS line FROM conversation.event
     WHERE conversation_key = ${its} AND starts_with(type, 'receipt.') AND sender_id = ANY (string_to_array($3, ','))
     ORDER BY seq`,
    group,
    users.map(({ id }) => id).join(','),
  );
  return rows.map(({ line }) => String(line));
}

async function watermarks(group: Somewhere, { id }: TestUser): Promise<unknown> {
  const [row] = await sql(
    `SELECT delivered_seq::int AS delivered, read_seq::int AS read FROM conversation.member
     WHERE application_id = $1 AND conversation_key = ${its} AND user_id = $3`,
    group,
    id,
  );
  return row;
}

/** @returns the number that the answer has */
async function see(user: TestUser, { id }: Somewhere, seq: number): Promise<number> {
  const body = { type: 'text:seen', body: { event_id: seq } };
  const path = `/v0.3/conversations/${id}/events`;
  return (await vonage.ask<{ id: number }>('POST', path, { body, as: vonage.token(user.id) })).id;
}

interface Shown {
  readonly id: number;
  readonly type: string;
  readonly state?: {
    readonly seen_by: Readonly<Record<string, string>>;
    readonly delivered_to: Readonly<Record<string, string>>;
  };
}

/** A page of these places. */
async function page({ id }: Somewhere, first: number, last: number): Promise<readonly Shown[]> {
  const query = `page_size=100&start_id=${String(first)}&end_id=${String(last)}`;
  return (
    await vonage.ask<{ _embedded: { events: Shown[] } }>('GET', `/v0.3/conversations/${id}/events?${query}`, {
      as: vonage.token('tom'),
    })
  )._embedded.events;
}

async function areEvents({ id: conversationId }: Somewhere): Promise<boolean> {
  return (
    await application.call<{ receiptsAsEvents: boolean }>(operations.getConversation, {
      parameters: { conversationId },
    })
  ).receiptsAsEvents;
}

describe('in a conversation of more members than hear of progress', () => {
  test('one acknowledgement changes nothing for all: the watermark moves, and the answer is the place of the event', async () => {
    const group = await application.group([tom, jerry]);
    const sender = await tom.connect();
    const { seq } = stored(await sender.send(group, 'one'));
    await crowd(group, limits.liveReceiptMembers - 1);
    expect(await see(jerry, group, seq)).toBe(seq);
    expect(await watermarks(group, jerry)).toEqual({ delivered: seq, read: seq });
    expect(await receiptsOf(group, jerry)).toEqual([]);
    expect(await areEvents(group)).toBe(false);
    // A member less, and it is one of those that may have them.
    await leave(group, 'crowd1');
    expect(await see(jerry, group, seq)).toBe(seq + 1);
    expect(await receiptsOf(group, jerry)).toEqual([`${String(seq + 1)} receipt.read jerry ${String(seq)}`]);
    expect(await areEvents(group)).toBe(true);
  });

  test('receipts are events no more, though they were when it was small; what was said then is known still', async () => {
    const group = await application.group([tom, jerry, spike], { receiptsAsEvents: true });
    const [sender, reader] = await Promise.all([tom.connect(), jerry.connect()]);
    stored(await sender.send(group, 'one'));
    const before = await see(spike, group, 2);
    await crowd(group, limits.liveReceiptMembers - 2);
    expect(await reader.acknowledge(group, { read: 3 })).toMatchObject({
      ok: true,
      deliveredSeq: 3,
      readSeq: 3,
    });
    expect(await watermarks(group, jerry)).toEqual({ delivered: 3, read: 3 });
    expect(await see(spike, group, 2)).toBe(before);
    expect(await receiptsOf(group, jerry, spike)).toEqual(['3 receipt.read spike 2']);
    const { seq } = stored(await sender.send(group, 'two'));
    expect(seq).toBe(4);
    await leave(group, 'crowd1');
    await reader.acknowledge(group, { read: seq });
    expect((await receiptsOf(group, jerry)).map((line) => line.slice(2)).sort()).toEqual([
      'receipt.delivered jerry 4',
      'receipt.read jerry 4',
    ]);
  });
});

test('the newest message is found behind thousands of receipts of older ones', async () => {
  const group = await application.group([tom, jerry, spike], { receiptsAsEvents: true });
  const [sender, reader] = await Promise.all([tom.connect(), jerry.connect()]);
  stored(await sender.send(group, 'one'));
  await append(
    group,
    `SELECT seq, 'receipt.read', 'spike', 'json', NULL, 2 FROM generate_series(3, 3500) AS seq`,
  );
  expect(await reader.acknowledge(group, { delivered: 3_500, read: 3_400 })).toMatchObject({
    readSeq: 3_400,
  });
  expect(await receiptsOf(group, jerry)).toEqual([
    '3501 receipt.delivered jerry 2',
    '3502 receipt.read jerry 2',
  ]);
});

test('whether somebody has said so before is not looked for among all that others have said', async () => {
  const group = await application.group([tom, jerry], { receiptsAsEvents: true });
  const sender = await tom.connect();
  const { seq } = stored(await sender.send(group, 'one'));
  await append(
    group,
    `SELECT 2 + number, 'receipt.read', 'gone' || number, 'json', NULL, 2 FROM generate_series(1, 5000) AS number`,
  );
  await world.database.sql('ANALYZE conversation.event');
  const used = async (): Promise<{ scans: number; entries: number }> => {
    const [row] = await world.database.sql(
      `SELECT idx_scan::int AS scans, idx_tup_read::int AS entries FROM pg_stat_user_indexes
       WHERE indexrelname = 'event_of_target'`,
    );
    return row as unknown as { scans: number; entries: number };
  };
  const before = await used();
  expect(await see(jerry, group, seq)).toBe(5_003);
  expect(await see(jerry, group, seq)).toBe(5_003);
  await eventually(async () => {
    expect((await used()).scans).toBeGreaterThanOrEqual(before.scans + 2);
  });
  expect((await used()).entries - before.entries).toBeLessThan(100);
});

test('a page of messages that a large group has acknowledged says by whom', async () => {
  const group = await application.group([tom, jerry], { receiptsAsEvents: true });
  await append(
    group,
    `SELECT seq, 'message', 'tom', 'text', '"hello"', NULL::bigint FROM generate_series(2, 101) AS seq UNION ALL
     SELECT 102 + (target - 2) * 300 + (number - 1) * 2 + part, CASE part WHEN 0 THEN 'receipt.delivered' ELSE 'receipt.read' END,
       'reader' || number, 'json', NULL, target
     FROM generate_series(2, 101) AS target, generate_series(1, 150) AS number, generate_series(0, 1) AS part`,
  );
  const events = await page(group, 2, 101);
  expect(events).toHaveLength(100);
  const counts = events.map(({ state }) => [
    Object.keys(state?.seen_by ?? {}).length,
    Object.keys(state?.delivered_to ?? {}).length,
  ]);
  expect(new Set(counts.map(String))).toEqual(new Set(['150,150']));
});

test('a page of receipts says of what they are, however heavy that was', async () => {
  const group = await application.group([tom, jerry], { receiptsAsEvents: true });
  // 40 messages of 30,000 bytes do not fit into one answer.
  await append(
    group,
    `SELECT seq, 'message', 'tom', 'json', '{"message_type":"custom","custom":"' || repeat('x', 30000) || '"}', NULL::bigint
     FROM generate_series(2, 41) AS seq
     UNION ALL SELECT 42, 'message', 'tom', 'text', '"hello"', NULL
     UNION ALL SELECT 43, 'custom:wave', 'tom', 'json', '{}', NULL
     UNION ALL SELECT 42 + target, 'receipt.read', 'jerry', 'json', NULL, target FROM generate_series(2, 43) AS target`,
  );
  expect((await page(group, 44, 85)).toSorted((a, b) => a.id - b.id).map(({ type }) => type)).toEqual([
    ...Array.from({ length: 40 }, () => 'message:seen'),
    'text:seen',
    'event:seen',
  ]);
});

test('a conversation is made one whose receipts are events once, not by each of them', async () => {
  const group = await application.group([tom, jerry]);
  const sender = await tom.connect();
  for (const text of ['one', 'two']) stored(await sender.send(group, text));
  expect(await see(jerry, group, 2)).toBe(4);
  await world.database.sql(`
    CREATE FUNCTION conversation.refuse_beginning() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      IF current_query() LIKE '%SET receipts_as_events = true%' THEN RAISE EXCEPTION 'It has begun before'; END IF;
      RETURN NULL;
    END $$`);
  await world.database.sql(`
    CREATE TRIGGER refuse_beginning BEFORE UPDATE ON conversation.conversation
    FOR EACH STATEMENT EXECUTE FUNCTION conversation.refuse_beginning()`);
  try {
    expect(await see(jerry, group, 3)).toBe(5);
  } finally {
    await world.database.sql('DROP TRIGGER refuse_beginning ON conversation.conversation');
  }
});

test('members whose receipts are written together are locked in the order of their stays', async () => {
  const tyke = await application.user('tyke');
  const group = await application.group([tom, jerry, spike, tyke], { receiptsAsEvents: true });
  const sender = await tyke.connect();
  stored(await sender.send(group, 'one'));
  const users = new Map([tom, jerry, spike].map((user) => [user.id, user]));
  const rows = await sql(
    `SELECT user_id FROM conversation.member WHERE conversation_key = ${its} AND user_id <> 'tyke' ORDER BY id`,
    group,
  );
  const [low, other, high] = rows.map(({ user_id: id }) => users.get(String(id))!);
  // The first stands last in the table, and is the last who says so.
  await sql(
    `UPDATE conversation.member SET joined_at = joined_at WHERE conversation_key = ${its} AND user_id = $3`,
    group,
    low!.id,
  );
  const [first, ...rest] = await Promise.all([other!, high!, low!].map((user) => user.connect()));
  const row = `SELECT FROM conversation.member WHERE conversation_key = ${its} AND user_id = $3 FOR NO KEY UPDATE`;
  const waiting = async (statement: string): Promise<void> => {
    await eventually(async () => {
      const found = await world.database.sql(
        `SELECT FROM pg_stat_activity
         WHERE datname = current_database() AND wait_event_type = 'Lock' AND query LIKE '%' || $1 || '%'`,
        statement,
      );
      expect(found).toHaveLength(1);
    });
  };
  const letGoOfHead = await world.database.holding(
    `SELECT FROM conversation.conversation_head WHERE conversation_key = ${its} FOR UPDATE`,
    ...[application.id, group.id],
  );
  const answers = [first!.acknowledge(group, { read: 2 })];
  await waiting('conversation_head');
  for (const client of rest) {
    answers.push(client.acknowledge(group, { read: 2 }));
    // Commands and questions keep their order: when this is answered, that waits for the one before.
    await client.listEvents(group);
  }
  const letGoOfLow = await world.database.holding(row, application.id, group.id, low!.id);
  await letGoOfHead();
  await waiting('delivered_seq');
  // Whoever waits for the first holds none of the others.
  await sql(`${row} NOWAIT`, group, high!.id);
  await letGoOfLow();
  for (const answer of await Promise.all(answers)) expect(answer).toMatchObject({ ok: true, readSeq: 2 });
});
