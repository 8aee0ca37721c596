import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { Database } from '#platform/database/database.js';
import { limits } from '#contracts/limits.js';
import { operations } from '#contracts/rest/operations.js';
import type { TestApplication, TestUser } from '../harness/application.js';
import { eventually } from '../harness/eventually.js';
import { RetentionStore } from '../../apps/conversation/src/store/retention.store.js';
import { World } from '../harness/world.js';

let world: World;
let application: TestApplication;
let tom: TestUser;
let jerry: TestUser;
let group: { readonly id: string };

const days = limits.eventRetentionDaysMinimum;

beforeAll(async () => {
  world = await World.start({ conversations: 2 });
});
afterAll(() => world.close());
beforeEach(async () => {
  application = await world.application();
  [tom, jerry] = await application.users('tom', 'jerry');
  group = await application.group([tom, jerry]);
});

const keep = (eventRetentionDays: number | null, of = application) =>
  world.call(operations.updateApplication, {
    as: world.owner,
    parameters: { applicationId: of.id },
    body: { eventRetentionDays },
  });

async function say(count: number): Promise<void> {
  for (let number = 1; number <= count; number += 1) await tom.send(group, `message ${String(number)}`);
}

/** As if everything up to this seq had been sent and handed over long ago. */
async function age(conversation: { readonly id: string }, upTo: number): Promise<void> {
  await world.settled();
  await eventually(async () => {
    const waiting = await world.database.sql(
      'SELECT FROM conversation.outbox_entry WHERE published_at IS NULL',
    );
    if (waiting.length > 0) throw new Error('something is not handed over');
  });
  const of = `conversation_key = (SELECT key FROM conversation.conversation WHERE id = $1) AND seq <= ${String(upTo)}`;
  await world.database.sql(
    `UPDATE conversation.event SET created_at = now() - interval '8 days' WHERE ${of}`,
    conversation.id,
  );
  await world.database.sql(
    `UPDATE conversation.conversation SET retention_due_from = now() - interval '8 days' WHERE id = $1`,
    conversation.id,
  );
}

/** Both replicas sweep when they start, side by side. */
async function sweep(): Promise<void> {
  await Promise.all(world.conversations.map((one) => one.stop()));
  await Promise.all(world.conversations.map((one) => one.start()));
  await world.whole();
}

async function seqs(user: TestUser, limit?: number): Promise<number[]> {
  return (await user.history(group, limit)).map(({ seq }) => seq);
}

describe('an application that keeps its events for some days', () => {
  test('loses those that are older, from the beginning on; the others keep their seq, and so does what comes', async () => {
    await say(8);
    await age(group, 5);
    await keep(days);
    await sweep();
    await eventually(async () => {
      expect(await seqs(tom)).toEqual([6, 7, 8, 9]);
    });
    expect(await seqs(jerry, 1)).toEqual([6, 7, 8, 9]);
    expect((await tom.send(group, 'new')).body).toMatchObject({ seq: 10 });
    expect(await world.database.tablesWith('message 4')).not.toContain('conversation.event');
  });

  test('loses a long timeline too, with its recipients, and goes on with the seq that follows', async () => {
    await world.settled();
    const { key } = (
      await world.database.sql('SELECT key::text FROM conversation.conversation WHERE id = $1', group.id)
    )[0] as { key: string };
    await world.database.sql(
      `INSERT INTO conversation.event (conversation_key, seq, id, type, sender_id, audience, content_type, content, created_at)
       SELECT ${key}, seq, uuidv7(), 'message', 'tom', 'listed', 'text', '"old"', now() FROM generate_series(2, 1800) AS seq`,
    );
    await world.database.sql(
      `INSERT INTO conversation.event_recipient SELECT ${key}, seq, 'jerry' FROM generate_series(2, 1800) AS seq`,
    );
    await world.database.sql(
      `UPDATE conversation.conversation_head SET last_seq = 1800 WHERE conversation_key = ${key}`,
    );
    for (const schema of ['hook_engine', 'push_notification', 'webhook_delivery'])
      await world.database.sql(`UPDATE ${schema}.inbox_lane SET last_seq = 1800 WHERE lane = ${key}`);
    await age(group, 1_800);
    await keep(days);
    await sweep();
    await eventually(async () => {
      expect(await seqs(jerry)).toEqual([]);
    });
    const left = await world.database.sql(
      `SELECT FROM conversation.event_recipient WHERE conversation_key = ${key}`,
    );
    expect(left).toHaveLength(0);
    expect((await tom.send(group, 'new')).body).toMatchObject({ seq: 1_801 });
    expect(await seqs(jerry)).toEqual([1_801]);
  });

  test('keeps what has not been handed over yet', async () => {
    await say(5);
    await age(group, 5);
    await world.nats.stop();
    await world.database.sql(
      `UPDATE conversation.outbox_entry SET published_at = NULL
       WHERE seq = 3 AND conversation_key = (SELECT key FROM conversation.conversation WHERE id = $1)`,
      group.id,
    );
    await world.database.sql(
      'UPDATE conversation.application SET event_retention_days = 7 WHERE id = $1',
      application.id,
    );
    const kept = async (): Promise<number[]> => {
      const rows = await world.database.sql(
        `SELECT seq::int FROM conversation.event
         WHERE conversation_key = (SELECT key FROM conversation.conversation WHERE id = $1) ORDER BY seq`,
        group.id,
      );
      return rows.map(({ seq }) => Number(seq));
    };
    const database = new Database(
      {
        DATABASE_URL: world.database.url,
        HOOKLINE_DATABASE_ROLE: 'hookline_conversation',
        HOOKLINE_DATABASE_CONNECTIONS: 2,
      },
      'retention-test',
    );
    while ((await new RetentionStore(database).sweep()) > 0);
    await database.close();
    const left = await kept();
    await world.nats.start();
    await world.whole();
    expect(left).toEqual([3, 4, 5, 6]);
  });

  test("touches nobody else's events, and none while null stands for ever", async () => {
    const other = await world.application();
    const [spike] = await other.users('spike');
    const theirs = await other.group([spike]);
    await say(2);
    await age(group, 3);
    await age(theirs, 1);
    await keep(days);
    await keep(null);
    await sweep();
    expect(await seqs(tom)).toEqual([1, 2, 3]);
    await keep(days);
    await sweep();
    await eventually(async () => {
      expect(await seqs(tom)).toEqual([]);
    });
    expect((await spike.history(theirs)).map(({ seq }) => seq)).toEqual([1]);
  });
});

