import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { Database } from '#platform/database/database.js';
import type { TestApplication, TestUser } from '../harness/application.js';
import { eventually } from '../harness/eventually.js';
import { OutboxStore } from '../../apps/conversation/src/store/outbox.store.js';
import { World } from '../harness/world.js';

let world: World;
let database: Database;
let outbox: OutboxStore;
let application: TestApplication;
let tom: TestUser;
let group: { readonly id: string };
let key: string;

beforeAll(async () => {
  world = await World.start({ conversations: 1 });
  database = new Database(
    {
      DATABASE_URL: world.database.url,
      HOOKLINE_DATABASE_ROLE: 'hookline_conversation',
      HOOKLINE_DATABASE_CONNECTIONS: 2,
    },
    'outbox-test',
  );
  outbox = new OutboxStore(database);
});
afterAll(async () => {
  await database.close();
  await world.close();
});
beforeEach(async () => {
  application = await world.application();
  tom = await application.user('tom');
  group = await application.group([tom]);
  const rows = await world.database.sql(
    'SELECT key::text FROM conversation.conversation WHERE id = $1 AND application_id = $2',
    group.id,
    application.id,
  );
  key = rows[0]!['key'] as string;
  await world.settled();
});

/** Entries as of events that retention has deleted; more than the relay looks at in one round. */
const addOrphans = (publishedAt: 'now()' | 'NULL') =>
  world.database.sql(
    `INSERT INTO conversation.outbox_entry (conversation_key, seq, origin, published_at)
     SELECT ${key}, seq, '{"address":null,"dialect":"unknown"}', ${publishedAt} FROM generate_series(10001, 11001) AS seq`,
  );

async function expectEventsLeave(): Promise<void> {
  const webhook = await application.webhook();
  await tom.send(group, 'behind them');
  await eventually(() => {
    expect(webhook.received).toHaveLength(1);
  });
}

async function entries(): Promise<{ seq: number; origin: string; waits: boolean }[]> {
  const rows = await world.database.sql(
    `SELECT seq::int, origin, published_at IS NULL AS waits FROM conversation.outbox_entry
     WHERE conversation_key = ${key} ORDER BY number`,
  );
  return rows as unknown as { seq: number; origin: string; waits: boolean }[];
}

describe('entries whose event is gone', () => {
  test('hold up nothing that comes after them', async () => {
    await addOrphans('NULL');
    await expectEventsLeave();
  });

  test('are not replayed, and hold up nothing when the rest is', async () => {
    await addOrphans('now()');
    await world.database.sql(`UPDATE conversation.relay_lease SET stream_identity = 'another'`);
    await eventually(async () => {
      const [lease] = await world.database.sql(
        `SELECT stream_identity <> 'another' AND replay_cursor >= replayed_up_to AS done FROM conversation.relay_lease`,
      );
      expect(lease).toEqual({ done: true });
    });
    await expectEventsLeave();
  });
});

describe('a replica without the lease', () => {
  test('changes nothing', async () => {
    const stranger = 'nobody';
    expect(await outbox.beginReplay(stranger, 'another')).toBeNull();
    expect(await outbox.replayPortion(stranger, 10)).toBeNull();
    const numbers = await world.database.sql(
      'SELECT max(number)::text AS max FROM conversation.outbox_entry',
    );
    const [lease] = await world.database.sql('SELECT stream_identity FROM conversation.relay_lease');
    const identity = lease!['stream_identity'] as string;
    expect(identity).not.toBe('another');
    expect(await outbox.markPublished([BigInt(numbers[0]!['max'] as string)], stranger, identity)).toBe(
      false,
    );
  });
});

describe('queueing lost events again', () => {
  test('keeps the origin that is known, and says what is still stored', async () => {
    for (const text of ['two', 'three', 'four']) await tom.send(group, text);
    await world.settled();
    const before = await entries();
    expect(before.map(({ seq }) => seq)).toEqual([1, 2, 3, 4]);
    await world.database.sql(
      `DELETE FROM conversation.outbox_entry WHERE conversation_key = ${key} AND seq = 4`,
    );
    const stored = await outbox.queueAgain([{ lane: key, fromSeq: 2, toSeq: 9 }]);
    expect(stored).toEqual(new Map([[key, 2]]));
    const again = (await entries()).slice(3);
    expect(again.map(({ seq, origin }) => [seq, origin])).toEqual([
      [2, before[1]!.origin],
      [3, before[2]!.origin],
      [4, '{"address":null,"dialect":"unknown"}'],
    ]);
  });

  test('leaves alone what waits to be handed over', async () => {
    await world.nats.stop();
    await world.database.sql(
      `UPDATE conversation.outbox_entry SET published_at = NULL WHERE conversation_key = ${key}`,
    );
    const stored = await outbox.queueAgain([{ lane: key, fromSeq: 1, toSeq: 1 }]);
    const waiting = await entries();
    await world.nats.start();
    await world.whole();
    expect(stored).toEqual(new Map([[key, 1]]));
    expect(waiting).toHaveLength(1);
  });
});
