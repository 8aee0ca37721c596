import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { TimelineEvent } from '#contracts/event.js';
import type { MessageHookAnswer } from '#contracts/hooks/answers.js';
import type { WebhookPayload } from '#contracts/webhooks/payloads.js';
import type { AppProcess } from '../harness/app-process.js';
import type { TestApplication, TestUser } from '../harness/application.js';
import { stored } from '../harness/client.js';
import { eventually } from '../harness/eventually.js';
import type { SignedServer } from '../harness/signed-server.js';
import { SteadyClient } from '../harness/steady-client.js';
import { World } from '../harness/world.js';

interface Group {
  readonly id: string;
}

let world: World;

beforeAll(async () => {
  world = await World.start({ gateways: 2, conversations: 2 });
  const names = ['hook-engine', 'webhook-delivery', 'push-notification'] as const;
  await Promise.all(names.map((name) => world.another(name)));
});
afterAll(() => world.close());

/** Resolves when it takes nobody in any more; it has not ended then if it still owes something. */
async function refusesConnections(url: string): Promise<void> {
  await eventually(async () => {
    const isListening = await fetch(`${url}/health/live`).then(
      () => true,
      () => false,
    );
    if (isListening) throw new Error(`${url} still listens`);
  });
}

const textOf = (event: TimelineEvent): string =>
  'content' in event && event.content.type === 'text' ? event.content.text : '';

describe('under a steady load of clients that repeat by their keys', () => {
  const people = ['tom', 'jerry', 'spike', 'tyke', 'butch', 'nibbles'];
  let application: TestApplication;
  let webhook: SignedServer<WebhookPayload>;
  let groups: Group[];
  let clients: SteadyClient[];
  let isLoaded = true;
  /** Of one client (ms): steady, and no more than webhooks follow. */
  const pace = 50;
  const sent: { group: Group; eventId: string; text: string }[] = [];

  /** One message after the other until the load is taken away; a send that fails for good fails the test. */
  async function load(client: SteadyClient, index: number): Promise<void> {
    for (let count = 0; isLoaded; count++) {
      const group = groups[(index + count) % groups.length]!;
      const text = `${client.user.id} ${String(count)}`;
      const key = text.replace(' ', '-');
      const send = count % 3 === 0 ? client.sendByRest(group, text, key) : client.send(group, text, key);
      sent.push({ group, eventId: await send, text: `${text}!` });
      await wait(pace);
    }
  }

  /** Of each app but the gateway, one of two replicas. */
  const others = (): AppProcess[] => {
    const { conversations, hookEngine, pushNotification, webhookDelivery } = world;
    return [conversations[0]!, hookEngine, pushNotification, webhookDelivery];
  };

  /** Everybody is on their way when it stops, and again after that. */
  async function stopsUnderLoad(replica: AppProcess): Promise<void> {
    const everybodySends = async (): Promise<void> => {
      const before = sent.length;
      await eventually(() => {
        expect(sent.length).toBeGreaterThan(before + 3 * people.length);
      });
    };
    await everybodySends();
    expect([replica.name, await replica.stop()]).toEqual([replica.name, 0]);
    await everybodySends();
  }

  async function expectWhole(): Promise<void> {
    for (const group of groups) {
      const here = sent.filter((one) => one.group === group);
      const history = await clients[0]!.user.history(group);
      expect(history.map(({ seq }) => seq)).toEqual(history.map((_event, index) => index + 1));
      const messages = history.slice(1).map((event) => `${event.id} ${textOf(event)}`);
      expect(messages.toSorted()).toEqual(here.map(({ eventId, text }) => `${eventId} ${text}`).toSorted());
      for (const client of clients) {
        await eventually(() => {
          expect(client.events(group)).toEqual(history.slice(1));
        });
      }
      await eventually(() => {
        const told = new Set(webhook.bodies.map(({ data }) => data.id));
        expect(history.filter(({ id }) => !told.has(id)).length).toBe(0);
      });
    }
  }

  test('one of two replicas of each app stops: no send fails, nothing is lost or doubled, and it exits with 0', async () => {
    application = await world.application();
    webhook = await application.webhook();
    await application.hook(({ body }) => ({
      content: { type: 'text', text: `${(body.event.content as { text: string }).text}!` },
    }));
    const users = await application.users(...people);
    groups = await Promise.all(people.slice(0, 3).map(() => application.group(users)));
    clients = await Promise.all(users.map((user, index) => SteadyClient.connect(user, index % 2)));
    const loads = Promise.all(clients.map(load));
    try {
      const [first, second] = world.gateways as [AppProcess, AppProcess];
      await stopsUnderLoad(first);
      await first.start();
      await world.whole();
      await stopsUnderLoad(second);
      await second.start();
      await world.whole();
      for (const replica of others()) await stopsUnderLoad(replica);
    } finally {
      isLoaded = false;
      await loads;
    }
    await Promise.all(others().map((replica) => replica.start()));
    await world.whole();
    await expectWhole();
    for (const client of clients) {
      expect(client.closings.length).toBeGreaterThanOrEqual(1);
      expect(new Set(client.closings.map(({ code }) => code))).toEqual(new Set(['service_unavailable']));
      client.disconnect();
    }
  });
});