describe('a client that knows events which are gone', () => {
  test('resumes with what is left', async () => {
    await say(6);
    await age(group, 4);
    await keep(days);
    await sweep();
    await eventually(async () => {
      expect(await seqs(jerry)).toEqual([5, 6, 7]);
    });
    const client = await jerry.connect({ resume: { [group.id]: 2 } });
    expect(client.events(group).map(({ seq }) => seq)).toEqual([5, 6, 7]);
    expect(client.ready.conversations).toMatchObject([{ seq: 7, tooFarBehind: false }]);
  });

  test('hears on when events are gone that its gateway never had', async () => {
    const client = await jerry.connect();
    await world.settled();
    // As after a crash between commit and publication that lasted for days.
    await world.database.sql(
      `WITH gone AS (UPDATE conversation.conversation SET first_seq = 5 WHERE id = $1 RETURNING key), kept AS (
         INSERT INTO conversation.event (conversation_key, seq, id, type, sender_id, content_type, content, created_at)
         SELECT key, seq, uuidv7(), 'message', 'tom', 'text', '"kept"', now() FROM gone, generate_series(5, 6) AS seq
       )
       UPDATE conversation.conversation_head SET last_seq = 6 FROM gone WHERE conversation_key = gone.key`,
      group.id,
    );
    await eventually(() => {
      expect(client.events(group).map(({ seq }) => seq)).toEqual([5, 6]);
    });
    expect((await tom.send(group, 'new')).body).toMatchObject({ seq: 7 });
    await eventually(() => {
      expect(client.events(group).map(({ seq }) => seq)).toEqual([5, 6, 7]);
    });
  });
});

describe('the setting', () => {
  test.each([0, days - 1, limits.eventRetentionDaysMaximum + 1, 7.5])(
    'refuses %d days',
    async (eventRetentionDays) => {
      await expect(keep(eventRetentionDays)).rejects.toMatchObject({
        status: 400,
        problem: { code: 'invalid_request' },
      });
    },
  );

  test('is answered, belongs to the owner of the installation, and names applications that exist', async () => {
    expect(application.keys.eventRetentionDays).toBeNull();
    expect(await keep(30)).toMatchObject({ id: application.id, eventRetentionDays: 30 });
    expect(await world.application({ eventRetentionDays: 90 })).toMatchObject({
      keys: { eventRetentionDays: 90 },
    });
    const request = { parameters: { applicationId: application.id }, body: { eventRetentionDays: 30 } };
    await expect(application.call(operations.updateApplication, request)).rejects.toMatchObject({
      status: 403,
    });
    const nobody = {
      as: world.owner,
      parameters: { applicationId: 'nobody' },
      body: { eventRetentionDays: 30 },
    };
    await expect(world.call(operations.updateApplication, nobody)).rejects.toMatchObject({
      problem: { code: 'application_not_found' },
    });
  });

  test('keeps events for longer than anything else needs them', () => {
    expect(days * 24 * 60 * 60 * 1000).toBeGreaterThan(limits.idempotencyRetention);
  });
});
