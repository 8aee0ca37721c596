import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { z } from 'zod';
import { busErrors } from '#contracts/errors.js';
import { limits } from '#contracts/limits.js';
import { listMemberships } from '#contracts/sessions.js';
import { Bus } from '#platform/bus/bus.js';
import { NatsConnection } from '#platform/bus/nats-connection.js';
import type { AppProcess } from '../harness/app-process.js';
import type { TestApplication, TestUser } from '../harness/application.js';
import type { Client } from '../harness/client.js';
import { silent } from '../harness/durable-world.js';
import { eventually } from '../harness/eventually.js';
import { World } from '../harness/world.js';

let world: World;
let application: TestApplication;
let tom: TestUser;
let jerry: TestUser;

beforeAll(async () => {
  world = await World.start({ gateways: 2, conversations: 2 });
});
afterAll(() => world.close());
beforeEach(async () => {
  application = await world.application();
  [tom, jerry] = await application.users('tom', 'jerry');
});

/** The log of a client's session: "1 online", "2 offline closed". */
async function story(client: Client): Promise<string[]> {
  const rows = await world.database.sql(
    `SELECT concat_ws(' ', epoch, kind, reason) AS line FROM conversation.session_change
     WHERE session_id = $1::uuid ORDER BY number`,
    client.ready.sessionId,
  );
  return rows.map(({ line }) => String(line));
}

async function expectStory(client: Client, ...lines: string[]): Promise<void> {
  await eventually(async () => {
    expect(await story(client)).toEqual(lines);
  });
}

/** Resolves when the leases have been renewed, counted from now, for longer than they last without. */
async function leasesOutlast(): Promise<void> {
  const [start] = await world.database.sql('SELECT now()::text AS now');
  await eventually(async () => {
    const living = await world.database.sql(
      `SELECT FROM conversation.gateway_lease
       WHERE voided_at IS NULL AND renewed_at > $1::timestamptz + $2::float8 * interval '1 millisecond'`,
      String(start!['now']),
      String(limits.leaseDuration),
    );
    expect(living).toHaveLength(world.gateways.length);
  });
}

async function whilePaused(processes: readonly AppProcess[], work: () => Promise<void>): Promise<void> {
  const pids = processes.map(({ pid }) => pid);
  for (const pid of pids) process.kill(pid, 'SIGSTOP');
  try {
    await work();
  } finally {
    for (const pid of pids) process.kill(pid, 'SIGCONT');
  }
}

test('a client that leaves is online once and offline once, in the log', async () => {
  const client = await tom.connect();
  expect(await story(client)).toEqual(['1 online']);
  client.disconnect();
  await expectStory(client, '1 online', '2 offline closed');
});

describe('a gateway', () => {
  test('that stops in good order says so of its clients', async () => {
    const client = await tom.connect({ gateway: 1 });
    await world.gateways[1]!.stop();
    expect(await story(client)).toEqual(['1 online', '2 offline stopped']);
    await world.gateways[1]!.start();
  });

  test('that was killed is found out, and its clients are offline', async () => {
    const client = await tom.connect({ gateway: 1 });
    const staying = await jerry.connect();
    await world.gateways[1]!.kill();
    await expectStory(client, '1 online', '2 offline lease_lost');
    expect(await story(staying)).toEqual(['1 online']);
    await world.gateways[1]!.start();
  });

  test('that was killed leaves nobody without a notification: each of the absent gets one, nobody else', async () => {
    const others = await application.users('spike', 'tyke', 'butch');
    const [spike, tyke, butch] = others;
    const group = await application.group([tom, jerry, ...others]);
    const lost = await jerry.connect({ gateway: 1 });
    await tyke.connect({ gateway: 1 });
    await butch.connect({ gateway: 1 });
    await spike.connect();
    await world.database.sql(
      `UPDATE conversation.member SET muted = true WHERE application_id = $1 AND user_id = 'butch'`,
      application.id,
    );
    await world.settled();
    await world.gateways[1]!.kill();
    await tyke.connect();
    expect((await tom.send(group, 'Where is everybody?')).status).toBe(201);
    await world.endLease(lost);
    const notified = async (): Promise<string[]> => {
      const rows = await world.database.sql(
        'SELECT user_id FROM push_notification.push_notification WHERE application_id = $1',
        application.id,
      );
      return rows.map((row) => String(row['user_id']));
    };
    await eventually(async () => {
      expect(await notified()).toEqual(['jerry']);
    });
    await eventually(async () => {
      const unsettled =
        'SELECT FROM conversation.gateway_lease WHERE voided_at IS NOT NULL AND settled_at IS NULL';
      expect(await world.database.sql(unsettled)).toEqual([]);
    });
    expect(await notified()).toEqual(['jerry']);
    await world.gateways[1]!.start();
  });

  test('keeps its lease and its clients while a conversation replica is paused', async () => {
    const client = await tom.connect();
    await whilePaused(world.conversations.slice(1), leasesOutlast);
    expect(client.isConnected).toBe(true);
    expect(await story(client)).toEqual(['1 online']);
  });

  test('lets its clients go when nobody renews its lease, and takes them again under another', async () => {
    const client = await tom.connect();
    await whilePaused(world.conversations, () =>
      eventually(() => {
        expect(client.isConnected).toBe(false);
      }),
    );
    expect(client.heard.at(-1)).toMatchObject({ name: 'session.closing' });
    await world.whole();
    await eventually(async () => {
      expect(await story(client)).toEqual([
        '1 online',
        expect.stringMatching(/^2 offline (fenced|lease_lost)$/),
      ]);
    });
    const again = await eventually(() => tom.connect());
    expect(await story(again)).toEqual(['1 online']);
  });
});

/** Bytes of the largest answer by which a gateway learns of the user's conversations. */
async function largestPart({ id: userId }: TestUser): Promise<number> {
  const connection = await NatsConnection.open(world.nats.url, 'sessions-test', silent);
  const bus = new Bus(connection, busErrors, silent);
  let after: string | null = null;
  let largest = 0;
  do {
    const question = { applicationId: application.id, userId, of: { after } };
    const part: z.output<typeof listMemberships.answer> = await bus.ask(listMemberships, question);
    largest = Math.max(largest, Buffer.byteLength(JSON.stringify(part)));
    after = part.next;
  } while (after !== null);
  await connection.close();
  return largest;
}

test('a user in thousands of conversations learns of all of them by small answers, and hears what is said in the last', async () => {
  const count = 6_000;
  await world.database.sql(
    `WITH made AS (
      INSERT INTO conversation.conversation (application_id, id, number, kind)
      SELECT $1, 'one-of-very-many-conversations-with-a-long-name-' || number, 10 + number, 'group'
      FROM generate_series(1, $2::int) AS number
      RETURNING key
    ), heads AS (
      INSERT INTO conversation.conversation_head (conversation_key) SELECT key FROM made
    )
    INSERT INTO conversation.member (id, conversation_key, application_id, user_id, joined_seq)
    SELECT gen_random_uuid(), key, $1, user_id, 0 FROM made, unnest(ARRAY['tom', 'jerry']) AS user_id`,
    application.id,
    String(count),
  );
  expect(await largestPart(jerry)).toBeLessThan(512 * 1024);
  const client = await jerry.connect();
  const { conversations } = client.ready;
  expect(new Set(conversations.map(({ conversationId }) => conversationId)).size).toBe(count);
  const last = { id: `one-of-very-many-conversations-with-a-long-name-${String(count)}` };
  expect((await tom.send(last, 'hello')).status).toBe(201);
  await eventually(() => {
    expect(client.events(last)).toHaveLength(1);
  });
});