describe('what is in flight', () => {
  /** An application with a hook that answers when it is told to, and how many calls wait for that. */
  async function held(): Promise<{
    users: TestUser[];
    groups: Group[];
    waiting: () => number;
    release: () => void;
  }> {
    const application = await world.application();
    const users = await application.users('tom', 'jerry');
    const groups = await Promise.all(Array.from({ length: 8 }, () => application.group(users)));
    const released = Promise.withResolvers<MessageHookAnswer>();
    const hook = await application.hook(() => released.promise, {
      deadline: 9_000,
      failurePolicy: 'abort',
    });
    return {
      users,
      groups,
      waiting: () => hook.received.length,
      release: () => {
        released.resolve({});
      },
    };
  }

  test('is acknowledged by a gateway before it closes; why it closes is said at once, and no more is taken', async () => {
    const { users, groups, waiting, release } = await held();
    const [tom, jerry] = users as [TestUser, TestUser];
    const [gateway] = world.gateways as [AppProcess];
    const [client, idle] = await Promise.all([tom.connect(), jerry.connect()]);
    const bySocket = client.send(groups[0]!, 'in flight');
    const byRest = tom.send(groups[1]!, 'in flight');
    await eventually(() => {
      expect(waiting()).toBe(2);
    });
    const { url } = gateway;
    const stopped = gateway.stop();
    await eventually(() => {
      expect(client.closing).toMatchObject({ code: 'service_unavailable', retryable: true });
      expect(idle.closing).toMatchObject({ code: 'service_unavailable', retryable: true });
      expect(idle.isConnected).toBe(false);
    });
    await refusesConnections(url);
    expect(await client.send(groups[2]!, 'too late')).toMatchObject({
      ok: false,
      error: { code: 'service_unavailable', retryable: true },
    });
    expect(client.isConnected).toBe(true);
    release();
    stored(await bySocket);
    expect((await byRest).status).toBe(201);
    await eventually(() => {
      expect(client.isConnected).toBe(false);
    });
    expect(await stopped).toBe(0);
    await gateway.start();
    await world.whole();
  });

  test.each(['conversation', 'hook-engine'])('is answered by %s before it ends', async (name) => {
    const { users, groups, waiting, release } = await held();
    const client = await users[0]!.connect({ gateway: 1 });
    const answers = groups.map((group) => client.send(group, 'in flight'));
    await eventually(() => {
      expect(waiting()).toBe(groups.length);
    });
    const replica = name === 'conversation' ? world.conversations[0]! : world.hookEngine;
    const { url } = replica;
    const stopped = replica.stop();
    await refusesConnections(url);
    release();
    for (const answer of answers) stored(await answer);
    expect(await stopped).toBe(0);
    await replica.start();
    await world.whole();
    client.disconnect();
  });
});

test('a proxy lets go of a connection on which nothing is asked before a gateway does', async () => {
  const { headers } = await fetch(`${world.gateways[0]!.url}/health/live`);
  const seconds = /^timeout=(\d+)$/.exec(headers.get('keep-alive') ?? '')?.[1];
  expect(Number(seconds)).toBeGreaterThan(60);
});
