import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { jetstreamManager } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import { operations } from '#contracts/rest/operations.js';
import { eventStream } from '#contracts/stream.js';
import { natsOptions } from '#platform/bus/nats-connection.js';
import { Database } from '#platform/database/database.js';
import { OutboxStore } from '../../apps/conversation/src/store/outbox.store.js';
import type { TestApplication, TestUser } from '../harness/application.js';
import { until } from '../harness/durable-world.js';
import { eventually } from '../harness/eventually.js';
import { World } from '../harness/world.js';

let world: World;
let application: TestApplication;
let tom: TestUser;
let group: { readonly id: string };
let key: string;

beforeAll(async () => {
  world = await World.start();
});
afterAll(() => world.close());
beforeEach(async () => {
  application = await world.application();
  const users = await application.users('tom', 'jerry');
  tom = users[0]!;
  group = await application.group(users);
  const [row] = await world.database.sql(
    'SELECT key::text FROM conversation.conversation WHERE id = $1',
    group.id,
  );
  key = String(row?.['key']);
});

/** @returns the seq of the last one */
async function say(count: number): Promise<number> {
  let seq = 0;
  for (let number = 1; number <= count; number += 1) {
    const { status, body } = await tom.send(group, `message ${String(number)}`);
    expect(status).toBe(201);
    ({ seq } = body as { seq: number });
  }
  return seq;
}

/** Resolves when the stream has everything. */
async function published(): Promise<void> {
  const waiting = 'SELECT FROM conversation.outbox_entry WHERE published_at IS NULL';
  await until(async () => (await world.database.sql(waiting)).length === 0);
}

const upTo = (last: number): number[] => Array.from({ length: last }, (_, index) => index + 1);

describe('while conversation is away', () => {
  test('calls of after-hooks wait and use up no attempt, nobody is taken for present, and all of it comes later', async () => {
    const afterHook = await application.afterHook();
    await say(1);
    await until(() => afterHook.received.length === 1);
    await world.settled();
    await world.pushNotification.stop();
    await world.hookEngine.kill();
    // The registry's copy holds for some seconds: messages are stored although hook-engine is gone.
    const seq = await say(1);
    await published();
    await world.conversations[0]!.kill();
    await Promise.all([world.hookEngine.start(), world.pushNotification.start()]);
    await eventually(async () => {
      const jobs = await world.database.sql(
        'SELECT attempts, last_error, state FROM hook_engine.job WHERE lane = $1::bigint AND seq = $2::bigint',
        key,
        String(seq),
      );
      expect(jobs).toEqual([{ attempts: 0, last_error: 'presence_unavailable', state: 'pending' }]);
    });
    expect(
      await world.database.sql(
        'SELECT FROM push_notification.inbox_lane WHERE lane = $1::bigint AND last_seq >= $2::bigint',
        key,
        String(seq),
      ),
    ).toEqual([]);
    await world.conversations[0]!.start();
    await until(() => afterHook.received.length === 2);
    expect(afterHook.bodies[1]).toMatchObject({ event: { seq }, offlineRecipients: ['jerry'] });
    await eventually(async () => {
      const { notifications } = await application.call<{ notifications: { userId: string }[] }>(
        operations.listPushNotifications,
        {},
      );
      expect(notifications.map(({ userId }) => userId)).toEqual(['jerry', 'jerry']);
    });
    await world.whole();
  });
});

describe('events that the stream has lost', () => {
  let database: Database;
  let outbox: OutboxStore;

  beforeAll(() => {
    database = new Database(
      {
        DATABASE_URL: world.database.url,
        HOOKLINE_DATABASE_ROLE: 'hookline_conversation',
        HOOKLINE_DATABASE_CONNECTIONS: 2,
      },
      'republish-test',
    );
    outbox = new OutboxStore(database);
  });
  afterAll(() => database.close());

  /** As a power failure does: stream and consumers are the same as before. */
  async function purge(): Promise<void> {
    const connection = await connect(natsOptions(world.nats.url, 'republish-test'));
    try {
      await (await jetstreamManager(connection)).streams.purge(eventStream.name);
    } finally {
      await connection.close();
    }
  }

  const laneOfWebhooks = () =>
    world.database.sql(
      'SELECT last_seq::int, kept FROM webhook_delivery.inbox_lane WHERE lane = $1::bigint',
      key,
    );

  test('hold up their conversation, and are delivered with the rest once they are asked for', async () => {
    await world.settled();
    const webhook = await application.webhook();
    const before = await say(1);
    await world.settled();
    await world.webhookDelivery.stop();
    const lost = await say(3);
    await published();
    await purge();
    await world.webhookDelivery.start();
    const last = await say(1);
    await eventually(async () => {
      expect(await laneOfWebhooks()).toEqual([{ last_seq: before, kept: 1 }]);
    });
    const gap = { lane: key, fromSeq: before + 1, toSeq: lost };
    expect(await outbox.queueAgain([gap])).toEqual(new Map([[key, before + 1]]));
    await eventually(() => {
      expect(webhook.bodies.map(({ data }) => data.seq)).toEqual(upTo(last).slice(1));
    });
    const history = await tom.history(group);
    expect(webhook.bodies.map(({ data }) => data)).toEqual(history.slice(1));
    expect(await laneOfWebhooks()).toEqual([{ last_seq: last, kept: 0 }]);
    // Nothing of what had their first place is lost: where they came from, for one.
    const origins = await world.database.sql(
      'SELECT DISTINCT origin FROM conversation.outbox_entry WHERE conversation_key = $1::bigint AND seq > 1',
      key,
    );
    expect(origins).toHaveLength(1);
  });

  test('are not queued twice, and what is stored no more is told', async () => {
    const last = await say(4);
    await published();
    // Nobody relays meanwhile.
    await world.database.sql(
      "UPDATE conversation.relay_lease SET holder = 'nobody', expires_at = now() + interval '1 hour'",
    );
    const queued = async () =>
      (
        await world.database.sql(
          'SELECT seq::int FROM conversation.outbox_entry WHERE conversation_key = $1::bigint AND published_at IS NULL ORDER BY seq',
          key,
        )
      ).map(({ seq }) => seq);
    const gap = { lane: key, fromSeq: 2, toSeq: last - 1 };
    await outbox.queueAgain([gap]);
    await outbox.queueAgain([gap]);
    expect(await queued()).toEqual(upTo(last - 1).slice(1));
    await world.database.sql(
      'DELETE FROM conversation.event WHERE conversation_key = $1::bigint AND seq <= 2',
      key,
    );
    const beyond = { lane: key, fromSeq: last + 1, toSeq: last + 3 };
    expect(await outbox.queueAgain([gap])).toEqual(new Map([[key, 3]]));
    expect(await outbox.queueAgain([beyond])).toEqual(new Map());
    await world.database.sql("UPDATE conversation.relay_lease SET expires_at = 'epoch'");
  });
});
